"""The seam that is trained, kept, served and explained: a Pipeline turns columns into probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self

from ratchet.arrays import Probabilities
from ratchet.features.encoder import Columns, State
from ratchet.kinds.kind import Kind


@dataclass(frozen=True, slots=True)
class Part:
    """A pipeline, or a piece of one, as it is saved: the name of what opens it, its own state, and its parts by name.

    Part names are letters, digits and ``_``.
    """

    type: str
    """Versioned and never reused, such as ``encoded.v1``."""
    state: State = field(default_factory=State)
    parts: Mapping[str, Part] = field(default_factory=dict)


class Pipeline(Protocol):
    """Columns in, probabilities out.

    Promises: `predict` takes the columns it names (others beside them are not looked at) with any values of their
    kinds, missing and unseen ones included, and gives (rows, classes) probabilities, finite, each row summing to one;
    a row's answer does not depend on the rows beside it; ``open(save(), ...)`` gives bit-equal answers; nothing in what
    is saved can run code; threads may share it.
    """

    name: ClassVar[str]
    """What opens it: versioned and never reused."""

    @property
    def columns(self) -> Mapping[str, Kind]:
        """The columns it reads, with their kinds."""
        ...

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        """Column -> the categories that training gave a meaning of their own, where not every value has one."""
        ...

    def predict(self, columns: Columns) -> Probabilities: ...

    def save(self) -> Part: ...

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        """The pipeline that was saved; ``open_inner`` opens the pipelines among its parts, whatever they are."""
        ...
