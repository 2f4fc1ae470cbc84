"""A candidate that is made of others goes the whole way: chosen after the search, learned, kept, learned again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.errors import SpecError
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.models.ensemble import Ensemble
from ratchet.spec import Spec
from ratchet.training import session
from ratchet.training.candidate import Again
from ratchet.training.refit import refit
from ratchet.training.task import TrainingRows
from ratchet.training.train import Training, train

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER}


def rows(count: int = 600) -> TrainingRows:
    """Half of what tells the classes apart stands in the text, half in a number that no line parts."""
    random = np.random.default_rng(4)
    labels = (np.arange(count) % 2).astype(np.int32)
    told = np.where(random.random(count) < 0.3, 1 - labels, labels)
    columns: Columns = {
        "note": [f"{('calm', 'bright')[each]} film {random.integers(0, 50)}" for each in told],
        "age": np.where(labels == 1, 1.0, random.choice([0.0, 2.0], count)) + random.normal(0, 0.5, count),
    }
    return TrainingRows(
        columns=columns, kinds=KINDS, labels=labels, classes=("a", "b"), ids=np.arange(count, dtype=np.uint64),
        tune=np.zeros(count, bool),
    )  # fmt: skip


def spec_of(*families: object) -> Spec:
    listed = [each if isinstance(each, dict) else {"family": each} for each in families]
    return Spec(
        name="notes", label="y", columns=KINDS, candidates=listed, gate={"metric": "log_loss"},
        search={"trials": 4, "folds": 3, "method": "random"},
    )  # fmt: skip


def trained(spec: Spec, folder: Path) -> Training:
    with session.opened(folder) as own:
        return train(spec, rows(), engine=InlineEngine(), session=own)


def test_it_competes_with_its_members_and_is_learned_again(tmp_path: Path) -> None:
    of_text = {"family": "linear.v1", "encoders": {"age": "blank.v1"}}
    of_age = {"family": "boosted.v1", "params": {"rounds": 60}, "encoders": {"note": "blank.v1"}}
    made = trained(spec_of(of_text, of_age, "ensemble.v1"), tmp_path)
    tried = [each for each in made.trials if each.family == "ensemble.v1"]
    assert {each.params["way"] for each in tried} == {"greedy", "stacking"}
    assert [bool(each.reason) for each in made.trials] == [not each.rule for each in made.trials], "all but one lost"
    assert [each.family for each in made.trials if each.rule] == ["ensemble.v1"]
    singles = [each.score or 9 for each in made.trials if each.family != "ensemble.v1" and each.state == "finished"]
    assert min(each.score or 9 for each in tried) < min(singles)
    assert made.best.recipe.family == "ensemble.v1"
    assert isinstance(made.best.pipeline, Ensemble)
    assert all(not each.members for each in made.best.recipe.members), "no ensemble is a member of another"
    assert len(made.best.out_of_fold.indices) == 600
    assert [each.chosen for each in made.candidates] == [False, False, True]
    members = made.candidates[2].members
    assert len(members) == len(made.best.pipeline.members)
    assert sum(each.weight for each in members) == pytest.approx(1)
    assert all(each.score is not None and each.score.value in singles for each in members)
    with session.opened(tmp_path / "other") as own:
        again = refit(
            made.best.recipe,
            replace(rows(), findings=()),
            spec=spec_of("linear.v1"),
            engine=InlineEngine(),
            session=own,
        )
    assert isinstance(again, Ensemble)
    assert again.families == made.best.pipeline.families


def test_its_recipe_is_learned_once_more_without_a_search(tmp_path: Path) -> None:
    of_text = {"family": "linear.v1", "encoders": {"age": "blank.v1"}}
    of_age = {"family": "boosted.v1", "params": {"rounds": 60}, "encoders": {"note": "blank.v1"}}
    spec = spec_of(of_text, of_age, {"family": "ensemble.v1", "params": {"way": "greedy"}})
    first = trained(spec, tmp_path)
    with session.opened(tmp_path / "other") as own:
        again = Again(recipe=first.best.recipe, version="3")
        made = train(spec, rows(700), engine=InlineEngine(), session=own, again=again)
    assert isinstance(made.best.pipeline, Ensemble)
    assert made.best.recipe == first.best.recipe
    count = len(first.best.recipe.members)
    assert [each.family for each in made.candidates] == [
        *(each.family for each in first.best.recipe.members),
        "ensemble.v1",
    ]
    assert [each.chosen for each in made.candidates] == [False] * count + [True]
    members = made.candidates[-1].members
    assert [each.family for each in members] == [each.family for each in first.best.recipe.members]
    assert [each.score for each in members] == [each.score for each in made.candidates[:-1]]


def test_one_way_can_be_fixed(tmp_path: Path) -> None:
    stacked = {"family": "ensemble.v1", "params": {"way": "stacking"}}
    made = trained(spec_of("linear.v1", "boosted.v1", stacked), tmp_path)
    assert [each.params["way"] for each in made.trials if each.family == "ensemble.v1"] == ["stacking"]


def test_where_one_model_does_as_well_there_is_none_and_it_is_said(tmp_path: Path) -> None:
    made = trained(spec_of({"family": "majority.v1"}, "ensemble.v1"), tmp_path)
    assert made.best.recipe.family == "majority.v1"
    assert any("ensemble.v1 (greedy) was not made" in each for each in made.findings)


def test_it_needs_others(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="made of other candidates, and there are none"):
        trained(spec_of("ensemble.v1"), tmp_path)
