from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.rowhash import MISSING, row_hashes, text_hashes

FRAME = pl.DataFrame(
    {
        "text": ["good", None, "é"],
        "n": [1.5, None, -0.0],
        "at": pl.Series([datetime(2026, 3, 31), None, datetime(1970, 1, 1)], dtype=pl.Datetime("us")),
        "bytes": [b"\xff\x00", None, b""],
    }
)

GOLDEN = [15933319196436756016, 5662738213089344768, 4121993974491248415]
GOLDEN_TEXTS = [3405396810240292928, 2152240733577951825]


def test_hashes_never_change() -> None:
    assert row_hashes(FRAME, FRAME.columns).tolist() == GOLDEN
    assert text_hashes(pl.Series(["a"] * 9 + [None])).tolist()[-2:] == GOLDEN_TEXTS


def test_the_order_of_columns_and_rows_does_not_matter_and_everything_else_does() -> None:
    hashes = row_hashes(FRAME, FRAME.columns)
    assert row_hashes(FRAME.select(reversed(FRAME.columns)), FRAME.columns[::-1]).tolist() == hashes.tolist()
    assert row_hashes(FRAME.reverse(), FRAME.columns).tolist() == hashes.tolist()[::-1]
    full = FRAME.drop_nulls()
    changed = [
        full.with_columns(text=pl.lit("other")),
        full.with_columns(n=pl.lit(7.0)),
        full.rename({"text": "n", "n": "text"}),
        full.with_columns(at=pl.lit(datetime(2026, 4, 1)).cast(pl.Datetime("us"))),
        full.with_columns(bytes=pl.lit(b"other")),
    ]
    for other in changed:
        assert not set(row_hashes(other, other.columns).tolist()) & set(hashes.tolist())


def test_zero_has_one_sign_and_every_missing_value_is_the_same() -> None:
    frame = pl.DataFrame({"n": [0.0, -0.0, None, float("nan")], "t": ["", "", None, None]})
    numbers = row_hashes(frame, ["n"])
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    texts = row_hashes(frame, ["t"])
    assert len(set(texts.tolist())) == 1


@given(st.lists(st.one_of(st.none(), st.text(alphabet="abé", max_size=3)), min_size=1, max_size=60))
def test_texts_hash_alike_whether_repeated_or_not(texts: list[str | None]) -> None:
    many = text_hashes(pl.Series(texts * 20, dtype=pl.String))[: len(texts)]
    alone = [int(text_hashes(pl.Series([text], dtype=pl.String))[0]) for text in texts]
    assert many.tolist() == alone


def test_a_group_of_white_space_is_no_group() -> None:
    assert set(text_hashes(pl.Series([" ", "", None, "\t"])).tolist()) == {int(MISSING)}


def test_neighbouring_values_do_not_collide() -> None:
    grid = pl.DataFrame({"a": np.repeat(np.arange(700.0), 700), "b": np.tile(np.arange(700.0), 700)})
    assert len(np.unique(row_hashes(grid, ["a", "b"]))) == grid.height
    low_bits = row_hashes(grid, ["a", "b"]) & np.uint64(0xFF)
    assert abs(low_bits.mean() - 127.5) < 0.5
