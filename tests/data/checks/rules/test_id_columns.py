from collections.abc import Callable

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.id_columns import check_id_columns
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


LABEL = ["a", "b"] * 50


def test_ids_and_counters_are_named(make: MakeRows) -> None:
    kinds = {"id": Kind.CATEGORY, "key": Kind.TEXT, "row": Kind.NUMBER}
    columns = {"id": [f"c{each:04}" for each in range(100)], "key": [f"{each:x}-key" for each in range(100)]}
    rows = make(kinds, {**columns, "row": list(range(100)), "label": LABEL})
    found = {each.column: each.severity for each in check_id_columns(rows)}
    assert found == {"id": "warning", "key": "warning", "row": "warning"}


def test_measurements_and_texts_are_no_ids(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    kinds = {"money": Kind.NUMBER, "size": Kind.NUMBER, "text": Kind.TEXT}
    columns = {
        "money": rng.integers(0, 1_000_000, 100).astype(float),
        "size": rng.normal(size=100),
        "text": [f"some words {each}" for each in range(100)],
        "label": LABEL,
    }
    assert not list(check_id_columns(make(kinds, columns)))


def test_huge_and_infinite_numbers_are_judged_without_a_warning(make: MakeRows) -> None:
    kinds = {"huge": Kind.NUMBER, "endless": Kind.NUMBER}
    signs = np.where(np.arange(100) % 3, 1.7e306, -1.7e306)
    endless = np.arange(100.0)
    endless[[3, 4]] = np.inf, -np.inf
    columns = {"huge": signs * np.arange(1, 101), "endless": endless, "label": LABEL}
    assert not list(check_id_columns(make(kinds, columns)))
