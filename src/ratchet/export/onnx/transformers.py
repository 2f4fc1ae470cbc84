"""A transformer as ONNX: ``model.onnx`` from the tokens of texts to probabilities, ``model.onnx.data`` with its arrays.

No ONNX operator cuts texts into tokens: ``tokenizer.json`` does, and ``answer.py`` says how in fifty lines.  The graph
is the one that the version itself answers with, in whole numbers of one byte or in float32, and behind it are the mean
over a text's chunks, the calibration and the decision.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.errors import RefusedError
from ratchet.export import readme
from ratchet.export.exported import Exporting, Written
from ratchet.export.onnx import answer
from ratchet.export.onnx.graph import DOUBLE, INT64, STRING, Graph
from ratchet.export.onnx.models import CALIBRATIONS, softmax
from ratchet.features.columns import from_frame
from ratchet.features.huggingface import graph as networks
from ratchet.features.huggingface.answering import STEP
from ratchet.features.huggingface.extras import needs
from ratchet.features.huggingface.network import Network, Shape
from ratchet.features.huggingface.tokens import LETTERS, Tokens
from ratchet.models.calibrated import Calibrated
from ratchet.models.huggingface.pipeline import MOST, Transformer
from ratchet.models.pipeline import Part
from ratchet.words import count_of

NEAR = 1e-3
"""How far a probability may lie from the version's own: a runtime adds float32 up in an order of its own, and where
answers are in whole numbers of one byte a last digit may round one of them the other way."""
ROWS = 32
"""Stored rows that are answered to see it, at most."""
_MODEL, _DATA = "model.onnx", "model.onnx.data"
_TOKENIZER, _SCHEMA, _ANSWER = "tokenizer.json", "schema.json", "answer.py"
_USE = (
    "import sys",
    'sys.path.insert(0, "FOLDER")',
    "from answer import Texts",
    'texts = Texts("FOLDER")',
    "labels, probabilities = texts.predict(rows)  # rows: a list of {column: text}",
)
_GOES_IN = """Needs: `pip install onnxruntime tokenizers numpy`.

`model.onnx` takes tokens: `ids` and `mask`, int64 (chunks, tokens), and `text`, int64 (chunks,), which text each chunk
is of: 0, 0, 1 for a text of two chunks and one of a single chunk.  It gives for each text its `label` and its
`probabilities`, {calibrated}, of the mean of its chunks' scores, in the order of `classes` in `schema.json`.  It
answers in {precision}, as the version does.  Its arrays are in `model.onnx.data`, which stays beside it.

`tokenizer.json` turns a text into tokens; `schema.json` says under `texts` how: the columns that are joined, one below
the other; how many `letters` are read; `room`, the tokens of a chunk with the special ones `before` and `behind` it;
how many chunks at `most`; the `padding`.  `answer.py` does all that."""


def is_one(part: Part) -> bool:
    """Whether a pipeline is a transformer, calibrated or not."""
    return _inner(part).type == Transformer.name


def _inner(part: Part) -> Part:
    return part.parts["inner"] if part.type == Calibrated.name else part


def write(exporting: Exporting, folder: Path, part: Part) -> Written:
    """Fill ``folder``.

    Raises `MissingExtraError` without tokenizers, `RefusedError` where its answers lie further than `NEAR` from the
    version's own.
    """
    needs("sentences")
    state = _inner(part).state
    network = Network(Shape.read(state.meta["shape"]), state.arrays)
    _save(network, _tail(exporting, part), folder)
    (folder / _TOKENIZER).write_text(state.texts["tokenizer"], encoding="utf-8")
    (folder / _SCHEMA).write_text(json.dumps(_schema(exporting, state), indent=1, ensure_ascii=False), encoding="utf-8")
    shutil.copyfile(answer.__file__, folder / _ANSWER)
    calibrated = "calibrated" if part.type == Calibrated.name else "not calibrated (the version's are not either)"
    needed = _GOES_IN.format(calibrated=calibrated, precision=state.meta["precision"])
    readme.write(folder, exporting, "a transformer as an ONNX graph", _USE, needed)
    return Written(checked=_checked(exporting, folder), use=_USE)


def _tail(exporting: Exporting, part: Part) -> Graph:
    """From the scores of chunks (``out``) to the probabilities and labels of texts."""
    graph, classes = Graph(), exporting.bundle.schema.classes
    found = softmax(graph, graph.cast(_means(graph), DOUBLE), max(len(classes), 2))
    if part.type == Calibrated.name:
        calibration = part.parts["calibration"]
        found = CALIBRATIONS[calibration.type](graph, found, calibration.state, len(classes))
    found = graph.node("Identity", found, output="probabilities")
    factors = exporting.bundle.factors
    ranked = found if factors is None else graph.node("Mul", found, graph.constant(np.array(factors.values)))
    best = graph.node("ArgMax", ranked, axis=1, keepdims=0)
    graph.node("Gather", graph.constant(np.array(classes)), best, output="label")
    return graph


def _means(graph: Graph) -> str:
    """(texts, classes) the mean over each text's chunks."""
    # Chunks of the texts [0, 0, 1] make [[1, 1, 0], [0, 0, 1]], whose product with the scores sums them up by text.
    last = graph.node("ReduceMax", "text", keepdims=0)
    texts = graph.node("Add", last, graph.constant(np.int64(1)))
    belongs = graph.node("OneHot", "text", texts, graph.constant(np.array([0, 1], dtype=np.float32)), axis=0)
    total = graph.node("MatMul", belongs, "out")
    return graph.node("Div", total, graph.node("ReduceSum", belongs, graph.constant(np.array([1])), keepdims=1))


