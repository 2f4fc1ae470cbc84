"""Evidence over batches holds at any look, grows with the truth, and counts no row twice."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation.sequential import Batch, Reference, contributions, e_process
from ratchet.metrics.catalogue import METRICS

_LINEAR = ["accuracy", "macro_recall", "macro_f1", "weighted_f1", "log_loss", "brier"]


def _sides(rng: np.random.Generator, rows: int, gain: float) -> tuple[Labels, Probabilities, Probabilities]:
    """Two models that see three classes through noise of their own, ours ``gain`` clearer."""
    labels = rng.choice(3, rows, p=[0.7, 0.2, 0.1]).astype(np.int32)
    seen = 1.5 * (labels[:, None] == np.arange(3)) + 0.7 * rng.standard_normal((rows, 3))
    logits = [seen + noise * rng.standard_normal((rows, 3)) for noise in (1 - gain, 1.0)]
    ours, theirs = (np.exp(each) / np.exp(each).sum(axis=1, keepdims=True) for each in logits)
    return labels, ours, theirs


def _batches(rng: np.random.Generator, count: int, rows: int, gain: float) -> list[Batch]:
    made = [_sides(rng, rows, gain) for _ in range(count)]
    return [Batch(labels=labels, ours=ours, theirs=theirs) for labels, ours, theirs in made]


def _reference(rows: int = 2_000) -> Reference:
    labels, _, champion = _sides(np.random.default_rng(9), rows, 0.0)
    return Reference(labels=labels, champion=champion)


@pytest.mark.parametrize("name", [*_LINEAR, "roc_auc", "pr_auc"])
def test_equal_models_seldom_win_at_any_look(name: str) -> None:
    rng, reference = np.random.default_rng(1), _reference()
    won = [e_process(METRICS[name], _batches(rng, 5, 60, 0.0), reference=reference).max() >= 20 for _ in range(120)]
    assert np.mean(won) <= 0.05


@pytest.mark.parametrize("name", [*_LINEAR, "roc_auc", "pr_auc"])
def test_a_better_model_wins(name: str) -> None:
    found = e_process(METRICS[name], _batches(np.random.default_rng(2), 5, 800, 0.6), reference=_reference())
    assert found[-1] > 100
    assert found.shape == (5,)


@pytest.mark.parametrize("name", _LINEAR)
def test_contributions_average_to_the_difference_and_stay_in_their_bound(name: str) -> None:
    metric = METRICS[name]
    labels, ours, theirs = _sides(np.random.default_rng(3), 20_000, 0.1)
    found = contributions(metric, Reference(labels=labels, champion=theirs))
    assert found is not None
    each = found.of_rows(Batch(labels=labels, ours=ours, theirs=theirs))
    sign = 1 if metric.higher_is_better else -1
    exact = name in ("accuracy", "macro_recall", "log_loss", "brier")
    difference = sign * (metric.value(labels, ours) - metric.value(labels, theirs))
    assert each.mean() == pytest.approx(difference, rel=1e-9 if exact else 0.15)
    assert np.abs(each).max() <= found.bound * (1 + 1e-12)


def test_ranks_have_no_contributions() -> None:
    assert contributions(METRICS["roc_auc"], _reference()) is None


def test_copies_of_rows_are_no_more_evidence_than_the_rows() -> None:
    labels, ours, theirs = _sides(np.random.default_rng(4), 500, 0.5)
    names = np.arange(500, dtype=np.uint64)
    once = Batch(labels=labels, ours=ours, theirs=theirs, units=names)
    rows = np.repeat(np.arange(500), 5)
    often = Batch(labels=labels[rows], ours=ours[rows], theirs=theirs[rows], units=names[rows])
    for name in ("accuracy", "log_loss"):
        alone = e_process(METRICS[name], [once], reference=_reference())
        assert e_process(METRICS[name], [often], reference=_reference()) == pytest.approx(alone)
        # What came before is left out when it comes again.
        again = e_process(METRICS[name], [once, often], reference=_reference())
        assert again == pytest.approx([alone[0], alone[0]])


def test_the_order_of_rows_does_not_matter_but_where_units_are_not_named() -> None:
    labels, ours, theirs = _sides(np.random.default_rng(5), 300, 0.3)
    units = np.arange(300, dtype=np.uint64)
    order = np.random.default_rng(6).permutation(300)
    one = Batch(labels=labels, ours=ours, theirs=theirs, units=units)
    other = Batch(labels=labels[order], ours=ours[order], theirs=theirs[order], units=units[order])
    found = [e_process(METRICS["accuracy"], [each], reference=_reference()) for each in (one, other)]
    assert found[0] == pytest.approx(found[1])


def test_a_margin_makes_it_easier() -> None:
    batches = _batches(np.random.default_rng(7), 3, 600, 0.0)
    for name in ("accuracy", "roc_auc"):
        found = [e_process(METRICS[name], batches, reference=_reference(), margin=each)[-1] for each in (0.0, 0.05)]
        assert found[1] > found[0]


def test_no_batches_and_empty_batches_are_no_evidence() -> None:
    empty = Batch(labels=np.zeros(0, np.int32), ours=np.zeros((0, 3)), theirs=np.zeros((0, 3)))
    for name in ("accuracy", "roc_auc"):
        assert e_process(METRICS[name], [], reference=_reference()).tolist() == []
        assert e_process(METRICS[name], [empty], reference=_reference()).tolist() == [1.0]
