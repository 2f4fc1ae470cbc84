"""Each step is run again without making anything twice, and alone from ids in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from ratchet.errors import UnavailableError
from ratchet.progress import Progress, silent
from ratchet.retrain.stage import DECISION, SCORE, TRAINING, Stage, StagedScore, StagedTraining
from ratchet.retrain.steps.check import check
from ratchet.retrain.steps.collect import collect
from ratchet.retrain.steps.gate import gate
from ratchet.retrain.steps.promote import NOT_PROMOTED, promote
from ratchet.retrain.steps.register import register
from ratchet.retrain.steps.score import score
from ratchet.retrain.steps.train import train
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.silent import SilentTracker
from ratchet.tracking.tracker import RunRecord
from tests.retrain.conftest import RUN
from tests.retrain.shops import open_shop, take_in

_ALONE = """
import sys
from importlib import import_module
from pathlib import Path
from ratchet.progress import silent
from tests.retrain.shops import open_shop
folder, step, *ids = sys.argv[1:]
work = getattr(import_module(f"ratchet.retrain.steps.{step}"), step)
print(work(open_shop(Path(folder)), *([ids] if step == "collect" else ids), silent))
"""


def alone(shop: Workshop, step: str, *ids: str) -> str:
    """The step in a process of its own."""
    command = [sys.executable, "-c", _ALONE, str(shop.workspace), step, *ids]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def never(stage: str) -> Callable[[Progress], None]:
    """A report that fails when that stage does any work."""

    def report(progress: Progress) -> None:
        assert progress.stage != stage, progress

    return report


def let_through(shop: Workshop, dataset: str, run_id: str = RUN) -> str:
    """Judge and register the run."""
    gate(shop, run_id, dataset, silent)
    number = register(shop, run_id, dataset, silent)
    assert number is not None
    return number


def test_collect_again_gives_the_dataset_there_is(shop: Workshop, dataset: str) -> None:
    table = str(shop.workspace / "loans-600-0.csv")
    assert collect(shop, [], silent) == collect(shop, [table], silent) == dataset
    assert alone(shop, "collect", table) == dataset


def test_check_keeps_its_findings_by_what_is_learned(shop: Workshop, dataset: str) -> None:
    key = alone(shop, "check", dataset)
    assert shop.records.blobs.exists(key)
    assert check(shop, dataset, never("check")) == key
    shown = open_shop(shop.workspace, labels={"good": "Good", "bad": "Bad"}, serve={"top": 1})
    assert check(shown, dataset, never("check")) == key
    other = open_shop(shop.workspace, gate={"metric": "accuracy"})
    assert check(other, dataset, silent) != key


def test_train_and_score_are_done_once(shop: Workshop, dataset: str) -> None:
    before = shop.records.blobs.list()
    assert train(shop, RUN, dataset, never("train")) == Stage(shop, RUN).key(TRAINING)
    assert score(shop, RUN, dataset, never("score")) == Stage(shop, RUN).key(SCORE)
    assert shop.records.blobs.list() == before


def test_another_process_trains_and_scores_the_same_from_ids(shop: Workshop, dataset: str) -> None:
    for step in ("train", "score"):
        alone(shop, step, "run2", dataset)
    ours, theirs = Stage(shop, RUN), Stage(shop, "run2")
    trained, again = (each.read(TRAINING, StagedTraining) for each in (ours, theirs))
    assert trained.candidate.rpartition("/")[2] == again.candidate.rpartition("/")[2]
    assert set(trained.baselines) == set(again.baselines) == {"majority.v1", "one_feature.v1"}
    cards = [each.read(SCORE, StagedScore).scorecard for each in (ours, theirs)]
    assert replace(cards[0], cost=None) == replace(cards[1], cost=None)
    assert theirs.open(theirs.read(SCORE, StagedScore).bundle).manifest.scorecard is not None


def test_the_gate_spends_nothing_and_looks_again_only_where_something_has_changed(shop: Workshop, dataset: str) -> None:
    key = alone(shop, "gate", RUN, dataset)
    assert key == Stage(shop, RUN).key(DECISION)
    assert gate(shop, RUN, dataset, never("gate")) == key
    assert shop.records.holdouts.uses(shop.records.datasets.get(dataset).split_id) == []


def test_a_decision_that_another_use_has_overtaken_is_made_anew(shop: Workshop, dataset: str) -> None:
    for step in ("train", "score", "gate"):
        alone(shop, step, "run2", dataset)
    assert let_through(shop, dataset) == "1"
    assert register(shop, "run2", dataset, silent) is None
    stages: list[str] = []
    gate(shop, "run2", dataset, lambda progress: stages.append(progress.stage))
    assert stages == ["gate"]
    assert register(shop, "run2", dataset, silent) == "2"
    uses = shop.records.holdouts.uses(shop.records.datasets.get(dataset).split_id)
    assert [(use.run_id, use.version) for use in uses] == [(RUN, "1"), ("run2", "2")]
    assert gate(shop, "run2", dataset, never("gate")) == Stage(shop, "run2").key(DECISION)


def test_a_run_registers_one_version_whoever_asks(shop: Workshop, dataset: str) -> None:
    gate(shop, RUN, dataset, silent)
    assert alone(shop, "register", RUN, dataset) == register(shop, RUN, dataset, silent) == "1"
    (version,) = shop.records.versions.list()
    assert version.scorecard == Stage(shop, RUN).read(SCORE, StagedScore).scorecard
    assert len(shop.records.holdouts.uses(shop.records.newest().split_id)) == 1


def test_a_version_is_promoted_once(shop: Workshop, dataset: str) -> None:
    let_through(shop, dataset)
    entry = alone(shop, "promote", "1", "ann")
    shop.records.ledger.promote("1", actor="bob", reason="again")
    assert promote(shop, "1", "ann", silent) == entry
    (event,) = shop.records.ledger.events()
    assert (str(event.seq), event.run_id, event.actor) == (entry, RUN, "ann")


def test_a_version_does_not_take_the_place_of_a_champion_it_was_never_held_against(
    shop: Workshop, dataset: str
) -> None:
    for step in ("train", "score"):
        alone(shop, step, "run2", dataset)
    let_through(shop, dataset)
    let_through(shop, dataset, "run2")
    shop.records.ledger.promote("2", actor="bob", reason="I like it")
    notes: list[str] = []
    assert promote(shop, "1", "ann", lambda progress: notes.append(progress.note)) == NOT_PROMOTED
    assert "held against no champion, which is champion no more" in notes[-1]
    assert shop.records.ledger.champion() == "2"


class Once(SilentTracker):
    """Away at first; then it counts what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[RunRecord] = []
        self.away = True

    def record(self, run: RunRecord) -> str | None:
        if self.away:
            raise UnavailableError("it does not answer", todo="wait")
        self.told.append(run)
        return "t1"


