import numpy as np
import polars as pl

from ratchet.data.near.components import components
from ratchet.data.near.grid import alike_numbers


def alike(table: np.ndarray) -> np.ndarray:
    frame = pl.DataFrame(table, schema=[f"c{place}" for place in range(table.shape[1])])
    pairs = alike_numbers(frame, frame.columns, np.zeros(len(table), dtype=np.uint64))
    return components(len(table), pairs)


def test_copies_with_a_little_noise_are_found() -> None:
    table = np.random.default_rng(0).normal(size=(2_000, 5))
    copies = table[:200] + np.random.default_rng(1).normal(scale=1e-5, size=(200, 5))
    groups = alike(np.concatenate([table, copies]))
    assert (groups[:200] == groups[2_000:]).mean() > 0.95
    assert len(set(groups[200:2_000].tolist())) == 1_800


def test_coarse_numbers_agree_by_chance_and_are_left_alone() -> None:
    table = np.random.default_rng(0).integers(0, 10, (5_000, 6)).astype(float)
    assert len(set(alike(table).tolist())) == 5_000


def test_a_crowded_grid_is_not_believed() -> None:
    table = np.random.default_rng(0).normal(size=(100_000, 3))
    table[:, 1:] = table[:, :1] + np.random.default_rng(1).normal(scale=0.01, size=(100_000, 2))
    assert len(set(alike(table).tolist())) == 100_000
