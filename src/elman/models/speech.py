"""SpeechModel: what a model of spoken words can do beyond what every model can."""

from __future__ import annotations

from elman.models.model import Model
from elman.tasks.capabilities.listens import Listening
from elman.tasks.labelled.speech.task import Speech


class SpeechModel(Model):
    """A network that learned which word was spoken."""

    task: Speech

    def listen(self, rate: int | None = None, *, threshold: float | None = None, refractory: float = 0.2) -> Listening:
        """Words in a stream: `stream = model.listen()`, and then `stream.feed(samples)` as often as samples come.

        `feed` takes samples (N,), however many: floats from -1 to 1, int16 or int32. It gives what was said that ends
        with them: for each utterance its `word`, or None where it is none that the model knows, the `time` of its end
        in seconds, the `score`, from 0 to 1, and `nearest`, the likeliest label. `finish` gives what the end of the
        stream ends.

        Args:
            rate: samples per second, in hertz; by default, those of the model.
            threshold: how probable a word must be, from 0 to 1; by default, as the model has it.
            refractory: seconds after a word in which none is told.

        Raises:
            ConfigError: one is out of range.
        """
        return self.task.listening(self.network, rate, threshold, refractory)
