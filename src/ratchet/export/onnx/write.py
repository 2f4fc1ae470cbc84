"""``onnx``: ``model.onnx`` from the columns to the probabilities, ``schema.json`` that says what goes in and comes out.

The whole pipeline is one graph, so nothing of ours is needed where it answers.  It is run before it appears: where its
probabilities lie further than `NEAR` from the version's own on stored rows, nothing is written.  Sets of answers, and
abstaining, are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.errors import MissingExtraError, RefusedError
from ratchet.export import readme
from ratchet.export.exported import Exporting, Written, refuse_parts
from ratchet.export.onnx import transformers
from ratchet.export.onnx.encoders import ENCODERS
from ratchet.export.onnx.graph import DOUBLE, INT64, STRING, Graph, free
from ratchet.export.onnx.models import CALIBRATIONS, MODELS, empty_as_missing, pooled
from ratchet.export.python import package
from ratchet.features.columns import from_frame
from ratchet.features.encoder import Columns
from ratchet.features.hashed import Hashed
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.calibrated import Calibrated
from ratchet.models.encoded import TABLE, Encoded
from ratchet.models.ensemble import Ensemble
from ratchet.models.pipeline import Part
from ratchet.models.prepared import Prepared
from ratchet.models.xgboost import XGBoostModel
from ratchet.words import count_of

NEAR = 1e-5
"""How far a probability of the graph may lie from the pipeline's."""
LARGEST = 2_000_000_000
"""Bytes of numbers that a graph may hold: protobuf, which a file of ONNX is, ends at 2 GiB."""
FILE, SCHEMA = "model.onnx", "schema.json"
_TYPES = {Kind.NUMBER: DOUBLE, Kind.CATEGORY: STRING, Kind.DATE: INT64}
_WORDS = {
    Kind.NUMBER: "double; NaN where missing",
    Kind.CATEGORY: "string, as ratchet writes it (1 and 1.0 are '1', true is 'true'); empty where missing",
    Kind.DATE: "int64, microseconds since 1970 in UTC; -9223372036854775808 where missing",
}
_NO_GRAPH = "which no ONNX graph of ours says exactly"
_WHY = {Hashed.name: "and no ONNX operator hashes a value"}
_USE = (
    "import onnxruntime",
    'session = onnxruntime.InferenceSession("FOLDER/model.onnx")',
    "label, probabilities = session.run(None, columns)  # name -> array (rows,), as schema.json says",
)
_NEEDS = "Needs: `pip install onnxruntime numpy`, or any ONNX runtime."
_MISSING = "Every column has to be given; `schema.json` says how a missing value is written, which is legal."


def write(exporting: Exporting, folder: Path) -> Written:
    """Fill ``folder``.

    Raises `MissingExtraError` without onnx or onnxruntime, `RefusedError` for a version that no graph says exactly.
    """
    _require()
    refuse_parts(exporting, ("pipeline", "sets", "decision"))
    part = exporting.bundle.pipeline.save()
    if transformers.is_one(part):
        return transformers.write(exporting, folder, part)
    _refuse_unknown(exporting, part)
    (folder / FILE).write_bytes(_model(exporting, part).SerializeToString())
    (folder / SCHEMA).write_text(json.dumps(_schema(exporting), indent=1, ensure_ascii=False), encoding="utf-8")
    readme.write(folder, exporting, "an ONNX graph", _USE, _NEEDS, missing=_MISSING)
    return Written(checked=_checked(exporting, folder / FILE), use=_USE)


def _model(exporting: Exporting, part: Part) -> Any:
    """The graph from the columns to the label and the probabilities."""
    columns, classes = exporting.bundle.pipeline.columns, exporting.bundle.schema.classes
    graph, (label, probabilities) = Graph(columns), _outputs(columns)
    values = {name: graph.input(name, _TYPES[kind]) for name, kind in columns.items()}
    values |= {name: graph.finite(values[name]) for name, kind in columns.items() if kind is Kind.NUMBER}
    found = graph.node("Identity", _pipeline(graph, part, values, len(classes)), output=probabilities)
    factors = exporting.bundle.factors
    ranked = found if factors is None else graph.node("Mul", found, graph.constant(np.array(factors.values)))
    best = graph.node("ArgMax", ranked, axis=1, keepdims=0)
    graph.node("Gather", graph.constant(np.array(classes)), best, output=label)
    if graph.bytes > LARGEST:
        raise _refused(exporting, f"{graph.bytes // 1_000_000:,} MB of numbers, and a graph holds less than 2 GB")
    return graph.model({label: (STRING, ["rows"]), probabilities: (DOUBLE, ["rows", len(classes)])}, "ratchet-ml")


def _outputs(columns: Collection[str]) -> tuple[str, str]:
    """What the label and the probabilities are called: no column may be called so, too."""
    return free("label", columns), free("probabilities", columns)


def _require() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError:
        raise MissingExtraError("an export to ONNX", "onnx") from None


