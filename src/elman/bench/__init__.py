"""Benchmarks: elman and its peers do the same work, by turns, in one run, on the same number of threads.

    machine     where and with what; a process of its own with its number of threads
    race        contestants, their check, their turns
    problems    what is computed: sizes, weights, data, counts of multiply-adds
    peers/      who computes it: one file per library
    workloads   the races W1 to W7 and W9
    table       what came of them
    goals       what is hoped for

Libraries are imported when a contestant that needs them prepares, and not before.
"""
