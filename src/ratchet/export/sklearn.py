"""``sklearn``: a folder that `ratchet.RatchetClassifier.load` opens as a fitted scikit-learn estimator, without pickle.

It holds the bundle as it is, and ``estimator.json``: which version it is, the bundle's id, and what was measured of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ratchet import documents
from ratchet.errors import BundleError, InternalError
from ratchet.export import readme
from ratchet.export.exported import Exporting, Written, copy_bundle
from ratchet.features.columns import from_frame
from ratchet.gate.decision import Decision
from ratchet.registry import bundle as bundles
from ratchet.registry.bundle import Bundle
from ratchet.serving.predictor import Predictor
from ratchet.words import count_of

BUNDLE, FILE = "bundle", "estimator.json"
_USE = (
    "from ratchet import RatchetClassifier",
    'model = RatchetClassifier.load("FOLDER")',
    "model.predict_proba(frame)  # (rows, classes), in the order of model.classes_",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimator:
    """What ``estimator.json`` says."""

    version: str
    bundle_id: str
    scorecard: Mapping[str, Any]
    """What ``ratchet show --json`` printed of it."""
    decision: Decision


def write(exporting: Exporting, folder: Path) -> Written:
    """Fill ``folder``; the answers are the version's own, since its bundle gives them."""
    told = Estimator(
        version=exporting.version,
        bundle_id=copy_bundle(exporting, folder / BUNDLE),
        scorecard=exporting.document(),
        decision=exporting.shown.decision,
    )
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(documents.plain(told)), indent=1))
    needs = "Needs: `pip install ratchet-ml`."
    readme.write(folder, exporting, "a fitted scikit-learn estimator", _USE, needs)
    opened = Predictor(bundles.read(folder / BUNDLE, expect=told.bundle_id), exporting.version)
    rows = exporting.sample()
    columns = from_frame(rows, exporting.bundle.schema.features)
    if not np.array_equal(opened.probabilities(columns), exporting.predictor.probabilities(columns)):
        raise InternalError("what was exported does not answer as the version does", todo="report it, please")
    return Written(checked=f"{count_of(rows.height, 'stored row')} answered bit for bit as the version does", use=_USE)


def read(folder: Path) -> tuple[Estimator, Bundle]:
    """What such a folder says, and its bundle; raises `BundleError` where it is none, or was changed."""
    try:
        told = documents.typed(documents.read((folder / FILE).read_bytes(), dict[str, Any]), Estimator)
    except (OSError, msgspec.DecodeError) as error:
        raise BundleError(
            f"{folder} holds no exported estimator: {FILE} cannot be read ({error})",
            todo="ratchet export VERSION --to sklearn -o FOLDER makes one",
        ) from None
    return told, bundles.read(folder / BUNDLE, expect=told.bundle_id)
