"""Met: what data have that the training part had not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FAR = 1e4  # standard deviations: what is further away is taken for this
SHOWN = 3


@dataclass
class Met:
    """What was met since it was made.

    Args:
        unknown: feature and value -> how often; of values that are no category of the encoding.
        missing: feature -> how often; of features that had all values in the training part.
        far: feature -> how often; of numbers that are cut off.
        rare: features of which the training part had values, too, that are unknown, as they were too rare.
    """

    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    far: Counter[str] = field(default_factory=Counter)
    rare: frozenset[str] = frozenset()

    def told(self) -> list[str]:
        """In lines; none where nothing was met."""
        values: dict[str, Counter[str]] = {}
        for (name, value), count in self.unknown.items():
            values.setdefault(name, Counter())[value] += count
        lines = []
        for name, counts in values.items():
            some = ", ".join(repr(value) for value, _ in counts.most_common(SHOWN)) + ", …" * (len(counts) > SHOWN)
            few = "none or too few" if name in self.rare else "none"
            lines.append(f"{name!r}: {counts.total():,} values are unknown, as training had {few} of them: {some}")
        lines += [
            f"{name!r}: {count:,} values are missing, though none was in training: the mean stands for them"
            for name, count in self.missing.items()
        ]
        lines += [
            f"{name!r}: {count:,} values are more than {FAR:,.0f} standard deviations from the mean: taken as that"
            for name, count in self.far.items()
        ]
        return lines
