"""The versions of a classifier's rows: kept for ever, never changed, found again by id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import sqlalchemy as sa

from ratchet import documents
from ratchet.arrays import Hashes
from ratchet.data.dataset import DataPart, Dataset
from ratchet.data.parts import read_parts
from ratchet.data.split.sides import SIDES, Sides
from ratchet.errors import DataError, NotFoundError, WorkspaceError
from ratchet.privacy.keeping import AS_IT_IS, Keeping
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database, insert_ignore
from ratchet.store.tables import datasets
from ratchet.store.witness import Witness, nobody

ID, ROW, CHOSEN = "_id", "_row", "_chosen"
"""Stored beside the table's columns: the hash of the features, of the whole row with its label, and whether the row
came because of what was answered, not by lot."""
SUBJECT = "_subject"
"""Stored beside rows of which it is known whose they are: the pseudonym.  It is no part of a row's identity."""
SIDE, UNIT = "_side", "_unit"
"""Stored anew for each version: the side, and the unit of evidence, which rows share that are no two questions."""


class Datasets:
    """The datasets of one classifier.

    Promises: a version that was added is never changed, but that rows of forgotten subjects leave it; what was changed
    behind our back is not read, but refused with `WorkspaceError`; of two processes that add to the same version, one
    is refused.  Rows are taken in by `ratchet.data.ingest.ingest`.
    """

    def __init__(
        self, database: Database, blobs: Blobs, classifier: str, witness: Witness = nobody, keeping: Keeping = AS_IT_IS
    ) -> None:
        """``witness`` is told of each version that is added; ``keeping`` says how cells that are set aside and subjects
        are kept.
        """
        self.keeping = keeping
        self._database = database
        self._blobs = blobs
        self._witness = witness
        self._verified: dict[str, tuple[int, ...]] = {}
        self.classifier = classifier
        self.seals = blobs.seals

    def latest(self) -> Dataset | None:
        """The newest version, or None."""
        with self._database.read() as connection:
            row = connection.execute(self._newest()).first()
        return None if row is None else _read(row.manifest)

    def get(self, id: str) -> Dataset:
        """The version of an id; raises `NotFoundError`."""
        found = self.find(id)
        if found is None:
            raise NotFoundError(
                f"{self.classifier} has no dataset {id}",
                todo="Datasets.list() gives them all; ratchet show names the one of a version",
            )
        return found

    def find(self, id: str) -> Dataset | None:
        """The version of an id, or None."""
        with self._database.read() as connection:
            row = connection.execute(self._select().where(datasets.c.id == id)).first()
        return None if row is None else _read(row.manifest)

    def list(self) -> list[Dataset]:
        """Every version, oldest first."""
        with self._database.read() as connection:
            return [_read(row.manifest) for row in connection.execute(self._select().order_by(datasets.c.created_at))]

    def frame(self, dataset: Dataset, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows, always in the same order: the named columns (default: all stored), and what is known of each row.

        ``_id`` (UInt64) is the hash of the features, ``_side`` (String) one of train, tune, holdout, excluded.
        ``_unit`` (UInt64) is equal for rows that are one piece of evidence: the hash of the group where a row has one,
        else the smallest ``_id`` among its near-duplicates.  ``_chosen`` (Boolean) says that the label came because of
        what was answered: such rows are learned from and never held out.
        """
        names = list(dataset.types) if columns is None else list(columns)
        absent = [name for name in names if name not in dataset.types]
        if absent:
            raise DataError(
                f"dataset {dataset.id} has no column {', '.join(absent)}", todo="add it to the spec, ingest again"
            )
        whole = dataset.identity > 1  # the first datasets knew neither units nor who was chosen
        rows = read_parts(self.files(dataset.parts), [*names, ID, *[CHOSEN] * whole])
        marks = self._marks(dataset)
        return rows.select(
            *names,
            ID,
            pl.Series(SIDE, SIDES).gather(marks.get_column(SIDE).cast(pl.UInt32)),
            marks.get_column(UNIT) if whole else pl.col(ID).alias(UNIT),
            pl.col(CHOSEN) if whole else pl.lit(False).alias(CHOSEN),
        )

    def ids(self, dataset: Dataset, *sides: str) -> Hashes:
        """The hashes of the features of the rows on some sides."""
        return self.frame(dataset, ()).filter(pl.col(SIDE).is_in(sides)).get_column(ID).to_numpy()

    def holdout_ids(self, dataset: Dataset) -> Hashes:
        """The hashes of the features of the rows that are held out, sorted."""
        return np.sort(self.ids(dataset, "holdout"))

    def sides(self, dataset: Dataset) -> Sides:
        """The side of each row, in the order of `frame`."""
        return self._marks(dataset).get_column(SIDE).to_numpy()

    def units(self, dataset: Dataset) -> Hashes:
        """The unit of each row, in the order of `frame`."""
        return self.frame(dataset, ()).get_column(UNIT).to_numpy()

    def _marks(self, dataset: Dataset) -> pl.DataFrame:
        return read_parts([self._file(part.sides) for part in dataset.parts])

    def files(self, parts: Sequence[DataPart]) -> tuple[Path, ...]:
        """The files of rows of some parts, on this machine."""
        return tuple(self._file(part.key) for part in parts)

    def _file(self, key: str) -> Path:
        """The file of a key, which is the hash of its content: looked at again whenever the file is not the same."""
        path = self._blobs.local(key)
        stat = path.stat()
        state = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        if self._verified.get(key) != state:
            if _key(path) != key:
                raise WorkspaceError(
                    f"{path} is not what was taken in: it was changed or is damaged",
                    todo="restore that file from a copy of the workspace; nothing is learned from it until then",
                )
            self._verified[key] = state
        return path

    def put(self, path: Path) -> str:
        """Keeps a file of rows or marks under the hash of its content; gives its key among the blobs."""
        key = _key(path)
        if not self._blobs.exists(key):
            self._blobs.put_file(key, path)
        return key

    def replace(self, changed: Sequence[Dataset], *, newest: Dataset | None, after: Dataset | None) -> None:
        """Put versions that lost forgotten rows in the place of what they were, and add the newest one (if any).

        All or none; raises `WorkspaceError` where ``after`` is not the newest any more.
        """
        with self._database.begin(alone=f"datasets of {self.classifier}") as connection:
            self._require_newest(connection, after)
            for each in changed:
                mine = (datasets.c.classifier == self.classifier) & (datasets.c.id == each.id)
                connection.execute(sa.update(datasets).where(mine).values(manifest=msgspec.to_builtins(each)))
            if newest is not None:
                insert_ignore(connection, datasets, [self._row(newest)])
                self._told(connection, newest, after)

    def delete_dropped(self) -> tuple[str, ...]:
        """Delete the files that forgotten rows were in; those that other classifiers list too stay, and are named."""
        with self._database.read() as connection:
            every = [_read(row.manifest) for row in connection.execute(sa.select(datasets.c.manifest))]
        listed = {key for each in every for part in each.parts for key in (part.key, part.sides)}
        dropped = {key for each in every if each.classifier == self.classifier for key in each.dropped}
        for key in sorted(dropped - listed):
            self._blobs.delete(key)
        return tuple(sorted(dropped & listed))

    def tidy(self) -> None:
        """Removes what killed processes have left of files they were putting."""
        self._blobs.tidy()

    def add(self, dataset: Dataset, *, after: Dataset | None) -> None:
        """Makes a version, whose files are among the blobs, the newest.

        Raises `WorkspaceError` where ``after`` is not the newest any more.
        """
        with self._database.begin(alone=f"datasets of {self.classifier}") as connection:
            self._require_newest(connection, after)
            insert_ignore(connection, datasets, [self._row(dataset)])
            self._told(connection, dataset, after)

    def _require_newest(self, connection: sa.Connection, after: Dataset | None) -> None:
        found = connection.execute(self._newest()).first()
        if (found.id if found else None) != (after.id if after else None):
            raise WorkspaceError("another process has added rows in the meantime", todo="run it again")

    def _row(self, dataset: Dataset) -> dict[str, object]:
        return {
            "classifier": self.classifier,
            "id": dataset.id,
            "parents": list(dataset.parents),
            "rows": dataset.rows,
            "manifest": msgspec.to_builtins(dataset),
            "created_at": dataset.created_at,
        }

    def _told(self, connection: sa.Connection, dataset: Dataset, after: Dataset | None) -> None:
        old = None if after is None else {"dataset": after.id, "rows": after.rows}
        new = {"dataset": dataset.id, "rows": dataset.rows, "corrected": dataset.corrected}
        self._witness(connection, "dataset", f"dataset {dataset.id}", before=old, after=new)

    def _select(self) -> sa.Select[tuple[str, Mapping[str, object]]]:
        return sa.select(datasets.c.id, datasets.c.manifest).where(datasets.c.classifier == self.classifier)

    def _newest(self) -> sa.Select[tuple[str, Mapping[str, object]]]:
        return self._select().order_by(datasets.c.created_at.desc()).limit(1)


def _key(path: Path) -> str:
    with path.open("rb") as file:
        return f"data/{hashlib.file_digest(file, 'sha256').hexdigest()}.parquet"


def _read(manifest: object) -> Dataset:
    return documents.convert(manifest, Dataset)
