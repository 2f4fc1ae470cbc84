"""ensemble.v1: several pipelines that answer together, each with its weight (a soft vote)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns, State
from ratchet.kinds.kind import Kind
from ratchet.models.pipeline import Part, Pipeline


class Ensemble:
    """The weighted mean of what its members answer; a member may be any pipeline, an ensemble too.

    ``weights`` (members,), none negative; equal ones where none are given.
    """

    name: ClassVar[str] = "ensemble.v1"

    def __init__(self, members: Sequence[Pipeline], weights: Floats64 | None = None) -> None:
        given = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=np.float64)
        self.members = tuple(members)
        self.weights: Floats64 = given / given.sum()

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
        probabilities = (member.predict(columns) for member in self.members)
        voted = sum(weight * each for weight, each in zip(self.weights, probabilities, strict=True))
        return np.asarray(voted, dtype=np.float64)

    def save(self) -> Part:
        members = {str(number): member.save() for number, member in enumerate(self.members)}
        return Part(self.name, State(arrays={"weights": self.weights}), members)

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        made = cls([open_inner(part.parts[str(number)]) for number in range(len(part.parts))])
        made.weights = part.state.arrays["weights"]  # as they were, to the last bit
        return made
