"""What trackers missed is told later, once, and one that is away or broken holds up nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ratchet import platforms
from ratchet.errors import JobError, NotFoundError, UnavailableError
from ratchet.progress import Progress, silent
from ratchet.report import leaderboard
from ratchet.retrain import flow
from ratchet.retrain.hearing import log_of
from ratchet.retrain.telling import Told, champion_changes, outbox, owe_run, tell, untold, waiting
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.silent import SilentTracker
from ratchet.tracking.tracker import RunRecord
from tests.retrain.shops import open_shop, take_in


class Fickle(SilentTracker):
    """Keeps what it is told while it is there."""

    def __init__(self, name: str = "fickle") -> None:
        super().__init__(name=name)
        self.away: Exception | None = None
        self.records: list[RunRecord] = []
        self.champions: list[str] = []
        self.heard: list[Progress] = []
        self.forgot: list[str] = []

    def _answer(self) -> None:
        if self.away is not None:
            raise self.away

    def hear(self, classifier: str, run: str, progress: Progress) -> None:
        self._answer()
        self.heard.append(progress)

    def record(self, run: RunRecord) -> str | None:
        self._answer()
        assert run.bundle is not None
        assert (run.bundle / "manifest.json").exists()
        self.records.append(run)
        return run.name

    def champion(self, classifier: str, run: str, version: str) -> None:
        self._answer()
        if run not in [each.name for each in self.records]:
            raise NotFoundError("no such run")
        self.champions.append(version)

    def forget(self, classifier: str, run: str) -> None:
        self._answer()
        self.forgot.append(run)


AWAY = UnavailableError("it does not answer", todo="wait")


@pytest.fixture
def fickle() -> Fickle:
    return Fickle()


@pytest.fixture
def shop(tmp_path: Path, fickle: Fickle) -> Workshop:
    made = replace(open_shop(tmp_path), trackers=(fickle,))
    take_in(made, 1_500)
    return made


def test_a_run_is_told_with_its_trials_and_its_champion(shop: Workshop, fickle: Fickle) -> None:
    outcome = flow.run(shop, actor="ann")
    (record,) = fickle.records
    assert (record.name, record.tags["version"], len(record.trials)) == (outcome.run_id, "1", 2)
    assert list(record.trials) == leaderboard.of_version(shop.records, shop.records.versions.get("1"))
    assert [each["rule"] != "" for each in record.trials] == [True, False]
    assert record.trials[1]["reason"], "why it lost is known in the end"
    assert record.metrics["accuracy_low"] < record.metrics["accuracy"]
    assert fickle.champions == ["1"]
    assert fickle.heard, "it is told while it goes on"
    assert tell(shop) == waiting(shop) == (Told(tracker="fickle"),)
    assert len(fickle.records) == 1


@pytest.mark.parametrize("error", [AWAY, ZeroDivisionError("a mistake of its own")])
def test_one_that_is_away_or_broken_stops_no_training_nor_the_others(
    shop: Workshop, fickle: Fickle, error: Exception
) -> None:
    well, notes = Fickle("well"), list[str]()
    fickle.away = error
    both = replace(shop, trackers=(fickle, well))
    outcome = flow.run(both, actor="ann", progress=lambda progress: notes.append(progress.note))
    assert outcome.version.decision.outcome == "promote"
    assert (well.champions, fickle.champions) == (["1"], [])
    assert any(note.startswith("fickle is not told yet: ") for note in notes)
    assert not any(note.startswith("well") for note in notes)
    fickle.away = None
    told, other = tell(both)
    assert told == Told(tracker="fickle", versions=("1",), champion="1")
    assert other == Told(tracker="well")
    assert [len(each.trials) for each in fickle.records] == [2], "the trials are kept until then"
    assert (len(well.records), fickle.champions) == (1, ["1"])


def test_what_was_missed_is_told_with_the_next_run(shop: Workshop, fickle: Fickle) -> None:
    fickle.away = AWAY
    flow.run(shop, actor="ann")
    fickle.away = None
    take_in(shop, 300, seed=1)
    flow.run(shop, actor="ann", promote=False)
    assert [each.tags["version"] for each in fickle.records] == ["1", "2"]
    assert fickle.champions == ["1"]


def test_changes_of_champion_that_were_missed_come_to_the_last_one(shop: Workshop, fickle: Fickle) -> None:
    flow.run(shop, actor="ann")
    take_in(shop, 300, seed=1)
    flow.run(shop, actor="ann", promote=False)
    fickle.away = AWAY
    for change in (
        lambda: shop.records.ledger.promote("2", actor="ann", reason="why"),
        lambda: shop.records.ledger.rollback(actor="ann", reason="why"),
        lambda: shop.records.ledger.promote("2", actor="ann", reason="why"),
    ):
        with champion_changes(shop):
            change()
        (told,) = tell(shop)
        assert (told.champion, told.waiting, told.problem) == (None, 1, "it does not answer")
    (sentence,) = untold(tell(shop))
    assert sentence == (
        "fickle is not told yet: it does not answer.  Later: the next run, or ratchet tracking sync, tells it."
    )
    fickle.away = None
    assert [each.champion for each in (*tell(shop), *tell(shop))] == ["2", None]
    assert fickle.champions == ["1", "2"]


def test_a_champion_of_a_run_that_was_never_told_is_told_with_it(shop: Workshop, fickle: Fickle) -> None:
    flow.run(replace(shop, trackers=()), actor="ann")
    with champion_changes(shop):
        pass
    assert tell(shop) == (Told(tracker="fickle", champion="1"),)
    assert [(each.tags["version"], len(each.trials)) for each in fickle.records] == [("1", 2)]


def test_a_run_that_failed_is_taken_back(shop: Workshop, fickle: Fickle, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, progress: Callable[[Progress], None], **__: object) -> None:
        progress(Progress(stage="search", done=1, best=0.5, trial={"number": 0, "family": "linear.v1"}))
        raise JobError("no trial succeeded", todo="look")

    monkeypatch.setattr("ratchet.retrain.steps.train.training.train", fail)
    fickle.away = None
    with pytest.raises(JobError):
        flow.run(shop, actor="ann")
    (run,) = shop.records.runs.list()
    assert (run.state, fickle.forgot, outbox(shop).runs("fickle")) == ("failed", [run.id], [])
    lines = list(log_of(shop, run.id).lines())
    assert lines[-1]["note"].startswith("JobError: no trial succeeded")
    assert [line["trial"]["number"] for line in lines if "trial" in line] == [0]


def test_what_came_to_nothing_while_it_was_away_is_taken_back_later(shop: Workshop, fickle: Fickle) -> None:
    owe_run(shop, "01never")
    lease = shop.records.runs.begin("x", actor="ann")
    owe_run(shop, lease.id)
    tell(shop)
    assert fickle.forgot == ["01never"]
    assert outbox(shop).runs("fickle") == [lease.id], "a run that goes on waits"
    assert waiting(shop) == (Told(tracker="fickle"),)
    lease.abandon("its process died")
    tell(shop)
    assert fickle.forgot == ["01never", lease.id]


def test_one_process_tells_at_a_time(shop: Workshop, fickle: Fickle) -> None:
    owe_run(shop, "01never")
    with (shop.workspace / "trackers.lock").open("w") as held:
        platforms.lock(held.fileno())
        (told,) = tell(shop, patience=0.2)
    assert (told.waiting, told.problem) == (1, "another process is telling it now")
    assert fickle.forgot == []
    assert tell(shop) == (Told(tracker="fickle"),)


def test_the_log_has_every_stage_and_is_kept_where_all_can_read_it(shop: Workshop) -> None:
    outcome = flow.run(shop, actor="ann", progress=silent)
    assert not (shop.workspace / "runs" / "loans" / f"{outcome.run_id}.jsonl").exists()
    stages = [line["stage"] for line in log_of(shop, outcome.run_id).lines()]
    steps = ("collect", "check", "train", "score", "gate", "register", "promote", "end")
    assert [each for each in dict.fromkeys(stages) if each in steps] == list(steps)
