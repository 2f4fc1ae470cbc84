import numpy as np
import polars as pl

from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.near.naming import naming_columns
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

KINDS = {"id": Kind.CATEGORY, "nr": Kind.NUMBER, "x": Kind.NUMBER, "t": Kind.TEXT, "c": Kind.CATEGORY}


def people(count: int, classes: int = 4) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "id": [f"A-{each:05d}" for each in rng.permutation(count)],
            "nr": np.arange(count, dtype=np.float64),
            "x": rng.normal(size=count),
            "t": [f"text number {each} of all" for each in range(count)],
            "c": [f"c{each}" for each in rng.integers(0, classes, count)],
        }
    )


def groups(frame: pl.DataFrame, *names: str) -> np.ndarray:
    return near_duplicate_groups(frame, Schema(columns={name: KINDS[name] for name in names}, label="y"))


def test_codes_and_running_numbers_name_the_row_and_measures_and_texts_do_not() -> None:
    assert naming_columns(people(200), Schema(columns=KINDS, label="y")) == {"id", "nr"}
    assert naming_columns(people(20), Schema(columns=KINDS, label="y")) == set()


def test_copies_under_another_name_are_found() -> None:
    first = people(300)
    copies = first.head(60).with_columns(id="B" + pl.col("id"), nr=pl.col("nr") + 1000)
    found = groups(pl.concat([first, copies]), "id", "nr", "x", "c")
    assert (found[:60] == found[300:]).all()
    assert len(set(found.tolist())) == 300


def test_rows_of_a_few_coarse_columns_are_not_made_one_when_their_names_are_left_out() -> None:
    assert len(set(groups(people(3_000), "id", "c").tolist())) == 3_000
    coarse = people(3_000).with_columns(x=pl.col("x").round(0), t=pl.col("c") + pl.col("c"))
    assert len(set(groups(coarse, "nr", "x", "c").tolist())) == 3_000
