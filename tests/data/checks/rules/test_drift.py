from collections.abc import Callable

import numpy as np
import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.drift import check_drift
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


KINDS = {"n": Kind.NUMBER, "c": Kind.CATEGORY, "t": Kind.TEXT}


def table(seed: int, count: int = 2_000, shift: float = 0.0, odds: float = 0.5, words: int = 5) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    return {
        "n": rng.normal(shift, 1, count),
        "c": rng.choice(["x", "y"], count, p=[odds, 1 - odds]),
        "t": [" ".join(["word"] * int(each)) for each in rng.poisson(words, count) + 1],
        "label": rng.choice(["a", "b"], count),
    }


def drifted(make: MakeRows, now: dict[str, object], before: dict[str, object] | None = None) -> dict[str | None, str]:
    old, new = make(KINDS, before or table(0)).frame, make(KINDS, now).frame
    rows = CheckedRows(frame=pl.concat([old, new]), schema=Schema(columns=KINDS, label="label"), known=old.height)
    return {each.column: each.sentence for each in check_drift(rows)}


def test_rows_of_the_same_source_have_not_drifted(make: MakeRows) -> None:
    for seed in range(1, 15):
        assert not drifted(make, table(seed))


def test_each_kind_of_column_is_seen_to_move(make: MakeRows) -> None:
    assert set(drifted(make, table(1, shift=1.0))) == {"n"}
    assert (
        "'y' in 10" in drifted(make, table(1, odds=0.9))["c"] or "'x' in 90" in drifted(make, table(1, odds=0.9))["c"]
    )
    assert drifted(make, table(1, words=20))["t"].startswith("The column 't' is not as it was before: length in words")


def test_cells_that_went_missing_are_said(make: MakeRows) -> None:
    now = table(1)
    now["n"] = pl.Series(np.asarray(now["n"])).set(pl.Series(np.arange(2_000) < 800), None)
    assert "40.0 % missing, was 0 %" in drifted(make, now)["n"]


def test_a_new_label_is_seen(make: MakeRows) -> None:
    now = table(1)
    now["label"] = ["c"] * 500 + ["a"] * 1_500
    assert drifted(make, now)["label"].startswith("The label is not as it was before")


def test_a_small_difference_in_many_rows_is_not_drift(make: MakeRows) -> None:
    assert not drifted(make, table(1, 40_000, shift=0.05), before=table(0, 40_000))


def test_without_rows_before_nothing_is_said(make: MakeRows) -> None:
    assert not list(check_drift(make(KINDS, table(0))))
