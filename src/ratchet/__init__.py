"""Ratchet: labelled rows in, a gated and served champion out.

>>> import ratchet
>>> with ratchet.open("reviews/") as classifier:    # doctest: +SKIP
...     decision = classifier.train("reviews.parquet")
...     print(decision.outcome, classifier.predict({"text": "A delight."}).label)
promote pos

(It trains, so a test of its own runs it.)  In the place of a path goes a pandas, Polars or Arrow table just as well,
and `predict` answers a table with a table.  `Spec.choices` lists the kinds of columns and the metrics there are.  The
names below are found when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ratchet.classifier import Classifier
    from ratchet.drafting.draft import draft
    from ratchet.errors import RatchetError
    from ratchet.estimator import RatchetClassifier
    from ratchet.settings import Settings
    from ratchet.spec import Spec
    from ratchet.system import System, init, open
    from ratchet.web.server import serve

__version__ = "0.1.0"
__all__ = [
    "Classifier",
    "RatchetClassifier",
    "RatchetError",
    "Settings",
    "Spec",
    "System",
    "__version__",
    "draft",
    "init",
    "open",
    "serve",
]

_HOMES = {
    "Classifier": "ratchet.classifier",
    "RatchetClassifier": "ratchet.estimator",
    "RatchetError": "ratchet.errors",
    "Settings": "ratchet.settings",
    "Spec": "ratchet.spec",
    "System": "ratchet.system",
    "draft": "ratchet.drafting.draft",
    "init": "ratchet.system",
    "open": "ratchet.system",
    "serve": "ratchet.web.server",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ratchet' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
