"""network.v1: a small neural network over encoded columns, dense and sparse, trained with NumPy or with Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ratchet import clock
from ratchet.arrays import Labels
from ratchet.features.encoder import Matrix
from ratchet.kinds.kind import Kind
from ratchet.models import keras_steps
from ratchet.models.descent import Course, NumpySteps, Steps, course_of_learning
from ratchet.models.family import NO_HINTS, Choice, Hints, Model, Range, Shape
from ratchet.models.fasttext import batch_of
from ratchet.models.layers import LayeredModel, drawn

NAME = "network.v1"


class Network:
    """The family: ``layers`` hidden layers of ``units`` each, of rectified linear units, with dropout between them.

    ``backend`` is what trains it: ``numpy``, or ``tensorflow``, which needs the extra of that name; either gives the
    same kind of weights, which answer in NumPy.  It ends early where rows kept out say so.
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "a small neural network"
    takes_hints: ClassVar[bool] = True
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "standard.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "ngrams.v2",
    }

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {
            "units": Range(16, 128, scale="log", whole=True, points=3, least=1, most=65_536),
            "layers": Range(1, 3, whole=True, points=2, least=1, most=20),
            "rate": Range(3e-4, 1e-2, scale="log", points=3),
            "dropout": Range(0.0, 0.6, points=3, least=0.0, most=0.95),
            "decay": Range(1e-4, 1.0, scale="log", points=2, least=0.0),
            "epochs": Range(10, 60, scale="log", whole=True, points=2, least=1, most=10_000),
            "class_weight": Choice(("none", "balanced")),
            "backend": Choice(("numpy",), beside=("tensorflow",)),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {
            "units": 64 if not shape.sparse else 32,
            "layers": 1 if shape.sparse else 2,
            "rate": 2e-3,
            "dropout": 0.3,
            "decay": 0.1,
            "epochs": 30,
            "class_weight": "balanced" if shape.sparse and shape.classes > 2 else "none",
            "backend": "numpy",
        }

    def content(self, params: Mapping[str, Any]) -> str:
        """It reads nothing beside the rows; raises `SpecError` where what trains it is not installed."""
        if params.get("backend") == "tensorflow":
            keras_steps.require()
        return ""

    def fit(
        self,
        rows: Matrix,
        labels: Labels,
        classes: int,
        params: Mapping[str, Any],
        *,
        seed: int,
        threads: int = 1,
        names: Sequence[str] = (),
        hints: Hints = NO_HINTS,
    ) -> Model:
        sparse = rows.sparse.width if rows.sparse else 0
        units = [int(params["units"])] * int(params["layers"])
        first = drawn(clock.rng("network", seed), sparse, rows.dense.shape[1], units, classes, bent=True)
        course = _course(params, len(labels))
        steps: Steps
        if params["backend"] == "tensorflow":
            steps = keras_steps.KerasSteps(first, rows, labels, course, seed=seed, threads=threads)
        else:
            steps = NumpySteps(first, rows, labels, course, seed=seed)
        layers, history = course_of_learning(steps, rows, labels, classes, course, seed=seed, groups=hints.groups)
        return NetworkModel(layers.kept(), history)


def _course(params: Mapping[str, Any], rows: int) -> Course:
    return Course(
        epochs=int(params["epochs"]),
        rate=float(params["rate"]),
        embedding_rate=10 * float(params["rate"]),
        dropout=float(params["dropout"]),
        word_dropout=float(params["dropout"]),
        decay=float(params["decay"]),
        batch=batch_of(rows),
        balanced=params["class_weight"] == "balanced",
    )


class NetworkModel(LayeredModel):
    """The network that was learned."""

    family: ClassVar[str] = NAME
