"""Sums of answers by hour, kept as they are shipped, so that a month on a screen costs no scan of the log.

Promises: the sums are those of the `predictions` table, each answer counted once however often it is shipped; a subject
that is forgotten stays in them, since they name nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ratchet.predictions.record import Record, Role
from ratchet.store.database import Database, insert_adding
from ratchet.store.tables import prediction_hours


@dataclass(frozen=True, kw_only=True, slots=True)
class HourSums:
    """The answers of one hour, version, label, role and arm: how many, and sums over them."""

    hour: datetime
    """When it began (UTC)."""
    version: str
    label: str
    role: Role
    arm: str | None
    count: int
    abstained: int
    confidence: float
    set_size: int
    ms: float


def add(connection: sa.Connection, records: Iterable[Record]) -> None:
    """Count records, each of which was not there before, in the transaction that inserts them."""
    sums: dict[tuple[object, ...], list[float]] = {}
    for each in records:
        hour = each.at.replace(minute=0, second=0, microsecond=0)
        key = (each.classifier, hour, each.version, each.label, each.role, each.arm or "")
        found = sums.setdefault(key, [0, 0, 0.0, 0, 0.0])
        for at, value in enumerate((1, each.abstained, each.confidence, len(each.set), each.ms)):
            found[at] += value
    names = [column.name for column in prediction_hours.columns]
    insert_adding(
        connection, prediction_hours, [dict(zip(names, (*key, *found), strict=True)) for key, found in sums.items()]
    )


def read(
    database: Database, classifier: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[HourSums]:
    """The hours that began from ``since`` on and before ``until``, oldest first."""
    columns = prediction_hours.c
    query = sa.select(prediction_hours).where(columns.classifier == classifier)
    if since is not None:
        query = query.where(columns.hour >= since)
    if until is not None:
        query = query.where(columns.hour < until)
    query = query.order_by(columns.hour, columns.version, columns.label, columns.role, columns.arm)
    with database.read() as connection:
        rows = [row._asdict() for row in connection.execute(query)]
    return [
        HourSums(**{name: value for name, value in row.items() if name != "classifier"} | {"arm": row["arm"] or None})
        for row in rows
    ]
