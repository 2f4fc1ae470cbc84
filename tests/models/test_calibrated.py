from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.models.calibrated import CALIBRATIONS, MOST_ROWS, Calibrated, calibrate, choose
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.opening import open_pipeline
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.recipe import Recipe


def binary(rows: int, said: Any, seed: int = 0) -> tuple[Probabilities, Labels]:
    """Rows whose true probability is drawn evenly, and what a model says of it."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.02, 0.98, rows)
    labels = (rng.random(rows) < true).astype(np.int32)
    second = said(true)
    return np.column_stack([1 - second, second]), labels


def logit(p: Any) -> Any:
    return np.log(p / (1 - p))


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


KINDS = dict.fromkeys("abc", Kind.NUMBER)


def columns(rows: int, seed: int) -> dict[str, Any]:
    return dict(zip("abc", np.random.default_rng(seed).normal(size=(3, rows)), strict=True))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    rows = columns(200, 0)
    target = Target((rows["a"] > 0).astype(np.int32), 2)
    learned = LabelledRows(columns=rows, kinds=KINDS, target=target)
    return fit(Recipe.plan("linear.v1", KINDS), learned, seed=0, folder=tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize("seed", range(20))
def test_honest_probabilities_are_left_alone(model: Pipeline, seed: int) -> None:
    p, labels = binary(3_000, lambda true: true, seed)
    made, answers = calibrate(model, p, labels, seed=seed)
    assert made is model
    assert answers is p


def test_honest_probabilities_of_many_classes_are_left_alone(model: Pipeline) -> None:
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.full(9, 0.4), 4_000)
    labels = np.array([rng.choice(9, p=row) for row in p], dtype=np.int32)
    made, answers = calibrate(model, p, labels, seed=0)
    assert made is model
    assert answers is p


def test_few_rows_are_no_ground_to_calibrate_on(model: Pipeline) -> None:
    p, labels = binary(99, lambda true: sigmoid(4 * logit(true)))
    made, answers = calibrate(model, p, labels, seed=0)
    assert made is model
    assert answers is p


def test_bold_answers_get_a_temperature() -> None:
    p, labels = binary(3_000, lambda true: sigmoid(3 * logit(true)))
    assert choose(p, labels, seed=0) == "temperature.v1"


def test_a_lopsided_curve_gets_beta() -> None:
    p, labels = binary(6_000, lambda true: sigmoid(2 * np.log(true) - 0.7 * np.log(1 - true)))
    assert choose(p, labels, seed=0) == "beta.v1"


def test_a_staircase_gets_isotonic() -> None:
    def said(true: Any) -> Any:
        return np.where(true < 0.5, 0.45 + true / 50, 0.55 + true / 50)

    p, labels = binary(20_000, said)
    assert choose(p, labels, seed=0) == "isotonic.v1"


def test_answers_that_lean_to_rare_classes_on_purpose_are_not_undone() -> None:
    """Trained with weighted classes: half of the answers go to a class of a tenth of the rows.

    Free calibration would put the shares right, and answer the rare class never again.
    """
    rng = np.random.default_rng(5)
    labels = (rng.random(6_000) < 0.1).astype(np.int32)
    score = rng.normal(np.where(labels, 1.2, 0.0))
    honest = sigmoid(1.2 * score - 0.72)
    p = np.column_stack([1 - honest, honest])
    chosen = choose(p, labels, seed=0)
    assert chosen in {None, "temperature.v1"}


def test_the_calibrated_model_answers_through_its_calibration(model: Pipeline) -> None:
    p, labels = binary(3_000, lambda true: sigmoid(3 * logit(true)))
    calibrated, answers = calibrate(model, p, labels, seed=0)
    assert isinstance(calibrated, Calibrated)
    assert np.array_equal(answers, calibrated.calibration.apply(p))
    rows = columns(50, 1)
    assert np.array_equal(calibrated.predict(rows), calibrated.calibration.apply(model.predict(rows)))
    assert not np.allclose(calibrated.predict(rows), model.predict(rows))


@pytest.mark.parametrize("name", CALIBRATIONS)
def test_saving_keeps_every_bit(model: Pipeline, name: str) -> None:
    p, labels = binary(1_000, lambda true: sigmoid(2 * logit(true) + 0.3))
    calibrated = Calibrated(model, CALIBRATIONS[name].fit(p, labels))
    opened, rows = open_pipeline(calibrated.save()), columns(50, 1)
    assert np.array_equal(opened.predict(rows), calibrated.predict(rows))


def test_an_unknown_calibration_is_named(model: Pipeline) -> None:
    saved = Calibrated(model, Temperature(1.0)).save()
    unknown = {**saved.parts, "calibration": Part("magic.v1")}
    with pytest.raises(SpecError, match=r"no calibration 'magic\.v1'"):
        open_pipeline(replace(saved, parts=unknown))


def test_many_rows_are_drawn_from_and_the_same_seed_chooses_the_same(model: Pipeline) -> None:
    p, labels = binary(MOST_ROWS + 5_000, lambda true: sigmoid(3 * logit(true)))
    first, second = (calibrate(model, p, labels, seed=3)[0] for _ in range(2))
    assert isinstance(first, Calibrated)
    assert first.save().parts["calibration"] == second.save().parts["calibration"]
