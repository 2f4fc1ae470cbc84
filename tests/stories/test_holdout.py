"""Rows of the holdout that were never asked become the next, and those that were asked are learned from."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import ratchet
from tests.stories.scenes import Shell, loans, quicken


def test_rows_never_asked_are_the_next_holdout_and_those_asked_are_learned_from(shell: Shell, table: Path) -> None:
    folder = shell.folder
    ratchet.init(str(table), "outcome", root=folder)
    quicken(folder)
    with ratchet.open(folder) as classifier:
        assert classifier.train(str(table)).outcome == "promote"
        first = classifier.show()["holdout"]
        assert first["uses"] == 1
        before = classifier.frame()
    refused = shell("holdout", "rotate")
    assert refused.code == 1
    assert "were asked before" in " ".join(refused.err.split())

    more = folder / "more.csv"
    loans(400, seed=9).write_csv(more)
    with ratchet.open(folder) as classifier:
        classifier.ingest(str(more))
    rotated = shell("holdout", "rotate", "--json")
    assert rotated.code == 0, rotated.err
    assert rotated.document["holdout"]["id"] != first["id"]

    with ratchet.open(folder) as classifier:
        after = classifier.frame()
        held = [set(frame.filter(pl.col("_side") == "holdout")["_id"]) for frame in (before, after)]
        assert held[1]
        assert not held[0] & held[1]
        assert held[0] <= set(after.filter(pl.col("_side").is_in(["train", "tune"]))["_id"])
        again = classifier.train()
        shown = classifier.show(again.version)["holdout"]
        assert (shown["id"], shown["rows"]) == (rotated.document["holdout"]["id"], rotated.document["holdout"]["rows"])
        assert shown["uses"] <= 1
        assert classifier.champion() is not None


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
