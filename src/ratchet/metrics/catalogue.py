"""Which metric a name stands for: ours in a literal table, others by the entry point group ``ratchet.metrics``.

A package that adds a metric names it there and gives an object of `Metric`.
"""

from __future__ import annotations

from ratchet.catalogue import Catalogue
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
    "brier": Brier(),
    "log_loss": LogLoss(),
    "ece": Ece(),
}
"""In the order in which they are shown."""
_METRICS: Catalogue[Metric] = Catalogue("metric", GROUP, METRICS)


def find(name: str) -> Metric | None:
    """The metric called ``name``, or None where this machine has none of that name."""
    return _METRICS.find(name)


def metric(name: str) -> Metric:
    """The metric called ``name``; raises `SpecError` that names those there are."""
    return _METRICS.get(name)


def chosen(name: str) -> Metric:
    """The metric called ``name``, to say what better means; raises `SpecError` that names those a spec may choose."""
    found = find(name)
    if found is None or not found.choosable:
        raise SpecError(f"'{name}' cannot say what better means", todo=f"use one of {', '.join(choosable())}")
    return found


def choosable() -> list[str]:
    """The names of the metrics that a spec may choose, those of installed packages last."""
    ours = [name for name, each in METRICS.items() if each.choosable]
    return [*ours, *_METRICS.others()]


def heading(name: str) -> str:
    """A metric's name at the head of a row; one that is not installed here is shown by its plain name.

    >>> heading("macro_f1"), heading("log_loss"), heading("f2")
    ('Macro-F1', 'Log-loss', 'F2')
    """
    found = find(name)
    return capital(name.replace("_", " ")) if found is None else found.heading
