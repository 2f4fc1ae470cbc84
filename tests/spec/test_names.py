from __future__ import annotations

from ratchet.data.datasets import CHOSEN, ID, ROW, SIDE, SUBJECT, UNIT
from ratchet.spec.names import RESERVED, why_not


def test_every_name_that_is_stored_beside_the_columns_is_reserved() -> None:
    assert {ID, ROW, CHOSEN, SIDE, SUBJECT, UNIT} == RESERVED


def test_names_that_people_give_are_allowed() -> None:
    for name in ("a", " ", "Größe (cm)", "two\nlines", "_row_id", "_", "x" * 1_000, "🙂", "a'b\"c.d"):
        assert why_not(name) is None
