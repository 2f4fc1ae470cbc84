"""Small networks: what they learn, how they stop, and that what trained them is not needed to answer."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features.encoder import Column, Matrix, Sparse
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models import descent, keras_steps
from ratchet.models.catalogue import family, model_type
from ratchet.models.family import ColumnFamily, Composite, Family, Shape
from ratchet.models.history import history_of
from ratchet.models.network import Network
from ratchet.testing.families import check_family

BACKENDS = [
    "numpy",
    pytest.param(
        "tensorflow",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("tensorflow") is None, reason="the extra tensorflow is not installed"
        ),
    ),
]


def way(name: str) -> Family:
    made = family(name)
    assert not isinstance(made, ColumnFamily | Composite)
    return made


def rings(count: int = 1_200) -> tuple[Matrix, Any]:
    """Points inside a ring or outside of it, which no line parts; every tenth label is wrong."""
    random = np.random.default_rng(5)
    points = random.normal(size=(count, 2)).astype(np.float32)
    labels = (np.linalg.norm(points, axis=1) > 1.18).astype(np.int32)
    wrong = random.random(count) < 0.1
    return Matrix(points), np.where(wrong, 1 - labels, labels).astype(np.int32)


def words(count: int = 900, classes: int = 3) -> tuple[Matrix, Any]:
    """Rows of 8 cells, of which 3 are of the class's own 20 outputs; class 0 has 6 rows in 10."""
    random = np.random.default_rng(6)
    labels = random.choice(classes, count, p=[0.6, 0.2, 0.2]).astype(np.int32)
    own = 20 * labels[:, None] + random.integers(0, 20, (count, 3))
    other = random.integers(0, 400, (count, 5))
    indices = np.concatenate([own, other], axis=1).astype(np.int32).ravel()
    cells = Sparse(np.arange(0, count * 8 + 1, 8), indices, np.full(count * 8, 0.35, dtype=np.float32), 400)
    return Matrix(np.zeros((count, 0), dtype=np.float32), cells), labels


def shape(rows: Matrix, classes: int) -> Shape:
    sparse = rows.sparse.width if rows.sparse else 0
    return Shape(rows=len(rows), classes=classes, dense=rows.dense.shape[1], sparse=sparse)


def fitted(name: str, rows: Matrix, labels: Any, classes: int, **params: Any) -> Any:
    made = way(name)
    return made.fit(rows, labels, classes, {**made.defaults(shape(rows, classes)), **params}, seed=1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_learns_what_no_line_parts(backend: str) -> None:
    rows, labels = rings()
    model = fitted("network.v1", rows, labels, 2, backend=backend, epochs=40, rate=0.01, decay=1e-4)
    fresh = np.random.default_rng(9).normal(size=(500, 2)).astype(np.float32)
    right = model.predict(Matrix(fresh)).argmax(axis=1) == (np.linalg.norm(fresh, axis=1) > 1.18)
    assert right.mean() > 0.85


@pytest.mark.parametrize("backend", BACKENDS)
def test_either_backend_learns_from_texts(backend: str) -> None:
    rows, labels = words()
    model = fitted("network.v1", rows, labels, 3, backend=backend, rate=0.01)
    assert (model.predict(rows).argmax(axis=1) == labels).mean() > 0.85


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_keeps_every_promise_whatever_trains_it(backend: str) -> None:
    class Fixed(type(way("network.v1"))):  # type: ignore[misc]
        def defaults(self, shape: Shape) -> Any:
            return {**super().defaults(shape), "backend": backend, "epochs": 10}

        def space(self, shape: Shape) -> Any:
            return {name: part for name, part in super().space(shape).items() if name in {"layers", "class_weight"}}

    check_family(Fixed())


@pytest.mark.parametrize("name", ["network.v1", "fasttext.v1"])
def test_it_stops_when_rows_kept_out_are_answered_worse_and_tells_its_curve(name: str) -> None:
    rows, labels = words()
    random = np.random.default_rng(0).permutation(labels).astype(np.int32)  # nothing to learn but by heart
    model = fitted(name, rows, random, 3, epochs=200, rate=0.05)
    told = history_of(model)
    (curve,) = told.curves
    assert told.facts["epochs_run"] == len(curve.steps) == len(curve.held) < 100
    assert told.facts["epochs"] == 1 + int(np.argmin(curve.held))
    assert curve.learned[-1] < curve.learned[0]


def test_few_rows_keep_none_out() -> None:
    rows, labels = words(count=60)
    (curve,) = history_of(fitted("fasttext.v1", rows, labels, 3, epochs=5)).curves
    assert (len(curve.learned), curve.held) == (5, ())


@pytest.mark.parametrize("name", ["network.v1", "fasttext.v1"])
def test_balanced_classes_count_alike(name: str) -> None:
    rows, labels = words()
    found = [
        (fitted(name, rows, labels, 3, class_weight=each, epochs=3).predict(rows)[:, 0]).mean()
        for each in ("none", "balanced")
    ]
    assert found[1] < found[0] - 0.1


def test_vectors_of_sparse_outputs_are_kept_in_half_precision() -> None:
    rows, labels = words()
    model = fitted("fasttext.v1", rows, labels, 3)
    state = model.state()
    assert state.arrays["embedding"].dtype == np.float16
    assert np.array_equal(model_type("fasttext.v1").from_state(state).predict(rows), model.predict(rows))


def test_steps_that_are_too_large_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, labels = rings(200)
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="its steps are too large"):
        fitted("network.v1", Matrix(rows.dense * np.float32(1e30)), labels, 2, rate=1e9)


