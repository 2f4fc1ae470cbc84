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


@pytest.mark.parametrize("classes", [("No", "Maybe"), ("Yes", "No", "Maybe")])
def test_one_that_is_none_of_two_classes_is_refused_with_those_there_are(classes: tuple[str, ...]) -> None:
    with pytest.raises(SpecError, match=r"gate\.positive is 'Yes', which is none of two classes: there are .*Maybe"):
        spec(positive="Yes").gate.positive_of(classes, LABELS)


def test_the_measure_is_about_it() -> None:
    assert spec(metric="pr_auc").gate.measure(CLASSES, LABELS).heading == "PR-AUC of Yes"
    assert spec(metric="pr_auc", positive="No").gate.measure(CLASSES, LABELS).heading == "PR-AUC of No"
    assert spec(metric="pr_auc").gate.measure(("a", "b", "c"), LABELS).heading == "Mean PR-AUC over 3 classes"
    assert spec(metric="accuracy", positive="No").gate.measure(CLASSES, LABELS).heading == "Accuracy"


def test_it_is_part_of_what_is_learned_only_by_pr_auc() -> None:
    assert spec(metric="pr_auc", positive="Yes").learning["gate"] == {"metric": "pr_auc", "positive": "Yes"}
    assert spec(metric="accuracy", positive="Yes").learning_hash == spec(metric="accuracy").learning_hash
