"""Uses of a holdout are kept, counted and told apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from ratchet.gate.uses import HoldoutUse, exam_number
from ratchet.registry import holdouts
from ratchet.registry.holdouts import Holdouts
from ratchet.store.database import Database


def use(generation: int, run: str, version: str = "1", champion: str | None = None, **numbers: float) -> HoldoutUse:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return HoldoutUse(
        kind="exam",
        generation=generation,
        dataset_id="d1",
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


def test_uses_are_kept_in_order_for_each_generation_and_classifier(database: Database) -> None:
    first, second = use(0, "r1", value=0.9), use(0, "r2", "2", "1")
    add(database, "reviews", first, second, use(1, "r3", "3", "1"))
    add(database, "pitches", use(0, "r1"))
    ours, theirs = Holdouts(database, "reviews"), Holdouts(database, "pitches")
    assert ours.uses(0) == [first, second]
    assert [len(theirs.uses(0)), len(ours.uses(1)), len(ours.uses(2))] == [1, 1, 0]
    assert len(ours.uses()) == 3


def test_a_run_uses_a_holdout_once(database: Database) -> None:
    add(database, "reviews", use(0, "r1"))
    with pytest.raises(IntegrityError):
        add(database, "reviews", use(1, "r1", "2"))
    assert Holdouts(database, "reviews").uses(1) == []


def test_a_look_is_recorded_once_for_what_it_showed(database: Database) -> None:
    ours = Holdouts(database, "reviews")
    for _ in range(2):
        ours.look(["3"], generation=0, dataset_id="d1", what="show")
    ours.look(["1", "3"], generation=0, dataset_id="d1", what="compare")
    ours.look(["3"], generation=0, dataset_id="d2", what="show")
    found = [(each.kind, each.outcome, each.dataset_id, each.champion, each.version) for each in ours.uses(0)]
    assert found == [
        ("look", "show", "d1", None, "3"),
        ("look", "compare", "d1", "1", "3"),
        ("look", "show", "d2", None, "3"),
    ]
    assert exam_number(ours.uses(0)) == 4
    Holdouts(database, "pitches").look(["3"], generation=0, dataset_id="d1", what="show")
    assert len(ours.uses(0)) == 3


def test_the_same_comparison_by_other_terms_is_another_look(database: Database) -> None:
    ours = Holdouts(database, "reviews")
    for terms in ("accuracy", "brier", "brier"):
        ours.look(["1", "2"], generation=0, dataset_id="d1", what="compare", terms=terms)
    assert len(ours.uses(0)) == 2
