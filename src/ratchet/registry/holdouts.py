"""The uses of holdouts, in the store: each lowers what the gate may spend on the next.

A use is recorded in one transaction with the version it judged (`ratchet.registry.versions.Versions.register`).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ratchet.gate.uses import HoldoutUse
from ratchet.store.database import Database
from ratchet.store.tables import holdout_uses


class Holdouts:
    """The holdouts of one classifier.  Uses are only added; each counts, whatever came of it."""

    def __init__(self, database: Database, classifier: str) -> None:
        self._database = database
        self._classifier = classifier

    def uses(self, holdout_id: str) -> list[HoldoutUse]:
        """Every use of a holdout, oldest first."""
        with self._database.read() as connection:
            return uses(connection, self._classifier, holdout_id)

    def use_of(self, run_id: str) -> HoldoutUse | None:
        """The use that a run made; None where it has made none."""
        mine = holdout_uses.c.classifier == self._classifier
        query = sa.select(holdout_uses).where(mine, holdout_uses.c.run_id == run_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _use(row)


def uses(connection: sa.Connection, classifier: str, holdout_id: str) -> list[HoldoutUse]:
    """Every use of a holdout as a transaction sees it, oldest first."""
    table = holdout_uses
    mine = sa.select(table).where(table.c.classifier == classifier, table.c.holdout_id == holdout_id)
    return [_use(row) for row in connection.execute(mine.order_by(table.c.seq))]


def add(connection: sa.Connection, classifier: str, use: HoldoutUse) -> None:
    """Record a use; a second one of the same run breaks a unique key."""
    row = {
        "classifier": classifier,
        "holdout_id": use.dataset_id,
        "at": use.at,
        "run_id": use.run_id,
        "version": int(use.version),
        "champion": None if use.champion is None else int(use.champion),
        "outcome": use.outcome,
        "numbers": dict(use.numbers),
    }
    connection.execute(sa.insert(holdout_uses).values(**row))


def _use(row: Any) -> HoldoutUse:
    return HoldoutUse(
        kind="exam",
        generation=0,
        dataset_id=row.holdout_id,
        at=row.at,
        run_id=row.run_id,
        version=str(row.version),
        champion=None if row.champion is None else str(row.champion),
        outcome=row.outcome,
        numbers=row.numbers,
    )
