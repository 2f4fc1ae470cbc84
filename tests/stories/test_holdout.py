"""A holdout is spent by use, and a new one is drawn on which everybody is judged fairly."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import ratchet
from ratchet import clock
from ratchet.gate.uses import BUDGET, HoldoutUse
from ratchet.registry import holdouts
from ratchet.store.database import Database
from tests.stories.scenes import Shell, quicken


def _spend(folder: Path, holdout_id: str, used: int) -> None:
    database = Database.open(f"sqlite:///{folder.absolute()}/.ratchet/ratchet.db")
    with database.begin() as connection:
        for turn in range(used, BUDGET):
            use = HoldoutUse(holdout_id=holdout_id, at=clock.now(), run_id=f"r{turn}", version="1", outcome="hold")
            holdouts.add(connection, "loans", use)
    database.close()


def test_a_spent_holdout_asks_for_fresh_rows_and_a_new_one_judges_the_champion_again(shell: Shell, table: Path) -> None:
    folder = shell.folder
    ratchet.init(str(table), "outcome", root=folder)
    quicken(folder)
    with ratchet.open(folder) as classifier:
        assert classifier.train(str(table)).outcome == "promote"
        first = classifier.show()["holdout"]
        assert first["uses"] == 1
        before = classifier.frame()
    _spend(folder, first["id"], used=1)

    with ratchet.open(folder) as classifier:
        spent = classifier.train()
        assert spent.outcome == "need_data"
        assert "has been used 20 times" in str(spent)
        assert "fresh" in str(spent)
    rotated = shell("holdout", "rotate", "--json")
    assert rotated.code == 0, rotated.err
    assert rotated.document["holdout"]["id"] != first["id"]

    with ratchet.open(folder) as classifier:
        after = classifier.frame()
        assert sorted(after["_id"]) == sorted(before["_id"])
        held = [set(frame.filter(pl.col("_side") == "holdout")["_id"]) for frame in (before, after)]
        assert held[0] != held[1]
        again = classifier.train()
        assert "better" in {check.rule for check in again.checks}  # the champion was there to compare with
        assert classifier.show(again.version)["holdout"] == {
            "id": rotated.document["holdout"]["id"],
            "rows": rotated.document["holdout"]["rows"],
            "uses": 1,
        }
        # The champion's recipe on the new rows is the challenger's: nothing to choose between them.
        assert again.outcome != "promote"
        assert classifier.champion() == "1"


def test_a_champion_that_reads_a_dropped_column_is_judged_by_its_recipe(shell: Shell, table: Path) -> None:
    folder = shell.folder
    ratchet.init(str(table), "outcome", root=folder)
    quicken(folder)
    with ratchet.open(folder, tracking_uri="off") as classifier:
        assert classifier.train(str(table)).outcome == "promote"
    spec = folder / "ratchet.toml"
    lines = ['purpose = "ignore"' if line.startswith("purpose") else line for line in spec.read_text().splitlines()]
    spec.write_text("\n".join(lines))
    with ratchet.open(folder, tracking_uri="off") as classifier:
        again = classifier.train()
        assert "better" in {check.rule for check in again.checks}
        assert classifier.show(again.version)["holdout"]["uses"] == 2
        assert classifier.page("1")
    compared = shell("compare", "1", "2")
    assert compared.code == 2
    assert "reads columns that the spec has dropped" in compared.err
