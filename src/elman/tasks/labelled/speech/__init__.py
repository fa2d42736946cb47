"""The task `speech`: which word a recording is of.

`recordings.py` finds recordings, with the word and the speaker of each; `audio.py` reads them; `frames.py` makes of
samples what a network reads; `varying.py` changes that in each epoch; `utterances.py` and `listening.py` find words in
a stream. How it is learned, is `labelled`'s affair.
"""
