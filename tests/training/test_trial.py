from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe
from ratchet.training import encoded
from ratchet.training.folds import plan
from ratchet.training.inputs import Inputs
from ratchet.training.rungs import rungs
from ratchet.training.session import opened
from ratchet.training.standing import Answers, Judge
from ratchet.training.trial import Job, fit, fold_key, read_fold, read_pipeline, run, write_task

RANDOM = np.random.default_rng(0)
AGE = RANDOM.normal(size=300)
LABELS = (AGE + RANDOM.normal(size=300) > 0).astype(np.int32)


KINDS = {"age": Kind.NUMBER}
PLAN = plan(LABELS, np.zeros(300, bool), None, folds=3, seed=0)[:1]
UNITS = rungs(PLAN)[-1]


def job(folder: Path, labels: Labels, inputs: Inputs | None = None) -> Job:
    inputs, recipe = inputs or Inputs(folder), Recipe.plan("linear.v1", KINDS)
    columns: Columns = {"age": AGE}
    encoded.write_columns(inputs, "columns", columns, KINDS)
    encoded.encode(inputs, "encoded", "columns", KINDS, recipe.encoders)
    write_task(inputs, "task", labels, PLAN, UNITS)
    params = {"C": 1.0, "class_weight": "none", "loss": "log"}
    return Job(
        recipe=replace(recipe, params=params),
        inputs=inputs,
        task="task",
        encoded="encoded",
        columns=None,
        kinds=KINDS,
        classes=2,
        seed=0,
        units=UNITS,
        results=("one", "two", "three"),
    )


def answered(made: Job) -> Answers:
    run(made)
    found = [read_fold(made.inputs, key) for key in made.results]
    return {unit: fold.probabilities for unit, fold in zip(made.units, found, strict=True) if fold is not None}


def test_it_is_scored_on_rows_it_has_not_seen(tmp_path: Path) -> None:
    judge, answers = Judge(METRICS["accuracy"], LABELS, PLAN), answered(job(tmp_path, LABELS))
    assert [len(each) for each in answers.values()] == [100, 100, 100]
    assert 0.65 < judge.score(answers, UNITS) < 0.85
    assert judge.spread(answers) > 0


def test_noise_scores_as_noise(tmp_path: Path) -> None:
    noise = RANDOM.permutation(np.arange(300) % 2).astype(np.int32)
    assert abs(Judge(METRICS["accuracy"], noise, PLAN).score(answered(job(tmp_path, noise)), UNITS) - 0.5) < 0.1


def test_where_the_metric_cannot_be_measured_the_log_loss_decides(tmp_path: Path) -> None:
    nothing = np.zeros(300, np.int32)
    judge, answers = Judge(METRICS["roc_auc"], nothing, PLAN), answered(job(tmp_path, nothing))
    assert np.isnan(judge.score(answers, UNITS))
    assert judge.merit(answers, UNITS) == pytest.approx(-METRICS["log_loss"].value(*_of(judge, answers)))


def _of(judge: Judge, answers: Answers) -> tuple[Labels, Probabilities]:
    rows, probabilities = judge.pooled(answers, UNITS)
    return judge.labels[rows], probabilities


def test_a_fold_that_is_there_is_not_learned_again_and_one_that_is_damaged_is(tmp_path: Path) -> None:
    made = job(tmp_path, LABELS)
    first = answered(made)
    before = (tmp_path / "one" / "told.json").stat().st_mtime_ns
    answered(made)
    assert (tmp_path / "one" / "told.json").stat().st_mtime_ns == before
    (tmp_path / "one" / "told.json").write_bytes(b"{")
    assert read_fold(made.inputs, "one") is None
    np.testing.assert_array_equal(answered(made)[UNITS[0]], first[UNITS[0]])


def test_a_fold_is_named_by_all_that_it_depends_on(tmp_path: Path) -> None:
    made, fold = job(tmp_path, LABELS), PLAN[0][0]
    key = fold_key(made, LABELS, UNITS[0], fold)
    flipped = LABELS.copy()
    flipped[fold.fit[0]] = 1 - flipped[fold.fit[0]]
    others = {
        fold_key(made, flipped, UNITS[0], fold),
        fold_key(made, LABELS, UNITS[1], PLAN[0][1]),
        fold_key(replace(made, seed=1), LABELS, UNITS[0], fold),
        fold_key(replace(made, encoded="other"), LABELS, UNITS[0], fold),
        fold_key(replace(made, recipe=replace(made.recipe, params={"C": 2.0})), LABELS, UNITS[0], fold),
    }
    assert len(others | {key}) == 6
    scored = LABELS.copy()
    scored[fold.score[0]] = 1 - scored[fold.score[0]]
    assert fold_key(made, scored, UNITS[0], fold) == key, "the labels of the rows left out change nothing"
    assert fold_key(replace(made, threads=2, task="elsewhere"), LABELS, UNITS[0], fold) == key


def test_the_final_pipeline_learns_from_all_rows(tmp_path: Path) -> None:
    made = replace(job(tmp_path, LABELS), units=(), results=("result",))
    fit(made)
    rows = encoded.load(made.inputs, "encoded").matrix
    expected = Linear().fit(rows, LABELS, 2, made.recipe.params, seed=0).predict(rows)
    np.testing.assert_array_equal(read_pipeline(made.inputs, "result").predict({"age": AGE}), expected)


def test_another_machine_runs_it_with_nothing_but_the_store(tmp_path: Path) -> None:
    url = f"file://{tmp_path / 'store'}"
    made = job(tmp_path / "here", LABELS, inputs=Inputs(tmp_path / "here", url))
    there = pickle.loads(pickle.dumps(replace(made, inputs=Inputs(tmp_path / "there", url))))
    run(there)
    fit(replace(there, units=(), results=("fitted",)))
    here = answered(replace(made, results=("again", "and again", "and once more")))
    for key, probabilities in zip(there.results, here.values(), strict=True):
        found = read_fold(made.inputs, key)
        assert found is not None
        np.testing.assert_array_equal(found.probabilities, probabilities)
    assert read_pipeline(made.inputs, "fitted").predict({"age": AGE}).shape == (300, 2)


def test_what_a_killed_trial_leaves_lies_where_its_training_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))  # nothing may go there
    with opened(tmp_path) as session:
        made = replace(job(tmp_path, LABELS, inputs=session.inputs), units=(), results=(session.own("fit"),))
        scratch = made.inputs.scratch(made.results[0])
        (scratch / "left by one that was killed").write_text("")
        fit(made)
        assert read_pipeline(made.inputs, made.results[0])
    assert not scratch.exists()
