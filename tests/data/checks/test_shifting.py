from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ratchet.data.checks import run
from ratchet.data.checks.shifting import shifting_columns
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec

KINDS = {
    "day": Kind.DATE, "number": Kind.NUMBER, "batch": Kind.CATEGORY, "file": Kind.TEXT,
    "price": Kind.NUMBER, "colour": Kind.CATEGORY, "talk": Kind.TEXT, "half": Kind.CATEGORY,
}  # fmt: skip
START = datetime(2024, 1, 1)


def table(rng: np.random.Generator, count: int, *, shuffled: bool, held: float = 0.2) -> pl.DataFrame:
    """Rows in the order of time, the newest held out, or as many by lot."""
    place = np.arange(count)
    side = np.where(place >= count * (1 - held), "holdout", "train")
    return pl.DataFrame(
        {
            "day": [START + timedelta(hours=int(each)) for each in place],
            "number": place + 1000.0,
            "batch": [f"b{each // 25}" for each in place],
            "file": [f"scan_{each:06}.txt" for each in place],
            "price": rng.gamma(2.0, 10.0, count) + place / count,
            "colour": rng.choice(["red", "blue", "green"], count),
            "talk": [f"some words about thing {each}" for each in rng.integers(0, count, count)],
            "half": ["early" if each < count / 2 else "late" for each in place],
            "at": [START + timedelta(hours=int(each)) for each in place],
            "who": [f"g{each}" for each in rng.integers(0, max(2, count // 4), count)],
            "named": side,
            "label": rng.choice(["a", "b"], count),
            "_side": rng.permutation(side) if shuffled else side,
        }
    )


@pytest.mark.parametrize(("name", "kind"), [("at", Kind.TIME), ("named", Kind.SPLIT)])
def test_what_names_the_time_or_the_row_is_found_and_what_says_something_is_not(name: str, kind: Kind) -> None:
    frame = table(np.random.default_rng(0), 1_000, shuffled=False)
    found = {each.name: each for each in shifting_columns(frame, Schema(columns={**KINDS, name: kind}, label="label"))}
    assert list(found) == ["day", "number", "batch", "file"]
    assert found["day"].what == "a date"
    assert found["number"].what == "a running number"
    assert found["batch"].what == "a name that hardly comes on both sides"
    assert all(each.auc > 0.95 for each in found.values())


def test_a_hash_draws_by_lot_so_nothing_is_looked_for() -> None:
    frame = table(np.random.default_rng(0), 1_000, shuffled=False)
    assert not shifting_columns(frame, Schema(columns=KINDS, label="label"))
    schema = Schema(columns={**KINDS, "named": Kind.SPLIT}, label="label")
    assert not shifting_columns(frame.drop("_side"), schema)


def test_a_number_of_few_values_names_the_side_where_none_comes_on_both() -> None:
    rng = np.random.default_rng(0)
    take = rng.integers(0, 50, 1_000)
    columns = {"take": take.astype(float), "age": rng.integers(20, 70, 1_000).astype(float)}
    side = np.where(take < 5, "holdout", "train")
    frame = pl.DataFrame({**columns, "named": side, "label": rng.choice(["a", "b"], 1_000), "_side": side})
    schema = Schema(columns={"take": Kind.NUMBER, "age": Kind.NUMBER, "named": Kind.SPLIT}, label="label")
    (found,) = shifting_columns(frame, schema)
    assert (found.name, found.what) == ("take", "a number that hardly comes on both sides")


@pytest.mark.parametrize("count", [60, 150, 600])
def test_sides_drawn_by_lot_are_hardly_ever_parted(count: int) -> None:
    schema = Schema(columns={**KINDS, "named": Kind.SPLIT}, label="label")
    tables = [table(np.random.default_rng(seed), count, shuffled=True, held=0.35) for seed in range(150)]
    assert sum(bool(shifting_columns(frame, schema)) for frame in tables) <= 1, "of 150 tables with 8 columns each"


def test_groups_drawn_by_lot_are_hardly_ever_parted() -> None:
    schema = Schema(columns={**KINDS, "who": Kind.GROUP}, label="label")
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        frame = table(rng, 400, shuffled=True)
        held = set(rng.choice(frame["who"].unique().sort().to_list(), 20, replace=False))
        sides = ["holdout" if each in held else "train" for each in frame["who"]]
        found += bool(shifting_columns(frame.with_columns(pl.Series("_side", sides)), schema))
    assert found <= 1


@pytest.mark.parametrize(("how", "severity"), [("leave_out", "warning"), ("keep", "warning"), ("refuse", "error")])
def test_the_check_says_what_becomes_of_it(how: str, severity: str) -> None:
    kinds = {"day": Kind.DATE, "price": Kind.NUMBER, "at": Kind.TIME}
    spec = Spec(name="x", label="label", columns=kinds, candidates=[{"family": "linear.v1"}], split={"shifting": how})
    frame = table(np.random.default_rng(0), 1_000, shuffled=False)
    (found,) = (
        each for each in run(frame, Schema(columns=kinds, label="label"), spec=spec) if each.check == "shifting_columns"
    )
    assert (found.column, found.severity) == ("day", severity)
    assert found.sentence.endswith(
        {"leave_out": "no model reads it", "keep": "models read it all the same", "refuse": "nothing is trained"}[how]
    )
