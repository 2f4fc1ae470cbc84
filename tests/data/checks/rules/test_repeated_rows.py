from collections.abc import Callable

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.near_duplicates import check_near_duplicates
from ratchet.data.checks.rules.repeated_rows import check_repeated_rows
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def test_repeats_are_counted_and_the_expected_crossing_said(make: MakeRows) -> None:
    texts = ["same"] * 3 + [f"text number {each}" for each in range(97)]
    (found,) = check_repeated_rows(make({"t": Kind.TEXT}, {"t": texts, "label": ["a", "b"] * 50}))
    assert found.sentence.startswith("2 of 100 rows (2.0 %) are repeated: 1 text occurs more than once")
    assert found.examples == ("3 times, rows 1, 2 and 3: 'same'",)
    simulated = np.random.default_rng(0).random((20_000, 3)) < 0.2
    assert found.numbers["crossing"] == round((simulated.sum(axis=1) * ~simulated.all(axis=1)).mean())


def test_rows_on_both_sides_of_a_split_are_counted(make: MakeRows) -> None:
    texts = ["same", "same", "other", "more", "more"]
    sides = ["train", "holdout", "holdout", "excluded", "holdout"]
    rows = make({"t": Kind.TEXT}, {"t": texts, "label": list("ababa"), "_side": sides})
    (found,) = check_repeated_rows(rows)
    assert "1 of 3 held-out rows have their like in training" in found.sentence
    assert "the split has set 1 row aside whose like is held out" in found.sentence
    assert found.numbers["crossing"] == 1


def test_rows_all_different_are_no_finding(make: MakeRows) -> None:
    rows = make({"n": Kind.NUMBER}, {"n": [1.0, 2.0, 3.0], "label": list("aba")})
    assert not list(check_repeated_rows(rows))
    assert not list(check_near_duplicates(rows))
