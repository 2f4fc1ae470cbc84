from __future__ import annotations

import json

import numpy as np

from ratchet.metrics.catalogue import METRICS
from ratchet.models.history import Curve
from ratchet.models.recipe import Recipe
from ratchet.training.folds import plan
from ratchet.training.leaderboard import folds_of, tried
from ratchet.training.rungs import rungs
from ratchet.training.standing import Judge
from ratchet.training.tried import Trial
from tests.training.test_reasons import attempt

TRIAL = Trial(
    number=3,
    family="boosted.v1",
    params={"rounds": 50},
    encoders={"age": "numeric.v1"},
    state="dropped",
    folds=1,
    score=0.71,
    reason="dropped after 1 of 5 folds: 0.710 against 0.780 on the one fold that both have",
    facts={"rounds": 44},
    curves=(Curve(measure="log-loss", steps=(1, 2), learned=(0.7, 0.6), held=(0.71, 0.66)),),
    result="training-1/trial-3",
)


def test_its_document_is_plain_json_and_hides_where_answers_lie() -> None:
    document = json.loads(json.dumps(TRIAL.document()))
    assert document["curves"] == [
        {"measure": "log-loss", "steps": [1, 2], "learned": [0.7, 0.6], "held": [0.71, 0.66]},
    ]
    assert "result" not in document
    assert (document["number"], document["state"], document["folds"], document["score"]) == (3, "dropped", 1, 0.71)
    assert set(document) >= {"encoders", "texts", "spread", "seconds", "reason", "todo", "facts", "rule", "candidate"}


def test_it_knows_its_recipe() -> None:
    assert TRIAL.recipe == Recipe(family="boosted.v1", params={"rounds": 50}, encoders={"age": "numeric.v1"})


def test_folds_that_were_cut_several_times_over_are_told_as_such() -> None:
    labels = (np.arange(200) % 2).astype(np.int32)
    cut = plan(labels, np.zeros(200, bool), None, folds=5, seed=0)
    every = rungs(cut)[-1]
    assert folds_of(every[:5], every) == "5 of 15 folds (5, 3 times)"
    assert folds_of(every[:1], every[:5]) == "1 of 5 folds"
    assert folds_of(every[:1], every[:1]) == "1 of 1 fold"
    answers = {unit: np.eye(2)[labels[cut[unit.repeat][unit.fold].score]] for unit in every}
    made = tried(attempt(1, answers), Judge(METRICS["accuracy"], labels, cut))
    assert (made.folds, made.repeats) == (15, 3)
    short = tried(attempt(2, {unit: answers[unit] for unit in every[:7]}), Judge(METRICS["accuracy"], labels, cut))
    assert (short.folds, short.repeats) == (7, 1), "no number of times five"
