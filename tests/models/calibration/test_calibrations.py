"""What every calibration promises, and what each of them can put right."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.models.calibrated import CALIBRATIONS
from ratchet.models.calibration.beta import Beta
from ratchet.models.calibration.calibration import Calibration
from ratchet.models.calibration.temperature import Temperature


def true_rows(rows: int, classes: int, seed: int = 0) -> tuple[Probabilities, Labels]:
    """Probabilities that are exactly right, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(classes), rows)
    labels = (rng.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    return p, np.minimum(labels, classes - 1).astype(np.int32)


def bent(p: Probabilities, power: float) -> Probabilities:
    grown = p**power
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("classes", [2, 3, 27])
@pytest.mark.parametrize("calibration", CALIBRATIONS.values(), ids=CALIBRATIONS)
def test_rows_stay_probabilities_on_their_own_and_survive_saving(calibration: type[Calibration], classes: int) -> None:
    p, labels = true_rows(1_500, classes)
    fitted = calibration.fit(bent(p, 2), labels)
    edges = np.vstack([np.eye(classes), np.full((1, classes), 1 / classes), p[:50]])
    after = fitted.apply(edges)
    assert np.isfinite(after).all()
    assert (after >= 0).all()
    assert after.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(np.vstack([fitted.apply(row[None]) for row in edges]), after)
    again = calibration.from_state(fitted.state())
    assert np.array_equal(again.apply(edges), after)
    assert calibration.name == fitted.name


@pytest.mark.parametrize("calibration", CALIBRATIONS.values(), ids=CALIBRATIONS)
def test_a_class_with_hardly_a_row_keeps_what_it_has(calibration: type[Calibration]) -> None:
    p, labels = true_rows(500, 3)
    p, labels = p[labels != 2], labels[labels != 2]
    after = calibration.fit(p, labels).apply(p)
    assert np.isfinite(after).all()
    assert after[:, 2].mean() == pytest.approx(p[:, 2].mean(), abs=0.25)
    assert (after[:, 2] > 0).all()


@pytest.mark.parametrize("power", [0.5, 2.0, 4.0])
def test_temperature_finds_the_power_that_bent_the_probabilities(power: float) -> None:
    p, labels = true_rows(30_000, 4)
    assert Temperature.fit(bent(p, power), labels).temperature == pytest.approx(power, rel=0.05)


def test_temperature_keeps_the_order_of_the_classes() -> None:
    p, labels = true_rows(500, 5)
    after = Temperature.fit(bent(p, 3), labels).apply(p)
    assert np.array_equal(np.argsort(after, axis=1), np.argsort(p, axis=1))


def test_beta_finds_the_curve_that_bent_the_probabilities() -> None:
    """logit(q) = a ln p - b ln(1 - p) + c, with q the truth: the numbers of the curve come back."""
    rng = np.random.default_rng(1)
    said = rng.beta(2, 2, 60_000)
    x = 0.6 * np.log(said) - 1.7 * np.log(1 - said) + 0.4
    labels = (rng.random(60_000) < 1 / (1 + np.exp(-x))).astype(np.int32)
    fitted = Beta.fit(np.column_stack([1 - said, said]), labels)
    assert fitted.curves[0] == pytest.approx([0.6, 1.7, 0.4], abs=0.1)


def test_beta_never_falls() -> None:
    """Where the model is worse than useless the best curve that does not fall is flat."""
    rng = np.random.default_rng(2)
    said = rng.random(2_000)
    labels = (rng.random(2_000) > said).astype(np.int32)
    grid = np.linspace(0, 1, 50)
    after = Beta.fit(np.column_stack([1 - said, said]), labels).apply(np.column_stack([1 - grid, grid]))
    assert (np.diff(after[:, 1]) >= -1e-9).all()


@pytest.mark.parametrize("calibration", CALIBRATIONS.values(), ids=CALIBRATIONS)
def test_every_calibration_mends_bold_answers(calibration: type[Calibration]) -> None:
    p, labels = true_rows(4_000, 3)
    bold, rows = bent(p, 3), np.arange(4_000)
    half = rows < 2_000
    after = calibration.fit(bold[half], labels[half]).apply(bold[~half])
    chosen = rows[:2_000], labels[~half]
    assert -np.log(after[chosen]).mean() < -np.log(bold[~half][chosen]).mean() - 0.1
