"""What a version answered out of fold: kept exactly enough, and lined up with another's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ratchet.arrays import Hashes
from ratchet.registry.out_of_fold import OutOfFoldAnswers, common, decode, encode


def ids(*values: int) -> Hashes:
    return np.array(values, dtype=np.uint64)


def test_answers_are_read_as_they_were_written() -> None:
    probabilities = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], 5)
    answers = OutOfFoldAnswers(ids=ids(5, 2**64 - 1, 0, 7, 7), probabilities=probabilities, classes=("a", "b", "ç"))
    again = decode(encode(answers))
    assert again.ids.tolist() == answers.ids.tolist()
    assert again.classes == answers.classes
    np.testing.assert_allclose(again.probabilities, probabilities, atol=1e-7)


def test_answers_are_told_for_the_classes_of_now() -> None:
    answers = OutOfFoldAnswers(ids=ids(1), probabilities=np.array([[0.2, 0.8]]), classes=("a", "b"))
    assert answers.of(("b", "c", "a")).tolist() == [[0.8, 0.0, 0.2]]


def test_without_common_rows_there_are_no_places() -> None:
    assert [each.tolist() for each in common(ids(1, 2), ids(3))] == [[], []]


@given(st.lists(st.lists(st.integers(0, 9)), min_size=1, max_size=3))
def test_common_rows_are_each_once_and_in_one_order(rows: list[list[int]]) -> None:
    found = [
        ids(*each)[places].tolist() for each, places in zip(rows, common(*(ids(*each) for each in rows)), strict=True)
    ]
    assert all(each == sorted(set.intersection(*map(set, rows))) for each in found)
