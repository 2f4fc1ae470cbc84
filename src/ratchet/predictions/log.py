"""The log of one classifier's answers: written through the spool, read from the database."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Select, func, select

from ratchet import clock, documents
from ratchet.errors import NotFoundError, UnavailableError
from ratchet.kinds.kind import MEDIA, Kind
from ratchet.predictions import hours
from ratchet.predictions.cells import is_large
from ratchet.predictions.find import find
from ratchet.predictions.forget import LoggedRows, SpooledRows, StoredCells
from ratchet.predictions.hours import HourSums
from ratchet.predictions.insert import Inserter, Inserting, Shipped
from ratchet.predictions.record import Record, Role, owner, records, sealed
from ratchet.predictions.segment import room
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool, Spooled, Unlogged
from ratchet.predictions.straight import PATIENCE_SECONDS, Straight
from ratchet.privacy.keeping import AS_IT_IS, Keeping
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Request, Row
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.subjects import HoldsRows
from ratchet.store.tables import predictions

_NESTED = frozenset({dict, list, tuple})
CLOSE_SECONDS = 5.0
"""How long closing a log waits for the database."""


@dataclass(frozen=True, slots=True)
class Given:
    """Of an answer, what a label that comes back for it needs."""

    label: str
    subject: str | None


class PredictionLog:
    """What was answered, and with which version.  `record` is what serving is handed."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        classifier: str,
        folder: Path,
        *,
        columns: Mapping[str, Kind] | None = None,
        fsync: bool = False,
        unlogged: Unlogged = "refuse",
        keeping: Keeping = AS_IT_IS,
    ) -> None:
        """``columns`` are those of the rows that are asked, with their kinds (default: all that a row holds); what else
        is sent with a row is not logged.  ``keeping`` says how cells and subjects are kept.
        """
        self.keeping = keeping
        self._columns = None if columns is None else {each for each, kind in columns.items() if kind != Kind.IGNORE}
        self._media = {name: MEDIA[kind] for name, kind in (columns or {}).items() if kind in MEDIA}
        self.database = self._database = database
        self._blobs = blobs
        self.classifier = self._classifier = classifier
        self._folder = folder
        self._inserter = Inserter(folder, database, blobs, keeping.pseudonyms)
        straight = Straight(partial(self._inserter.insert, patience=PATIENCE_SECONDS))
        self._spool = Spool(folder, fsync=fsync, unlogged=unlogged, straight=straight.save, seals=blobs.seals)
        self._shipper = Shipper(folder, database, blobs, self._spool, inserter=self._inserter)
        self._counting = threading.Lock()
        self._shadows = 0

    def record(self, requests: Sequence[Request], answers: Sequence[Prediction], role: Role = "answer") -> None:
        """Log a batch of answers before they leave; see `Spool.record`."""
        made = records(requests, answers, role, logged=self._logged, keeping=self.keeping)
        seals = self._blobs.seals
        self._spool.record([sealed(each, seals, but=is_large) for each in made] if seals.columns else made)
        if role == "shadow":
            with self._counting:
                self._shadows += len(made)

    def ship(self) -> Shipped:
        """Bring the table up to date now; raises `UnavailableError` when the database is away."""
        return self._shipper.ship()

    def tend(self) -> Shipped:
        """Ship what is waiting, with back-off while the database is away; never raises."""
        return self._shipper.tend()

    def state(self) -> Spooled:
        """What this process has logged of answers, without what versions in shadow said, and how the disk is."""
        size, free = room(self._folder)
        found = self._spool.state()
        with self._counting:
            logged = max(0, found.logged - self._shadows)
        return replace(found, logged=logged, bytes=size, disk_free=free)

    def inserting(self) -> Inserting:
        """How long the database has taken to take records in."""
        return self._shipper.inserting

    def places(self) -> tuple[HoldsRows, ...]:
        """Every place in which this log holds rows of subjects, in the order in which to forget one.

        The database comes first: from then on no spool of any machine brings forgotten rows back.
        """
        names = self.keeping.pseudonyms
        return (
            LoggedRows(self._database, self._classifier, names),
            SpooledRows(self._folder, self._spool, self._classifier, names),
            StoredCells(self._database, self._blobs, self._classifier, names),
        )

    def problems(self) -> tuple[str, ...]:
        """A sentence for each thing that is wrong with the log now."""
        spooled = self._spool.state()
        return tuple(each for each in (spooled.problem, spooled.notice) if each is not None) + self._shipper.problems()

    def get(self, prediction_id: str) -> Record:
        """One answer, from the table or, if it is still on its way there, brought there now, ahead of the others.

        Raises `NotFoundError` for an id that was never answered here.
        """
        found = self._find(prediction_id) if clock.is_id(prediction_id) else None
        if found is None and clock.is_id(prediction_id) and (record := self._waiting(prediction_id)) is not None:
            self._inserter.insert([record])
            found = self._find(prediction_id)
        if found is None:
            raise self.unknown(prediction_id)
        return found

    def given(self, ids: Sequence[str]) -> dict[str, Given]:
        """What was answered by each of some ids; those that were never answered here are left out.

        An answer that is still on its way to the table is brought there now: one by itself ahead of the others, of
        several all that wait, since looking for each among them would take longer.
        """
        wanted = {each for each in ids if clock.is_id(each)}
        found = self._given(wanted)
        if len(wanted) == 1 and not found:
            with suppress(NotFoundError):
                record = self.get(*wanted)
                found[record.id] = Given(record.label, record.subject)
        elif len(found) < len(wanted):
            self.ship()
            found |= self._given(wanted - found.keys())
        return found

    def unknown(self, prediction_id: str) -> NotFoundError:
        """That an id was never answered here."""
        return NotFoundError(
            f"there is no prediction {prediction_id} of {self._classifier}",
            todo="send the id that came with the answer; an answer of another machine shows up once it is shipped",
        )

    def _given(self, ids: Collection[str]) -> dict[str, Given]:
        asked = select(predictions.c.id, predictions.c.label, predictions.c.subject)
        asked = asked.where(predictions.c.classifier == self._classifier, predictions.c.id.in_(ids))
        with self._database.read() as connection:
            return {row.id: Given(row.label, row.subject) for row in connection.execute(asked)}

    def count(self) -> int:
        """Answers in the table."""
        query = select(func.count()).select_from(predictions).where(predictions.c.classifier == self._classifier)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def read(
        self,
        *,
        before: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        label: str | None = None,
        version: str | None = None,
        subject: str | None = None,
        caller: str | None = None,
        role: Role | None = None,
        limit: int = 50,
    ) -> list[Record]:
        """A page of answers, newest first; the next page is ``before`` the id of the last.

        ``since`` (included) and ``until`` (not) are moments; each of the others keeps the answers that equal it, where
        ``subject`` is the plain name.  A page costs the same wherever it lies, since an index that ends in the id finds
        its beginning (but for ``caller`` and ``role``, which narrow what a subject's index has found).
        """
        wanted = {"label": label, "version": version, "caller": caller, "role": role}
        query = self._mine().filter_by(**{name: value for name, value in wanted.items() if value is not None})
        if subject is not None:
            query = query.where(predictions.c.subject.in_(self.keeping.pseudonyms.forms(subject)))
        if before is not None:
            query = query.where(predictions.c.id < before)
        if since is not None:
            query = query.where(predictions.c.id >= clock.first_id(since))
        if until is not None:
            query = query.where(predictions.c.id < clock.first_id(until))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(predictions.c.id.desc()).limit(limit)).mappings()
            return [self._opened(_record(row)) for row in rows]

    def hours(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HourSums]:
        """How many answers there were each hour, by version, label, role and arm; see `ratchet.predictions.hours`."""
        return hours.read(self._database, self._classifier, since=since, until=until)

    def close(self) -> None:
        """Write out what is held and ship what the database takes; the rest stays in the spool for the next process.

        Takes a few seconds at most: a database that does not answer is left to itself.  Raises `UnavailableError` where
        answers were given whose records neither the disk nor the database has taken: they are lost.
        """
        self._spool.close()
        # A thread that waits for SQLite's lock cannot be called back: it ends with the process, which loses nothing.
        last = threading.Thread(target=self._shipper.tend, name="ratchet-ship", daemon=True)
        last.start()
        last.join(CLOSE_SECONDS)
        self._shipper.close()
        left = self._spool.state()
        if left.held:
            raise UnavailableError(
                f"{left.held} predictions of {self._classifier} were answered and could not be saved: {left.problem}",
                todo=f'make room on the disk of {self._folder}; with unlogged = "refuse" under [serve], nothing is '
                "answered that cannot be saved",
            )

    def _logged(self, row: Row, at: datetime) -> Row:
        """The columns of a row, with pictures and recordings as the bytes of their files.

        No column holds an object or an array, so those are left out too: nothing that a caller nests reaches the log.
        """
        columns = self._columns
        if columns is None:
            return row
        kept = {name: value for name, value in row.items() if name in columns and type(value) not in _NESTED}
        for name, media in self._media.items():
            sent = media.logged(kept.get(name), at)
            if sent is not None:
                kept[name] = sent
        return kept

    def _mine(self) -> Select[Any]:
        return select(predictions).where(predictions.c.classifier == self._classifier)

    def _waiting(self, prediction_id: str) -> Record | None:
        """The record of an answer of ours that is in the spool or in memory."""
        held = (each for each in self._spool.held() if each.id == prediction_id)
        found = next(held, None) or find(self._folder, prediction_id)
        return found if found is not None and found.classifier == self._classifier else None

    def _find(self, prediction_id: str) -> Record | None:
        with self._database.read() as connection:
            row = connection.execute(self._mine().where(predictions.c.id == prediction_id)).mappings().first()
        return None if row is None else self._opened(_record(row))

    def _opened(self, record: Record) -> Record:
        """A record of the table with its sealed cells opened."""
        row = self._blobs.seals.opened(owner(record.classifier, record.id), record.row)
        return msgspec.structs.replace(record, row=row)


def _record(row: Mapping[Any, Any]) -> Record:
    return documents.convert({str(name): value for name, value in row.items()}, Record)
