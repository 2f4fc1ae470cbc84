"""A Dataset: an immutable version of rows, named by what it holds, with its parents and its frozen split."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from ratchet.arrays import Bools, Hashes
from ratchet.data.conform import wanted_columns
from ratchet.data.rowhash import IDENTITY
from ratchet.data.schema import Schema
from ratchet.data.split.rule import SplitRule
from ratchet.data.split.sides import SIDES, Sides
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec


@dataclass(frozen=True, kw_only=True, slots=True)
class DataPart:
    """A file of rows: its key among the blobs (its SHA-256), its rows, and the file of their sides and units."""

    key: str
    rows: int
    sides: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """One version of a classifier's rows.

    ``id`` names the content: the same rows with the same sides have the same id (but where they were left and come
    again, as when a correction is taken back, then with the way there), whatever their order and the files
    they came in.  ``sides`` counts the rows of each side; ``source`` says where the newest rows came from.
    """

    id: str
    classifier: str
    parents: tuple[str, ...]
    rows: int
    schema: Schema
    parts: tuple[DataPart, ...]
    created_at: datetime
    source: str
    split: SplitRule
    sides: Mapping[str, int]
    types: Mapping[str, str]
    """The stored columns, and how each is typed."""
    hashed: tuple[str, ...]
    """The stored columns that tell rows apart."""
    identity: int = 1
    """Which `ratchet.data.rowhash.IDENTITY` the rows are hashed by."""
    corrected: int = 0
    """The rows that have another label than in the parent."""
    corrected_held_out: int = 0
    """How many of those are held out, equal ones counted once: scores measured on them before are out of date."""

    forgotten: Mapping[str, int] = field(default_factory=dict)
    """Of subjects that were forgotten since: a hash of the pseudonym -> how many of these rows were theirs.  They are
    here no more, so that the id names what the rows were, not what they are."""
    dropped: tuple[str, ...] = ()
    """The files that held rows of theirs, and were or are to be deleted."""

    @property
    def split_id(self) -> str:
        """What names the holdout."""
        return self.split.id

    def fits(self, spec: Spec) -> bool:
        """Whether these rows are what the spec asks for: its columns, kinds, label and split.

        Where they are not, `ratchet.data.ingest.ingest.ingest` makes a version that does.
        """
        asked = {name: kind for name, kind in spec.columns.items() if kind is not Kind.IGNORE}
        held = {name: kind for name, kind in self.schema.columns.items() if kind is not Kind.IGNORE}
        return self.tells_apart_as(spec) and asked == held and self.split.follows(spec)

    def can_become(self, spec: Spec) -> bool:
        """Whether the rows can be made to fit the spec without reading them from their source again."""
        return all(name in self.types for name in hashed_columns(spec))

    def tells_apart_as(self, spec: Spec) -> bool:
        """Whether the stored columns are those that the spec asks for, and rows equal under one are under the other."""
        features = set(self.schema.features) == {name for name, kind in spec.columns.items() if kind.is_feature}
        same = (
            self.identity == IDENTITY
            and features
            and self.schema.label == spec.label
            and set(self.hashed) == set(hashed_columns(spec))
        )
        return same and all(self.types.get(name) == type_ for name, type_ in stored_types(spec).items())

    def tells_apart_like(self, other: Dataset) -> bool:
        """Whether equal rows of both have equal ids."""
        same = self.identity == other.identity and set(self.hashed) == set(other.hashed)
        return same and self.schema.features == other.schema.features


def stored_types(spec: Spec) -> dict[str, str]:
    """The columns that are stored under a spec, with the type of each."""
    return {name: str(kind.column.dtype) for name, kind in wanted_columns(spec).items()}


def hashed_columns(spec: Spec) -> list[str]:
    """The stored columns that tell rows apart: all but those kept for slices only."""
    identifying = {name for name, kind in spec.columns.items() if kind is not Kind.IGNORE} | {spec.label}
    return [name for name in wanted_columns(spec) if name in identifying]


def unhashed(spec: Spec) -> list[str]:
    """The stored columns that do not tell rows apart."""
    return [name for name in wanted_columns(spec) if name not in hashed_columns(spec)]


def schema_of(spec: Spec, classes: tuple[str, ...]) -> Schema:
    """The schema of rows read under a spec."""
    return Schema(columns=dict(spec.columns), label=spec.label, classes=classes)


def dataset_id(spec: Spec, split: SplitRule, rows: Hashes, sides: Sides, chosen: Bools) -> str:
    """Twenty hex digits that name rows with their sides and how they were chosen, whatever their order."""
    digest = hashlib.blake2b(digest_size=10)
    kinds = sorted(f"{name}={kind.value}" for name, kind in wanted_columns(spec).items())
    digest.update("\x1f".join([spec.label, *kinds, split.id]).encode())
    order = np.lexsort((chosen, sides, rows))
    digest.update(rows[order].astype("<u8").tobytes())
    digest.update(sides[order].tobytes())
    digest.update(chosen[order].tobytes())
    return digest.hexdigest()


def counted(sides: Sides) -> dict[str, int]:
    """How many rows each side has."""
    return dict(zip(SIDES, np.bincount(sides, minlength=len(SIDES)).tolist(), strict=True))
