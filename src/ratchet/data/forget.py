"""Rows of datasets as `HoldsRows`: found by the pseudonym that is stored beside them, and cut out of every version.

A part is named by the hash of its bytes, so a row cannot be cut out of one: a new part is written without it, and every
version that listed the old one lists the new one in its place, in one transaction with a new version, which the next
training learns from.  The old file is deleted after.  A call that is killed before the transaction has changed nothing;
after it, the versions say which files are still to be deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from ratchet import clock
from ratchet.arrays import Bools
from ratchet.data.dataset import DataPart, Dataset, counted
from ratchet.data.datasets import SIDE, SUBJECT, Datasets
from ratchet.data.ingest.staging import StagingFolder, staging
from ratchet.data.parts import has, read_parts
from ratchet.store.subjects import Forgotten, digest


class DatasetRows:
    """The rows of every version of a classifier's datasets."""

    place = "rows of datasets"

    def __init__(self, datasets: Datasets, folder: Path) -> None:
        """Files on their way lie in ``folder``."""
        self._datasets = datasets
        self._folder = folder

    def count(self, subject: str) -> int:
        """Rows of a subject in all parts, each part once."""
        return sum(int(theirs.sum()) for theirs in self._holding(self._datasets.list(), subject).values())

    def rows(self, subject: str) -> pl.DataFrame:
        """Rows of a subject, with every column that is stored of each."""
        found = self._holding(self._datasets.list(), subject)
        frames = [read_parts(self._files([key])).filter(pl.Series(theirs)) for key, theirs in found.items()]
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()

    def forget(self, subject: str) -> Forgotten:
        """Cut them out of every version; the caller holds the workspace's lock.

        Raises `WorkspaceError` where another process has added rows in the meantime.
        """
        versions, latest = self._datasets.list(), self._datasets.latest()
        holding = self._holding(versions, subject)
        if holding:
            name = digest(self._datasets.keeping.pseudonyms.forms(subject)[0])
            with staging(self._datasets.seals.scratch or self._folder, []) as stage:
                cut = _Cut(self._datasets, stage, holding, name)
                changed = {each.id: cut.version(each) for each in versions if cut.concerns(each)}
                newest = _follow(changed[latest.id], latest) if latest is not None and latest.id in changed else None
                self._datasets.replace(list(changed.values()), newest=newest, after=latest)
        self._datasets.delete_dropped()
        return Forgotten(place=self.place, rows=sum(int(theirs.sum()) for theirs in holding.values()))

    def learned(self, subject: str) -> frozenset[str]:
        """The ids of versions that hold rows of a subject, or held some that were forgotten."""
        versions, forms = self._datasets.list(), self._datasets.keeping.pseudonyms.forms(subject)
        holding = self._holding(versions, subject)
        names = {digest(form) for form in forms}
        return frozenset(
            each.id
            for each in versions
            if names & each.forgotten.keys() or any(part.key in holding for part in each.parts)
        )

    def _holding(self, versions: list[Dataset], subject: str) -> dict[str, Bools]:
        """The parts that hold rows of a subject -> which of their rows (rows,) are."""
        forms, found = self._datasets.keeping.pseudonyms.forms(subject), {}
        for key in sorted({part.key for each in versions for part in each.parts}):
            (file,) = self._files([key])
            if has(file, SUBJECT):
                theirs = read_parts([file], [SUBJECT]).get_column(SUBJECT).is_in(forms).fill_null(False).to_numpy()
                if theirs.any():
                    found[key] = theirs
        return found

    def _files(self, keys: list[str]) -> tuple[Path, ...]:
        return self._datasets.files([DataPart(key=key, rows=0, sides="") for key in keys])


class _Cut:
    """Takes rows out of versions; each part is written anew once."""

    def __init__(self, datasets: Datasets, stage: StagingFolder, holding: Mapping[str, Bools], name: str) -> None:
        self._datasets = datasets
        self._stage = stage
        self._holding = holding
        self._name = name
        self._keys: dict[str, str] = {}

    def concerns(self, version: Dataset) -> bool:
        """Whether a version lists a part that rows are to leave."""
        return any(part.key in self._holding for part in version.parts)

    def version(self, version: Dataset) -> Dataset:
        """What is left of a version."""
        parts = tuple(self._part(part) if part.key in self._holding else part for part in version.parts)
        gone = [part for part in version.parts if part.key in self._holding]
        rows = sum(int(self._holding[part.key].sum()) for part in gone)
        marks = read_parts([self._file(part.sides) for part in parts]).get_column(SIDE).to_numpy()
        return replace(
            version,
            parts=parts,
            rows=version.rows - rows,
            sides=counted(marks),
            forgotten={**version.forgotten, self._name: version.forgotten.get(self._name, 0) + rows},
            dropped=(*version.dropped, *(key for part in gone for key in (part.key, part.sides))),
        )

    def _part(self, part: DataPart) -> DataPart:
        theirs = self._holding[part.key]
        if part.key not in self._keys:
            self._keys[part.key] = self._without(part.key, theirs)
        return DataPart(
            key=self._keys[part.key], rows=part.rows - int(theirs.sum()), sides=self._without(part.sides, theirs)
        )

    def _without(self, key: str, theirs: Bools) -> str:
        left = read_parts([self._file(key)]).filter(pl.Series(~theirs))
        return self._datasets.put(self._stage.write(left).path)

    def _file(self, key: str) -> Path:
        return self._datasets.files([DataPart(key=key, rows=0, sides="")])[0]


def _follow(left: Dataset, latest: Dataset) -> Dataset:
    """The version that the next training learns from: what is left of the latest one."""
    said = "\x1f".join([latest.id, *(key for part in left.parts for key in (part.key, part.sides))])
    return replace(
        left,
        id=hashlib.blake2b(said.encode(), digest_size=10).hexdigest(),
        parents=(latest.id,),
        created_at=max(clock.now(), latest.created_at + timedelta(microseconds=1)),
        corrected=0,
        corrected_held_out=0,
        forgotten={},
        dropped=(),
    )
