from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

LONG = "a rather long review of a film that nobody in the whole wide world has ever seen"


def groups(kinds: dict[str, Kind], **columns: object) -> list[int]:
    frame = pl.DataFrame(columns, strict=False)
    found: list[int] = near_duplicate_groups(frame, Schema(columns=kinds, label="label")).tolist()
    return found


def test_equal_rows_share_a_group_whatever_the_columns() -> None:
    kinds = {"n": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE}
    day, other = datetime(2026, 1, 1), datetime(2026, 1, 2)
    found = groups(kinds, n=[1.0, 1.0, None, None, 1.0], c=["a", "a", None, None, "a"], d=[day, day, day, day, other])
    assert found == [0, 0, 1, 1, 2]


def test_a_long_text_tells_rows_apart_by_itself() -> None:
    kinds = {"text": Kind.TEXT, "stars": Kind.NUMBER}
    assert groups(kinds, text=[LONG, LONG.upper() + "!", "short one"], stars=[1.0, 5.0, 1.0]) == [0, 0, 1]


def test_a_short_text_counts_only_with_the_other_columns() -> None:
    kinds = {"text": Kind.TEXT, "stars": Kind.NUMBER}
    found = groups(kinds, text=["very good", "Very good!", "very good"], stars=[1.0, 1.0, 5.0])
    assert found == [0, 0, 1]


def test_a_phrase_on_many_rows_does_not_make_them_one() -> None:
    count = 500
    kinds = {"text": Kind.TEXT, "price": Kind.NUMBER}
    found = groups(kinds, text=[LONG] * count, price=[float(each) for each in range(count)])
    assert len(set(found)) == count


def test_columns_that_are_no_features_do_not_count() -> None:
    kinds = {"text": Kind.TEXT, "split": Kind.SPLIT, "seen": Kind.TIME}
    assert groups(kinds, text=["a b", "a b"], split=["train", "test"], seen=[datetime(2026, 1, 1), None]) == [0, 0]


def test_empty_texts_share_a_group_only_where_nothing_tells_them_apart() -> None:
    assert groups({"text": Kind.TEXT}, text=["", None, None]) == [0, 1, 1]


def test_order_of_rows_does_not_change_the_groups() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{each}" for each in range(500)]
    texts = [" ".join(rng.choice(words, 30)) for _ in range(300)]
    texts += [text.replace(text.split()[3], "other") for text in texts[:100]]
    order = rng.permutation(len(texts))
    first = np.array(groups({"text": Kind.TEXT}, text=texts))
    second = np.array(groups({"text": Kind.TEXT}, text=[texts[each] for each in order]))
    same = first[order][:, None] == first[order][None, :]
    assert (same == (second[:, None] == second[None, :])).all()


def test_no_rows() -> None:
    frame = pl.DataFrame(schema={"text": pl.String, "n": pl.Float64})
    kinds = {"text": Kind.TEXT, "n": Kind.NUMBER}
    assert len(near_duplicate_groups(frame, Schema(columns=kinds, label="label"))) == 0


@pytest.mark.parametrize("name", ["german_credit.parquet", "telco_churn.parquet", "bank_marketing.parquet"])
def test_real_tables_of_numbers_have_no_invented_copies(name: str, real_data: Callable[[str], Path]) -> None:
    frame = pl.read_parquet(real_data(name)).drop("row_order", "customerID", strict=False)
    kinds = {
        column: Kind.NUMBER if dtype.is_numeric() else Kind.CATEGORY
        for column, dtype in frame.schema.items()
        if column != "label"
    }
    frame = frame.with_columns(pl.selectors.numeric().cast(pl.Float64))
    found = near_duplicate_groups(frame, Schema(columns=kinds, label="label"))
    assert len(set(found.tolist())) == frame.drop("label").unique().height


def test_the_same_rows_are_looked_through_once() -> None:
    frame = pl.DataFrame({"n": [1.0, 1.0, 2.0], "c": ["a", "a", "b"]})
    schema = Schema(columns={"n": Kind.NUMBER, "c": Kind.CATEGORY}, label="label")
    found = near_duplicate_groups(frame, schema)
    assert near_duplicate_groups(frame.clone(), schema) is found
    assert not found.flags.writeable
    fewer = Schema(columns={"n": Kind.NUMBER}, label="label")
    for other in ((frame.reverse(), schema), (frame, fewer), (frame.with_columns(n=pl.lit(1.0)), schema)):
        assert near_duplicate_groups(*other) is not near_duplicate_groups(frame, schema)
