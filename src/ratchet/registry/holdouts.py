"""The uses of holdouts, in the store: each lowers what the gate may spend on the next of its generation.

An exam is recorded in one transaction with the version it judged (`ratchet.registry.versions.Versions.register`); a
look, when somebody is shown what the holdout says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.gate.uses import HoldoutUse
from ratchet.store.database import Database, insert_ignore
from ratchet.store.tables import holdout_uses


class Holdouts:
    """The holdouts of one classifier.  Uses are only added; each counts, whatever came of it."""

    def __init__(self, database: Database, classifier: str) -> None:
        self._database = database
        self._classifier = classifier

    def uses(self, generation: int | None = None) -> list[HoldoutUse]:
        """Every use (of a generation), oldest first."""
        with self._database.read() as connection:
            return uses(connection, self._classifier, generation)

    def look(self, versions: Sequence[str], *, generation: int, dataset_id: str, what: str, terms: str = "") -> None:
        """Record that somebody was shown ``what`` the held-out rows of a dataset say of some versions (by some terms).

        Seeing the same once more tells nothing new, and is not counted again.
        """
        seen = "\x1f".join([self._classifier, what, terms, dataset_id, *versions])
        use = HoldoutUse(
            kind="look",
            generation=generation,
            dataset_id=dataset_id,
            at=clock.now(),
            run_id=f"look-{hashlib.blake2b(seen.encode(), digest_size=12).hexdigest()}",
            version=versions[-1],
            champion=versions[0] if len(versions) > 1 else None,
            outcome=what,
        )
        with self._database.begin() as connection:
            insert_ignore(connection, holdout_uses, [_row(self._classifier, use)])


def uses(connection: sa.Connection, classifier: str, generation: int | None = None) -> list[HoldoutUse]:
    """Every use (of a generation) as a transaction sees it, oldest first."""
    table = holdout_uses
    mine = sa.select(table).where(table.c.classifier == classifier)
    mine = mine if generation is None else mine.where(table.c.generation == generation)
    return [_use(row) for row in connection.execute(mine.order_by(table.c.seq))]


def add(connection: sa.Connection, classifier: str, use: HoldoutUse) -> None:
    """Record a use; a second one of the same run breaks a unique key."""
    connection.execute(sa.insert(holdout_uses).values(**_row(classifier, use)))


def _row(classifier: str, use: HoldoutUse) -> dict[str, Any]:
    return {
        "classifier": classifier,
        "kind": use.kind,
        "generation": use.generation,
        "dataset_id": use.dataset_id,
        "at": use.at,
        "run_id": use.run_id,
        "version": int(use.version),
        "champion": None if use.champion is None else int(use.champion),
        "outcome": use.outcome,
        "numbers": dict(use.numbers),
    }


def _use(row: Any) -> HoldoutUse:
    return HoldoutUse(
        kind=row.kind,
        generation=row.generation,
        dataset_id=row.dataset_id,
        at=row.at,
        run_id=row.run_id,
        version=str(row.version),
        champion=None if row.champion is None else str(row.champion),
        outcome=row.outcome,
        numbers=row.numbers,
    )
