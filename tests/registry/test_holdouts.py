"""Uses of a holdout are kept, counted and told apart."""

from __future__ import annotations

from pathlib import Path

from ratchet.registry.holdouts import Holdouts
from ratchet.store.database import Database


def test_uses_are_kept_in_order_for_each_holdout_and_classifier(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'ratchet.db'}")
    ours, theirs = Holdouts(database, "reviews"), Holdouts(database, "pitches")
    first = ours.use("h1", 1, None, {"floor.value": 0.9})
    second = ours.use("h1", 2, 1, {})
    ours.use("h2", 3, 1, {})
    theirs.use("h1", 1, None, {})
    assert ours.uses("h1") == [first, second]
    assert [len(theirs.uses("h1")), len(ours.uses("h2")), len(ours.uses("h3"))] == [1, 1, 0]
    assert ours.uses("h1")[0].numbers == {"floor.value": 0.9}
    database.close()
    again = Database.open(f"sqlite:///{tmp_path / 'ratchet.db'}")
    assert Holdouts(again, "reviews").uses("h1") == [first, second]
    again.close()
