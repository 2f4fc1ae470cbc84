"""The labels that are kept of a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ratchet.predictions.log import PredictionLog
from ratchet.store.tables import feedback


def labels_of(log: PredictionLog, subject: str) -> list[dict[str, Any]]:
    """The labels that came back for answers about a person, oldest first, as plain values."""
    table = feedback.c
    query = select(table.id, table.prediction_id, table.label, table.at, table.actor, table.source)
    theirs = (table.classifier == log.classifier, table.subject.in_(log.keeping.pseudonyms.forms(subject)))
    with log.database.read() as connection:
        found = connection.execute(query.where(*theirs).order_by(table.id)).mappings()
        return [{**each, "at": each["at"].isoformat()} for each in found]
