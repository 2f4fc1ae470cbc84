"""Where the model is weak: segments found by a shallow tree on one half of the rows and proved on the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Bools, Floats64, Hashes, Ints
from ratchet.evaluation.scorecard import Segment
from ratchet.statistics.holm import holm
from ratchet.statistics.shares import share_of
from ratchet.statistics.units import Units, effective_rows, numbered

_DEPTH, _SMALLEST, _VALUES, _LEVEL = 3, 30, 20, 0.95
_LARGEST = 1e30
"""Trees count in 32 bits: what is larger, infinity too, counts as this."""


def weakest(
    columns: Mapping[str, npt.NDArray[np.generic]],
    right: Bools,
    *,
    level: float = 0.95,
    seed: int = 0,
    units: Hashes | None = None,
) -> tuple[Segment, ...]:
    """The parts of the rows where ``right`` (rows,) is rarer than elsewhere, worst first.

    ``columns`` (rows,) each: numbers (NaN is missing) or text, of which the most frequent values are tried.  The tree
    sees half of the rows; each of its leaves is then tested on the other half (Fisher's exact test, one-sided),
    corrected for the number of leaves (Holm 1979), so that looking does not make findings.  Rows in one of ``units``
    (rows,) fall into the same half, and count as those that tell as much alone.
    """
    inputs, names = _inputs(columns)
    rows = len(right)
    if not names or rows < 4 * _SMALLEST or right.all():
        return ()
    known, rng = numbered(units), clock.rng("segments", seed)
    seen = rng.random(rows) < 0.5 if known is None else (rng.random(known.count) < 0.5)[known.of]
    leaf_rules, leaves = _grow(inputs, names, right, seen, seed)
    unseen = ~seen
    tested = [(each, unseen & (leaves == each)) for each in leaf_rules]
    tested = [(each, inside) for each, inside in tested if inside.sum() >= _SMALLEST // 2]
    corrected = holm([_worse(right, inside, unseen, known) for _, inside in tested])
    found = [
        _segment(leaf_rules[each], right, inside, unseen, p, known)
        for (each, inside), p in zip(tested, corrected, strict=True)
        if p < 1 - level
    ]
    return tuple(sorted(found, key=lambda segment: segment.accuracy.value))


def _worse(right: Bools, inside: Bools, among: Bools, units: Units | None) -> float:
    """Fisher's exact p-value that rows inside are right no less often than the others among those rows."""
    from scipy.stats import hypergeom

    # Were right answers dealt out by chance, a segment of 20 out of 100 rows with 90 right would get 18; with 14 it
    # is asked how often a draw of 20 holds 14 or fewer (0.004).
    rows = np.array([(among & ~inside).sum(), inside.sum()], dtype=np.float64)
    shares = np.array([right[among & ~inside].mean(), right[inside].mean()]) if rows[0] else np.zeros(2)
    if units is not None:
        part = inside[among].astype(np.int64)
        alone = Units(of=units.of[among], count=units.count)
        rows = np.floor(effective_rows(right[among] - shares[part], alone, part, 2, _LEVEL))
    hits = np.rint(shares * rows)
    return float(hypergeom.cdf(hits[1], rows.sum(), hits.sum(), rows[1]))


def _segment(rule: str, right: Bools, inside: Bools, among: Bools, p: float, units: Units | None) -> Segment:
    accuracy = share_of(right[inside], None if units is None else units.within(inside))
    return Segment(rule=rule, accuracy=accuracy, elsewhere=float(right[among & ~inside].mean()), p_value=p)


def _inputs(columns: Mapping[str, npt.NDArray[np.generic]]) -> tuple[Floats64, list[tuple[str, str | None]]]:
    """Columns as numbers for a tree: (rows, inputs), and for each its column and, for text, which value it marks."""
    arrays: list[Floats64] = []
    names: list[tuple[str, str | None]] = []
    for column, values in columns.items():
        if np.issubdtype(values.dtype, np.number) or values.dtype == bool:
            arrays.append(np.clip(values.astype(np.float64), -_LARGEST, _LARGEST))
            names.append((column, None))
            continue
        texts = values.astype(str)
        found, counts = np.unique(texts, return_counts=True)
        if len(found) > len(texts) / 2:
            continue
        for each in found[np.argsort(-counts, kind="stable")[:_VALUES]]:
            arrays.append((texts == each).astype(np.float64))
            names.append((column, str(each)))
    return (np.column_stack(arrays) if arrays else np.empty((0, 0))), names


def _grow(
    inputs: Floats64, names: list[tuple[str, str | None]], right: Bools, seen: Bools, seed: int
) -> tuple[dict[int, str], Ints]:
    """Leaves of a tree grown on the rows ``seen``: the rule of each, and which leaf every row falls into."""
    from sklearn.tree import DecisionTreeRegressor

    smallest = max(_SMALLEST, int(seen.sum() * 0.02))
    tree = DecisionTreeRegressor(max_depth=_DEPTH, min_samples_leaf=smallest, random_state=seed)
    tree.fit(inputs[seen], (~right[seen]).astype(np.float64))
    rules: dict[int, str] = {}
    _walk(tree.tree_, 0, [], names, rules)
    return rules, tree.apply(inputs)


def _walk(tree: Any, node: int, path: list[str], names: list[tuple[str, str | None]], rules: dict[int, str]) -> None:
    """Writes the rule of each leaf below a node."""
    if tree.children_left[node] < 0:
        if path:
            rules[node] = " and ".join(path)
        return
    # A text's value is a column of 0 and 1 that the tree cuts at 0.5, so left of the cut lie the rows without it: for
    # contract = monthly that is "contract != monthly", where a number's left is "tenure <= 6.5".
    column, value = names[tree.feature[node]]
    edge = float(tree.threshold[node])
    below, above = (
        (f"{column} != {value}", f"{column} = {value}")
        if value is not None
        else (f"{column} <= {edge:.4g}", f"{column} > {edge:.4g}")
    )
    _walk(tree, tree.children_left[node], [*path, below], names, rules)
    _walk(tree, tree.children_right[node], [*path, above], names, rules)