def _refuse_unknown(exporting: Exporting, part: Part) -> None:
    """Raise `RefusedError` that names the first piece that no graph of ours says exactly."""
    legal = {Encoded.name, Calibrated.name, Ensemble.name, Prepared.name, TABLE, *MODELS, *CALIBRATIONS}
    for each in _all(part):
        if each.type not in legal:
            raise _refused(exporting, f"'{each.type}', {_NO_GRAPH}")
        for column in each.state.meta["columns"] if each.type == TABLE else ():
            named, encoder = column["column"], column["encoder"]
            if column["kind"] == Kind.TEXT:
                raise _refused(exporting, f"the text column '{named}' ('{encoder}'), and texts have no ONNX graph")
            if encoder not in ENCODERS:
                raise _refused(exporting, f"'{encoder}' (of the column '{named}'), {_WHY.get(encoder, _NO_GRAPH)}")


def _refused(exporting: Exporting, what: str) -> RefusedError:
    return RefusedError(
        f"version {exporting.version} ({exporting.family}) cannot become an ONNX graph: it has {what}",
        todo=_instead(exporting, "python, which needs NumPy only, or --to mlflow"),
    )


def _instead(exporting: Exporting, python: str) -> str:
    """Which way to go: ``python``, or what goes where that is refused too."""
    return f"export it --to {python if package.refusal(exporting) is None else 'mlflow or sklearn'}"


def _all(part: Part) -> list[Part]:
    return [part, *(each for inner in part.parts.values() for each in _all(inner))]


def _pipeline(graph: Graph, part: Part, values: Mapping[str, str], classes: int) -> str:
    """(rows, classes) the probabilities of a pipeline, of columns whose ``values`` are called so."""
    if part.type == Prepared.name:  # of one that reads no text, nothing is made ready
        return _pipeline(graph, part.parts["inner"], values, classes)
    if part.type == Calibrated.name:
        calibration = part.parts["calibration"]
        inner = _pipeline(graph, part.parts["inner"], values, classes)
        return CALIBRATIONS[calibration.type](graph, inner, calibration.state, classes)
    if part.type == Ensemble.name:
        members = [_pipeline(graph, part.parts[str(at)], values, classes) for at in range(len(part.parts))]
        return pooled(graph, members, part.state, classes)
    model = part.parts["model"]
    encoder = TableEncoder.from_state(part.parts["encoder"].state)
    rows, order = _table(graph, encoder, values)
    if model.type == XGBoostModel.family:
        rows = empty_as_missing(graph, rows, np.array(order) >= encoder.widths[0])
    return MODELS[model.type](graph, rows, model.state, order)


def _table(graph: Graph, encoder: TableEncoder, values: Mapping[str, str]) -> tuple[str, list[int]]:
    """(rows, outputs) the outputs column by column, and the place that each has in the model's order."""
    outputs, order = [], []
    dense, sparse = 0, encoder.widths[0]
    for column, each in encoder.parts.items():
        outputs.append(ENCODERS[each.name](graph, values[column], each.state()))
        wide = each.widths
        order += [*range(dense, dense + wide[0]), *range(sparse, sparse + wide[1])]
        dense, sparse = dense + wide[0], sparse + wide[1]
    return graph.beside(outputs), order


def _schema(exporting: Exporting) -> dict[str, Any]:
    classes, factors = exporting.bundle.schema.classes, exporting.bundle.factors
    best = "the most probable class" if factors is None else "the class of the largest probability times its factor"
    label, probabilities = _outputs(exporting.bundle.pipeline.columns)
    return {
        "inputs": {
            name: {"kind": str(kind), "type": _WORDS[kind]} for name, kind in exporting.bundle.pipeline.columns.items()
        },
        "outputs": {
            label: f"string (rows,): {best}",
            probabilities: "double (rows, classes), in the order of classes",
        },
        "classes": list(classes),
        "factors": dict(zip(classes, factors.values if factors else (1.0,) * len(classes), strict=True)),
        "names": {each: exporting.names.get(each, each) for each in classes},
        "version": exporting.version,
        "bundle": exporting.bundle.id,
    }


def inputs(columns: Columns, kinds: dict[str, Kind]) -> dict[str, npt.NDArray[Any]]:
    """Columns as the graph takes them."""
    made: dict[str, npt.NDArray[Any]] = {}
    for name, kind in kinds.items():
        if kind is Kind.CATEGORY:
            made[name] = np.array([each or "" for each in columns[name]], dtype=object)
        else:
            array = np.asarray(columns[name])
            made[name] = array.astype("datetime64[us]").astype(np.int64) if kind is Kind.DATE else array
    return made


def _checked(exporting: Exporting, path: Path) -> str:
    """How near the graph comes to the pipeline on stored rows; raises `RefusedError` where that is too far."""
    import onnxruntime

    rows = exporting.sample()
    columns = from_frame(rows, exporting.bundle.schema.features)
    served = exporting.predictor.probabilities(columns)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    label, found = session.run(None, inputs(columns, dict(exporting.bundle.pipeline.columns)))
    furthest = float(np.abs(found - served).max(initial=0.0))
    if not furthest <= NEAR:
        raise RefusedError(
            f"a probability of the ONNX graph lies {furthest:.2g} from the version's own, more than {NEAR:g}",
            todo=f"{_instead(exporting, 'python, whose answers are equal')}; nothing was written",
        )
    first = exporting.predictor.best(served)[0][:, 0]
    same = int((np.asarray(exporting.bundle.schema.classes)[first] == label).sum())
    return (
        f"on {count_of(rows.height, 'stored row')} no probability lies further than {furthest:.2g} from the version's "
        f"own, and {same:,} of {rows.height:,} labels are the same"
    )
