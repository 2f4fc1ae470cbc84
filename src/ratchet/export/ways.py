"""The ways to export a version, each a function of a file of its own."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ratchet.errors import NotFoundError
from ratchet.export import mlflow, sklearn
from ratchet.export.exported import Exported, Exporting, Written, in_place, place
from ratchet.export.onnx import write as onnx
from ratchet.export.python import package


@dataclass(frozen=True, slots=True)
class Way:
    """A way to export."""

    meaning: str
    """What is written, in a line."""
    write: Callable[[Exporting, Path], Written]
    """Fills an empty folder; raises a `ratchet.errors.RatchetError` where the version cannot go this way."""


WAYS: Mapping[str, Way] = {
    "mlflow": Way("an MLflow model: mlflow.pyfunc.load_model(FOLDER)", mlflow.write),
    "onnx": Way("one ONNX graph, of texts where a transformer reads them: onnxruntime.InferenceSession", onnx.write),
    "python": Way("a Python package that needs NumPy only: from NAME import predict", package.write),
    "sklearn": Way("a fitted scikit-learn estimator: RatchetClassifier.load(FOLDER)", sklearn.write),
}


def meanings() -> dict[str, str]:
    """Each way with what it writes."""
    return {name: way.meaning for name, way in WAYS.items()}


def export(exporting: Exporting, to: str, folder: Path | None = None) -> Exported:
    """Write a version to a folder that is new or empty; by default one named after it, here.

    The folder appears whole, or not at all.  Raises `NotFoundError` for a way there is none of, `PathError` for a
    folder that holds something, and what the way raises.
    """
    if to not in WAYS:
        near = difflib.get_close_matches(to, WAYS, 1)
        hint = f"did you mean {near[0]}?  " if near else ""
        raise NotFoundError(f"nothing is exported to '{to}'", todo=f"{hint}Use one of {', '.join(WAYS)}")
    target = place(exporting, to, folder)
    with in_place(target) as making:
        written = WAYS[to].write(exporting, making)
        found = [each for each in making.rglob("*") if each.is_file()]
        size = sum(each.stat().st_size for each in found)
    return Exported(
        to=to,
        version=exporting.version,
        folder=target,
        files=len(found),
        bytes=size,
        checked=written.checked,
        use=tuple(line.replace("FOLDER", str(target)) for line in written.use),
    )
