"""Microphone: samples as they are heard, through sounddevice (the extra `microphone`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from elman.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def heard(rate: int, seconds: float) -> Iterator[NDArray[np.float32]]:
    """Pieces (N,) of so many seconds, for ever.

    Raises:
        ConfigError: there is no microphone, or what it takes is not installed.
    """
    try:
        import sounddevice
    except ImportError:
        missing, hint = "sounddevice; it is not installed", "pip install 'elman[microphone]'"
    except OSError:
        missing, hint = "the library PortAudio; found none", "apt install libportaudio2"
    else:
        return _pieces(sounddevice, rate, seconds)
    raise ConfigError(f"microphone: expected {missing}", hint)


def _pieces(sounddevice: Any, rate: int, seconds: float) -> Iterator[NDArray[np.float32]]:
    try:
        with sounddevice.InputStream(samplerate=rate, channels=1, dtype="float32") as stream:
            while True:
                samples, _ = stream.read(round(seconds * rate))
                yield samples[:, 0]
    except sounddevice.PortAudioError as error:
        raise ConfigError(f"microphone: expected one that records {rate:,} samples per second; {error}") from None