def test_a_tracker_that_was_away_is_told_when_the_step_is_run_again(shop: Workshop, dataset: str) -> None:
    tracker, notes = Once(), list[str]()
    told = replace(shop, tracker=tracker)
    gate(told, RUN, dataset, silent)
    register(told, RUN, dataset, lambda progress: notes.append(progress.note))
    assert notes[-1] == "This run is not in the tracker: it does not answer"
    tracker.away = False
    for _ in range(2):
        register(told, RUN, dataset, silent)
    (record,) = tracker.told
    assert (record.name, record.tags["outcome"], len(record.trials)) == (RUN, "promote", 2)
    assert shop.records.versions.get("1").tracking_id == "t1"


@pytest.mark.parametrize("name", [TRAINING, SCORE])
def test_what_is_staged_goes_and_what_is_registered_stays(shop: Workshop, dataset: str, name: str) -> None:
    stage = Stage(shop, RUN)
    if name == TRAINING:
        stage.clear()
        assert [key for key in shop.records.blobs.list() if not key.startswith("data/")] == []
        return
    let_through(shop, dataset)
    stage.clear()
    assert shop.records.versions.bundle("1").manifest.scorecard is not None
    assert shop.records.blobs.list("runs") == []


def test_a_second_dataset_has_findings_of_its_own(shop: Workshop, dataset: str) -> None:
    more = take_in(shop, 700, seed=3)
    assert more != dataset
    assert check(shop, more, silent) != check(shop, dataset, silent)
