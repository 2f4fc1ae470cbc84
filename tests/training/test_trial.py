from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ratchet.arrays import Labels
from ratchet.errors import JobError
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe
from ratchet.training import encoded
from ratchet.training.folds import plan
from ratchet.training.inputs import Inputs
from ratchet.training.session import opened
from ratchet.training.trial import Job, fit, read_out_of_fold, read_pipeline, run, write_task

RANDOM = np.random.default_rng(0)
AGE = RANDOM.normal(size=300)
LABELS = (AGE + RANDOM.normal(size=300) > 0).astype(np.int32)


KINDS = {"age": Kind.NUMBER}


def job(folder: Path, labels: Labels, metric: str = "accuracy", inputs: Inputs | None = None) -> Job:
    inputs, recipe = inputs or Inputs(folder), Recipe.plan("linear.v1", KINDS)
    columns: Columns = {"age": AGE}
    encoded.write_columns(inputs, "columns", columns, KINDS)
    encoded.encode(inputs, "encoded", "columns", KINDS, recipe.encoders)
    write_task(inputs, "task", labels, plan(labels, np.zeros(300, bool), None, folds=3, seed=0))
    params = {"C": 1.0, "class_weight": "none", "loss": "log"}
    return Job(
        recipe=replace(recipe, params=params),
        inputs=inputs,
        task="task",
        encoded="encoded",
        columns=None,
        kinds=KINDS,
        classes=2,
        metric=METRICS[metric],
        seed=0,
        result="result",
    )


def test_it_is_scored_on_rows_it_has_not_seen(tmp_path: Path) -> None:
    made = job(tmp_path, LABELS)
    scored, answers = run(made), read_out_of_fold(made.inputs, "result")
    assert answers.probabilities.shape == (300, 2)
    assert (
        abs(METRICS["accuracy"].value(LABELS, answers.probabilities) - scored.score) < 0.05
    )  # the first of three repeats
    assert 0.65 < scored.score < 0.85
    assert scored.spread > 0


def test_noise_scores_as_noise(tmp_path: Path) -> None:
    noise = RANDOM.permutation(np.arange(300) % 2).astype(np.int32)
    assert abs(run(job(tmp_path, noise)).score - 0.5) < 0.1


def test_a_metric_that_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="ROC-AUC cannot be measured"):
        run(job(tmp_path, np.zeros(300, np.int32), "roc_auc"))


def test_the_final_pipeline_learns_from_all_rows(tmp_path: Path) -> None:
    made = job(tmp_path, LABELS)
    fit(made)
    rows = encoded.load(made.inputs, "encoded").matrix
    expected = Linear().fit(rows, LABELS, 2, made.recipe.params, seed=0).predict(rows)
    np.testing.assert_array_equal(read_pipeline(made.inputs, "result").predict({"age": AGE}), expected)


def test_another_machine_runs_it_with_nothing_but_the_store(tmp_path: Path) -> None:
    url = f"file://{tmp_path / 'store'}"
    made = job(tmp_path / "here", LABELS, inputs=Inputs(tmp_path / "here", url))
    there = pickle.loads(pickle.dumps(replace(made, inputs=Inputs(tmp_path / "there", url))))
    scored = run(there)
    fit(replace(there, result="fitted"))
    assert scored.score == run(replace(made, result="again")).score
    assert np.array_equal(
        read_out_of_fold(made.inputs, "result").probabilities, read_out_of_fold(made.inputs, "again").probabilities
    )
    assert read_pipeline(made.inputs, "fitted").predict({"age": AGE}).shape == (300, 2)


def test_what_a_killed_trial_leaves_lies_where_its_training_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))  # nothing may go there
    with opened(tmp_path) as session:
        made = replace(job(tmp_path, LABELS, inputs=session.inputs), result=session.own("fit"))
        scratch = made.inputs.scratch(made.result)
        (scratch / "left by one that was killed").write_text("")
        fit(made)
        assert read_pipeline(made.inputs, made.result)
    assert not scratch.exists()
