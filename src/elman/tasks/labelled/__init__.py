"""The tasks `classify` and `tag`: a label or a number for each sequence of one's own data, or for each of its steps.

What the two share is `tabled.Tabled`: sequences are rows of tables. It is a `labelled.Labelled`, which says what
belongs to sequences of whatever kind, and learns as a `learner.Learner` does. What is said of a sequence is an
`answers.Answers`: one of some classes (`classes.py`), or a number (`numbers.py`).
"""
