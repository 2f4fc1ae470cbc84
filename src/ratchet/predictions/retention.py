"""Retention: logged answers, their labels and large cells, and rejected lines go after so many days, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from ratchet import clock
from ratchet.predictions.forget import ALONE, REJECTED
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import feedback, predictions

BATCH = 500
"""Answers that go in one transaction, so that shipping never waits for long."""
BATCHES = 20
"""Batches that go in one round."""


class Retention:
    """Lets go of what is older than ``days``, for one classifier."""

    def __init__(self, database: Database, blobs: Blobs, classifier: str, spool: Path, *, days: int) -> None:
        self._database = database
        self._blobs = blobs
        self._classifier = classifier
        self._spool = spool
        self._age = timedelta(days=days)

    def round(self) -> tuple[int, bool]:
        """Delete a number of answers that are too old, with all that belongs to them; whether there may be more.

        Raises `UnavailableError` where the database or the blobs are away; the next round goes on.
        """
        rejected = self._spool / REJECTED
        if rejected.is_file() and clock.now().timestamp() - rejected.stat().st_mtime > self._age.total_seconds():
            rejected.unlink(missing_ok=True)
        total = 0
        for count in self._batches():
            total += count
            if count < BATCH:
                return total, False
        return total, True

    def _batches(self) -> Iterator[int]:
        for _ in range(BATCHES):
            yield self._batch()

    def _batch(self) -> int:
        """The oldest answers, if they are too old: labels, then cells, then the answers, so that a killed call leaves
        nothing that no later one finds.
        """
        table, first = predictions.c, clock.first_id(clock.now() - self._age)
        query = sa.select(table.id, table.cells).where(table.classifier == self._classifier, table.id < first)
        with self._database.begin(alone=ALONE) as connection:
            found = connection.execute(query.order_by(table.id).limit(BATCH)).all()
            ids = [row.id for row in found]
            if ids:
                connection.execute(sa.delete(feedback).where(feedback.c.prediction_id.in_(ids)))
                for key in {cell["key"] for row in found for cell in row.cells.values()}:
                    if not self._needed(connection, key, ids[-1]):
                        self._blobs.delete(key)
                connection.execute(sa.delete(predictions).where(table.id.in_(ids)))
        return len(ids)

    def _needed(self, connection: sa.Connection, key: str, last: str) -> bool:
        """Whether a later answer has the same large cell, which only cells of nobody can be."""
        table = predictions.c
        later = sa.select(table.id).where(table.classifier == self._classifier, table.id > last)
        shared = later.where(sa.cast(table.cells, sa.Text).contains(key, autoescape=True)).limit(1)
        return "/_/" in key and connection.scalar(shared) is not None
