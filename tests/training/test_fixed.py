"""Wrong parameters are refused before anything is learned."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ratchet.errors import SpecError
from ratchet.models import catalogue
from ratchet.models.family import Shape
from ratchet.spec import CandidateSpec
from ratchet.testing.examples import Vote
from ratchet.training.fixed import fixed_params

SHAPE = Shape(rows=200, classes=3)


def fixed(family: str, **params: Any) -> dict[str, Any]:
    return fixed_params([CandidateSpec(family=family, params=params)], SHAPE)[0]


@pytest.mark.parametrize(
    ("family", "name", "value", "expected"),
    [
        ("linear.v1", "loss", "foo", "one of log, hinge, for linear.v1"),
        ("linear.v1", "class_weight", "bananas", "one of none, balanced, for linear.v1"),
        ("linear.v1", "scaling", 7, "one of none, ratio, for linear.v1"),
        ("linear.v1", "C", -1, "a number above 0, for linear.v1"),
        ("linear.v1", "C", 0, "a number above 0, for linear.v1"),
        ("linear.v1", "C", math.nan, "a number above 0, for linear.v1"),
        ("linear.v1", "C", math.inf, "a number above 0, for linear.v1"),
        ("linear.v1", "C", 10**400, "a number above 0, for linear.v1"),
        ("linear.v1", "C", True, "a number above 0, for linear.v1"),
        ("linear.v1", "C", "1", "a number above 0, for linear.v1"),
        ("linear.v1", "C", [1.0], "a number above 0, for linear.v1"),
        ("boosted.v1", "rounds", 10.5, "a whole number above 0 and of at most 2,147,483,647, for boosted.v1"),
        ("boosted.v1", "rounds", 10**18, "a whole number above 0 and of at most 2,147,483,647, for boosted.v1"),
        ("boosted.v1", "leaves", 1, "a whole number of at least 2 and of at most 131,072, for boosted.v1"),
        ("boosted.v1", "columns", 1.5, "a number of at least 0.01 and of at most 1, for boosted.v1"),
        ("boosted.v1", "l2", -0.1, "a number of at least 0, for boosted.v1"),
    ],
)
def test_a_value_that_the_family_does_not_take_is_refused(family: str, name: str, value: Any, expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        fixed(family, **{name: value})
    (problem,) = refused.value.problems
    assert (problem.where, problem.expected) == (f"candidates.0.params.{name}", expected)
    assert problem.found == repr(value)[:120]


@pytest.mark.parametrize(
    ("family", "name", "value", "taken"),
    [
        ("linear.v1", "C", 1e-6, 1e-6),
        ("linear.v1", "C", 1, 1.0),
        ("linear.v1", "loss", "hinge", "hinge"),
        ("boosted.v1", "rounds", 5_000, 5_000),
        ("boosted.v1", "min_leaf", 0, 0),
        ("boosted.v1", "rounds", 50.0, 50),
        ("boosted.v1", "l2", 0, 0.0),
    ],
)
def test_a_value_outside_of_what_is_tried_may_be_fixed(family: str, name: str, value: Any, taken: Any) -> None:
    found = fixed(family, **{name: value})[name]
    assert found == taken
    assert type(found) is type(taken)


def test_every_mistake_of_every_candidate_is_named_at_once() -> None:
    candidates = [
        CandidateSpec(family="linear.v1", params={"loss": "foo", "C": 2.0, "depth": 3}),
        CandidateSpec(family="majority.v1", params={"C": 1.0}),
    ]
    with pytest.raises(SpecError, match="3 keys under") as refused:
        fixed_params(candidates, SHAPE)
    assert [each.where for each in refused.value.problems] == [
        "candidates.0.params.loss",
        "candidates.0.params.depth",
        "candidates.1.params.C",
    ]
    assert refused.value.problems[2].expected == "none: it has no parameters"


def test_what_the_space_leaves_out_is_for_the_family_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.FAMILIES, "vote.v1", Vote())
    assert fixed("vote.v1", members=["boosted.v1"], share=0.25) == {"members": ["boosted.v1"], "share": 0.25}


def test_names_that_nothing_has_are_refused_with_those_that_were_meant() -> None:
    candidates = [
        CandidateSpec(family="linar.v1", params={"C": 1.0}),
        CandidateSpec(family="linear.v1", encoders={"text": "ngrms.v1", "date": "calendar.v1"}, params={"los": "log"}),
    ]
    with pytest.raises(SpecError, match="3 keys under") as refused:
        fixed_params(candidates, SHAPE)
    family, encoder, param = refused.value.problems
    assert (family.where, family.found) == ("candidates.0.family", "'linar.v1'")
    assert family.expected.startswith("a family: did you mean 'linear.v1'?  Use one of linear.v1, svm.v1,")
    assert not any(each in family.expected for each in catalogue.BASELINES)
    assert (encoder.where, encoder.found) == ("candidates.1.encoders.text", "'ngrms.v1'")
    assert encoder.expected.startswith("an encoder: did you mean 'ngrams.v1'?  Use one of standard.v1,")
    assert "blank.v1" not in encoder.expected
    assert param.where == "candidates.1.params.los"
    assert param.expected.endswith(" (did you mean 'loss'?)")


@pytest.mark.parametrize("ways", [[["drop"]], [{"a": 1}], [], "drop", ["drop", "dorp"], [None]])
def test_augmenting_in_a_way_there_is_none_of_is_refused(ways: Any) -> None:
    with pytest.raises(SpecError, match=r"candidates\.0\.params\.augment: found .* expected a list of drop,"):
        fixed("linear.v1", augment=ways)
