"""The account after an attack: what clients saw, held against what the table has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

import ratchet
from ratchet.store.database import Database
from ratchet.store.tables import prediction_hours, predictions
from tests.faults.scenario import Counts


def account(
    root: Path, answered: Collection[str], *, tried: int, failed: int = 0, database_url: str | None = None
) -> Counts:
    """Counts, once the next process has opened the workspace and shipped what was left in it."""
    ship(root, database_url)
    found, sums = versions(root, database_url), counted(root, database_url)
    return Counts(
        tried=tried,
        answered=len(answered),
        logged=len(found),
        lost=len(set(answered) - found.keys()),
        twice=abs(sums - len(found)),
        failed=failed,
    )


def ship(root: Path, database_url: str | None = None) -> None:
    """Open the workspace as anybody would, and bring all that is in its spool to the database."""
    with ratchet.open(root, tracking_uri="off", database_url=database_url) as classifier:
        classifier._log.ship()


def versions(root: Path, database_url: str | None = None) -> dict[str, str]:
    """id -> version of every row of the table."""
    with _reading(root, database_url) as connection:
        rows = connection.execute(sa.select(predictions.c.id, predictions.c.version))
        return {row.id: row.version for row in rows}


def counted(root: Path, database_url: str | None = None) -> int:
    """How many records the sums by hour have counted."""
    with _reading(root, database_url) as connection:
        return int(connection.execute(sa.select(sa.func.sum(prediction_hours.c["count"]))).scalar() or 0)


@contextmanager
def _reading(root: Path, database_url: str | None) -> Iterator[sa.Connection]:
    url = database_url or f"sqlite:///{root}/.ratchet/ratchet.db"
    with closing(Database.open(url)) as database, database.read() as connection:
        yield connection
