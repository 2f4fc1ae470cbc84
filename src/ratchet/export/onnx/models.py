"""Models and calibrations as parts of a graph: doubles throughout, so that they come near to the last digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ratchet.arrays import Bools, Floats64
from ratchet.export.onnx.graph import DOUBLE, INT64, Graph
from ratchet.features.encoder import State
from ratchet.models.calibration.calibration import SMALLEST
from ratchet.models.ensemble import LEAST
from ratchet.models.platt import SMALLEST as SMALLEST_ODDS
from ratchet.models.svm import FURTHEST


def softmax(graph: Graph, scores: str, columns: int) -> str:
    """`ratchet.models.softmax.softmax` of (rows, columns)."""
    if columns > 1:
        return graph.node("Softmax", scores, axis=1)
    second = graph.node("Sigmoid", scores)
    return graph.beside([graph.node("Sub", graph.constant(1.0), second), second])


def linear(graph: Graph, rows: str, state: State, order: list[int]) -> str:
    """`ratchet.models.linear.LinearModel`; ``order`` are the places of the graph's outputs in the model's."""
    weights, bias = state.arrays["weights"][order], state.arrays["bias"]
    return softmax(graph, graph.affine(graph.cast(rows, DOUBLE), weights, bias), weights.shape[1])


def network(graph: Graph, rows: str, state: State, order: list[int]) -> str:
    """`ratchet.models.layers.Layers`, which answer in single precision."""
    arrays, bent = state.arrays, bool(state.meta["bent"])
    first = np.concatenate([arrays["dense"], arrays["embedding"].astype(np.float32)])[order]
    units = graph.affine(graph.filled(graph.cast(rows, DOUBLE), 0.0), first, arrays["bias"])
    for at in range(int(state.meta["after"])):
        passed = graph.node("Relu", units) if at or bent else units
        units = graph.affine(passed, arrays[f"w_{at}"], arrays[f"b_{at}"])
    return graph.node("Softmax", units, axis=1)


def svm(graph: Graph, rows: str, state: State, order: list[int]) -> str:
    """`ratchet.models.svm.SVMModel`."""
    arrays, values = state.arrays, graph.cast(rows, DOUBLE)
    places = np.argsort(order)  # the model's outputs, as the graph orders them: its dense ones first
    dense, landmarks = arrays["landmarks"].shape[1], arrays["landmarks"].astype(np.float64)
    bias, columns = graph.constant(arrays["bias"]), len(arrays["bias"])
    parts = [bias]
    if dense:
        cells = graph.node("Gather", values, graph.constant(places[:dense]), axis=1)
        held = graph.within(graph.filled(cells, 0.0), -FURTHEST, FURTHEST)
        left = _gaussian(graph, held, landmarks, float(state.meta["gamma"])) if len(landmarks) else held
        parts.append(graph.node("MatMul", left, graph.constant(arrays["left"])))
    if len(places) > dense:
        cells = graph.node("Gather", values, graph.constant(places[dense:]), axis=1)
        parts.append(graph.node("MatMul", cells, graph.constant(arrays["right"].astype(np.float64))))
    odds = graph.node("Sigmoid", graph.node("Sum", *parts))
    if columns == 1:
        return _joined(graph, odds, 2)
    return _shares(graph, graph.node("Max", odds, graph.constant(SMALLEST_ODDS)))


def _gaussian(graph: Graph, rows: str, landmarks: Floats64, gamma: float) -> str:
    """(rows, landmarks) exp(-gamma |x - l|^2), as `ratchet.models.svm` multiplies the square out."""
    across = graph.node("MatMul", rows, graph.constant(landmarks.T))
    own = graph.node("ReduceSum", graph.node("Mul", rows, rows), graph.constant(np.array([1])), keepdims=1)
    squares = graph.node("Add", own, graph.constant((landmarks**2).sum(axis=1)))
    apart = graph.node("Sub", squares, graph.node("Mul", across, graph.constant(2.0)))
    return graph.node("Exp", graph.node("Mul", graph.node("Max", apart, graph.constant(0.0)), graph.constant(-gamma)))


def grown(graph: Graph, rows: str, state: State, order: list[int]) -> str:
    """`ratchet.models.grown.GrownModel`: a leaf adds to the score of one class."""
    columns = int(state.meta["columns"])
    leaves = _leaves(graph, rows, state, order)
    shape = graph.constant(np.array([0, len(state.arrays["roots"]) // columns, columns]))
    by_column = graph.node("Reshape", leaves, shape)
    return softmax(graph, graph.node("ReduceSum", by_column, graph.constant(np.array([1])), keepdims=0), columns)


def forest(graph: Graph, rows: str, state: State, order: list[int]) -> str:
    """`ratchet.models.forest.ForestModel`: a leaf has the shares of all classes."""
    leaves = _leaves(graph, rows, state, order)
    return _shares(graph, graph.node("ReduceSum", leaves, graph.constant(np.array([1])), keepdims=0))


def _leaves(graph: Graph, rows: str, state: State, order: list[int]) -> str:
    """(rows, trees) the values of the leaves that rows end in, or (rows, trees, classes).

    All rows go down all trees at once, a node a turn.
    """
    arrays = dict(state.arrays)
    places = np.argsort(order)[arrays["feature"]].astype(np.int32)  # the model's outputs, as the graph orders them
    table = {name: graph.constant(arrays[name]) for name in ("left", "right", "absent", "threshold")}
    feature, values = graph.constant(places), graph.cast(rows, DOUBLE)
    count = graph.node("Shape", rows, start=0, end=1)
    shape = graph.node("Concat", count, graph.constant(np.array([len(arrays["roots"])])), axis=0)
    nodes = graph.node("Expand", graph.constant(arrays["roots"]), shape)
    for _ in range(int(state.meta["depth"])):
        found = graph.node("GatherElements", values, graph.node("Gather", feature, nodes), axis=1)
        below = graph.node("LessOrEqual", found, graph.cast(graph.node("Gather", table["threshold"], nodes), DOUBLE))
        if len(arrays.get("words", ())):
            below = _or_in_set(graph, below, found, nodes, arrays)
        left, right, absent = (graph.node("Gather", table[name], nodes) for name in ("left", "right", "absent"))
        onward = graph.node("Where", below, left, right)
        nodes = graph.node("Where", graph.node("IsNaN", found), absent, onward)
    return graph.cast(graph.node("Gather", graph.constant(arrays["value"]), nodes), DOUBLE)


def pooled(graph: Graph, members: list[str], state: State, classes: int) -> str:
    """`ratchet.models.ensemble.pooled`; an ensemble of a release that knew one pooling has the mean."""
    logs = state.meta.get("pooling", "mean") == "log"
    if logs:
        members = [graph.node("Log", graph.node("Max", each, graph.constant(LEAST))) for each in members]
    weights = state.arrays["weights"].tolist()
    weighed = [graph.node("Mul", each, graph.constant(by)) for each, by in zip(members, weights, strict=True)]
    voted = graph.node("Sum", *weighed)
    return softmax(graph, voted, classes) if logs else voted


def empty_as_missing(graph: Graph, rows: str, sparse: Bools) -> str:
    """(rows, outputs) NaN where a ``sparse`` output is 0, as `ratchet.models.xgboost.XGBoostModel` takes it."""
    cells = graph.cast(rows, DOUBLE)
    empty = graph.node("And", graph.node("Equal", cells, graph.constant(0.0)), graph.constant(sparse))
    return graph.node("Where", empty, graph.constant(np.nan), cells)


def _or_in_set(graph: Graph, below: str, values: str, nodes: str, arrays: Mapping[str, Any]) -> str:
    """Whether values go left: where a node has a set of categories those in it, else those ``below``."""
    zero, word = graph.constant(np.int64(0)), graph.constant(np.int64(32))
    count, first = (
        graph.node("Gather", graph.constant(arrays[name].astype(np.int64)), nodes) for name in ("count", "first")
    )
    known = graph.node("Where", graph.node("IsNaN", values), graph.constant(-1.0), values)
    number = graph.cast(graph.within(known, -1.0, 2.0**31), INT64)
    legal = graph.node("Less", number, graph.node("Mul", count, word))
    legal = graph.node("And", legal, graph.node("GreaterOrEqual", number, zero))
    number = graph.node("Where", legal, number, zero)
    # Number 40 is bit 40 % 32 = 8 of word 40 / 32 = 1: that word over 2 ** 8, without what lies behind, is odd.
    place = graph.node("Add", first, graph.node("Div", number, word))
    place = graph.node("Min", place, graph.constant(np.int64(len(arrays["words"]) - 1)))
    held = graph.node("Gather", graph.constant(arrays["words"].astype(np.int64)), place)
    power = graph.node("Gather", graph.constant(2 ** np.arange(32, dtype=np.int64)), graph.node("Mod", number, word))
    odd = graph.node("Mod", graph.node("Div", held, power), graph.constant(np.int64(2)))
    inside = graph.node("And", legal, graph.node("Greater", odd, zero))
    has_set = graph.node("Greater", count, zero)  # ONNX Runtime has no Where of truth values
    outside = graph.node("And", graph.node("Not", has_set), below)
    return graph.node("Or", graph.node("And", has_set, inside), outside)


def temperature(graph: Graph, probabilities: str, state: State, classes: int) -> str:
    """`ratchet.models.calibration.temperature.Temperature`."""
    logs = graph.node("Log", graph.node("Max", probabilities, graph.constant(SMALLEST)))
    return graph.node("Softmax", graph.node("Div", logs, graph.constant(float(state.meta["temperature"]))), axis=1)


def beta(graph: Graph, probabilities: str, state: State, classes: int) -> str:
    """`ratchet.models.calibration.beta.Beta`."""
    a, b, c = (graph.constant(np.ascontiguousarray(each)) for each in state.arrays["curves"].T)
    held = graph.within(_curved(graph, probabilities, classes), SMALLEST, 1 - SMALLEST)
    other = graph.node("Neg", graph.node("Log", graph.node("Sub", graph.constant(1.0), held)))
    total = graph.node("Add", graph.node("Mul", a, graph.node("Log", held)), graph.node("Mul", b, other))
    return _joined(graph, graph.node("Sigmoid", graph.node("Add", total, c)), classes)


def isotonic(graph: Graph, probabilities: str, state: State, classes: int) -> str:
    """`ratchet.models.calibration.isotonic.Isotonic`."""
    curved = _curved(graph, probabilities, classes)
    parts = []
    for at in range(int(state.meta["curves"])):
        p = graph.node("Gather", curved, graph.constant(np.array([at])), axis=1)
        x, y = state.arrays[f"{at}.x"], state.arrays[f"{at}.y"]
        parts.append(_interpolated(graph, p, x, y) if len(x) else p)
    return _joined(graph, graph.beside(parts), classes)


def _interpolated(graph: Graph, p: str, x: Floats64, y: Floats64) -> str:
    """`numpy.interp` of (rows, 1)."""
    if len(x) == 1:
        return graph.node("Add", graph.node("Mul", p, graph.constant(0.0)), graph.constant(float(y[0])))
    held = graph.within(p, x[0], x[-1])
    # Of points x = [.1, .5, .9] inner ones up to .6 are one, [.5]: it lies on piece 1, from .5 to .9.
    above = graph.cast(graph.node("GreaterOrEqual", held, graph.constant(x[1:-1])), INT64) if len(x) > 2 else ""
    piece = (
        graph.node("ReduceSum", above, graph.constant(np.array([1])), keepdims=1)
        if above
        else graph.cast(graph.node("Mul", p, graph.constant(0.0)), INT64)
    )
    slope, start = graph.constant(np.diff(y) / np.diff(x)), graph.constant(x[:-1])
    risen = graph.node("Sub", held, graph.node("Gather", start, piece))
    base = graph.node("Gather", graph.constant(y[:-1]), piece)
    return graph.node("Add", base, graph.node("Mul", graph.node("Gather", slope, piece), risen))


def _curved(graph: Graph, probabilities: str, classes: int) -> str:
    """The columns that curves are of: all, or the second of two."""
    return graph.node("Gather", probabilities, graph.constant(np.array([1])), axis=1) if classes == 2 else probabilities


def _joined(graph: Graph, mapped: str, classes: int) -> str:
    """(rows, classes) probabilities that sum to one, of what curves gave."""
    if classes == 2:
        return graph.beside([graph.node("Sub", graph.constant(1.0), mapped), mapped])
    return _shares(graph, mapped)


def _shares(graph: Graph, parts: str) -> str:
    """(rows, classes) each as its share of its row."""
    return graph.node("Div", parts, graph.node("ReduceSum", parts, graph.constant(np.array([1])), keepdims=1))


MODELS: Mapping[str, Callable[[Graph, str, State, list[int]], str]] = {
    "linear.v1": linear,
    "svm.v1": svm,
    "network.v1": network,
    "forest.v1": forest,
    "boosted.v1": grown,
    "xgboost.v1": grown,
}
CALIBRATIONS: Mapping[str, Callable[[Graph, str, State, int], str]] = {
    "temperature.v1": temperature,
    "beta.v1": beta,
    "isotonic.v1": isotonic,
}
