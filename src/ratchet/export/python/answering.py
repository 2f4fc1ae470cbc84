"""What answers in an exported package: it opens the model that lies beside it, and answers rows with it.

This module goes into the package with all that it imports, so it speaks of nothing but NumPy and the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ratchet.arrays import Probabilities
from ratchet.errors import BundleError
from ratchet.kinds.kind import Kind
from ratchet.models import plain_json
from ratchet.models.conformal import Conformal
from ratchet.models.decision import ClassFactors
from ratchet.models.opening import open_pipeline
from ratchet.models.parts import File, Stored, StoredPart, checked, load
from ratchet.serving.answerer import Answerer

MANIFEST, MODEL = "manifest.json", "model"
PARTS = ("pipeline", "sets", "decision")
"""What is opened of a bundle; its profile stays behind, since nobody watches these answers."""


class Opened:
    """A model on disk, looked over and opened; threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Raises `BundleError` where a file of ``folder`` is not as it was written, or is not there."""
        told = plain_json.read((folder / MANIFEST).read_bytes())
        for name, file in told["package"].items():
            checked(folder, name, File(**file))
        stored = Stored(
            parts={name: StoredPart(**part) for name, part in told["parts"].items()},
            files={name: File(**file) for name, file in told["files"].items()},
        )
        parts = load(folder / MODEL, stored)
        self.classes: tuple[str, ...] = tuple(told["classes"])
        self.version = str(told["version"])
        self._names: Mapping[str, str] = told["names"]
        self._answerer = Answerer(
            open_pipeline(parts["pipeline"]),
            Conformal.from_state(parts["sets"].state) if "sets" in parts else None,
            features={name: Kind(kind) for name, kind in told["features"].items()},
            classes=self.classes,
            top=int(told["top"]),
            factors=ClassFactors.from_state(parts["decision"].state).values if "decision" in parts else None,
            most_text=int(told["most_text"]),
        )

    def predict_proba(self, rows: Sequence[Mapping[str, Any]]) -> Probabilities:
        """(rows, classes) probabilities in the order of ``classes``; raises `RowError` that locates every mistake."""
        return self._answerer.probabilities(self._answerer.columns(rows))

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """An answer per row, in order; raises `RowError` that locates every mistake."""
        if not rows:
            return []
        probabilities = self.predict_proba(rows)
        sets = self._answerer.sets(probabilities)
        ranked = self._answerer.ranked(probabilities)
        return [self._answer(*best, None if sets is None else sets[at]) for at, best in enumerate(ranked)]

    def _answer(self, best: list[int], values: list[float], inside: Sequence[int] | None) -> dict[str, Any]:
        labels = [self.classes[at] for at in best]
        named = [self._names.get(each, each) for each in labels]
        return {
            "label": labels[0],
            "name": named[0],
            "confidence": values[0],
            "scores": [
                {"label": label, "name": name, "score": value}
                for label, name, value in zip(labels, named, values, strict=True)
            ],
            "set": [] if inside is None else [self.classes[at] for at in inside],
            "abstained": inside is not None and len(inside) != 1,
            "version": self.version,
        }


@cache
def opened() -> Opened:
    """The model of this package, opened when it is first asked; raises `BundleError` like `Opened`."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / MANIFEST).is_file():
        raise BundleError(f"{folder} has no {MANIFEST}", todo="copy the package anew, whole")
    return Opened(folder)


def predict(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """An answer per row, in order: ``label``, ``name``, ``confidence``, the best ``scores``, ``set``, ``abstained``.

    A row is a dict of columns and values; one that is absent or None is missing, which is legal.  ``set`` holds the
    classes that hold the true one as often as was promised, and is empty where nothing was; ``abstained`` says that it
    is not a single one.  The probabilities are those that the version gives where it is served, bit for bit.  Raises
    `RowError` that locates every mistake.
    """
    return opened().predict(rows)


def predict_proba(rows: Sequence[Mapping[str, Any]]) -> Probabilities:
    """(rows, classes) the probability of every class, in the order of `classes`; raises `RowError` like `predict`."""
    return opened().predict_proba(rows)


def classes() -> tuple[str, ...]:
    """The classes, in the order of the columns of `predict_proba`."""
    return opened().classes
