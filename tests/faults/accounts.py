"""The account after an attack: what clients saw, held against what the table has."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

import ratchet
from ratchet.store.database import Database
from ratchet.store.tables import prediction_hours, predictions
from tests.faults.scenario import Counts
from tests.faults.server import PATIENCE_SECONDS


def account(
    root: Path, answered: Collection[str], *, tried: int, failed: int = 0, database_url: str | None = None
) -> Counts:
    """Counts, once the next process has opened the workspace and shipped what was left in it."""
    ship(root, database_url)
    rows, sums = table(root, database_url)
    lost = len(set(answered) - rows)
    return Counts(
        tried=tried,
        answered=len(answered),
        logged=len(rows),
        lost=lost,
        twice=abs(sums - len(rows)),
        failed=failed,
    )


def ship(root: Path, database_url: str | None = None) -> None:
    """Open the workspace as anybody would, again and again, until no segment is left in the spool."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with ratchet.open(root, tracking_uri="off", database_url=database_url) as classifier:
            classifier.tend()
        left = [path.name for path in (root / ".ratchet" / "spool").glob("*.seg")]
        if not left:
            return
        assert time.monotonic() < deadline, f"segments that nobody ships: {left}"


def table(root: Path, database_url: str | None = None) -> tuple[set[str], int]:
    """The ids in the table, and how many records the sums by hour have counted."""
    url = database_url or f"sqlite:///{root}/.ratchet/ratchet.db"
    with closing(Database.open(url)) as database, database.read() as connection:
        ids = set(connection.execute(sa.select(predictions.c.id)).scalars())
        sums = connection.execute(sa.select(sa.func.sum(prediction_hours.c["count"]))).scalar()
    return ids, int(sums or 0)