def _save(network: Network, tail: Graph, folder: Path) -> None:
    """The network with its arrays and what follows it, as one graph."""
    import onnx
    from onnx import helper, numpy_helper

    model: Any = onnx.load_model_from_string(networks.build(network))
    arrays = networks.outside(network.arrays)
    for each in model.graph.initializer:
        if each.name in arrays:
            each.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(arrays[each.name]), each.name))
    model.graph.input.append(helper.make_tensor_value_info("text", INT64, ["rows"]))
    model.graph.node.extend(tail.nodes)
    model.graph.initializer.extend(tail.constants)
    del model.graph.output[:]
    told = {"label": (STRING, ["texts"]), "probabilities": (DOUBLE, ["texts", "classes"])}
    model.graph.output.extend(helper.make_tensor_value_info(name, *each) for name, each in told.items())
    model.producer_name = "ratchet-ml"
    onnx.save_model(model, folder / _MODEL, save_as_external_data=True, location=_DATA)
    onnx.checker.check_model(folder / _MODEL)


def _schema(exporting: Exporting, state: Any) -> dict[str, Any]:
    meta, classes = state.meta, exporting.bundle.schema.classes
    before, behind = Tokens(state.texts["tokenizer"]).ends
    texts = {"columns": meta["columns"], "letters": LETTERS, "room": meta["room"], "most": MOST}
    texts |= {"before": before, "behind": behind, "padding": meta["padding"]}
    texts |= {"step": STEP, "longest": meta["shape"]["longest"]}
    return {
        "inputs": {
            "ids": "int64 (chunks, tokens): numbers of tokens, filled up with the padding's",
            "mask": "int64 (chunks, tokens): 1 where there is a token, 0 where it was filled up",
            "text": "int64 (chunks,): which text a chunk is of, from 0 on without gaps",
        },
        "outputs": {
            "label": "string (texts,): what the version answers",
            "probabilities": "double (texts, classes), in the order of classes",
        },
        "texts": texts,
        "precision": meta["precision"],
        "classes": list(classes),
        "names": {each: exporting.names.get(each, each) for each in classes},
        "version": exporting.version,
        "bundle": exporting.bundle.id,
    }


def _checked(exporting: Exporting, folder: Path) -> str:
    """How near the folder's answers come to the version's own; raises `RefusedError` where that is too far."""
    rows = exporting.sample()
    rows = rows.gather_every(-(-max(rows.height, 1) // ROWS))
    served = exporting.predictor.probabilities(from_frame(rows, exporting.bundle.schema.features))
    labels, found = answer.Texts(folder).predict(rows.to_dicts())
    furthest = float(np.abs(found - served).max(initial=0.0))
    if not furthest <= NEAR:
        raise RefusedError(
            f"a probability of the ONNX graph lies {furthest:.2g} from the version's own, more than {NEAR:g}",
            todo="export it --to mlflow or sklearn; nothing was written",
        )
    first = exporting.predictor.best(served)[0][:, 0]
    same = int((np.asarray(exporting.bundle.schema.classes)[first] == labels).sum())
    return (
        f"on {count_of(rows.height, 'stored row')} no probability lies further than {furthest:.2g} from the version's "
        f"own, and {same:,} of {rows.height:,} labels are the same"
    )
