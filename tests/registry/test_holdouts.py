"""Uses of a holdout are kept, counted and told apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from ratchet.gate.uses import HoldoutUse
from ratchet.registry import holdouts
from ratchet.registry.holdouts import Holdouts
from ratchet.store.database import Database


def use(holdout: str, run: str, version: str = "1", champion: str | None = None, **numbers: float) -> HoldoutUse:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return HoldoutUse(
        kind="exam",
        generation=0,
        dataset_id=holdout,
        at=at,
        run_id=run,
        version=version,
        champion=champion,
        outcome="hold",
        numbers=numbers,
    )


def add(database: Database, classifier: str, *uses: HoldoutUse) -> None:
    with database.begin() as connection:
        for each in uses:
            holdouts.add(connection, classifier, each)


def test_uses_are_kept_in_order_for_each_holdout_and_classifier(database: Database) -> None:
    first, second = use("h1", "r1", value=0.9), use("h1", "r2", "2", "1")
    add(database, "reviews", first, second, use("h2", "r3", "3", "1"))
    add(database, "pitches", use("h1", "r1"))
    ours, theirs = Holdouts(database, "reviews"), Holdouts(database, "pitches")
    assert ours.uses("h1") == [first, second]
    assert [len(theirs.uses("h1")), len(ours.uses("h2")), len(ours.uses("h3"))] == [1, 1, 0]
    assert ours.use_of("r2") == second
    assert ours.use_of("r9") is None


def test_a_run_uses_a_holdout_once(database: Database) -> None:
    add(database, "reviews", use("h1", "r1"))
    with pytest.raises(IntegrityError):
        add(database, "reviews", use("h2", "r1", "2"))
    assert Holdouts(database, "reviews").uses("h2") == []
