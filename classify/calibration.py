"""Whether a certainty can be believed: of what is read at 0.9, nine in ten should be right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """What was read with a certainty in [low, high), the last bin with 1 in it."""

    low: float
    high: float
    count: int
    certainty: float
    """The mean of what was claimed, 0..1."""
    right: float
    """The share that is right, 0..1."""

    def as_row(self) -> dict[str, float]:
        return {
            "low": self.low,
            "high": self.high,
            "count": self.count,
            "certainty": round(self.certainty, 4),
            "right": round(self.right, 4),
        }


@dataclass(slots=True)
class Reliability:
    """Certainties and whether each was right, in ten bins of the same width."""

    counts: list[int] = field(default_factory=lambda: [0] * BINS)
    claimed: list[float] = field(default_factory=lambda: [0.0] * BINS)
    right: list[int] = field(default_factory=lambda: [0] * BINS)

    def add(self, certainty: float, is_right: bool) -> None:
        """One reading at a certainty of 0..1."""
        at = min(int(certainty * BINS), BINS - 1)
        self.counts[at] += 1
        self.claimed[at] += certainty
        self.right[at] += is_right

    def bins(self) -> Iterator[Bin]:
        """Those that hold anything, from unsure to sure."""
        for at, count in enumerate(self.counts):
            if count:
                yield Bin(at / BINS, (at + 1) / BINS, count, self.claimed[at] / count, self.right[at] / count)

    @property
    def error(self) -> float:
        """Expected calibration error: the mean distance of claim and truth, bins weighed by what they hold
        (Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3)."""
        total = sum(self.counts)
        return sum(item.count * abs(item.certainty - item.right) for item in self.bins()) / total if total else 0.0

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"expected_error": round(self.error, 4), "bins": [item.as_row() for item in self.bins()]}
