"""The log's places as `HoldsRows`: the tables, the spool, the large cells among the blobs.

A person is asked for by name; rows are found by its pseudonym, and by the name itself, which earlier releases kept.
What keeps forgotten rows from coming back is a line in the table `forgotten`: a hash of the pseudonym, and when.
Records of that subject made up to then are not inserted any more, from whatever spool of whatever machine they come.

A record's moment is of the clock that answered, the line's of the clock that forgot.  They are assumed to agree within
`SKEW`; within it every record counts as made before, so that a clock ahead brings nothing back, and of rows that are
sent within a minute after the forgetting nothing is kept either.  What a clock is off by more is not made up for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from ratchet import clock
from ratchet.predictions.cells import Parked, folder_of
from ratchet.predictions.record import Record, read
from ratchet.predictions.segment import SUFFIX, erase
from ratchet.predictions.spool import Spool
from ratchet.privacy.pseudonym import AS_THEY_ARE, Pseudonyms
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.subjects import Forgotten, digest
from ratchet.store.tables import feedback, forgotten, predictions

SKEW = timedelta(minutes=1)
"""By how much the clocks of machines may differ."""
ALONE = "subjects"
"""What transactions that insert or forget rows of subjects are begun with, so that none slips past the other."""
REJECTED = "rejected.log"
"""Beside the segments: lines that are damaged or that the database takes in no case, kept for a human to look at."""


def without_forgotten(connection: sa.Connection, records: Sequence[Record]) -> list[Record]:
    """The records but those of subjects that were forgotten since, or up to `SKEW` before.

    The transaction was begun ``alone=ALONE``.
    """
    digests = {each.subject: digest(each.subject) for each in records if each.subject is not None}
    if not digests:
        return list(records)
    until = _until(connection, digests.values())

    def may_stay(record: Record) -> bool:
        if record.subject is None:
            return True
        at = until.get((record.classifier, digests[record.subject]))
        return at is None or record.at > at

    return [each for each in records if may_stay(each)]


def take_on_late(parked: Parked, database: Database, blobs: Blobs) -> None:
    """Take the cells that no record came for on to the blobs, since one may still come, but for what was forgotten.

    Raises `UnavailableError` or `WorkspaceError` where the database or the blobs are away; the cells then stay parked.
    """
    for cell in parked.late():
        with suppress(OSError), database.begin(alone=ALONE) as connection:  # gone already, or none of ours
            at = _until(connection, [cell.owner[1]]).get(cell.owner)
            if at is None or cell.written > at:
                blobs.put_file(cell.key, cell.path)
            cell.path.unlink(missing_ok=True)


def _until(connection: sa.Connection, digests: Iterable[str]) -> dict[tuple[str, str], datetime]:
    """Classifier and digest of subjects that were forgotten -> until when what was made counts as made before."""
    query = sa.select(forgotten).where(forgotten.c.digest.in_(sorted(set(digests))))
    return {(row.classifier, row.digest): row.at + SKEW for row in connection.execute(query)}


class LoggedRows:
    """Answers and labels in the database."""

    place = "predictions and feedback in the database"

    def __init__(self, database: Database, classifier: str, names: Pseudonyms = AS_THEY_ARE) -> None:
        self._database = database
        self._classifier = classifier
        self._names = names

    def count(self, subject: str) -> int:
        """Answers and labels of a subject."""
        with self._database.read() as connection:
            return sum(
                connection.execute(sa.select(sa.func.count()).where(*self._mine(table, subject))).scalar_one()
                for table in (feedback, predictions)
            )

    def forget(self, subject: str) -> Forgotten:
        """Delete them, and take none of before in again."""
        key = {"classifier": self._classifier, "digest": digest(self._names.forms(subject)[0])}
        with self._database.begin(alone=ALONE) as connection:
            connection.execute(sa.delete(forgotten).filter_by(**key))
            connection.execute(sa.insert(forgotten).values(**key, at=clock.now()))
            rows = sum(
                connection.execute(sa.delete(table).where(*self._mine(table, subject))).rowcount
                for table in (feedback, predictions)
            )
        return Forgotten(place=self.place, rows=rows)

    def _mine(self, table: sa.Table, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
        return table.c.classifier == self._classifier, table.c.subject.in_(self._names.forms(subject))


class SpooledRows:
    """Answers on their way to the database: in the segments of every process of this machine, among the rejected lines,
    in this process's memory; and their large cells.
    """

    place = "the spool of this machine"

    def __init__(self, folder: Path, spool: Spool, classifier: str, names: Pseudonyms = AS_THEY_ARE) -> None:
        self._folder = folder
        self._spool = spool
        self._classifier = classifier
        self._names = names

    def count(self, subject: str) -> int:
        """Records and cells of a subject."""
        line = _Line(self._classifier, self._names.forms(subject))
        held = sum(line.is_of(each) for each in self._spool.held())
        lines = sum(erase(path, line.belongs, really=False) for path in self._files())
        return held + lines + len(self._cells(subject))

    def forget(self, subject: str) -> Forgotten:
        """Overwrite the lines where they stand, since another process may be appending behind them."""
        line = _Line(self._classifier, self._names.forms(subject))
        rows = self._spool.drop(line.is_of)
        rows += sum(erase(path, line.belongs) for path in self._files())
        cells = self._cells(subject)
        for path in cells:
            path.unlink(missing_ok=True)
        return Forgotten(place=self.place, rows=rows + len(cells))

    def _cells(self, subject: str) -> list[Path]:
        parked = Parked(self._folder)
        return [path for form in self._names.forms(subject) for path in parked.of(self._classifier, form)]

    def _files(self) -> list[Path]:
        # The rejected lines last: a shipper may set a line aside while we look at the segments.
        files = [*sorted(self._folder.glob(f"*{SUFFIX}")), self._folder / REJECTED]
        return [path for path in files if path.is_file() and not path.is_symlink()]


class StoredCells:
    """Large cells among the blobs, where each subject has a folder."""

    place = "large cells among the blobs"

    def __init__(self, database: Database, blobs: Blobs, classifier: str, names: Pseudonyms = AS_THEY_ARE) -> None:
        self._database = database
        self._blobs = blobs
        self._classifier = classifier
        self._names = names

    def count(self, subject: str) -> int:
        """Cells of a subject."""
        return sum(len(self._blobs.list(folder)) for folder in self._folders(subject))

    def forget(self, subject: str) -> Forgotten:
        """Delete the folder, while no shipper is between its cells and their records."""
        with self._database.begin(alone=ALONE):
            rows = self.count(subject)
            for folder in self._folders(subject):
                self._blobs.delete(folder)
        return Forgotten(place=self.place, rows=rows)

    def _folders(self, subject: str) -> list[str]:
        return [folder_of(self._classifier, form) for form in self._names.forms(subject)]


class _Line:
    """Which records and lines are one subject's."""

    def __init__(self, classifier: str, forms: Sequence[str]) -> None:
        self._classifier = classifier
        self._forms = frozenset(forms)
        self._signs = [_field("subject", form) for form in forms]
        self._sign = _field("classifier", classifier)

    def is_of(self, record: Record) -> bool:
        return record.subject in self._forms and record.classifier == self._classifier

    def belongs(self, line: bytes) -> bool:
        """A damaged line is the subject's if it says so anywhere."""
        if self._sign not in line or not any(sign in line for sign in self._signs):
            return False
        record = read(line)
        return record is None or self.is_of(record)


def _field(name: str, value: Any) -> bytes:
    return msgspec.json.encode({name: value})[1:-1]
