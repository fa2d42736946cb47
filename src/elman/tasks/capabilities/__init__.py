"""Capabilities: what some tasks can do and others cannot, one in each file.

A capability is a class of tasks: whoever has it inherits from it, and mypy and Python hold it to what that means. Verbs
and models ask for one (`isinstance`, or `elman.tasks.asking.asked`), never for a task by its name.
"""
