from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ratchet.arrays import Labels
from ratchet.errors import JobError
from ratchet.features import cache
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.models.catalogue import family
from ratchet.training.folds import plan
from ratchet.training.trial import Job, fit_all, run, write_task

RANDOM = np.random.default_rng(0)
AGE = RANDOM.normal(size=300)
LABELS = (AGE + RANDOM.normal(size=300) > 0).astype(np.int32)


def job(folder: Path, labels: Labels, metric: str = "accuracy") -> Job:
    encoded = cache.encode(folder, {"age": AGE}, {"age": Kind.NUMBER}, family("linear.v1").encoders)
    write_task(folder / "task.npz", labels, plan(labels, np.zeros(300, bool), None, folds=3, seed=0))
    return Job(
        family="linear.v1",
        params={"C": 1.0, "class_weight": "none", "loss": "log"},
        encoded=encoded.folder,
        task=folder / "task.npz",
        answers=folder / "answers.npy",
        classes=2,
        metric=metric,
        seed=0,
    )


def test_it_is_scored_on_rows_it_has_not_seen(tmp_path: Path) -> None:
    scored = run(job(tmp_path, LABELS))
    answers = np.load(tmp_path / "answers.npy")
    assert answers.shape == (300, 2)
    assert abs(METRICS["accuracy"].value(LABELS, answers) - scored.score) < 0.05  # of the first of three repeats
    assert 0.65 < scored.score < 0.85
    assert scored.spread > 0


def test_noise_scores_as_noise(tmp_path: Path) -> None:
    noise = RANDOM.permutation(np.arange(300) % 2).astype(np.int32)
    assert abs(run(job(tmp_path, noise)).score - 0.5) < 0.1


def test_a_metric_that_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="ROC-AUC cannot be measured"):
        run(job(tmp_path, np.zeros(300, np.int32), "roc_auc"))


def test_the_final_model_learns_from_all_rows(tmp_path: Path) -> None:
    made = job(tmp_path, LABELS)
    rows = cache.load(made.encoded)
    expected = family("linear.v1").fit(rows, LABELS, 2, made.params, seed=0).predict(rows)
    np.testing.assert_array_equal(fit_all(made).predict(rows), expected)
