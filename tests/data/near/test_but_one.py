import numpy as np
import polars as pl
import pytest

from ratchet.arrays import Hashes, Ints
from ratchet.data.near.but_one import alike_but_for_one
from ratchet.data.near.components import components
from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.schema import Schema
from ratchet.hashing import mixed
from ratchet.kinds.kind import Kind


def count(table: Ints) -> int:
    """The number of groups."""
    columns: list[Hashes] = [mixed(column.astype(np.uint64)) for column in table.T]
    return len(np.unique(components(len(table), alike_but_for_one(columns))))


def joined(rows: Ints, branches: Ints) -> Ints:
    return np.concatenate([rows, branches[:, None]], axis=1)


@pytest.mark.parametrize("seed", range(4))
def test_copies_under_each_value_of_a_column_are_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.integers(0, 1_000, (150, 2)), rng.integers(0, 4, (150, 6))], axis=1)
    assert count(joined(np.concatenate([rows] * 4), np.repeat(np.arange(4), 150))) == 150
    assert count(joined(rows, rng.integers(0, 4, 150))) == 150


def test_a_column_of_many_values_tells_rows_apart() -> None:
    rows = np.concatenate([np.random.default_rng(0).integers(0, 1_000, (300, 4))] * 2)
    assert count(joined(rows, np.arange(600) // 12)) == 300
    assert count(joined(rows, np.arange(600) // 6)) == 600


@pytest.mark.parametrize("seed", range(10))
def test_strangers_that_differ_in_one_column_are_no_copies(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 30, 3_000)
    tables = [
        rng.integers(0, 5, (3_000, 8)),
        np.minimum(rng.geometric(0.6, (3_000, 10)), 6),
        np.where(rng.random((3_000, 10)) < 0.9, kind[:, None], rng.integers(0, 30, (3_000, 10))),
        np.stack([kind, kind * 7, kind % 5, rng.integers(0, 2, 3_000)], axis=1),
        np.rint(15 * (rng.normal(size=(3_000, 1)) + 0.1 * rng.normal(size=(3_000, 4))) + 90).astype(np.int64),
    ]
    assert [count(table) for table in tables] == [3_000] * len(tables)


def test_numbers_and_categories_are_taken_together() -> None:
    rng = np.random.default_rng(0)
    numbers = {name: rng.normal(size=150) for name in "xyz"}
    rows = pl.DataFrame({**numbers, "c": rng.choice(["a", "b"], 150)})
    kinds = dict.fromkeys("xyz", Kind.NUMBER) | {"c": Kind.CATEGORY, "branch": Kind.CATEGORY}
    copies = pl.concat([rows] * 4).with_columns(branch=pl.Series(np.repeat(["n", "s", "e", "w"], 150)))
    found = near_duplicate_groups(copies, Schema(columns=kinds, label="y")).reshape(4, 150)
    assert (found == found[0]).all()
    assert len(np.unique(found)) == 150


def test_no_rows_and_few_columns() -> None:
    assert count(np.zeros((0, 4), dtype=np.int64)) == 0
    assert count(np.array([[1, 2], [1, 3]])) == 2
