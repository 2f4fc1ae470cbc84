"""The uses of holdouts, in the store: what makes the gate dearer each time one is asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, select

from ratchet import clock
from ratchet.gate.uses import HoldoutUse
from ratchet.store.database import Database
from ratchet.store.tables import holdout_uses


class Holdouts:
    """The holdouts of one classifier.  Uses are only added; each counts, whatever came of it."""

    def __init__(self, database: Database, classifier: str) -> None:
        self._database = database
        self._classifier = classifier

    def use(
        self, holdout_id: str, challenger: int | None, champion: int | None, numbers: Mapping[str, float]
    ) -> HoldoutUse:
        """Records that the gate looked at a holdout; to be called before anyone acts on, or sees, its decision."""
        at = clock.now()
        row = {
            "classifier": self._classifier,
            "holdout_id": holdout_id,
            "at": at,
            "version": challenger,
            "champion": champion,
            "numbers": dict(numbers),
        }
        with self._database.begin() as connection:
            connection.execute(insert(holdout_uses).values(**row))
        return HoldoutUse(holdout_id=holdout_id, at=at, challenger=challenger, champion=champion, numbers=dict(numbers))

    def uses(self, holdout_id: str) -> list[HoldoutUse]:
        """Every use of a holdout, oldest first."""
        table = holdout_uses
        query = (
            select(table)
            .where(table.c.classifier == self._classifier, table.c.holdout_id == holdout_id)
            .order_by(table.c.seq)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            HoldoutUse(
                holdout_id=row.holdout_id,
                at=row.at,
                challenger=row.version,
                champion=row.champion,
                numbers=row.numbers,
            )
            for row in rows
        ]
