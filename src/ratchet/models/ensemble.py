"""ensemble.v1: several pipelines that answer together, each with its weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np

from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns, State
from ratchet.kinds.kind import FEATURES, Kind
from ratchet.models.family import Choice, Range, Shape
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.softmax import softmax

NAME = "ensemble.v1"
Pooling = Literal["mean", "log"]
"""How answers become one: their weighted mean, or the weighted mean of their logarithms, made probabilities again."""
LEAST = 1e-6
"""A member that is sure cannot outvote all others: in a logarithm no probability counts as less."""


class EnsembleFamily:
    """The family: members chosen from a search's trials, and their weights.

    ``way``: ``greedy`` selection for the gate's metric, whose answers are averaged (Caruana et al. 2004, "Ensemble
    Selection from Libraries of Models"), or ``stacking``: a logistic regression on log-probabilities, of weights that
    are not negative (Wolpert 1992, "Stacked Generalization"; Breiman 1996, "Stacked Regressions").
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "the best trials of the others, answering together"
    reads: ClassVar[frozenset[Kind]] = frozenset(FEATURES)

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {"way": Choice(("greedy", "stacking"))}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"way": "greedy"}

    def pool(self, answers: Sequence[Probabilities], params: Mapping[str, Any]) -> Probabilities:
        return pooled(answers, np.array(params["weights"], dtype=np.float64), pooling_of(params["way"]))

    def combine(self, members: Sequence[Pipeline], params: Mapping[str, Any]) -> Pipeline:
        families = [str(each["family"]) for each in params["members"]]
        return Ensemble(members, np.array(params["weights"]), pooling=pooling_of(params["way"]), families=families)


def pooling_of(way: str) -> Pooling:
    """How the answers of members are pooled that were chosen this way."""
    return "log" if way == "stacking" else "mean"


def pooled(answers: Sequence[Probabilities], weights: Floats64, pooling: Pooling) -> Probabilities:
    """(rows, classes) the answers of several models as one; ``weights`` (models,).

    >>> pooled([np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])], np.array([0.5, 0.5]), "mean").tolist()
    [[0.7, 0.3]]
    """
    parts = answers if pooling == "mean" else (np.log(np.maximum(each, LEAST)) for each in answers)
    voted: Any = sum(weight * each for weight, each in zip(weights.tolist(), parts, strict=True))
    return np.asarray(voted, dtype=np.float64) if pooling == "mean" else softmax(voted)


class Ensemble:
    """What its members answer, pooled; a member may be any pipeline, an ensemble too.

    ``weights`` (members,), none negative; equal ones where none are given.  ``families`` names the members for those
    who read their votes.
    """

    name: ClassVar[str] = NAME

    def __init__(
        self,
        members: Sequence[Pipeline],
        weights: Floats64 | None = None,
        *,
        pooling: Pooling = "mean",
        families: Sequence[str] = (),
    ) -> None:
        given = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=np.float64)
        self.members = tuple(members)
        self.weights: Floats64 = given / given.sum() if pooling == "mean" else given
        self.families = tuple(families) or tuple(each.name for each in members)
        self._pooling = pooling

    @property
    def columns(self) -> Mapping[str, Kind]:
        return {name: kind for member in self.members for name, kind in member.columns.items()}

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        """A category is known where any member knows it."""
        found: dict[str, frozenset[str]] = {}
        for member in self.members:
            for name, values in member.known.items():
                found[name] = found.get(name, frozenset()) | values
        return found

    def predict(self, columns: Columns) -> Probabilities:
        return pooled([member.predict(columns) for member in self.members], self.weights, self._pooling)

    def votes(self, columns: Columns) -> Floats64:
        """(members, rows, classes) what each member answers by itself."""
        return np.stack([member.predict(columns) for member in self.members])

    @property
    def shares(self) -> Floats64:
        """(members,) how much each counts, together one."""
        return np.asarray(self.weights / self.weights.sum())

    def save(self) -> Part:
        members = {str(number): member.save() for number, member in enumerate(self.members)}
        meta = {"families": list(self.families), "pooling": self._pooling}
        return Part(self.name, State(meta=meta, arrays={"weights": self.weights}), members)

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        meta = part.state.meta
        members = [open_inner(part.parts[str(number)]) for number in range(len(part.parts))]
        made = cls(members, pooling=meta.get("pooling", "mean"), families=meta.get("families", ()))
        made.weights = part.state.arrays["weights"]  # as they were, to the last bit
        return made
