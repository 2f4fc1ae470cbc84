from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import Matrix, State
from ratchet.models import catalogue
from ratchet.models.calibrated import CALIBRATIONS, MOST_ROWS, Calibrated, calibrate, choose, model_type
from ratchet.models.family import Model, Shape


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


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(0)
    rows = Matrix(rng.normal(size=(200, 3)).astype(np.float32))
    labels = (rows.dense[:, 0] > 0).astype(np.int32)
    family = catalogue.family("linear.v1")
    return family.fit(rows, labels, 2, family.defaults(Shape(rows=200, classes=2, dense=3, sparse=0)), seed=0)


@pytest.mark.parametrize("seed", range(20))
def test_honest_probabilities_are_left_alone(model: Model, seed: int) -> None:
    p, labels = binary(3_000, lambda true: true, seed)
    assert calibrate(model, p, labels, seed=seed) is model


def test_honest_probabilities_of_many_classes_are_left_alone(model: Model) -> None:
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.full(9, 0.4), 4_000)
    labels = np.array([rng.choice(9, p=row) for row in p], dtype=np.int32)
    assert calibrate(model, p, labels, seed=0) is model


def test_few_rows_are_no_ground_to_calibrate_on(model: Model) -> None:
    p, labels = binary(99, lambda true: sigmoid(4 * logit(true)))
    assert calibrate(model, p, labels, seed=0) is model


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


def test_the_calibrated_model_answers_through_its_calibration(model: Model) -> None:
    p, labels = binary(3_000, lambda true: sigmoid(3 * logit(true)))
    calibrated = calibrate(model, p, labels, seed=0)
    assert isinstance(calibrated, Calibrated)
    rows = Matrix(np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32))
    assert np.array_equal(calibrated.predict(rows), calibrated.calibration.apply(model.predict(rows)))
    assert not np.allclose(calibrated.predict(rows), model.predict(rows))


@pytest.mark.parametrize("name", CALIBRATIONS)
def test_saving_keeps_every_bit(model: Model, name: str) -> None:
    p, labels = binary(1_000, lambda true: sigmoid(2 * logit(true) + 0.3))
    calibrated = Calibrated(model, CALIBRATIONS[name].fit(p, labels))
    opened = model_type(calibrated.family).from_state(calibrated.state())
    rows = Matrix(np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32))
    assert np.array_equal(opened.predict(rows), calibrated.predict(rows))


def test_an_unknown_calibration_or_family_is_named(model: Model) -> None:
    with pytest.raises(SpecError, match=r"no calibration 'magic\.v1'"):
        Calibrated.from_state(State(meta={"calibration": "magic.v1"}))
    state = Calibrated(model, CALIBRATIONS["temperature.v1"].from_state(State(meta={"temperature": 1.0}))).state()
    with pytest.raises(SpecError, match=r"no family 'forest\.v9'"):
        Calibrated.from_state(State(meta={**state.meta, "family": "forest.v9"}, arrays=state.arrays))
    assert model_type("linear.v1") is catalogue.model_type("linear.v1")


def test_many_rows_are_drawn_from_and_the_same_seed_chooses_the_same(model: Model) -> None:
    p, labels = binary(MOST_ROWS + 5_000, lambda true: sigmoid(3 * logit(true)))
    first, second = (calibrate(model, p, labels, seed=3) for _ in range(2))
    assert isinstance(first, Calibrated)
    assert first.state().meta == second.state().meta
