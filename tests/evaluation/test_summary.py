"""The first line calls every baseline as people do."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.evaluation.score import score

BASELINES = {
    "majority.v1": "always guessing a",
    "one_feature.v1": "the best one-feature rule",
    "last_label.v1": "guessing the last label",
}


@pytest.mark.parametrize("family", BASELINES)
def test_what_the_model_is_not_shown_to_be_better_than_is_named_in_words(family: str) -> None:
    labels = np.tile([0, 0, 1], 200).astype(np.int32)
    even = np.tile([0.6, 0.4], (600, 1))
    beaten = {name: even for name in BASELINES if name != family}
    knowing = np.eye(2)[labels] * 0.9 + 0.05
    ours = np.where((np.arange(600) % 10 == 0)[:, None], 1 - knowing, knowing)
    found = score(classes=("a", "b"), labels=labels, probabilities=ours, baselines={**beaten, family: knowing})
    assert f"NOT SHOWN TO BE BETTER than {BASELINES[family]}" in found.summary
    assert ".v1" not in found.summary
