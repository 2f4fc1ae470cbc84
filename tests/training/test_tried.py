from __future__ import annotations

import json

from ratchet.models.history import Curve
from ratchet.models.recipe import Recipe
from ratchet.training.tried import Trial

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
