"""prepared.v1: a pipeline that reads text columns made ready for it: joined, cleaned, without stop words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Self

from ratchet.arrays import Probabilities
from ratchet.features.encoder import Columns, State
from ratchet.features.prepared import Preparations, prepared, unprepared
from ratchet.kinds.kind import Kind
from ratchet.models.pipeline import Part, Pipeline


class Prepared:
    """A pipeline behind `ratchet.features.prepared`; keeps the promises of `Pipeline` that the inner pipeline keeps."""

    name: ClassVar[str] = "prepared.v1"

    def __init__(self, inner: Pipeline, texts: Preparations) -> None:
        self.inner = inner
        self.texts = {name: way for name, way in texts.items() if name in inner.columns}

    @property
    def columns(self) -> Mapping[str, Kind]:
        """The columns as they come, before they are made ready."""
        inner = self.inner.columns
        return {name: inner.get(name, Kind.TEXT) for name in unprepared(inner, self.texts)}

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {name: values for name, values in self.inner.known.items() if name not in self.texts}

    def predict(self, columns: Columns) -> Probabilities:
        return self.inner.predict(prepared(columns, self.texts))

    def save(self) -> Part:
        return Part(self.name, State(meta={"texts": self.texts}), {"inner": self.inner.save()})

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        return cls(open_inner(part.parts["inner"]), part.state.meta["texts"])
