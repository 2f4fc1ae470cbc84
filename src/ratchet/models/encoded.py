"""encoded.v1: encoders turn the columns into vectors, a model turns those into probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import ClassVar, Self

from ratchet.arrays import Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import Columns
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import model_type
from ratchet.models.family import Model
from ratchet.models.history import History, history_of
from ratchet.models.pipeline import Part, Pipeline

TABLE = "table.v1"
"""What opens the state of a `TableEncoder`."""


class Encoded:
    """A table's encoder and a model of its vectors."""

    name: ClassVar[str] = "encoded.v1"

    def __init__(self, encoder: TableEncoder, model: Model) -> None:
        self.encoder = encoder
        self.model = model

    @cached_property
    def _answer(self) -> Callable[[Columns], Probabilities]:
        """By the model's weights folded into the encoder, where model and encoder can; else one after the other."""
        fold = getattr(self.model, "folded", None)
        found: Callable[[Columns], Probabilities] | None = fold(self.encoder) if fold else None
        return found or (lambda columns: self.model.predict(self.encoder.transform(columns)))

    @property
    def columns(self) -> Mapping[str, Kind]:
        return self.encoder.columns

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {name: each for name, each in self.encoder.known.items() if self.columns[name] is Kind.CATEGORY}

    @property
    def history(self) -> History:
        """How the model was learned."""
        return history_of(self.model)

    def predict(self, columns: Columns) -> Probabilities:
        return self._answer(columns)

    def save(self) -> Part:
        parts = {"encoder": Part(TABLE, self.encoder.state()), "model": Part(self.model.family, self.model.state())}
        return Part(self.name, parts=parts)

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        """The pipeline of these parts; raises `SpecError` where a family or an encoder is not installed."""
        encoder, model = part.parts["encoder"], part.parts["model"]
        if encoder.type != TABLE:
            raise SpecError(f"there is no table encoder '{encoder.type}'; this Ratchet knows '{TABLE}'")
        return cls(TableEncoder.from_state(encoder.state), model_type(model.type).from_state(model.state))
