"""A new holdout is drawn, on which everybody is judged fairly."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import ratchet
from tests.stories.scenes import Shell, quicken


def test_a_new_holdout_judges_the_champion_again(shell: Shell, table: Path) -> None:
    folder = shell.folder
    ratchet.init(str(table), "outcome", root=folder)
    quicken(folder)
    with ratchet.open(folder) as classifier:
        assert classifier.train(str(table)).outcome == "promote"
        first = classifier.show()["holdout"]
        assert first["uses"] == 1
        before = classifier.frame()
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
