"""What every kind promises, and that a kind travels as its word."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ratchet.kinds.kind import FEATURES, Kind

AT = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS = st.one_of(
    st.lists(st.one_of(st.none(), st.text())).map(lambda values: pl.Series("x", values, dtype=pl.String)),
    st.lists(st.one_of(st.none(), st.floats())).map(lambda values: pl.Series("x", values, dtype=pl.Float64)),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))).map(lambda v: pl.Series("x", v, dtype=pl.Int64)),
    st.lists(st.one_of(st.none(), st.booleans())).map(lambda values: pl.Series("x", values, dtype=pl.Boolean)),
    st.lists(st.one_of(st.none(), st.binary())).map(lambda values: pl.Series("x", values, dtype=pl.Binary)),
    st.lists(st.one_of(st.none(), st.dates())).map(lambda values: pl.Series("x", values, dtype=pl.Date)),
    st.lists(st.lists(st.integers(0, 9))).map(lambda values: pl.Series("x", values, dtype=pl.List(pl.Int64))),
)

VALUES: dict[Kind, list[Any]] = {
    Kind.NUMBER: [1, 2.5, None, float("inf")],
    Kind.DATE: ["2026-03-31", None, "2026-03-31T12:00:00+02:00", "n/a"],
    Kind.CATEGORY: ["a", None, "", "b"],
    Kind.TEXT: ["some words", None, "", "more"],
}


@given(COLUMNS)
def test_any_column_becomes_what_a_kind_stores(found: pl.Series) -> None:
    for kind in Kind:
        typed = kind.column.typed(found)
        assert (typed.values.dtype, typed.values.name, len(typed.values)) == (kind.column.dtype, "x", len(found))
        assert 0 <= typed.blanked <= len(found)


@pytest.mark.parametrize("kind", FEATURES)
def test_a_request_is_read_as_a_table_is(kind: Kind) -> None:
    about = kind.feature
    values = VALUES.get(kind, [b"\xff\xd8", None, b"", b"x"])
    parsed, missing = about.parse(values)
    stored = about.sequence(about.typed(pl.Series("x", values, strict=False)).values)
    assert type(parsed) is type(stored)
    assert missing == sum(each is None or each != each for each in _plain(stored))
    assert list(map(repr, _plain(parsed))) == list(map(repr, _plain(stored)))
    assert len(about.empty()) == 0
    assert type(about.empty()) is type(stored)


def _plain(column: Any) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


@pytest.mark.parametrize("kind", FEATURES)
def test_the_example_fits_and_what_is_expected_is_said(kind: Kind) -> None:
    about = kind.feature
    assert about.expected
    assert about.json_schema["type"]
    column, _ = about.parse([about.example])
    assert len(column) == 1
    with pytest.raises((ValueError, TypeError, OverflowError)):
        about.parse([{"an": "object"}])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in FEATURES])
def test_no_model_sees_a_role(kind: Kind) -> None:
    assert not kind.is_feature
    with pytest.raises(TypeError, match=f"no model sees a column of kind {kind}"):
        _ = kind.feature


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        (Kind.SPLIT, None, "train"),
        (Kind.SPLIT, "test", "test"),
        (Kind.TIME, None, AT),
        (Kind.TIME, "2026-01-01", "2026-01-01"),
        (Kind.NUMBER, True, 1),
        (Kind.IMAGE, "/9j/", b"\xff\xd8\xff"),
        (Kind.AUDIO, "no base64", None),
        (Kind.TEXT, "/9j/", "/9j/"),
    ],
)
def test_what_was_logged_comes_back_as_a_table_holds_it(kind: Kind, value: Any, cell: Any) -> None:
    assert kind.column.logged(value, AT) == cell


def test_dates_of_python_and_numpy_are_read() -> None:
    column, missing = Kind.DATE.feature.parse([date(2026, 1, 2), AT, np.datetime64("2026-01-02"), None])
    assert [str(each)[:10] for each in column] == ["2026-01-02", "2026-05-01", "2026-01-02", "NaT"]
    assert missing == 1


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_travels_as_its_word(kind: Kind) -> None:
    assert kind.column.meaning
    assert pickle.loads(pickle.dumps(kind)) is kind
    assert copy.deepcopy(kind) is kind
    assert json.loads(json.dumps({"x": kind})) == {"x": str(kind)}
    encoded = msgspec.json.encode({"x": kind})
    assert msgspec.json.decode(encoded, type=Mapping[str, Kind])["x"] is kind
    adapter = TypeAdapter(Kind)
    assert adapter.validate_python(str(kind)) is kind
    assert adapter.dump_python(kind, mode="json") == str(kind)


def test_another_word_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValidationError, match="'text', 'number'"):
        TypeAdapter(Kind).validate_python("txet")


@pytest.mark.parametrize("kind", [Kind.CATEGORY, Kind.GROUP])
def test_a_value_has_one_name_whichever_file_it_came_from(kind: Kind) -> None:
    numbers, texts = [3.0, -1.0, 0.5, None], ["3.0", "-1.0", "0.5", ""]
    written = (numbers, texts, ["3", "-1", "0.5", None], ["3.00", "-1", "0.5", None])
    named = [kind.column.typed(pl.Series("code", values)).values.to_list() for values in written]
    assert named == [["3", "-1", "0.5", None]] * 4
    assert Kind.TEXT.column.typed(pl.Series("code", ["3.0"])).values.to_list() == ["3.0"], "a text is what it is"


@pytest.mark.parametrize("value", [3, 3.0, "3", "3.0", np.float64(3)])
def test_a_value_is_asked_by_the_name_it_was_learned_by(value: Any) -> None:
    assert Kind.CATEGORY.feature.parse([value])[0] == ["3"]
    assert Kind.CATEGORY.feature.parse([value, None])[0] == ["3", None]
