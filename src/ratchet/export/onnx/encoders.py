"""Encoders as parts of a graph: a column in, (rows, outputs) float32 out, the same as `ratchet.features` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ratchet.arrays import Floats64
from ratchet.export.onnx.graph import DOUBLE, FLOAT, INT64, Graph
from ratchet.features.categories import FIRST, MISSING, OTHER
from ratchet.features.encoder import State
from ratchet.features.standard import FURTHEST

_LARGEST = float(np.finfo(np.float32).max)
_DAY, _SECOND = 86_400_000_000, 1_000_000
_YEAR = 365.25
_DAYS = np.arange(-25_567, 47_483)
"""The days of 1900 to 2099, counted from 1970."""


def standard(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.standard.Standard`."""
    edges = state.arrays["edges"]
    if not len(edges):
        return robust(graph, column, state)
    held = graph.within(graph.column(graph.filled(column, state.meta["middle"])), edges[:-1], edges[1:])
    risen = graph.node("Div", graph.node("Sub", held, graph.constant(edges[:-1])), graph.constant(np.diff(edges)))
    return graph.cast(graph.beside([_deviations(graph, column, state), risen, *_flag(graph, column, state)]), FLOAT)


def robust(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.robust.Robust`."""
    return graph.cast(graph.beside([_deviations(graph, column, state), *_flag(graph, column, state)]), FLOAT)


def _deviations(graph: Graph, column: str, state: State) -> str:
    """(rows, 1) how many deviations a number lies from the middle, held within `FURTHEST`."""
    middle, scale = state.meta["middle"], state.meta["scale"]
    limit = FURTHEST * scale
    held = graph.within(graph.filled(column, middle), middle - limit, middle + limit)
    place = graph.node("Sub", held, graph.constant(middle))
    return graph.column(graph.node("Div", place, graph.constant(scale)))


def _flag(graph: Graph, column: str, state: State) -> list[str]:
    """(rows, 1) whether a number is missing, where that is an output."""
    return [graph.column(graph.cast(graph.node("IsNaN", column), DOUBLE))] if state.meta["flag"] else []


def bins(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.bins.Bins`."""
    # Of edges [2, 5] a 3 is from -inf and from 2 on, two of [-inf, 2, 5], and a 5 all three: bins 1, 2 and 3 by that
    # count.  NaN is from no edge on: its count of 0 is the last output.
    edges = graph.constant(np.concatenate([[-np.inf], state.arrays["edges"]]))
    passed = graph.cast(graph.node("GreaterOrEqual", graph.column(column), edges), INT64)
    count = graph.node("ReduceSum", passed, graph.constant(np.array([1])), keepdims=1)
    places = graph.constant(np.array([*range(1, len(state.arrays["edges"]) + 2), 0]))
    return graph.cast(graph.node("Equal", count, places), FLOAT)


def numeric(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.numeric.Numeric`; Min and Max pass NaN on."""
    return graph.cast(graph.column(graph.within(column, -_LARGEST, _LARGEST)), FLOAT)


def _codes(graph: Graph, column: str, state: State) -> str:
    """(rows,) the code of each category; an empty text is a missing value."""
    values = list(state.meta["values"])
    return graph.node(
        "LabelEncoder",
        column,
        domain="ai.onnx.ml",
        keys_strings=["", *values],
        values_int64s=[MISSING, *range(FIRST, FIRST + len(values))],
        default_int64=OTHER,
    )


def codes(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.codes.Codes`."""
    return graph.column(graph.cast(_codes(graph, column, state), FLOAT))


def onehot(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.onehot.OneHot`, dense however many values there are."""
    places = graph.constant(np.arange(FIRST + len(state.meta["values"])))
    return graph.cast(graph.node("Equal", graph.column(_codes(graph, column, state)), places), FLOAT)


def target(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.target.TargetShares`."""
    return graph.node("Gather", graph.constant(state.arrays["says"]), _codes(graph, column, state))


def calendar(graph: Graph, column: str, state: State) -> str:
    """`ratchet.features.calendar.Calendar`; a column is microseconds since 1970, the least int64 where missing."""
    missing = graph.node("Equal", column, _whole(graph, np.iinfo(np.int64).min))
    middle = _whole(graph, int(state.meta["middle"]))
    ticks = graph.node("Where", missing, middle, column)
    rest = graph.node("Mod", ticks, _whole(graph, _DAY))
    days = graph.node("Div", graph.node("Sub", ticks, rest), _whole(graph, _DAY))
    weekday = graph.node("Mod", graph.node("Add", days, _whole(graph, 3)), _whole(graph, 7))
    since = graph.cast(graph.node("Sub", ticks, middle), DOUBLE)
    years = graph.node("Div", graph.node("Div", since, graph.constant(float(_DAY))), graph.constant(_YEAR))
    day = graph.node("Div", graph.cast(_day_of_month(graph, days), DOUBLE), graph.constant(31.0))
    weekend = graph.cast(graph.node("GreaterOrEqual", weekday, _whole(graph, 5)), FLOAT)
    parts = [
        graph.cast(graph.within(years, -50.0, 50.0), FLOAT),
        *_circle(graph, days, _DAYS / _YEAR, _YEAR, first=int(_DAYS[0])),
        graph.cast(day, FLOAT),
        *_circle(graph, weekday, np.arange(7) / 7, 7.0),
        weekend,
        *_circle(graph, rest, np.arange(86_400) * _SECOND / _DAY, float(_DAY), step=_SECOND),
        graph.cast(missing, FLOAT),
    ]
    return graph.beside([graph.column(each) for each in parts])


def _whole(graph: Graph, number: int) -> str:
    return graph.constant(np.int64(number))


def _circle(graph: Graph, count: str, usual: Floats64, around: float, *, first: int = 0, step: int = 1) -> list[str]:
    """Sine and cosine of whole counts, ``around`` of which make a turn; ``usual`` are the turns that have a table.

    A runtime's sine of half a turn is 0, NumPy's is 1e-16, and a tree may part rows there.  So whole days of two
    centuries and whole seconds of a day are looked up among what NumPy says; others are computed.
    """
    # Counts from 100 in steps of 10 with a table of 3: 110 is place 1 and is looked up; 115 and 140 are not.
    shifted = graph.node("Sub", count, _whole(graph, first))
    place = graph.node("Div", shifted, _whole(graph, step))
    held = graph.node("Min", graph.node("Max", place, _whole(graph, 0)), _whole(graph, len(usual) - 1))
    is_usual = graph.node("Equal", graph.node("Mul", held, _whole(graph, step)), shifted)
    turns = graph.node("Div", graph.cast(count, DOUBLE), graph.constant(around))
    angle = graph.node("Mul", graph.constant(2 * np.pi), turns)
    found = []
    for operator, function in (("Sin", np.sin), ("Cos", np.cos)):
        table = graph.constant(function(2 * np.pi * usual).astype(np.float32))
        computed = graph.cast(graph.node(operator, angle), FLOAT)
        found.append(graph.node("Where", is_usual, graph.node("Gather", table, held), computed))
    return found


def _day_of_month(graph: Graph, days: str) -> str:
    """Days since the first of the month, of days since 1970 (Hinnant 2021, "chrono-Compatible Low-Level Date
    Algorithms", civil_from_days): counted from a 1 March, so that the leap day is a year's last.
    """

    def whole(value: str, by: int) -> str:
        return graph.node("Div", value, _whole(graph, by))

    def times(value: str, by: int) -> str:
        return graph.node("Mul", value, _whole(graph, by))

    # 1 March 1970 is day 59: day (59 + 719468) mod 146097 = 135139 of the 400 years that began on 1 March 1600.  That
    # is year 370 of them, with 370 * 365 + 92 - 3 = 135139 days before it: day 0 of the year, and of its month 0.
    era = graph.node("Mod", graph.node("Add", days, _whole(graph, 719_468)), _whole(graph, 146_097))
    leapless = graph.node("Sub", era, whole(era, 1_460))
    leapless = graph.node("Sub", graph.node("Add", leapless, whole(era, 36_524)), whole(era, 146_096))
    year = whole(leapless, 365)
    before = graph.node("Add", times(year, 365), graph.node("Sub", whole(year, 4), whole(year, 100)))
    day = graph.node("Sub", era, before)
    month = whole(graph.node("Add", times(day, 5), _whole(graph, 2)), 153)
    passed = whole(graph.node("Add", times(month, 153), _whole(graph, 2)), 5)
    return graph.node("Sub", day, passed)


ENCODERS: Mapping[str, Callable[[Graph, str, State], str]] = {
    "standard.v1": standard,
    "robust.v1": robust,
    "bins.v1": bins,
    "numeric.v1": numeric,
    "codes.v1": codes,
    "onehot.v1": onehot,
    "target.v1": target,
    "calendar.v1": calendar,
}
