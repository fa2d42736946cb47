"""The tasks `add`, `subtract` and `transducer`: functions of whole numbers, digit by digit.

What the three share is `task.Arithmetic`. `digits` says what such a function is, `functions` finds it.
"""
