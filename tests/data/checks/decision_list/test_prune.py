import numpy as np

from ratchet.arrays import Bools
from ratchet.data.checks.decision_list.predicates import Equals, Predicate
from ratchet.data.checks.decision_list.prune import pruned

A, B, C = (Equals("c", value) for value in "abc")
TRUTHS: dict[Predicate, Bools] = {
    A: np.array([True, True, False, False]),
    B: np.array([True, False, True, False]),
    C: np.zeros(4, dtype=bool),
}


def test_a_question_that_mends_nothing_goes() -> None:
    labels = np.array([1, 1, 0, 0])
    assert pruned([(C, 1), (A, 1), (B, 0)], TRUTHS, labels, last=0) == [(A, 1)]


def test_the_order_with_the_fewest_errors_is_found() -> None:
    labels = np.array([2, 1, 2, 0])  # the row that says yes to both is of the class of B
    assert pruned([(A, 1), (B, 2)], TRUTHS, labels, last=0) == [(B, 2), (A, 1)]
