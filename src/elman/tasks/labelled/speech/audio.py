"""Audio: the samples of a recording, one channel, at the rate that is asked for; and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.files.source import Source, source

Samples = NDArray[np.float32]  # (N,) from -1 to 1

LOWEST, HIGHEST = 4000, 192_000  # hertz
LONGEST, LONG = 60.0, 3600.0  # seconds of a take, and of a recording that is cut into takes
FULL = 0.999  # of full scale: samples from there on are clipped
MOST = 2.0**31  # a file of floating point may hold whole numbers of 32 bits; what is beyond is none of audio
LEFT = 1e-3  # of the loudest sample of all channels, that their mean has at least (-60 dB)
CUT = re.compile(r"(?:data|SSND|Data Size|riff)\s*: (\d+) \(should be (\d+)\)")  # as libsndfile says of its parts
STREAMED = 0x7FFF_0000  # bytes: from there on, a size says that it was not known when a header was written
CLIPPED = 0.01  # the share of a recording's samples that may be


class Heard(NamedTuple):
    """A recording."""

    samples: Samples
    rate: int  # hertz, in the file
    clipped: bool


def libraries() -> Any:
    """soundfile and soxr; a ConfigError where they are not installed."""
    try:
        import soundfile
        import soxr
    except (ImportError, OSError) as error:
        raise ConfigError(f"speech: expected soundfile and soxr; {error}", "pip install 'elman[speech]'") from None
    return soundfile, soxr


def rate_of(place: str, file: BinaryIO) -> int:
    """Samples per second of a recording, in hertz."""
    return int(_opened(place, file).samplerate)


def heard(place: str, file: BinaryIO, longest: float = LONGEST) -> Heard:
    """A whole recording; several channels become their mean.

    Args:
        place: what messages call it.
        file: its bytes: wav, flac, ogg, mp3, and what else libsndfile reads.
        longest: seconds that it may last.

    Raises:
        DataError: it is no recording, or a part of one, or has no samples, or some that are no finite numbers.
        ConfigError: a library is missing.
    """
    sound = _opened(place, file)
    with sound:
        if sound.frames > longest * sound.samplerate:
            seconds = sound.frames / sound.samplerate
            raise DataError(f"{place}: expected a take of at most {longest:.0f} s; found {seconds:.0f} s")
        channels = np.concatenate(
            [np.zeros((0, sound.channels), np.float32), *_read(place, sound, max(1, sound.frames))]
        )
        rate = sound.samplerate
    if len(channels) and (loudest := float(np.abs(channels).max())) > MOST:
        raise DataError(f"{place}: expected samples from -1 to 1; found {loudest:.3g}")
    return Heard(_mean(place, channels), rate, too_loud(channels))


def _mean(place: str, channels: NDArray[np.float32]) -> Samples:
    """One channel (N,) of several (N, C); a DataError where these are opposite, so that nothing is left of them."""
    found: Samples = np.add.reduce(channels, axis=1) / np.float32(channels.shape[1])
    if np.abs(found).max(initial=0) < LEFT * np.abs(channels).max(initial=0):
        raise DataError(
            f"{place}: expected channels that have a mean; found {channels.shape[1]} that cancel each other out",
            "one of them has the wrong sign: keep one channel",
        )
    return found


def in_memory(where: str, given: Any, what: str = "samples (N,)") -> Samples:
    """Samples (N,) that are given in memory: floats from -1 to 1, or whole numbers of 16 or 32 bits, scaled to that.

    Raises:
        DataError: they are something else, of which nobody knows how loud it is. It begins with `where`, and asks for
            `what`.
    """
    try:
        samples = np.asarray(given)
    except ValueError:  # of several lengths, such as samples with their rate
        found = f"a {type(given).__name__} of {len(given)}"
    else:
        if samples.ndim != 1 or (samples.dtype.kind != "f" and samples.dtype not in (np.int16, np.int32)):
            found = f"{samples.dtype} of shape {samples.shape}"
        elif samples.dtype.kind != "f":
            return (samples / (np.iinfo(samples.dtype).max + 1.0)).astype(np.float32)
        elif not np.isfinite(samples).all():
            found = "NaN or infinity"
        elif (loudest := float(np.abs(samples).max(initial=0))) > MOST:
            found = f"{loudest:.3g}"
        else:
            return samples.astype(np.float32)
    raise DataError(f"{where}: expected {what}, floats from -1 to 1, int16 or int32; found {found}")


def too_loud(samples: Samples) -> bool:
    """Whether samples, of any shape, are clipped."""
    return int((np.abs(samples) >= FULL).sum()) > CLIPPED * samples.size


def pieces(name: str, seconds: float) -> tuple[int, Iterator[Samples]]:
    """Samples per second of a recording of any length, and its samples, so many seconds at a time.

    Raises:
        DataError: there is none; or, while it is read, that its samples are no finite numbers.
    """
    file = source(name)
    with file.raw() as raw:
        rate = rate_of(name, raw)
    return rate, _pieces(file, round(seconds * rate))


def _pieces(file: Source, count: int) -> Iterator[Samples]:
    with file.raw() as raw, _opened(file.name, raw) as sound:
        for channels in _read(file.name, sound, count):
            yield _mean(file.name, channels)


def _read(place: str, sound: Any, count: int) -> Iterator[NDArray[np.float32]]:
    """Samples (N, C), so many at a time; a DataError where they are no numbers, or fewer than the header says."""
    found = 0
    try:
        for channels in sound.blocks(count, dtype="float32", always_2d=True):
            if not np.isfinite(channels).all():
                raise DataError(f"{place}: expected finite samples; found NaN or infinity")
            found += len(channels)
            yield channels
    except RuntimeError as error:
        raise DataError(f"{place}: cannot be read to its end: {error}") from None
    if found < sound.frames:
        raise DataError(f"{place}: expected {sound.frames:,} samples; found {found:,}: it is cut off")


def _opened(place: str, file: BinaryIO) -> Any:
    soundfile, _ = libraries()
    try:
        sound = soundfile.SoundFile(file)
    except (RuntimeError, TypeError):
        file.seek(0)
        what = "an empty file" if not file.read(1) else "something else, or a damaged one"
        raise DataError(
            f"{place}: expected a recording; found {what}", "WAV, FLAC, Ogg and MP3 are recordings"
        ) from None
    cut = CUT.search(sound.extra_info)
    if cut and int(cut[2]) < int(cut[1]) < STREAMED:
        raise DataError(f"{place}: expected {int(cut[1]):,} bytes of samples; found {int(cut[2]):,}: it is cut off")
    if not LOWEST <= sound.samplerate <= HIGHEST:
        raise DataError(f"{place}: expected {LOWEST:,} to {HIGHEST:,} samples per second; found {sound.samplerate:,}")
    return sound


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """At another rate, in hertz."""
    if rate == wanted:
        return samples
    _, soxr = libraries()
    found: Samples = soxr.resample(samples, rate, wanted).astype(np.float32)
    return found
