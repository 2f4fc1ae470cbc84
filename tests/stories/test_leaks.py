"""Labels drawn by lot are never promoted, however rows leak: bench/leaks.py with each way once, on made-up tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench import leak_ways, leaks
from bench.leak_lives import Life, Table, tables
from bench.leak_ways import CONTROLS, WAYS


@pytest.fixture(scope="module")
def given() -> Mapping[str, Table]:
    return tables(None)


@pytest.fixture(autouse=True)
def few_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leak_ways, "TRAININGS", 3)
    monkeypatch.setattr(leak_ways, "ROTATIONS", 2)


@pytest.mark.parametrize("name", WAYS)
def test_labels_drawn_by_lot_are_never_promoted(name: str, given: Mapping[str, Table]) -> None:
    found = leaks.tried(WAYS[name], 0, given)
    assert not found.promoted, found
    assert found.versions or found.refusals, "it was judged, or refused with a reason"


@pytest.mark.parametrize("name", CONTROLS)
@pytest.mark.parametrize("number", [0, 1])
def test_labels_that_follow_from_the_features_are_promoted(name: str, number: int, given: Mapping[str, Table]) -> None:
    assert leaks.tried(CONTROLS[name], number, given, signal=True).promoted


def test_a_memory_scores_high_on_copies_and_no_better_than_chance_without(given: Mapping[str, Table]) -> None:
    leaky = leaks.tried(WAYS["measured three times, 0.001 sd apart"], 0, given)
    alone = leaks.tried(CONTROLS["nothing leaks: numbers"], 0, given)
    assert leaky.memory > 0.9
    assert 0.35 < alone.memory < 0.65  # of 100 rows


def test_a_refusal_is_kept_and_life_goes_on(tmp_path: Path, given: Mapping[str, Table]) -> None:
    life = Life(folder=tmp_path, tables=given, rng=np.random.default_rng(0))
    rows = life.rows("numbers", 60)
    life.learns(rows)
    life.train()
    assert ["nothing has been ingested" in words for words in life.refusals] == [True]
    life.ingest(rows.with_columns(cell_0=pl.lit("none of your business")))
    life.ingest(rows)
    assert len(life.refusals) == 2
    assert life.kept_out == 60
    life.close()


def _row(name: str, *promoted: bool, signal: bool) -> leaks.Row:
    tries = [
        leaks.Try(promoted=each, versions=1, best=(0.6, 0.5), kept_out=3, memory=0.75, refusals=("no", "no"))
        for each in promoted
    ]
    seen = leaks.Try(promoted=signal, versions=1, best=None, kept_out=0, memory=0.5, refusals=())
    return leaks.Row(name=name, tries=tries, signal=[seen])


def test_the_bench_fails_where_noise_is_promoted_or_a_signal_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    alone = next(iter(CONTROLS))
    assert leaks.verdict([_row("a", False, False, signal=False), _row(alone, False, signal=True)]) == 0
    assert leaks.verdict([_row("a", False, True, signal=True)]) == 1
    assert "1 of 2 tries promoted a model on labels drawn by lot: a" in capsys.readouterr().out
    assert leaks.verdict([_row(alone, False, signal=False)]) == 1
    assert alone in capsys.readouterr().out


def test_a_row_counts_its_tries_and_says_each_refusal_once() -> None:
    row = _row("a", True, False, signal=True)
    assert str(row) == "| a | 1 of 2 | 0.60 / 0.50 | 0.75 | 3 | 2 | 1 of 1 |"
    assert row.refusals == ["a: no"]


def test_the_table_goes_between_its_markers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "evidence.md"
    monkeypatch.setattr(leaks, "EVIDENCE", page)
    page.write_text("before\n<!-- leaks -->\nold\n<!-- /leaks -->\nafter\n")
    leaks.write("new")
    assert page.read_text() == "before\n<!-- leaks -->\nnew\n<!-- /leaks -->\nafter\n"
    page.write_text("no place for it\n")
    leaks.write("new")
    assert page.read_text() == "no place for it\n"
