"""Which metric a name stands for: ours in a literal table, others by the entry point group ``ratchet.metrics``.

A package that adds a metric names it there and gives an object of `Metric`.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from ratchet.errors import SpecError
from ratchet.metrics.accuracy import Accuracy
from ratchet.metrics.brier import Brier
from ratchet.metrics.ece import Ece
from ratchet.metrics.log_loss import LogLoss
from ratchet.metrics.macro_f1 import MacroF1
from ratchet.metrics.macro_precision import MacroPrecision
from ratchet.metrics.macro_recall import MacroRecall
from ratchet.metrics.metric import Metric
from ratchet.metrics.pr_auc import PrAuc
from ratchet.metrics.roc_auc import RocAuc
from ratchet.metrics.weighted_f1 import WeightedF1
from ratchet.words import capital

GROUP = "ratchet.metrics"
METRICS: dict[str, Metric] = {
    "accuracy": Accuracy(),
    "macro_f1": MacroF1(),
    "weighted_f1": WeightedF1(),
    "macro_precision": MacroPrecision(),
    "macro_recall": MacroRecall(),
    "roc_auc": RocAuc(),
    "pr_auc": PrAuc(),
    "log_loss": LogLoss(),
    "brier": Brier(),
    "ece": Ece(),
}
"""In the order in which they are shown."""


def find(name: str) -> Metric | None:
    """The metric called ``name``, or None where this machine has none of that name."""
    if name in METRICS:
        return METRICS[name]
    others = entry_points(group=GROUP)
    found: Metric | None = others[name].load() if name in others.names else None
    return found


def metric(name: str) -> Metric:
    """The metric called ``name``; raises `SpecError` that names those there are."""
    found = find(name)
    if found is None:
        known = ", ".join([*METRICS, *sorted(entry_points(group=GROUP).names)])
        raise SpecError(f"there is no metric '{name}'", todo=f"use one of {known}, or install the package that has it")
    return found


def chosen(name: str) -> Metric:
    """The metric called ``name``, to say what better means; raises `SpecError` that names those a spec may choose."""
    found = find(name)
    if found is None or not found.choosable:
        raise SpecError(f"'{name}' cannot say what better means", todo=f"use one of {', '.join(choosable())}")
    return found


def choosable() -> list[str]:
    """The names of the metrics that a spec may choose, those of installed packages last."""
    ours = [name for name, each in METRICS.items() if each.choosable]
    return [*ours, *sorted(entry_points(group=GROUP).names)]


def heading(name: str) -> str:
    """A metric's name at the head of a row; one that is not installed here is shown by its plain name.

    >>> heading("macro_f1"), heading("log_loss"), heading("f2")
    ('Macro-F1', 'Log-loss', 'F2')
    """
    found = find(name)
    return capital(name.replace("_", " ")) if found is None else found.heading
