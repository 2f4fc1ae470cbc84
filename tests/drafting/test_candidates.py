from __future__ import annotations

import polars as pl
import pytest

from ratchet.drafting import candidates as drafting
from ratchet.drafting.candidates import MODEL, OF_LARGE_TABLES, OF_TABLES, OF_TEXTS, candidates, search
from ratchet.drafting.guess import Guess
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import family
from ratchet.spec import Search

TEXT = {"text": Guess(kind=Kind.TEXT, why="words")}
FRAME = pl.DataFrame({"text": ["a film as good as any"] * 40, "age": range(40)})


@pytest.fixture
def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "at_hand", lambda model: model == MODEL)
    monkeypatch.setattr(drafting, "find_spec", lambda name: object())


def test_every_family_that_is_drafted_is_there() -> None:
    assert all(family(name) for name in {*OF_TEXTS, *OF_TABLES})


def test_texts_alone_and_texts_in_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "at_hand", lambda model: False)
    assert [each.family for each in candidates(TEXT, FRAME, 1)] == list(OF_TEXTS)
    table = {**TEXT, "age": Guess(kind=Kind.NUMBER, why="numbers")}
    assert [each.family for each in candidates(table, FRAME, 1)] == list(OF_TABLES)


def test_of_a_large_table_the_quick_ways_compete_by_their_defaults() -> None:
    numbers = {"age": Guess(kind=Kind.NUMBER, why="numbers")}
    few, many = candidates(numbers, FRAME, 6_250), candidates(numbers, FRAME, 6_251)
    assert [each.family for each in few] == list(OF_TABLES), "250,000 rows, of which 200,000 are learned from"
    assert [each.family for each in many] == list(OF_LARGE_TABLES)
    assert search(few, 250_000) == Search()
    assert search(many, 250_040).trials == 2


@pytest.mark.usefixtures("at_hand")
def test_the_meaning_of_texts_competes_where_a_model_is_at_hand() -> None:
    made = candidates(TEXT, FRAME, 1)
    assert [each.family for each in made] == [OF_TEXTS[0], "linear.v1", *OF_TEXTS[1:]]
    assert [dict(each.encoders) for each in made if each.encoders] == [{"text": f"sentences.v1:{MODEL}"}]


@pytest.mark.usefixtures("at_hand")
def test_texts_that_would_take_too_long_to_embed_are_not() -> None:
    assert len(candidates(TEXT, FRAME, 1_000_000)) == len(OF_TEXTS)


@pytest.mark.usefixtures("at_hand")
def test_a_table_without_texts_needs_no_model() -> None:
    numbers = {"age": Guess(kind=Kind.NUMBER, why="numbers")}
    assert [each.family for each in candidates(numbers, FRAME, 1)] == list(OF_TABLES)
