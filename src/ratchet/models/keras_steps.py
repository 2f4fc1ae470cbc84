"""Steps of a small network's learning taken by Keras on TensorFlow: the extra ``tensorflow``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from ratchet.arrays import Floats32, Ints, Labels
from ratchet.errors import SpecError
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import take
from ratchet.models.descent import Course
from ratchet.models.layers import Layers


def require() -> None:
    """Raise `SpecError` where TensorFlow is not installed."""
    if find_spec("tensorflow") is None:
        raise SpecError(
            "network.v1 with backend 'tensorflow' needs TensorFlow, which is not installed",
            todo="pip install 'ratchet-ml[tensorflow]', or leave `backend` out: NumPy trains the same network",
        )


class KerasSteps:
    """The same layers as a Keras model, trained by its Adam; sparse cells are looked up and summed."""

    def __init__(
        self, first: Layers, rows: Matrix, labels: Labels, course: Course, *, seed: int, threads: int = 1
    ) -> None:
        require()
        import keras
        import tensorflow

        self._tf, self._rows, self._labels, self._course = tensorflow, rows, labels, course
        self._random = np.random.default_rng(seed)
        keras.utils.set_random_seed(seed % 2**32)
        self._embedding = tensorflow.Variable(first.embedding)
        self._first = keras.layers.Dense(first.dense.shape[1])
        self._after = [keras.layers.Dense(weights.shape[1]) for weights, _ in first.after]
        sizes = [first.dense.shape[0], *(len(weights) for weights, _ in first.after)]
        pairs = [(first.dense, first.bias), *first.after]
        for layer, size, pair in zip([self._first, *self._after], sizes, pairs, strict=True):
            layer.build((None, size))
            layer.set_weights(list(pair))
        self._dropout = keras.layers.Dropout(course.dropout, seed=seed % 2**31)
        self._adam = keras.optimizers.AdamW(course.rate, weight_decay=course.decay)
        self._sparse_adam = keras.optimizers.Adam(course.embedding_rate / 10)

    def layers(self) -> Layers:
        pairs = [[np.array(part) for part in layer.get_weights()] for layer in (self._first, *self._after)]
        (dense, bias), *after = pairs
        return Layers(self._embedding.numpy(), dense, bias, tuple((w, b) for w, b in after), bent=True)

    def step(self, rows: Ints, weights: Floats32, progress: float) -> float:
        batch = take(self._rows, rows)
        trained = [part for layer in (self._first, *self._after) for part in layer.trainable_variables]
        with self._tf.GradientTape() as tape:
            scores = self._scores(batch)
            losses = self._tf.nn.sparse_softmax_cross_entropy_with_logits(self._labels[rows], scores)
            loss = self._tf.reduce_mean(losses * weights)
        slopes = tape.gradient(loss, [*trained, self._embedding])
        self._adam.learning_rate = self._course.rate * (1 - progress)
        self._adam.apply_gradients(zip(slopes[:-1], trained, strict=True))
        if slopes[-1] is not None:
            self._sparse_adam.learning_rate = self._course.embedding_rate / 10 * (1 - progress)
            self._sparse_adam.apply_gradients([(slopes[-1], self._embedding)])
        return float(loss)

    def _scores(self, batch: Matrix) -> Any:
        units = self._first(np.nan_to_num(batch.dense))
        if batch.sparse is not None and len(batch.sparse.indices):
            kept = self._random.random(len(batch.sparse.indices)) >= self._course.word_dropout
            values = (batch.sparse.values * kept / (1 - self._course.word_dropout)).astype(np.float32)
            vectors = self._tf.gather(self._embedding, batch.sparse.indices) * values[:, None]
            lines = np.repeat(np.arange(len(batch)), np.diff(batch.sparse.indptr))
            units += self._tf.math.unsorted_segment_sum(vectors, lines, len(batch))
        for layer in self._after:
            units = layer(self._dropout(self._tf.nn.relu(units), training=True))
        return units