def test_without_tensorflow_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_steps, "find_spec", lambda name: None)
    rows, labels = rings(200)
    with pytest.raises(SpecError, match="needs TensorFlow") as raised:
        fitted("network.v1", rows, labels, 2, backend="tensorflow")
    assert "pip install 'ratchet-ml[tensorflow]'" in (raised.value.todo or "")


def test_what_trains_it_is_looked_for_before_anything_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_steps, "find_spec", lambda name: None)
    part = Network().space(Shape(rows=100, classes=2))["backend"]
    assert Network().content({"backend": part.taken("numpy")}) == ""
    with pytest.raises(SpecError, match="needs TensorFlow"):
        Network().content({"backend": part.taken("tensorflow")})
    with pytest.raises(ValueError, match="one of numpy, tensorflow"):
        part.taken("jax")


def test_rows_of_one_group_are_kept_out_together() -> None:
    groups = np.random.default_rng(2).integers(0, 60, 900)
    learned, held = descent._parted(900, groups, np.random.default_rng(1))
    assert not set(groups[learned]) & set(groups[held])
    assert sorted([*learned, *held]) == list(range(900))
    assert 20 <= len(held) <= 90
    assert not len(descent._parted(900, np.zeros(900, dtype=np.int64), np.random.default_rng(1))[1])


@pytest.mark.parametrize("name", ["network.v1", "fasttext.v1"])
def test_words_are_added_up_as_their_cells_are_and_alone_as_among_others(name: str) -> None:
    random = np.random.default_rng(9)
    texts: Column = [" ".join(random.choice(["fine", "dull", "awful", "grand", "so-so"], 6)) for _ in range(300)]
    ages: Column = random.normal(size=300)
    columns, kinds = {"note": texts, "age": ages}, {"note": Kind.TEXT, "age": Kind.NUMBER}
    encoder = TableEncoder.fit(columns, kinds, {"note": "ngrams.v2", "age": "standard.v1"})
    labels = np.array(["fine" in str(text) for text in texts], dtype=np.int32)
    rows = encoder.transform(columns)
    assert rows.sparse is not None
    shape = Shape(rows=300, classes=2, dense=1, sparse=rows.sparse.width)
    model = way(name).fit(rows, labels, 2, way(name).defaults(shape), seed=1)
    fold = model.folded(encoder)  # type: ignore[attr-defined]
    answers = fold(columns)
    np.testing.assert_allclose(answers, model.predict(rows), atol=1e-5)
    alone = np.concatenate([fold({"note": texts[at : at + 1], "age": ages[at : at + 1]}) for at in range(50)])
    np.testing.assert_array_equal(alone, answers[:50])
