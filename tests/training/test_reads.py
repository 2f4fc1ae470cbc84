"""Columns that no candidate reads are said."""

from __future__ import annotations

from typing import Any

import pytest

from ratchet.errors import SpecError
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue
from ratchet.spec import CandidateSpec
from ratchet.training.reads import blind_baselines, check_read, unread_columns

LINEAR = CandidateSpec(family="linear.v1")


def test_nothing_is_said_where_every_column_is_read_or_has_a_role() -> None:
    columns = {"t": Kind.TEXT, "n": Kind.NUMBER, "i": Kind.IGNORE, "g": Kind.GROUP}
    assert unread_columns(columns, (LINEAR,)) == ()


def test_a_kind_that_no_candidate_reads_is_named_with_the_way_out() -> None:
    columns = {"t": Kind.TEXT, "front": Kind.IMAGE, "back": Kind.IMAGE, "voice": Kind.AUDIO}
    pictures, voice = unread_columns(columns, (LINEAR, CandidateSpec(family="boosted.v1")))
    assert (pictures.check, pictures.severity, pictures.count, pictures.column) == (
        "unread_columns",
        "warning",
        2,
        None,
    )
    assert pictures.sentence.startswith("The columns 'front', 'back' of kind image are read by no candidate: linear.v1")
    assert "boosted.v1 reads text, number, category, date" in pictures.sentence
    assert "no family that comes with Ratchet reads image yet" in pictures.todo
    assert 'columns.front = "ignore"' in pictures.todo
    assert (voice.column, voice.count, voice.share) == ("voice", 1, 0.25)


def test_where_no_column_is_read_it_is_an_error() -> None:
    (found,) = unread_columns({"i": Kind.IMAGE, "g": Kind.GROUP}, (LINEAR,))
    assert found.severity == "error"
    with pytest.raises(SpecError, match="'i' of kind image is read by no candidate") as caught:
        check_read({"i": Kind.IMAGE}, (LINEAR,))
    assert caught.value.todo == found.todo
    check_read({"i": Kind.IMAGE, "n": Kind.NUMBER}, (LINEAR,))


@pytest.mark.parametrize(
    "candidate",
    [{"encoders": {"i": "pixels.v1"}}, {"encoders": {"image": "pixels.v1"}}, {"family": "not_installed.v1"}],
)
def test_a_named_encoder_or_a_family_that_is_not_to_be_had_may_read_it(candidate: dict[str, Any]) -> None:
    assert unread_columns({"i": Kind.IMAGE}, (CandidateSpec(**{"family": "linear.v1"} | candidate),)) == ()


def test_families_that_would_read_it_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Numbers:
        encoders = {Kind.NUMBER: "numeric.v1"}  # noqa: RUF012

    monkeypatch.setitem(catalogue.FAMILIES, "numbers.v1", Numbers())
    (found,) = unread_columns({"t": Kind.TEXT, "n": Kind.NUMBER}, (CandidateSpec(family="numbers.v1"),))
    assert "name linear.v1 or svm.v1 or boosted.v1 or " in found.todo


def test_a_baseline_that_can_read_no_column_is_named() -> None:
    assert blind_baselines({"i": Kind.IMAGE, "n": Kind.NUMBER}) == {}
    assert blind_baselines({"i": Kind.IMAGE, "v": Kind.AUDIO}) == {
        "one_feature.v1": "There is no baseline one_feature.v1 here: it reads text, number, category, date, and no "
        "column is of such a kind."
    }
