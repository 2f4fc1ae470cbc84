"""The gate: by what "better" is measured, which is learned by, and what more is asked of a model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ratchet.spec.section import Section

METRICS = (
    "accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "roc_auc", "pr_auc", "log_loss", "brier",
)  # fmt: skip
Metric = Literal[
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "macro_precision",
    "macro_recall",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
]


class Gate(Section):
    """What "better" means.  All but the metric may change without anything being learned anew."""

    metric: Metric = "macro_f1"
    """What "better" is measured by."""
    floor: float | None = Field(default=None, ge=0, le=1)
    """The first champion's metric must reach this."""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """How sure the gate must be, over all uses of a holdout together."""
    rule: Literal["better", "no_worse"] = "better"
    """Whether a challenger must be better than the champion, or no worse by more than `margin`."""
    margin: float = Field(default=0.01, ge=0, le=1)
    """What `no_worse` tolerates, in units of the metric."""
    p99_ms: float | None = Field(default=None, gt=0)
    """The most milliseconds one answer may take, at the 99th percentile."""
    bundle_mb: float | None = Field(default=None, gt=0)
    """The most megabytes a model may weigh on disk."""
    slices: tuple[str, ...] = ()
    """Columns whose every value must not get worse."""
