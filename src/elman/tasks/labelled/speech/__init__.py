"""The task `speech`: which word a recording is of.

`recordings.py` finds recordings, with the word and the speaker of each; `audio.py` reads them; `frames.py` makes of
samples what a network reads; `varying.py` changes that in each epoch. In a stream, `hearing.py` and `utterances.py`
find what is said, `listening.py` which words, and `cutting.py` takes to learn from. How it is learned, is `labelled`'s
affair.
"""
