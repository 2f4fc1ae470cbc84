"""What answers together: pooling, votes, and learning by a recipe of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models.ensemble import Ensemble, pooled
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit, learner
from ratchet.models.recipe import Recipe
from ratchet.testing.pipelines import check_pipeline

RANDOM = np.random.default_rng(0)
LABELS = (np.arange(300) % 2).astype(np.int32)
KINDS = {"age": Kind.NUMBER, "note": Kind.TEXT}
COLUMNS: Columns = {
    "age": LABELS + RANDOM.normal(size=300),
    "note": [f"{('fine', 'poor')[label]} film {at % 7}" for at, label in enumerate(LABELS)],
}
ROWS = LabelledRows(columns=COLUMNS, kinds=KINDS, target=Target(LABELS, 2))


def recipe(way: str) -> Recipe:
    members = [Recipe.plan("linear.v1", KINDS), Recipe.plan("boosted.v1", KINDS, params={"rounds": 20})]
    return Recipe.together("ensemble.v1", way, members, [0.75, 0.5])


def test_answers_are_pooled_as_means_or_as_means_of_logarithms() -> None:
    answers = [np.array([[0.8, 0.2]]), np.array([[0.5, 0.5]])]
    assert np.allclose(pooled(answers, np.array([0.5, 0.5]), "mean"), [[0.65, 0.35]])
    # twice the odds of 4 and those of 1: 16 to 1
    assert np.allclose(pooled(answers, np.array([2.0, 1.0]), "log"), [[16 / 17, 1 / 17]])
    never = [np.array([[0.0, 1.0]]), np.array([[0.9, 0.1]])]
    assert pooled(never, np.array([0.5, 0.5]), "log")[0, 0] > 1e-4


@pytest.mark.parametrize("way", ["greedy", "stacking"])
def test_every_member_of_a_recipe_is_learned_and_they_answer_together(way: str, tmp_path: Path) -> None:
    made = fit(recipe(way), ROWS, seed=1, folder=tmp_path)
    check_pipeline(made, COLUMNS)
    assert isinstance(made, Ensemble)
    assert made.families == ("linear.v1", "boosted.v1")
    assert np.allclose(made.shares, [0.6, 0.4])
    alone = [fit(each, ROWS, seed=1, folder=tmp_path / each.family) for each in recipe(way).members]
    votes = made.votes(COLUMNS)
    assert votes.shape == (2, 300, 2)
    assert np.array_equal(votes, np.stack([each.predict(COLUMNS) for each in alone]))
    params = recipe(way).params
    expected = pooled(list(votes), made.weights, "log" if way == "stacking" else "mean")
    assert np.array_equal(made.predict(COLUMNS), expected)
    learned, asked = np.arange(150), np.arange(150, 300)
    folds = learner(recipe(way), ROWS).answered(asked, learned, params, seed=1)[0]
    assert (folds.argmax(axis=1) == LABELS[asked]).mean() > 0.9


def test_votes_survive_saving_and_bundles_of_before_open() -> None:
    made = Ensemble([], np.zeros(0), pooling="log", families=())
    assert Ensemble.open(made.save(), lambda part: made)._pooling == "log"
    old = made.save()
    bare = type(old)(old.type, type(old.state)(arrays=old.state.arrays))
    assert Ensemble.open(bare, lambda part: made)._pooling == "mean"


def test_members_read_the_columns_there_are_now() -> None:
    today = recipe("greedy").on({"note": Kind.TEXT, "day": Kind.DATE})
    assert [each.encoders for each in today.members] == [
        {"note": "ngrams.v2", "day": "calendar.v1"},
        {"note": "words.v2", "day": "calendar.v1"},
    ]
    assert today.members[1].params == {"rounds": 20}
    assert today.params["weights"] == [0.75, 0.5]
    assert today.id != recipe("greedy").id
    with pytest.raises(SpecError, match="sees none of the columns"):
        recipe("greedy").on({"face": Kind.IMAGE})


def test_a_recipe_alone_is_learned_by_itself() -> None:
    alone = Recipe.plan("linear.v1", KINDS)
    assert alone.members == ()
    assert alone.learned == (alone,)
    assert recipe("greedy").learned == recipe("greedy").members
