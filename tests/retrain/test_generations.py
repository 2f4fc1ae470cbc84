"""A holdout that grows turns by itself onto rows that were never asked, and the model in service is what is judged."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ratchet.data.dataset import Dataset
from ratchet.data.ingest.ingest import ingest
from ratchet.errors import DataError, RefusedError
from ratchet.evaluation import holdout
from ratchet.evaluation.holdout import Holdout
from ratchet.metrics.catalogue import METRICS
from ratchet.progress import silent
from ratchet.registry.generations import generation
from ratchet.retrain import flow
from ratchet.retrain.champions import answers
from ratchet.retrain.steps.collect import collect, turn
from ratchet.retrain.workshop import Workshop
from tests.retrain.shops import open_shop, take_in


def on_sides(shop: Workshop, *sides: str) -> set[int]:
    frame = shop.records.datasets.frame(shop.records.newest(), ())
    return set(frame.filter(pl.col("_side").is_in(sides))["_id"])


def held(shop: Workshop, dataset: Dataset) -> tuple[Holdout, pl.DataFrame]:
    frame = shop.records.datasets.frame(dataset)
    return holdout.take(frame, dataset.schema, shop.records.spec, dataset.split_id), frame


def test_rows_that_were_asked_are_told_from_those_that_joined_since(shop: Workshop) -> None:
    before = generation(shop.records, shop.records.newest())
    assert (before.uses, before.asked_units, before.is_over) == ((), 0, False)
    flow.run(shop, actor="ann")
    asked = on_sides(shop, "holdout")
    take_in(shop, 200, seed=4)
    now = generation(shop.records, shop.records.newest())
    assert set(now.asked.tolist()) == asked
    assert (now.asked_units, now.fresh_units) == (len(asked), len(on_sides(shop, "holdout") - asked))
    assert now.missing == now.asked_units - now.fresh_units > 0


def test_it_turns_when_rows_never_asked_are_as_many_as_the_others(shop: Workshop) -> None:
    flow.run(shop, actor="ann")
    asked, notes = on_sides(shop, "holdout"), list[str]()
    take_in(shop, 300, seed=4)
    collect(shop, [], silent)
    assert shop.records.newest().split.generation == 0
    take_in(shop, 500, seed=5)
    turned = collect(shop, [], lambda progress: notes.append(progress.note))
    dataset = shop.records.newest()
    assert (dataset.id, dataset.split.generation) == (turned, 1)
    assert any("never asked judge from now on" in note for note in notes)
    assert not on_sides(shop, "holdout") & asked
    assert asked <= on_sides(shop, "train", "tune")
    assert collect(shop, [], silent) == turned, "once"
    assert generation(shop.records, dataset).uses == ()


def test_the_champion_answers_itself_on_the_next_generation(shop: Workshop) -> None:
    flow.run(shop, actor="ann")
    take_in(shop, 900, seed=5)
    second = flow.run(shop, actor="ann").version
    dataset = shop.records.newest()
    assert (dataset.split.generation, second.dataset_id, second.champion) == (1, dataset.id, "1")
    rows, frame = held(shop, dataset)
    found = answers(shop, "1", rows, dataset, frame, METRICS["macro_f1"])
    served = shop.records.versions.bundle("1")
    assert found.by == "itself"
    assert not found.learned.any()
    np.testing.assert_array_equal(found.probabilities, rows.probabilities(served.pipeline, rows.classes))


def test_a_holdout_drawn_anew_is_judged_by_the_recipe_or_by_what_the_champion_has_not_learned(shop: Workshop) -> None:
    flow.run(shop, actor="ann")
    other = open_shop(shop.workspace, split={"seed": 1})
    ingest(other.records.datasets, [], other.records.spec, quarantine=shop.workspace / "quarantine")
    dataset = other.records.newest()
    rows, frame = held(other, dataset)
    assert answers(other, "1", rows, dataset, frame, METRICS["macro_f1"]).by == "recipe"
    take_in(other, 4_000, seed=6)
    dataset = other.records.newest()
    rows, frame = held(other, dataset)
    found = answers(other, "1", rows, dataset, frame, METRICS["macro_f1"])
    assert found.by == "itself"
    assert 0 < found.learned.mean() < 0.5


def test_drawing_the_split_anew_renews_nothing_of_what_the_gate_may_err(shop: Workshop) -> None:
    flow.run(shop, actor="ann")
    other = open_shop(shop.workspace, split={"seed": 1})
    flow.run(other, actor="ann")
    dataset = other.records.newest()
    assert (dataset.split.generation, dataset.split.draw) == (0, 1)
    assert {use.dataset_id for use in other.records.holdouts.uses(0)} >= {shop.records.versions.get("1").dataset_id}


def test_turning_by_hand_needs_rows_that_were_never_asked(shop: Workshop) -> None:
    with pytest.raises(RefusedError, match="were never asked: they are as good as new"):
        turn(shop, silent)
    flow.run(shop, actor="ann")
    with pytest.raises(RefusedError, match="were asked before, and drawing others"):
        turn(shop, silent)
    take_in(shop, 200, seed=4)
    assert turn(shop, silent).split.generation == 1


def test_a_column_that_is_left_out_later_makes_no_row_fresh(shop: Workshop) -> None:
    flow.run(shop, actor="ann")
    asked = len(on_sides(shop, "holdout"))
    fewer = open_shop(shop.workspace, columns={"income": "number", "age": "number", "housing": "category"})
    collect(fewer, [], silent)
    now = generation(fewer.records, fewer.records.newest())
    assert (now.number, now.fresh_units, now.is_over) == (0, 0, False)
    assert 0 < now.asked_units <= asked


def test_the_same_rows_under_other_columns_bit_by_bit_are_not_fresh(shop: Workshop) -> None:
    """A column more, a few rows, then all of them again: nobody can say that they are others."""
    flow.run(shop, actor="ann")
    table = shop.workspace / "loans-600-0.csv"
    few = shop.workspace / "few.csv"
    rows = pl.read_csv(table).with_columns(constant=pl.lit(1.0))
    rows.head(30).write_csv(few)
    rows.write_csv(table)
    columns = {"income": "number", "age": "number", "housing": "category", "purpose": "category", "constant": "number"}
    other = open_shop(shop.workspace, columns=columns)
    for source in (few, table):
        ingest(other.records.datasets, [str(source)], other.records.spec, quarantine=shop.workspace / "quarantine")
        now = generation(other.records, other.records.newest())
        assert (now.number, now.fresh_units) == (0, 0)
    assert len(now.uses) == 1


def test_a_redrawn_split_stays_in_its_generation_and_knows_what_earlier_ones_asked(shop: Workshop) -> None:
    flow.run(shop, actor="ann")
    take_in(shop, 900, seed=5)
    flow.run(shop, actor="ann")
    shop.records.holdouts.look(["1"], generation=1, dataset_id=shop.records.newest().id, what="show")
    before = generation(shop.records, shop.records.newest())
    assert (before.number, before.fresh_units) == (1, 0)
    other = open_shop(shop.workspace, split={"seed": 1})
    collect(other, [], silent)
    now = generation(other.records, other.records.newest())
    assert (now.number, len(now.uses), now.fresh_units) == (1, len(before.uses), 0)


def test_without_a_source_rows_that_lack_a_column_are_not_dropped(shop: Workshop) -> None:
    columns = {"income": "number", "age": "number", "outlook": "number"}
    with pytest.raises(DataError, match="'outlook', which the 600 rows that were taken in were not read with"):
        collect(open_shop(shop.workspace, columns=columns), [], silent)
    assert shop.records.newest().rows == 600
