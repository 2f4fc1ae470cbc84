"""A table's encoder: the right encoder for every column, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from ratchet.errors import SpecError
from ratchet.features.catalogue import encoder
from ratchet.features.encoder import Columns, Encoder, Matrix, State
from ratchet.features.matrix import side_by_side
from ratchet.kinds.kind import Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Part:
    column: str
    kind: Kind
    encoder: Encoder


class TableEncoder:
    """Encodes each column by its kind and puts the outputs side by side.

    Promises what `Encoder` promises; columns of a kind that no encoder is named for are not seen.
    """

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = tuple(parts)

    @classmethod
    def fit(cls, columns: Columns, kinds: Mapping[str, Kind], encoders: Mapping[Kind, str]) -> Self:
        """Fit one encoder per column to training rows, in the order of ``kinds``.

        Raises `SpecError` where ``encoders`` names none for any of the kinds.
        """
        seen = {name: kind for name, kind in kinds.items() if kind in encoders and kind.is_feature}
        if not seen:
            raise SpecError(
                f"this family sees none of the columns: it reads {', '.join(encoders)}",
                todo="name a family under [[candidates]] that reads the columns' kinds",
            )
        return cls([_Part(name, kind, encoder(encoders[kind])().fit(columns[name])) for name, kind in seen.items()])

    def transform(self, columns: Columns) -> Matrix:
        """Encode rows; every column of `columns` has to be given, of one length."""
        if len(self._parts) == 1:
            only = self._parts[0]
            return only.encoder.transform(columns[only.column])
        return side_by_side([part.encoder.transform(columns[part.column]) for part in self._parts])

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns it reads."""
        return {part.column: part.kind for part in self._parts}

    def names(self) -> list[str]:
        """A readable name per output, dense ones first: ``tenure``, ``contract = Two year``, ``text has 'mentor'``."""
        dense, sparse = [], []
        for part in self._parts:
            names = [f"{part.column} {name}".rstrip() for name in part.encoder.names()]
            width = part.encoder.transform(part.kind.feature.empty()).dense.shape[1]
            dense += names[:width]
            sparse += names[width:]
        return dense + sparse

    def state(self) -> State:
        """Everything needed to encode again; arrays and texts are named ``<column number>.<name>``."""
        states = [part.encoder.state() for part in self._parts]
        described = [
            {"column": part.column, "kind": str(part.kind), "encoder": part.encoder.name, "meta": dict(state.meta)}
            for part, state in zip(self._parts, states, strict=True)
        ]
        return State(
            meta={"columns": described},
            arrays={f"{i}.{key}": value for i, state in enumerate(states) for key, value in state.arrays.items()},
            texts={f"{i}.{key}": value for i, state in enumerate(states) for key, value in state.texts.items()},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The encoder whose `state` this is, bit-equal; raises `SpecError` where an encoder is not installed."""
        parts = []
        for number, each in enumerate(state.meta["columns"]):
            inner = State(each["meta"], _under(number, state.arrays), _under(number, state.texts))
            made = encoder(each["encoder"]).from_state(inner)
            parts.append(_Part(each["column"], Kind(each["kind"]), made))
        return cls(parts)


def _under(number: int, named: Mapping[str, T]) -> dict[str, T]:
    prefix = f"{number}."
    return {key.removeprefix(prefix): value for key, value in named.items() if key.startswith(prefix)}
