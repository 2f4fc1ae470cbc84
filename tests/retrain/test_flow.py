"""The flow as a whole: what is noted of it, and what becomes of runs that do not end as they should."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from ratchet import atomic, clock
from ratchet.data.ingest.ingest import ingest
from ratchet.errors import DataError, JobError, NotFoundError, SpecError, WorkspaceError
from ratchet.models.linear import Linear
from ratchet.progress import Progress, silent
from ratchet.registry.lease import Lease, Run
from ratchet.registry.out_of_fold import OutOfFoldAnswers
from ratchet.retrain import flow
from ratchet.retrain.stage import Stage, StagedTraining, staged_runs
from ratchet.retrain.steps import settle
from ratchet.retrain.steps.train import train
from ratchet.retrain.workshop import Workshop
from ratchet.store import tables
from ratchet.store.database import Database
from tests.retrain.shops import open_shop, take_in
from tests.stories.scenes import loans
from tests.test_atomic import left


def died(shop: Workshop, lease: Lease | Run) -> None:
    """Make a run look as if its process had died on another machine."""
    database = Database.open(f"sqlite:///{shop.workspace / 'ratchet.db'}")
    with database.begin() as connection:
        mine = sa.update(tables.runs).where(tables.runs.c.id == lease.id)
        connection.execute(mine.values(owner="elsewhere/1/5f3c+12345", lease_until=clock.now() - timedelta(seconds=1)))
    database.close()


def test_the_run_says_what_each_step_made_and_what_came_of_it(shop: Workshop, dataset: str) -> None:
    stages: list[str] = []
    done = flow.run(shop, actor="ann", reason="new rows", progress=lambda progress: stages.append(progress.stage))
    run = shop.records.runs.get(done.run_id)
    steps = ["collect", "settle", "check", "train", "score", "gate", "register", "promote"]
    assert list(run.steps) == ["asked", *steps]
    assert [each for each in dict.fromkeys(stages) if each in steps] == [each for each in steps if each != "settle"]
    assert (run.steps["collect"], run.steps["register"], run.steps["promote"]) == (dataset, "1", "1")
    assert run.outcome is not None
    assert (run.outcome["version"], run.outcome["outcome"], run.reason) == ("1", "promote", "new rows")
    assert done.version.decision.version == "1"
    assert shop.records.ledger.events()[0].reason == done.version.decision.sentence


def test_a_flow_that_fails_is_noted_and_leaves_nothing(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise JobError("no trial gave a model", todo="raise the budget")

    monkeypatch.setattr(flow, "score", fail)
    with pytest.raises(JobError):
        flow.run(shop, actor="ann")
    (run,) = shop.records.runs.list()
    assert (run.state, run.stage) == ("failed", "score")
    assert run.error is not None
    assert run.error.startswith("JobError: no trial gave a model")
    assert run.id not in staged_runs(shop)
    assert shop.records.versions.list() == []


def test_a_flow_is_refused_while_another_is_at_it(shop: Workshop) -> None:
    shop.records.runs.begin("something", actor="bob")
    with pytest.raises(WorkspaceError, match="is being trained"):
        flow.run(shop, actor="ann")


def test_a_dead_run_that_was_asked_for_something_else_is_abandoned_and_cleared(shop: Workshop) -> None:
    dead = shop.records.runs.begin("something else", actor="bob")
    Stage(shop, dead.id).put_out_of_fold(
        OutOfFoldAnswers(ids=np.zeros(0, np.uint64), probabilities=np.zeros((0, 2)), classes=("bad", "good"))
    )
    died(shop, dead)
    flow.run(shop, actor="ann")
    run = shop.records.runs.get(dead.id)
    assert (run.state, run.error) == ("abandoned", "its process died, and the next run was asked for something else")
    assert staged_runs(shop) == set()


def test_temporary_folders_of_dead_processes_are_cleared(shop: Workshop) -> None:
    left = [shop.workspace / "cache" / name for name in ("training-x", "staging-x", ".encoded-x.part")]
    for folder in left:
        (folder / "deep").mkdir(parents=True)
    flow.run(shop, actor="ann")
    assert [folder for folder in left if folder.exists()] == []


def test_half_files_of_dead_processes_are_cleared(shop: Workshop) -> None:
    parts = [
        left(shop.workspace / "blobs" / name, age=atomic.DEAD + 60) for name in ("data", "findings", "bundles/loans")
    ]
    flow.run(shop, actor="ann")
    assert [part for part in parts if part.exists()] == []


def test_a_run_goes_on_only_for_the_same_learning_and_sources(shop: Workshop) -> None:
    def asked(*sources: str, **more: Any) -> str:
        return flow.asked(open_shop(shop.workspace, **more).records.spec, sources)

    same = asked("a.csv")
    assert asked("a.csv", labels={"good": "Good"}, gate={"floor": 0.9}) == same
    assert asked("b.csv") != same
    assert asked("a.csv", search={"trials": 3, "folds": 2}) != same
    assert asked("a.csv", gate={"metric": "accuracy"}) != same
    assert asked("a.csv", serve={"coverage": 0.5}) != same, "prediction sets are fitted by the training"
    assert asked("a.csv", serve={"sets": "classwise"}) != same
    assert flow.asked(shop.records.spec, ["a.csv"], promote=False) != same


def test_a_run_whose_gate_was_edited_after_it_died_is_judged_by_the_gate_of_now(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(flow, "register", die)
        killed.setattr(Lease, "__exit__", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            flow.run(shop, actor="ann")
    (dead,) = shop.records.runs.list()
    assert list(dead.steps)[-1] == "gate"
    died(shop, dead)
    edited = open_shop(shop.workspace, gate={"floor": 0.99}, labels={"good": "Good"})
    monkeypatch.setattr("ratchet.retrain.steps.train.training.train", die)
    done = flow.run(edited, actor="ann")
    assert (done.run_id, done.version.decision.outcome) == (dead.id, "hold")


def test_a_run_that_is_to_leave_a_challenger_promotes_nothing(shop: Workshop) -> None:
    done = flow.run(shop, actor="ann", promote=False)
    records = shop.records
    assert (done.version.decision.outcome, records.ledger.champion()) == ("promote", None)
    run = records.runs.get(done.run_id)
    assert (run.kind, run.steps["promote"]) == ("stage", "none")
    assert [use.run_id for use in records.holdouts.uses()] == [run.id]
    assert staged_runs(shop) == set()


def test_a_run_that_promotes_nothing_settles_nothing_either(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pending challenger of an earlier run must not become champion by it."""
    settled: list[str] = []

    def settle(_: Workshop, actor: str, report: object) -> str:
        settled.append(actor)
        return "none"

    monkeypatch.setattr(flow, "settle", settle)
    flow.run(shop, actor="ann", promote=False)
    assert settled == []
    flow.run(shop, actor="bob")
    assert settled == ["bob"]


