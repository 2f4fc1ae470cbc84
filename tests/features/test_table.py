from __future__ import annotations

import numpy as np

from ratchet.features.encoder import Columns
from ratchet.features.matrix import densified
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.testing.matrices import check_equal, through_disk

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER, "colour": Kind.CATEGORY, "day": Kind.DATE, "who": Kind.GROUP}
ENCODERS = {"note": "ngrams.v1", "age": "standard.v1", "colour": "onehot.v1", "day": "calendar.v1"}
COLUMNS: Columns = {
    "note": ["good film", "bad film", None, "good good plot"] * 5,
    "age": np.array([1.0, np.nan, 3.0, 4.0] * 5),
    "colour": ["red", "blue", None, "red"] * 5,
    "day": np.array(["2024-01-01", "NaT", "2024-03-05", "2023-01-01"] * 5, dtype="datetime64[us]"),
    "who": ["a"] * 20,
}


def test_outputs_stand_side_by_side_and_are_named() -> None:
    encoder = TableEncoder.fit(COLUMNS, KINDS, ENCODERS)
    matrix, names = encoder.transform(COLUMNS), encoder.names()
    cells = densified(matrix, 0, 20)
    assert cells.shape == (20, len(names))
    assert cells[:, names.index("colour = red")].tolist()[:4] == [1, 0, 0, 1]
    assert cells[:, names.index("age is missing")].tolist()[:4] == [0, 1, 0, 0]
    assert (cells[:, names.index("note has 'good'")] > 0).tolist()[:4] == [True, False, False, True]
    assert encoder.columns == {name: kind for name, kind in KINDS.items() if name != "who"}


def test_two_texts_share_no_outputs() -> None:
    columns: Columns = {"a": ["x y", "x"] * 3, "b": ["x", "x y"] * 3}
    encoder = TableEncoder.fit(columns, {"a": Kind.TEXT, "b": Kind.TEXT}, {"a": "ngrams.v1", "b": "ngrams.v1"})
    cells, names = densified(encoder.transform(columns), 0, 6), encoder.names()
    assert (cells[:, names.index("a has 'y'")] > 0).tolist() == [True, False] * 3
    assert (cells[:, names.index("b has 'y'")] > 0).tolist() == [False, True] * 3


def test_it_survives_the_disk() -> None:
    encoder = TableEncoder.fit(COLUMNS, KINDS, ENCODERS)
    back = TableEncoder.from_state(through_disk(encoder.state()))
    check_equal(encoder.transform(COLUMNS), back.transform(COLUMNS), "saved and read")
    assert back.names() == encoder.names()


def test_columns_without_encoder_are_not_seen() -> None:
    only_text = TableEncoder.fit(COLUMNS, KINDS, {"note": "words.v1"})
    assert only_text.columns == {"note": Kind.TEXT}
    assert only_text.transform({"note": COLUMNS["note"]}).dense.shape == (20, 1)


def test_the_known_values_are_those_of_categories() -> None:
    encoder = TableEncoder.fit(COLUMNS, KINDS, ENCODERS)
    assert encoder.known == {"colour": frozenset({"red", "blue"})}


def test_one_beside_another_is_both_in_that_order() -> None:
    one, other = (TableEncoder.fit(COLUMNS, KINDS, {name: ENCODERS[name]}) for name in ("age", "note"))
    both = TableEncoder.fit(COLUMNS, KINDS, {name: ENCODERS[name] for name in ("age", "note")})
    check_equal(one.beside(other).transform(COLUMNS), both.transform(COLUMNS), "beside")
    assert one.beside(other).names() == both.names()


def test_it_tells_which_outputs_are_codes_of_categories() -> None:
    encoders = {"age": "standard.v1", "colour": "codes.v1", "note": "words.v1"}
    encoder = TableEncoder.fit(COLUMNS, KINDS, encoders)
    assert [encoder.names()[at] for at in encoder.codes] == ["colour (code)"]
    assert TableEncoder.fit(COLUMNS, KINDS, ENCODERS).codes == ()
