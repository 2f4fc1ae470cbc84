"""The gate: by what "better" is measured, which is learned by, and what more is asked of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from ratchet.arrays import Labels
from ratchet.errors import SpecError
from ratchet.metrics import catalogue as metrics
from ratchet.metrics.metric import Metric as Measure
from ratchet.spec.section import Section
from ratchet.words import listed, nearest


def _choosable(name: str) -> str:
    """The name of a metric that a spec may choose."""
    try:
        return metrics.chosen(name).name
    except SpecError:
        raise ValueError(f"one of {', '.join(metrics.choosable())}") from None


Metric = Annotated[str, AfterValidator(_choosable)]


class Gate(Section):
    """What "better" means.  All but the metric, and the class it is about, may change without learning anew."""

    metric: Metric = "macro_f1"
    """What "better" is measured by: one of the metrics below, or of an installed package."""
    positive: str | None = None
    """Of two classes the one that `pr_auc` is about; the rarer one where none is named."""
    floor: float | None = Field(default=None, ge=0, le=1)
    """The first champion's metric must reach this."""
    confidence: float = Field(default=0.95, ge=0.5, le=0.9999)
    """How sure the gate must be, over all uses of a generation of the holdout together; at most 0.9999."""
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

    def positive_of(self, classes: Sequence[str], labels: Labels) -> int | None:
        """Which of two ``classes`` is the positive one: the one named, else the rarer of the rows ``labels`` (rows,).

        The first of equals; None where there are not two.  Raises `SpecError` where the one named is none of two.
        """
        self.check_positive(classes)
        if len(classes) != 2:
            return None
        if self.positive is not None:
            return classes.index(self.positive)
        return int(np.bincount(labels, minlength=2).argmin())

    def check_positive(self, classes: Sequence[str]) -> None:
        """Raises `SpecError` where a positive class is named, and is none of two."""
        if self.positive is None or (len(classes) == 2 and self.positive in classes):
            return
        if len(classes) != 2:
            what = f"positive needs two classes; this label has {len(classes):,}: {listed(classes, 8)}"
            raise SpecError(f"gate.positive is '{self.positive}', but {what}", todo="leave gate.positive out")
        near = nearest(self.positive, classes)
        raise SpecError(
            f"gate.positive is '{self.positive}', which is neither of the two classes {listed(map(repr, classes))}",
            todo=(f"did you mean '{near}'?  " if near else "") + "Name one of the two, or leave gate.positive out",
        )

    @property
    def terms(self) -> str:
        """What names the terms on which a challenger is held against the champion."""
        margin = f" by {self.margin:g}" if self.rule == "no_worse" else ""
        about = "" if self.positive is None else f" of {self.positive}"
        return f"{self.metric}{about}, {self.rule}{margin}, at {self.confidence:g}"

    def settled(self, classes: Sequence[str], labels: Labels) -> Gate:
        """The same with the positive class named, as ``positive_of`` these; raises `SpecError` as that does."""
        positive = self.positive_of(classes, labels)
        return self if positive is None else self.model_copy(update={"positive": classes[positive]})

    def measure(self, classes: Sequence[str], labels: Labels) -> Measure:
        """The metric that says better, about ``positive_of`` these; raises `SpecError` as that does."""
        return metrics.chosen(self.metric).about(classes, self.positive_of(classes, labels))
