from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features import cache
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.testing.matrices import check_equal

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER}
ENCODERS = {Kind.TEXT: "ngrams.v1", Kind.NUMBER: "standard.v1"}
COLUMNS: Columns = {"note": ["good film", "bad film", None] * 4, "age": np.arange(12.0)}


def test_rows_are_encoded_once_and_mapped(tmp_path: Path) -> None:
    first = cache.encode(tmp_path, COLUMNS, KINDS, ENCODERS)
    written = (first.folder / "dense.npy").stat().st_mtime_ns
    again = cache.encode(tmp_path, COLUMNS, KINDS, ENCODERS)
    assert again.folder == first.folder
    assert (again.folder / "dense.npy").stat().st_mtime_ns == written
    matrix = cache.load(first.folder)
    assert isinstance(matrix.dense, np.memmap)
    check_equal(matrix, first.encoder.transform(COLUMNS), "mapped")
    check_equal(matrix, again.encoder.transform(COLUMNS), "by the encoder that was kept")


@pytest.mark.parametrize(
    "other",
    [
        {**COLUMNS, "note": ["good film", "bad film", ""] * 4},
        {**COLUMNS, "note": ["good filmb", "ad film", None] * 4},
        {**COLUMNS, "age": np.arange(12.0) + 1e-9},
    ],
)
def test_other_values_are_another_entry(tmp_path: Path, other: Columns) -> None:
    one = cache.encode(tmp_path, COLUMNS, KINDS, ENCODERS)
    assert cache.encode(tmp_path, other, KINDS, ENCODERS).folder != one.folder


def test_only_columns_that_are_seen_count(tmp_path: Path) -> None:
    numbers = {Kind.NUMBER: "numeric.v1"}
    one = cache.encode(tmp_path, COLUMNS, KINDS, numbers)
    other = cache.encode(tmp_path, {**COLUMNS, "note": ["x"] * 12}, KINDS, numbers)
    assert one.folder == other.folder
    assert cache.load(one.folder).sparse is None


def test_the_oldest_entries_go(tmp_path: Path) -> None:
    for number in range(12):
        cache.encode(tmp_path, {"age": np.arange(3.0) + number}, {"age": Kind.NUMBER}, ENCODERS)
    assert 1 <= len(list(tmp_path.iterdir())) < 12


def test_a_damaged_entry_is_made_again(tmp_path: Path) -> None:
    first = cache.encode(tmp_path, COLUMNS, KINDS, ENCODERS)
    (first.folder / "encoder-0.npy").write_bytes(b"damaged")
    again = cache.encode(tmp_path, COLUMNS, KINDS, ENCODERS)
    check_equal(cache.load(again.folder), again.encoder.transform(COLUMNS), "made again")


def test_nothing_half_written_remains(tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        cache.encode(tmp_path, COLUMNS, KINDS, {Kind.IMAGE: "none.v1"})
    assert list(tmp_path.iterdir()) == []
