from collections.abc import Callable
from datetime import datetime, timedelta

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


def moments(seed: int, first: float, last: float, *, hours: tuple[int, int] = (8, 20), gone: float = 0.0) -> pl.Series:
    """Two thousand moments between two days of 2025, within some hours."""
    rng = np.random.default_rng(seed)
    days = rng.uniform(first, last, 2_000).astype(int)
    found = [
        None
        if rng.random() < gone
        else datetime(2025, 1, 1) + timedelta(days=int(day), hours=int(rng.integers(*hours)))
        for day in days
    ]
    return pl.Series("at", found, dtype=pl.Datetime("us"))


def of_dates(before: pl.Series, now: pl.Series) -> list[str]:
    frame = pl.DataFrame({"at": pl.concat([before, now]), "label": ["a", "b"] * 2_000})
    rows = CheckedRows(frame=frame, schema=Schema(columns={"at": Kind.DATE}, label="label"), known=2_000)
    return [each.sentence for each in check_drift(rows)]


def test_time_that_goes_on_is_no_drift() -> None:
    for seed in range(10):
        assert not of_dates(moments(seed, 0, 90), moments(seed + 100, 90, 97))
        assert not of_dates(moments(seed, 0, 90), moments(seed + 100, 80, 150)), "late rows among them"
        assert not of_dates(moments(seed, 0, 90), moments(seed + 100, 0, 90))


def test_other_hours_or_weekdays_or_missing_moments_are_drift_as_time_goes_on() -> None:
    (hours,) = of_dates(moments(0, 0, 90), moments(1, 90, 150, hours=(0, 8)))
    assert " h' in " in hours
    free = moments(1, 90, 150).map_elements(
        lambda each: each + timedelta(days=(7 - each.weekday()) % 7), pl.Datetime("us")
    )
    (weekdays,) = of_dates(moments(0, 0, 90), free)
    assert "'Monday' in 100 % of the rows, was 14" in weekdays
    (missing,) = of_dates(moments(0, 0, 90), moments(1, 90, 97, gone=0.3))
    assert " missing, was 0 %" in missing


def test_dates_that_do_not_go_on_are_compared_and_written_as_dates() -> None:
    (found,) = of_dates(moments(0, 0, 9_000), moments(1, 0, 3_000))
    assert "median 2029-0" in found
    assert ", was 2037-0" in found


def test_a_column_that_had_one_value_and_starts_to_vary_is_told() -> None:
    for kind, one, more in ((Kind.NUMBER, 3.0, (1.0, 5.0)), (Kind.CATEGORY, "web", ("shop", "phone"))):
        for other in more:
            values = [one] * 2_000 + [one, other] * 1_000
            frame = pl.DataFrame({"c": values, "label": ["a", "b"] * 2_000})
            rows = CheckedRows(frame=frame, schema=Schema(columns={"c": kind}, label="label"), known=2_000)
            (found,) = check_drift(rows)
            assert (found.column, found.severity) == ("c", "warning")
