from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ratchet.data.ingest.ingest import turn
from ratchet.errors import NotFoundError, RefusedError
from tests.data.ingest.sandbox import Sandbox, spec_of, table


def test_rows_that_were_asked_retire_and_those_never_asked_are_the_next_holdout(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    asked = box.datasets.holdout_ids(first)
    grown = box.ingest(table(0, 600)).dataset
    fresh = set(box.datasets.holdout_ids(grown).tolist()) - set(asked.tolist())
    turned = turn(box.datasets, spec_of(), asked, quarantine=box.quarantine)
    assert set(box.datasets.holdout_ids(turned).tolist()) == fresh
    assert (turned.split.generation, turned.split.draw, turned.parents) == (1, 0, (grown.id,))
    assert turned.split_id != grown.split_id
    assert turned.split.draw_id == grown.split.draw_id
    before, after = box.sides(grown), box.sides(turned)
    retired = set(asked.tolist())
    assert {after[each] for each in retired} == {"train", "tune"}
    assert {each: side for each, side in after.items() if each not in retired} == {
        each: side for each, side in before.items() if each not in retired
    }
    assert 0.04 < np.mean([after[each] == "tune" for each in retired]) < 0.3
    assert [part.key for part in turned.parts] == [part.key for part in grown.parts]
    later = box.ingest(table(600, 700)).dataset
    assert {key: side for key, side in box.sides(later).items() if key in after} == after


@pytest.mark.parametrize("columns", [{"w": "time"}, {"s": "split"}, {"g": "group"}])
def test_every_rule_turns(box: Sandbox, columns: dict[str, str]) -> None:
    spec = spec_of({"text": "text", "n": "number", **columns})
    frame = table(0, 400).with_columns(
        w=pl.int_range(400), g=pl.int_range(400) // 4, s=pl.Series((["test"] + ["train"] * 4) * 80)
    )
    first = box.ingest(frame, spec).dataset
    ids = box.datasets.holdout_ids(first)
    held = box.datasets.frame(first).filter(pl.col("_side") == "holdout")
    units = held["_unit"].unique().sort()[:8]
    asked = held.filter(pl.col("_unit").is_in(units.implode())).unique("_unit")["_id"].to_numpy()
    turned = turn(box.datasets, spec, asked, quarantine=box.quarantine)
    left = box.datasets.frame(turned).filter(pl.col("_side") == "holdout")
    assert set(left["_unit"]) == set(held["_unit"]) - set(units)
    assert set(left["_id"]) <= set(ids.tolist())


def test_without_fresh_rows_no_generation_begins(box: Sandbox) -> None:
    with pytest.raises(NotFoundError):
        turn(box.datasets, spec_of(), np.zeros(0, dtype=np.uint64), quarantine=box.quarantine)
    first = box.ingest(table(0, 300)).dataset
    ids = box.datasets.holdout_ids(first)
    with pytest.raises(RefusedError, match="6 rows of the holdout were never asked") as caught:
        turn(box.datasets, spec_of(), ids[6:], quarantine=box.quarantine)
    assert "until at least 4 more are held out" in caught.value.todo
    assert box.datasets.latest() == first


def test_excluded_copies_of_rows_that_retire_are_learned_from(box: Sandbox) -> None:
    spec = spec_of({"text": "text", "n": "number", "s": "split"})
    frame = pl.concat([table(0, 400), table(0, 40)]).with_columns(
        s=pl.Series((["test"] + ["train"] * 4) * 80 + ["train"] * 40)
    )
    first = box.ingest(frame, spec).dataset
    assert first.sides["excluded"] == 8
    asked = box.datasets.frame(first).filter(pl.col("_side") == "excluded")["_id"].to_numpy()
    turned = turn(box.datasets, spec, asked, quarantine=box.quarantine)
    assert (turned.sides["excluded"], turned.sides["holdout"]) == (0, 72)
