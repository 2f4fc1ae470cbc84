"""fasttext.v1: the mean of learned vectors of a text's words and hashed n-grams, and a linear layer on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ratchet import clock
from ratchet.arrays import Labels
from ratchet.features.encoder import Matrix
from ratchet.kinds.kind import Kind
from ratchet.models.descent import Course, NumpySteps, course_of_learning
from ratchet.models.family import NO_HINTS, Choice, Hints, Model, Range, Shape
from ratchet.models.layers import LayeredModel, drawn

NAME = "fasttext.v1"
_SLOWER = 3e-3
"""How much smaller the steps of the linear layer are than those of the vectors, which are zero when it begins: with as
large ones it runs after the first few words that are seen, and every text looks alike.
"""


class FastText:
    """The family (Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification").

    Vectors are weighed by the encoder's cells, which tell of rare words more than of common ones; columns that are not
    texts count beside them.  ``units`` is how long vectors are, ``word_dropout`` the share of words and n-grams left
    out at random while it learns.  It ends early where rows kept out say so.
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "averaged vectors of words and runs of words"
    takes_hints: ClassVar[bool] = True
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "standard.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "ngrams.v2",
    }

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {
            "units": Range(8, 64, scale="log", whole=True, points=3, least=1, most=4_096),
            "rate": Range(0.01, 0.2, scale="log", points=3),
            "word_dropout": Range(0.0, 0.7, points=3, least=0.0, most=0.95),
            "epochs": Range(5, 40, scale="log", whole=True, points=2, least=1, most=10_000),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {
            "units": 16,
            "rate": 0.04,
            "word_dropout": 0.3,
            "epochs": 20,
            "class_weight": "balanced" if shape.classes > 2 else "none",
        }

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
        random = clock.rng("fasttext", seed)
        first = drawn(random, sparse, rows.dense.shape[1], [int(params["units"])], classes, bent=False)
        course = Course(
            epochs=int(params["epochs"]),
            rate=_SLOWER * float(params["rate"]),
            embedding_rate=float(params["rate"]),
            dropout=0.0,
            word_dropout=float(params["word_dropout"]),
            decay=0.0,
            batch=batch_of(len(labels)),
            balanced=params["class_weight"] == "balanced",
        )
        steps = NumpySteps(first, rows, labels, course, seed=seed)
        layers, history = course_of_learning(steps, rows, labels, classes, course, seed=seed, groups=hints.groups)
        return FastTextModel(layers.kept(), history)


def batch_of(rows: int) -> int:
    """How many rows a step looks at: more where there are many, so that an epoch takes a few hundred steps."""
    return 32 if rows < 2_000 else 64 if rows < 20_000 else 256


class FastTextModel(LayeredModel):
    """The mean of vectors that was learned, and the layer on it."""

    family: ClassVar[str] = NAME
