"""Which class is the positive one, and that it is learned by only where the metric is about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.spec import Spec, parse

CLASSES = ("No", "Yes")
LABELS = np.array([0, 0, 0, 1, 1], np.int32)


def spec(**gate: Any) -> Spec:
    return parse(
        {"name": "t", "label": "y", "columns": {"x": "text"}, "candidates": [{"family": "linear.v1"}], "gate": gate}
    )


def test_the_positive_class_is_the_one_named_else_the_rarer_else_the_first() -> None:
    assert spec().gate.positive_of(CLASSES, LABELS) == 1
    assert spec().gate.positive_of(CLASSES, 1 - LABELS) == 0
    assert spec(positive="No").gate.positive_of(CLASSES, LABELS) == 0
    assert spec().gate.positive_of(CLASSES, np.array([0, 1], np.int32)) == 0
    assert spec().gate.positive_of(("a", "b", "c"), LABELS) is None


def test_one_that_is_none_of_two_classes_is_refused_with_those_there_are() -> None:
    with pytest.raises(SpecError, match="'yes', which is neither of the two classes 'No' and 'Yes'") as refused:
        spec(positive="yes").gate.positive_of(CLASSES, LABELS)
    assert refused.value.todo == "did you mean 'Yes'?  Name one of the two, or leave gate.positive out"


def test_one_of_more_than_two_classes_is_refused_and_says_why() -> None:
    with pytest.raises(SpecError) as refused:
        spec(positive="Yes").gate.positive_of(("Maybe", "No", "Yes"), LABELS)
    assert refused.value.problem == (
        "gate.positive is 'Yes', but positive needs two classes; this label has 3: Maybe, No and Yes"
    )


def test_the_measure_is_about_it() -> None:
    assert spec(metric="pr_auc").gate.measure(CLASSES, LABELS).heading == "PR-AUC of Yes"
    assert spec(metric="pr_auc", positive="No").gate.measure(CLASSES, LABELS).heading == "PR-AUC of No"
    assert spec(metric="pr_auc").gate.measure(("a", "b", "c"), LABELS).heading == "Mean PR-AUC over 3 classes"
    assert spec(metric="accuracy", positive="No").gate.measure(CLASSES, LABELS).heading == "Accuracy"


def test_it_is_part_of_what_is_learned_only_by_pr_auc() -> None:
    assert spec(metric="pr_auc", positive="Yes").learning["gate"] == {"metric": "pr_auc", "positive": "Yes"}
    assert spec(metric="accuracy", positive="Yes").learning_hash == spec(metric="accuracy").learning_hash