@pytest.mark.parametrize(("promote", "asked"), [(False, 0), (True, 1)])
def test_a_pending_version_of_a_run_that_promotes_nothing_is_left_to_a_person(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, promote: bool, asked: int
) -> None:
    version = flow.run(shop, actor="ann", promote=promote).version
    looked: list[str] = []
    monkeypatch.setattr(settle, "waiting", lambda records: [version])
    monkeypatch.setattr(settle, "odds", lambda records, version: looked.append(version.number))
    assert settle.settle(shop, "ann", silent) == "none"
    assert len(looked) == asked


def _killed_before_promotion(shop: Workshop, monkeypatch: pytest.MonkeyPatch, *, promote: bool) -> Run:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(flow, "conclude", die)
        killed.setattr(Lease, "__exit__", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            flow.run(shop, actor="ann", promote=promote)
    (dead,) = shop.records.runs.list()
    died(shop, dead)
    return dead


def test_the_wish_to_leave_a_challenger_outlives_the_process(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = _killed_before_promotion(shop, monkeypatch, promote=False)
    done = flow.run(shop, actor="ann", promote=False)
    assert (done.run_id, shop.records.ledger.champion()) == (dead.id, None)


@pytest.mark.parametrize("first", [False, True])
def test_who_leads_a_dead_run_to_its_end_does_what_it_was_asked_for(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """Version 1 was registered when its process died; the next run has the other wish, and is a run of its own."""
    dead = _killed_before_promotion(shop, monkeypatch, promote=first)
    done = flow.run(shop, actor="ann", promote=not first)
    assert done.run_id != dead.id
    assert shop.records.runs.get(dead.id).state == "finished"
    assert shop.records.versions.of_run(dead.id) is not None
    assert (shop.records.runs.get(dead.id).steps["promote"] != "none") == first
    assert not done.learned, "what the dead run made is there"
    assert shop.records.ledger.champion() == "1", "by the run that was to promote"


def test_what_cannot_be_judged_is_told_before_the_search(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    stages: list[str] = []
    mistaken = open_shop(shop.workspace, gate={"slices": ["housin"]})
    with pytest.raises(DataError, match="slice column 'housin'"):
        flow.run(mistaken, actor="ann", progress=lambda progress: stages.append(progress.stage))
    assert "train" not in stages


def test_what_the_run_does_is_seen_by_others(shop: Workshop) -> None:
    seen: list[tuple[str, str]] = []

    def watch(progress: Progress) -> None:
        seen.extend((run.stage, progress.stage) for run in shop.records.runs.list("running"))

    flow.run(shop, actor="ann", progress=watch)
    assert ("train", "search") in seen
    assert ("gate", "gate") in seen


def test_unchanged_rows_and_spec_are_not_learned_again_and_ask_nothing(shop: Workshop, monkeypatch: Any) -> None:
    first = flow.run(shop, actor="ann")
    notes: list[str] = []
    monkeypatch.setattr(flow, "train", never)
    again = flow.run(shop, actor="bob", progress=lambda progress: notes.append(progress.note))
    assert (again.learned, again.version) == (False, first.version)
    assert any("version 1 has learned these very rows" in note and "was not asked" in note for note in notes)
    assert len(shop.records.holdouts.uses(0)) == 1
    assert [run.outcome and run.outcome["version"] for run in shop.records.runs.list()] == ["1", "1"]
    assert len(shop.records.ledger.events()) == 1


def test_other_content_of_what_candidates_begin_with_is_learned(shop: Workshop, monkeypatch: Any) -> None:
    there = {"content": "weights of 1"}

    def content(_: object, params: object) -> str:
        if not there["content"]:
            raise SpecError("there is no such folder")
        return there["content"]

    monkeypatch.setattr(Linear, "content", content, raising=False)
    learned = []
    for here in ("weights of 1", "weights of 1", "weights of 2", ""):
        there["content"] = here
        learned.append(flow.run(shop, actor="ann").learned)
    assert learned == [True, False, True, False], "of a folder that is gone nothing is known"
    there["content"] = "weights of 3"
    made = flow.run(shop, actor="ann", recipe="champion")
    assert made.learned
    assert not flow.run(shop, actor="ann", recipe=made.version.number).learned


def test_what_was_left_as_a_challenger_is_promoted_without_learning_it_again(shop: Workshop, monkeypatch: Any) -> None:
    flow.run(shop, actor="ann", promote=False)
    monkeypatch.setattr(flow, "train", never)
    assert not flow.run(shop, actor="bob").learned
    assert shop.records.ledger.champion() == "1"


def test_what_people_rolled_back_from_stays_so_when_nothing_has_changed(shop: Workshop, monkeypatch: Any) -> None:
    flow.run(shop, actor="ann")
    other = open_shop(shop.workspace, search={"trials": 1, "folds": 2})
    second = flow.run(other, actor="ann")
    shop.records.ledger.promote("2", actor="ann", reason="trying")
    shop.records.ledger.rollback(actor="ann", reason="no good")
    monkeypatch.setattr(flow, "train", never)
    assert flow.run(other, actor="bob").version.number == second.version.number
    assert shop.records.ledger.champion() == "1"


@pytest.mark.parametrize(
    "changed", [{"gate": {"floor": 0.5}}, {"serve": {"coverage": 0.9}}, {"ingest": {"accept": ["gap"]}}], ids=str
)
def test_a_spec_that_judges_or_answers_otherwise_is_learned_and_judged_anew(
    shop: Workshop, changed: dict[str, Any]
) -> None:
    flow.run(shop, actor="ann")
    again = flow.run(open_shop(shop.workspace, **changed), actor="ann")
    assert (again.learned, again.version.number) == (True, "2")


def never(*_: object) -> str:
    raise AssertionError("there was nothing to learn")


def test_ctrl_c_keeps_what_the_run_has_made(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(flow, "score", stop)
        with pytest.raises(KeyboardInterrupt):
            flow.run(shop, actor="ann")
    (run,) = shop.records.runs.list()
    assert (run.state, staged_runs(shop)) == ("stopped", {run.id})
    monkeypatch.setattr("ratchet.retrain.steps.train.training.train", stop)  # it is not trained again
    assert flow.run(shop, actor="ann").run_id == run.id


def test_the_champions_recipe_is_fitted_again_without_a_search(shop: Workshop) -> None:
    with pytest.raises(NotFoundError, match="no champion whose recipe"):
        flow.run(shop, actor="ann", recipe="champion")
    first = flow.run(shop, actor="ann")
    same = flow.run(shop, actor="ann", recipe="champion")
    assert (same.learned, same.version.number) == (False, "1"), "the very rows, by the very recipe"
    take_in(shop, 900, seed=5)
    again = flow.run(shop, actor="ann", recipe="champion")
    versions = shop.records.versions
    assert (again.learned, again.version.number) == (True, "2")
    assert versions.bundle("2").recipe == versions.bundle("1").recipe
    assert again.version.dataset_id != first.version.dataset_id
    assert again.version.decision.outcome in {"promote", "hold", "need_data"}
    assert shop.records.runs.get(again.run_id).reason == "without a search: the recipe of version 1, by hand"
    searched = flow.run(shop, actor="ann")
    assert (searched.learned, searched.version.number) == (True, "3"), "nothing was searched for on these rows yet"


def test_a_champion_made_of_others_is_fitted_again_with_its_members(tmp_path: Path) -> None:
    of_amounts = {"family": "linear.v1", "encoders": {"housing": "blank.v1", "purpose": "blank.v1"}}
    of_words = {"family": "linear.v1", "encoders": {"income": "blank.v1", "age": "blank.v1"}}
    candidates = [of_amounts, of_words, {"family": "ensemble.v1", "params": {"way": "stacking"}}]
    shop = open_shop(tmp_path, candidates=candidates, gate={"metric": "log_loss"})
    take_in(shop, 600)
    flow.run(shop, actor="ann")
    versions = shop.records.versions
    first = versions.bundle("1").recipe
    assert first.family == "ensemble.v1"
    shop.records.ledger.promote("1", actor="ann", reason="trying")
    take_in(shop, 900, seed=5)
    again = flow.run(shop, actor="ann", recipe="champion")
    assert (again.learned, again.version.number, versions.bundle("2").recipe) == (True, "2", first)


def test_a_recipe_of_a_version_that_is_not_there_is_said(shop: Workshop) -> None:
    with pytest.raises(NotFoundError, match="has no version 7"):
        flow.run(shop, actor="ann", recipe="7")
    assert shop.records.runs.list() == []


def test_the_same_seed_gives_the_same_bytes(shop: Workshop, dataset: str, tmp_path: Path) -> None:
    """In two workspaces that know nothing of each other."""
    other = open_shop(tmp_path / "other", search={"trials": 9, "folds": 3, "method": "bayes"})
    spec = open_shop(shop.workspace, search={"trials": 9, "folds": 3, "method": "bayes"})
    made = []
    for each in (spec, other):
        table = tmp_path / "loans.csv"
        loans(600).write_csv(table)
        done = ingest(each.records.datasets, [str(table)], each.records.spec, quarantine=tmp_path / "aside")
        staged = Stage(each, "run").read(train(each, "run", done.dataset.id, silent), StagedTraining)
        made.append(staged.candidate.rpartition("/")[2])
    assert made[0] == made[1]


def test_two_trainings_of_the_same_rows_give_the_same_model(tmp_path: Path) -> None:
    models, bundles = set[str](), set[str]()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shop = open_shop(tmp_path / name)
        take_in(shop, 600)
        version = flow.run(shop, actor="ann").version.number
        opened = shop.records.versions.bundle(version)
        models.add(opened.manifest.model)
        bundles.add(opened.id)
    assert (len(models), len(bundles)) == (1, 2)
