"""A recipe: all that has to be known to learn a pipeline again, on other rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ratchet.errors import SpecError
from ratchet.features.catalogue import encoder
from ratchet.features.prepared import Preparations, prepared_kinds
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import family as find_family
from ratchet.models.family import ColumnFamily, reads


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A family, its parameters, the encoder of each column it reads, and how text columns are made ready for it.

    JSON values only: it is kept in the manifest of what was made by it.  Equal recipes are one key of a dict.
    """

    family: str
    params: Mapping[str, Any] = field(default_factory=dict)
    encoders: Mapping[str, str] = field(default_factory=dict)
    """Column -> encoder, in the order they are fitted; empty for a family that reads columns itself."""
    texts: Preparations = field(default_factory=dict)
    """Column -> how it is made of text columns (`ratchet.features.prepared`); those are not seen besides."""

    @classmethod
    def plan(
        cls,
        family: str,
        kinds: Mapping[str, Kind],
        *,
        params: Mapping[str, Any] | None = None,
        encoders: Mapping[str, str] | None = None,
        texts: Preparations | None = None,
    ) -> Self:
        """The recipe of a family for these columns.

        ``encoders`` names the encoders of some columns; the others have the family's own for their kind, and columns of
        a kind that it has none for are not seen.  Columns that ``texts`` makes are of kind text, and named as others
        are.  Raises `SpecError` where none is seen, and for an encoder that does not exist or does not read its column.
        """
        way, wanted, made = find_family(family), encoders or {}, texts or {}
        features = {name: kind for name, kind in prepared_kinds(kinds, made).items() if kind.is_feature}
        if isinstance(way, ColumnFamily):
            if wanted:
                raise SpecError(f"{family} reads the columns itself", todo="leave `encoders` out of that candidate")
            chosen = dict[str, str]()
            seen = [name for name, kind in features.items() if kind in way.reads]
        else:
            _check(wanted, features)
            named = {name: wanted.get(name, way.encoders.get(kind)) for name, kind in features.items()}
            chosen = {name: each for name, each in named.items() if each is not None}
            seen = list(chosen)
        if not seen:
            raise SpecError(
                f"{family} sees none of the columns: it reads {', '.join(sorted(reads(way)))}",
                todo="name a family under [[candidates]] that reads the columns' kinds",
            )
        return cls(
            family=family,
            params=dict(params or {}),
            encoders=chosen,
            texts={name: way for name, way in made.items() if name in seen},
        )

    def on(self, kinds: Mapping[str, Kind]) -> Self:
        """The same way of learning for the columns there are now: gone ones are left out, new ones read by default."""
        texts = {}
        for name, way in self.texts.items():
            if of := [each for each in way["of"] if kinds.get(each) is Kind.TEXT]:
                texts[name] = {**way, "of": of}
        made = prepared_kinds(kinds, texts)
        kept = {
            name: each for name, each in self.encoders.items() if name in made and made[name] in encoder(each).reads
        }
        return self.plan(self.family, kinds, params=self.params, encoders=kept, texts=texts)

    @property
    def id(self) -> str:
        """Sixteen hex digits that name it, whatever the order of its parameters."""
        identity = [self.family, sorted(self.params.items()), list(self.encoders.items())]
        identity += [sorted(self.texts.items())] if self.texts else []
        return hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=8).hexdigest()

    def __hash__(self) -> int:
        return hash(self.id)


def _check(wanted: Mapping[str, str], features: Mapping[str, Kind]) -> None:
    """Every encoder reads the column it is named for."""
    for name, chosen in wanted.items():
        legal = encoder(chosen).reads
        if features[name] not in legal:
            raise SpecError(
                f"{chosen} reads {', '.join(sorted(legal))}; '{name}' is of kind {features[name]}",
                todo="choose another encoder for it under [[candidates]] encoders",
            )
