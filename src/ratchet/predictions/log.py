"""The log of one classifier's answers: written through the spool, read from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from ratchet.errors import NotFoundError
from ratchet.predictions.record import Record, records
from ratchet.predictions.ship import Shipped, Shipper
from ratchet.predictions.spool import Spool, Spooled
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Request
from ratchet.store.database import Database
from ratchet.store.tables import predictions


class PredictionLog:
    """What was answered, and with which version.  `record` is what serving is handed."""

    def __init__(self, database: Database, classifier: str, folder: Path, *, fsync: bool = False) -> None:
        self._database = database
        self._classifier = classifier
        self._spool = Spool(folder, fsync=fsync)
        self._shipper = Shipper(folder, database, self._spool)

    def record(self, requests: Sequence[Request], answers: Sequence[Prediction]) -> None:
        """Log a batch of answers before they leave; see `Spool.record`."""
        self._spool.record(records(requests, answers))

    def ship(self) -> Shipped:
        """Bring the table up to date now; raises `UnavailableError` when the database is away."""
        return self._shipper.ship()

    def tend(self) -> Shipped:
        """Ship what is waiting, with back-off while the database is away; never raises."""
        return self._shipper.tend()

    def state(self) -> Spooled:
        """What this process has logged."""
        return self._spool.state()

    def problems(self) -> tuple[str, ...]:
        """A sentence for each thing that is wrong with the log now."""
        found = (self._spool.state().problem, self._shipper.problem)
        return tuple(each for each in found if each is not None)

    def get(self, prediction_id: str) -> Record:
        """One answer, from the table or, if it is still on its way there, after shipping it.

        Raises `NotFoundError` for an id that was never answered here.
        """
        found = self._find(prediction_id)
        if found is None:
            self.ship()
            found = self._find(prediction_id)
        if found is None:
            raise NotFoundError(
                f"there is no prediction {prediction_id} of {self._classifier}",
                todo="send the id that came with the answer; an answer of another machine shows up once it is shipped",
            )
        return found

    def count(self) -> int:
        """Answers in the table."""
        query = select(func.count()).select_from(predictions).where(predictions.c.classifier == self._classifier)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def read(self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 1_000) -> list[Record]:
        """Answers of a stretch of time (``since`` included, ``until`` not), oldest first."""
        query = select(predictions).where(predictions.c.classifier == self._classifier)
        if since is not None:
            query = query.where(predictions.c.at >= since)
        if until is not None:
            query = query.where(predictions.c.at < until)
        query = query.order_by(predictions.c.at, predictions.c.id).limit(limit)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def close(self) -> None:
        """Write out what is held and ship what the database takes; the rest stays in the spool for the next process."""
        self._spool.close()
        self._shipper.tend()

    def _find(self, prediction_id: str) -> Record | None:
        query = select(predictions).where(
            predictions.c.id == prediction_id, predictions.c.classifier == self._classifier
        )
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _record(row)


def _record(row: Mapping[Any, Any]) -> Record:
    return msgspec.convert({str(name): value for name, value in row.items()}, Record)
