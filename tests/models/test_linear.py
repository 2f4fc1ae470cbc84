from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import take, to_scipy
from ratchet.features.ngrams import NGrams
from ratchet.models.linear import Linear

RANDOM = np.random.default_rng(0)
DENSE = RANDOM.normal(size=(300, 6)).astype(np.float32)
PARAMS = {"C": 1.0, "class_weight": "none", "loss": "log"}


def labels_of(classes: int) -> Labels:
    scores = DENSE[:, :classes] + RANDOM.normal(scale=0.5, size=(300, classes))
    return np.asarray(scores.argmax(axis=1), dtype=np.int32)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_probabilities_are_those_of_scikit_learn(classes: int, class_weight: str) -> None:
    from sklearn.linear_model import LogisticRegression

    labels = labels_of(classes)
    ours = Linear().fit(Matrix(DENSE), labels, classes, {**PARAMS, "class_weight": class_weight}, seed=0)
    weight = None if class_weight == "none" else class_weight
    theirs = LogisticRegression(C=1.0, class_weight=weight, max_iter=200, tol=1e-3).fit(DENSE, labels)
    np.testing.assert_allclose(ours.predict(Matrix(DENSE)), theirs.predict_proba(DENSE), atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3])
def test_answers_to_sparse_rows_are_those_of_scikit_learn(classes: int) -> None:
    from sklearn.svm import LinearSVC

    texts = [" ".join(RANDOM.choice(list("abcdefgh"), 6)) for _ in range(200)]
    labels = np.array([text.count("a") % classes for text in texts], dtype=np.int32)
    rows = NGrams().fit(texts).transform(texts)
    ours = Linear().fit(rows, labels, classes, {"C": 30.0, "class_weight": "none", "loss": "hinge"}, seed=3)
    theirs = LinearSVC(C=1.0, tol=1e-3, random_state=3).fit(to_scipy(rows), labels)
    assert (ours.predict(rows).argmax(axis=1) == theirs.predict(to_scipy(rows))).mean() > 0.99


def test_answers_alone_are_bit_equal() -> None:
    texts = [" ".join(RANDOM.choice(list("abcdefgh"), RANDOM.integers(0, 20))) for _ in range(200)]
    labels = RANDOM.integers(0, 3, 200).astype(np.int32)
    rows = NGrams(pieces=False).fit(texts).transform(texts)
    rows = Matrix(DENSE[:200], rows.sparse)
    model = Linear().fit(rows, labels, 3, PARAMS, seed=0)
    whole = model.predict(rows)
    for row in range(200):
        np.testing.assert_array_equal(model.predict(take(rows, np.array([row])))[0], whole[row])


def test_classes_without_rows_are_never_the_answer() -> None:
    labels = np.where(DENSE[:, 0] > 0, 3, 1).astype(np.int32)
    found = Linear().fit(Matrix(DENSE), labels, 5, PARAMS, seed=0).predict(Matrix(DENSE))
    assert set(found.argmax(axis=1)) == {1, 3}
    assert found[:, [0, 2, 4]].max() < 1e-6


def test_one_class_only_is_always_the_answer() -> None:
    found = Linear().fit(Matrix(DENSE), np.full(300, 1, np.int32), 2, PARAMS, seed=0).predict(Matrix(DENSE))
    assert (found[:, 1] > 0.999).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_scaled_weights_answer_as_the_solver_does_on_scaled_rows(classes: int) -> None:
    from sklearn.svm import LinearSVC

    texts = [" ".join(RANDOM.choice(list("abcdefgh"), 6)) for _ in range(200)]
    labels = np.array([text.count("a") % classes for text in texts], dtype=np.int32)
    rows = NGrams().fit(texts).transform(texts)
    params = {"C": 30.0, "class_weight": "none", "loss": "hinge", "scaling": "ratio"}
    ours = Linear().fit(rows, labels, classes, params, seed=3)
    cells, scores = to_scipy(rows), np.zeros((200, classes))
    for each in range(1, 2) if classes == 2 else range(classes):
        own = labels == each
        inside, outside = (
            np.asarray(cells[part].sum(axis=0)).ravel()[rows.dense.shape[1] :] + 1 for part in (own, ~own)
        )
        told = np.abs(np.log((inside / inside.sum()) / (outside / outside.sum())))
        scaled = cells.multiply(np.r_[np.ones(rows.dense.shape[1]), 0.5 + 0.5 * told]).tocsr()
        scores[:, each] = LinearSVC(C=1.0, tol=1e-3, random_state=3).fit(scaled, own).decision_function(scaled)
    assert (ours.predict(rows).argmax(axis=1) == scores.argmax(axis=1)).mean() > 0.99


@pytest.mark.parametrize("loss", ["log", "hinge"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("absurd", "enough"), [(1e308, 1e12), (5e-324, 1e-12)])
def test_a_penalty_beyond_what_solvers_can_count_is_as_good_as_the_last(
    loss: str, classes: int, absurd: float, enough: float
) -> None:
    labels = labels_of(classes)
    far, near = (
        Linear().fit(Matrix(DENSE), labels, classes, {**PARAMS, "loss": loss, "C": each}, seed=0)
        for each in (absurd, enough)
    )
    np.testing.assert_array_equal(far.predict(Matrix(DENSE)), near.predict(Matrix(DENSE)))
