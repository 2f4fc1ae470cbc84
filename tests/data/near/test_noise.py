from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from numpy.random import Generator

from ratchet.arrays import Floats64, Ints
from ratchet.data.near.components import components
from ratchet.data.near.grid import alike_numbers


def groups(table: Floats64, others: Ints | None = None) -> Ints:
    frame = pl.DataFrame(table, schema=[f"c{place}" for place in range(table.shape[1])])
    rest = np.zeros(len(table), dtype=np.uint64) if others is None else others.astype(np.uint64)
    return components(len(table), alike_numbers(frame, frame.columns, rest))


def again(rng: Generator, table: Floats64, times: int, apart: float) -> Floats64:
    """Each row so many times, so many standard deviations apart."""
    rows = np.concatenate([table] * times)
    return np.asarray(rows + apart * rng.normal(size=rows.shape))


def correlated(rng: Generator, rows: int, columns: int, rho: float) -> Floats64:
    common = rng.normal(size=(rows, 1))
    return np.asarray(rho**0.5 * common + (1 - rho) ** 0.5 * rng.normal(size=(rows, columns)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("rows", "columns", "times", "apart"),
    [(200, 6, 3, 0.002), (200, 6, 3, 0.03), (200, 30, 3, 0.02), (40, 6, 12, 0.02), (2_000, 6, 3, 0.01)],
)
def test_copies_are_found_however_far_their_noise_parts_them(
    seed: int, rows: int, columns: int, times: int, apart: float
) -> None:
    rng = np.random.default_rng(seed)
    found = groups(again(rng, rng.normal(size=(rows, columns)), times, apart)).reshape(times, rows)
    assert (found == found[0]).mean() > 0.98
    assert len(np.unique(found[0])) > 0.99 * rows


def test_columns_that_hang_together_do_not_hide_copies() -> None:
    rng = np.random.default_rng(0)
    found = groups(again(rng, correlated(rng, 300, 6, 0.9), 3, 0.02)).reshape(3, 300)
    assert (found == found[0]).mean() > 0.98


def test_rows_with_other_values_elsewhere_are_no_copies() -> None:
    rng = np.random.default_rng(0)
    table = again(rng, rng.normal(size=(300, 6)), 2, 0.02)
    assert len(np.unique(groups(table, np.arange(600)))) == 600
    assert len(np.unique(groups(table, np.arange(600) % 300))) == 300


def test_a_few_copies_among_many_rows_are_let_be() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(2_000, 6))
    assert len(np.unique(groups(np.concatenate([table, again(rng, table[:4], 1, 0.02)])))) == 2_004


STRANGERS: dict[str, Callable[[Generator], Floats64]] = {
    "independent": lambda rng: rng.normal(size=(600, 6)),
    "independent, three columns of many rows": lambda rng: rng.normal(size=(20_000, 3)),
    "correlated": lambda rng: correlated(rng, 3_000, 4, 0.9),
    "nearly one column": lambda rng: correlated(rng, 2_000, 8, 0.9999),
    "nearly one column, many times": lambda rng: correlated(rng, 1_000, 60, 0.9999),
    "whole numbers": lambda rng: rng.integers(0, 61, (3_000, 5)).astype(float),
    "whole numbers, correlated": lambda rng: np.rint(15 * correlated(rng, 3_000, 6, 0.95)),
    "long tails": lambda rng: np.exp(3 * rng.normal(size=(3_000, 4))),
    "tails without end": lambda rng: rng.standard_cauchy((3_000, 4)),
    "five tight clusters": lambda rng: rng.normal(size=(5, 4))[rng.integers(0, 5, 2_000)] + again(
        rng, np.zeros((2_000, 4)), 1, 0.02
    ),
    "a walk": lambda rng: np.cumsum(rng.normal(size=(3_000, 4)), axis=0),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", STRANGERS)
def test_strangers_are_no_copies(kind: str, seed: int) -> None:
    table = STRANGERS[kind](np.random.default_rng(seed))
    assert len(np.unique(groups(table))) == len(np.unique(table, axis=0))


def test_copies_are_found_beside_missing_and_rare_values() -> None:
    rng = np.random.default_rng(0)
    table = again(rng, rng.normal(size=(300, 6)), 3, 0.02)
    table[rng.permutation(300)[:60, None] + [0, 300, 600], 0] = np.nan
    rare = np.zeros((900, 1))
    rare[[0, 300, 600]] = 1
    found = groups(np.concatenate([table, rare], axis=1)).reshape(3, 300)
    assert (found == found[0]).mean() > 0.98
    assert len(np.unique(found[0])) > 295
