"""Choosing models to answer together: what is chosen, how it is weighed, and that its score is honest."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.models.softmax import softmax
from ratchet.training.ensembles import MOST_MEMBERS, choose_together, most_promising, parts_of

RANDOM = np.random.default_rng(7)
ROWS = 3_000
LABELS: Labels = RANDOM.integers(0, 3, ROWS).astype(np.int32)
PARTS = np.arange(ROWS) % 5
WAYS = ["greedy", "stacking"]


def model(strength: float, *, shared: float = 0.0, seed: int = 0) -> Probabilities:
    """Answers that know the class as well as ``strength`` says, and err in part as all with ``shared`` do."""
    own, common = np.random.default_rng(seed), np.random.default_rng(99)
    noise = (1 - shared) * own.normal(size=(ROWS, 3)) + shared * common.normal(size=(ROWS, 3))
    return softmax(strength * np.eye(3)[LABELS] + noise)


def accuracy(answers: Probabilities) -> float:
    return METRICS["accuracy"].value(LABELS, answers)


@pytest.mark.parametrize("way", WAYS)
def test_models_that_err_apart_answer_better_together_than_the_best_alone(way: str) -> None:
    answers = [model(1.2, seed=1), model(1.2, seed=2), model(1.1, seed=3), model(0.0, seed=4)]
    chosen = choose_together(LABELS, answers, PARTS, METRICS["accuracy"], way=way, seed=0)
    assert accuracy(chosen.probabilities) > max(map(accuracy, answers)) + 0.03
    assert set(chosen.members) == {0, 1, 2}
    assert (chosen.weights >= 0).all()
    assert np.allclose(chosen.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["macro_recall", "roc_auc", "log_loss"])
def test_any_metric_can_be_chosen_for(way: str, name: str) -> None:
    metric = METRICS[name]
    answers = [model(1.2, seed=1), model(1.2, seed=2), model(0.6, seed=3)]
    chosen = choose_together(LABELS, answers, PARTS, metric, way=way, seed=0)
    sign = 1 if metric.higher_is_better else -1
    alone = max(sign * metric.value(LABELS, each) for each in answers)
    assert sign * metric.value(LABELS, chosen.probabilities) > alone


@pytest.mark.parametrize("way", WAYS)
def test_of_many_models_few_answer(way: str) -> None:
    answers = [model(1.0 + 0.01 * each, shared=0.6, seed=each) for each in range(20)]
    chosen = choose_together(LABELS, answers, PARTS, METRICS["accuracy"], way=way, seed=0)
    assert 1 <= len(chosen.members) <= MOST_MEMBERS
    assert (chosen.weights / chosen.weights.sum()).min() > 0.01


@pytest.mark.parametrize("way", WAYS)
def test_the_score_of_guesses_is_that_of_a_guess(way: str) -> None:
    """Of thirty models that know nothing the luckiest has 0.36 of these rows; answering together must not look so."""
    few = LABELS[:600]
    guesses = [np.random.default_rng(each).dirichlet(np.ones(3), 600) for each in range(30)]
    chosen = choose_together(few, guesses, PARTS[:600], METRICS["accuracy"], way=way, seed=0)
    luckiest = max(METRICS["accuracy"].value(few, each) for each in guesses)
    assert METRICS["accuracy"].value(few, chosen.probabilities) < 0.36 < luckiest


@pytest.mark.parametrize("way", WAYS)
def test_no_label_of_a_part_reaches_the_answers_to_it(way: str) -> None:
    answers = [model(1.0, seed=each) for each in range(6)]
    inside = PARTS == 2
    other = LABELS.copy()
    other[inside] = (other[inside] + 1) % 3
    first, second = (
        choose_together(each, answers, PARTS, METRICS["accuracy"], way=way, seed=0).probabilities
        for each in (LABELS, other)
    )
    assert np.array_equal(first[inside], second[inside])
    assert not np.array_equal(first[~inside], second[~inside])


@pytest.mark.parametrize("way", WAYS)
def test_the_same_answers_make_the_same_choice(way: str) -> None:
    answers = [model(1.0, shared=0.3, seed=each) for each in range(8)]
    one, two = (choose_together(LABELS, answers, PARTS, METRICS["macro_f1"], way=way, seed=3) for _ in range(2))
    assert one.members == two.members
    assert np.array_equal(one.weights, two.weights)


def test_folds_are_the_parts_and_a_single_one_is_dealt_out_by_units() -> None:
    assert parts_of([np.array([4, 1]), np.array([7, 2])], None, 0).tolist() == [0, 1, 0, 1]
    units = np.repeat(np.arange(40, dtype=np.uint64), 5)
    parts = parts_of([np.arange(200)], units, 0)
    assert len(np.unique(parts)) == 5
    assert all(len(np.unique(parts[units == each])) == 1 for each in range(40))


def test_the_best_of_each_family_are_among_those_to_choose_from() -> None:
    families = ["a"] * 10 + ["b"] * 5
    scores = [0.9 - 0.01 * each for each in range(10)] + [0.5 - 0.01 * each for each in range(5)]
    assert most_promising(families, scores, most=4, each=2) == [0, 1, 2, 3, 10, 11]
