"""The Scorecard: measured quality with uncertainty, overall, per class, per slice, beside its baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A number with its uncertainty: the interval ``low`` to ``high`` at 95 %, from ``n`` rows, by ``method``."""

    value: float
    low: float
    high: float
    n: int
    method: str

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.n})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What an answer costs: milliseconds for one row (median, 99th percentile), megabytes on disk."""

    p50_ms: float
    p99_ms: float
    bundle_mb: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scorecard:
    """Measured quality of one candidate on the holdout."""

    classes: tuple[str, ...]
    metrics: Mapping[str, Measured]
    per_class: Mapping[str, Mapping[str, Measured]]
    """class -> precision, recall, f1, support (as Measured)."""
    confusion: tuple[tuple[int, ...], ...]
    """[true class][answered class] in rows."""
    baselines: Mapping[str, Mapping[str, Measured]]
    """family -> metrics, for majority.v1 and one_feature.v1."""
    slices: Mapping[str, Mapping[str, Measured]] = field(default_factory=dict)
    """"column=value" -> metrics."""
    cost: Cost | None = None
    search_score: float | None = None
    """The score that chose it, on rows it was tuned on: how far it lies above the holdout's is judged."""
    summary: str = ""
    """The first line: in words, whether it beats the baselines."""
