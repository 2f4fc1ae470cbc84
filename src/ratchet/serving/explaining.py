"""Explaining: what in a row spoke for a class.

Exact where the score is a sum: weights of linear models, Shapley values of trees.  Any other pipeline is asked again
without each word and column (`ratchet.serving.occlusion`).  A calibration moves probabilities and leaves their order,
so that what stands beneath it is explained.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from ratchet.errors import Problem, RowError
from ratchet.features.encoder import Columns
from ratchet.features.prepared import Preparations, prepared
from ratchet.kinds.cells import shown
from ratchet.models.calibrated import Calibrated
from ratchet.models.contributions import Explained, Scale
from ratchet.models.encoded import Encoded
from ratchet.models.pipeline import Pipeline
from ratchet.models.prepared import Prepared
from ratchet.serving.explanation import Contribution, Explanation, Method, sentence, strongest
from ratchet.serving.occlusion import occluded
from ratchet.serving.placed import placed
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Predictor
from ratchet.serving.request import Row

_SHOWN = 20
"""Classes that a message lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taken:
    """A score taken apart."""

    method: Method
    scale: Scale
    base: float | None
    margin: float
    parts: Iterable[Contribution]
    before_calibration: float | None = None
    unasked: int = 0


def explain(predictor: Predictor, row: Row, label: str | None = None) -> Explanation:
    """What in a row spoke for a class: for ``label``, or else for the one that is answered.

    Raises `RowError` for a row that does not fit, and for a label that is no class.
    """
    classes, columns = predictor.schema.classes, predictor.columns([row])
    probabilities = predictor.probabilities(columns)
    answer = predictor.ranked(probabilities)[0][0][0]
    wanted = answer if label is None else classes.index(_class(label, classes))
    found = _summed(predictor.pipeline, columns, row, wanted) or _left_out(predictor, row, wanted)
    listed, rest = strongest(found.parts)
    return Explanation(
        label=classes[wanted],
        name=predictor.names[wanted],
        probability=float(probabilities[0, wanted]),
        answer=classes[answer],
        version=predictor.version,
        method=found.method,
        exact=found.base is not None,
        scale=found.scale,
        margin=found.margin,
        base=found.base,
        contributions=listed,
        rest=rest,
        before_calibration=found.before_calibration,
        unasked=found.unasked,
        sentence=sentence(predictor.names[wanted], listed),
    )


def explained(predictor: Predictor, prediction: Prediction, row: Row) -> Prediction:
    """A prediction with what spoke for its label."""
    return replace(prediction, explanation=explain(predictor, row, prediction.label))


def _summed(pipeline: Pipeline, columns: Columns, row: Row, label: int) -> _Taken | None:
    """The sum that the score is; None where it is none."""
    if isinstance(pipeline, Calibrated):
        found = _summed(pipeline.inner, columns, row, label)
        before = float(pipeline.inner.predict(columns)[0, label])
        return found and dataclasses.replace(found, before_calibration=before)
    texts: Preparations = {}
    if isinstance(pipeline, Prepared):
        columns, texts, pipeline = prepared(columns, pipeline.texts), pipeline.texts, pipeline.inner
    if not isinstance(pipeline, Encoded) or not isinstance(pipeline.model, Explained):
        return None
    sums = pipeline.model.contributions(pipeline.encoder.transform(columns), label)
    if sums is None:
        return None
    parts = placed(pipeline.encoder, columns, row, sums, texts)
    return _Taken(method=sums.method, scale=sums.scale, base=sums.base, margin=sums.margin, parts=parts)


def _left_out(predictor: Predictor, row: Row, label: int) -> _Taken:
    found = occluded(predictor, row, label)
    return _Taken(
        method="occlusion",
        scale="log-odds",
        base=None,
        margin=found.margin,
        parts=found.parts,
        unasked=found.unasked,
    )


def _class(label: str, classes: Sequence[str]) -> str:
    if label not in classes:
        more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
        raise RowError(
            "the label is not one of the classes",
            todo="name one of those, spelled so (not its display name), or leave it out",
            problems=(Problem(where="label", found=shown(label), expected=f"{', '.join(classes[:_SHOWN])}{more}"),),
        )
    return label
