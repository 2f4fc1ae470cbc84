"""Each step is run again without making anything twice, and alone from ids in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from ratchet.data.ingest.ingest import turn
from ratchet.errors import DataError, NotFoundError, RefusedError
from ratchet.evaluation.scorecard import Scorecard
from ratchet.progress import Progress, silent
from ratchet.registry import bundle as bundles
from ratchet.registry.manifest import scorecard_of
from ratchet.retrain.stage import Stage, StagedDecision, StagedScore, StagedTraining
from ratchet.retrain.steps.check import check
from ratchet.retrain.steps.collect import collect
from ratchet.retrain.steps.gate import gate
from ratchet.retrain.steps.promote import NOT_PROMOTED, promote
from ratchet.retrain.steps.register import register
from ratchet.retrain.steps.score import score
from ratchet.retrain.steps.train import train
from ratchet.retrain.telling import outbox, tell
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.silent import SilentTracker
from ratchet.tracking.tracker import RunRecord
from tests.retrain.conftest import RUN, Made
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


def let_through(shop: Workshop, score: str) -> str:
    """Judge and register what was scored."""
    number = register(shop, gate(shop, score, silent), silent)
    assert number is not None
    return number


def another(shop: Workshop, dataset: str, *, run_id: str = "run2", until: str = "score") -> str:
    """The key of what another run stages, in processes of its own."""
    key = alone(shop, "train", run_id, dataset)
    for step in {"score": ("score",), "gate": ("score", "gate")}[until]:
        key = alone(shop, step, key)
    return key


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


def test_train_refuses_rows_that_nothing_could_be_judged_on(shop: Workshop, dataset: str) -> None:
    mistaken = open_shop(shop.workspace, gate={"slices": ["housing", "housin"]})
    assert check(mistaken, dataset, silent), "what is wrong with the rows is told all the same"
    with pytest.raises(DataError, match="the slice column 'housin' has no values"):
        train(mistaken, "run3", dataset, never("train"))


def test_train_and_score_are_done_once(shop: Workshop, made: Made) -> None:
    before = shop.records.blobs.list()
    assert train(shop, RUN, made.dataset, never("train")) == made.training
    assert score(shop, made.training, never("score")) == made.score
    assert shop.records.blobs.list() == before


def test_another_process_trains_and_scores_the_same_from_ids(shop: Workshop, made: Made) -> None:
    other = another(shop, made.dataset)
    ours, theirs = Stage(shop, RUN), Stage(shop, "run2")
    first, second = ours.read(made.score, StagedScore), theirs.read(other, StagedScore)
    trained = ours.read(first.training, StagedTraining)
    again = theirs.read(second.training, StagedTraining)
    assert trained.candidate.rpartition("/")[2] == again.candidate.rpartition("/")[2]
    assert set(trained.baselines) == set(again.baselines) == {"majority.v1", "one_feature.v1"}
    cards = [scorecard_of(ours.manifest(first.bundle)), scorecard_of(theirs.manifest(second.bundle))]
    first_card, second_card = (replace(each, cost=None, train_seconds=None, candidates=()) for each in cards)
    assert first_card == second_card
    found = [[replace(each, seconds=0.0) for each in card.candidates] for card in cards]
    assert found[0] == found[1] != []


def test_each_step_says_which_has_to_run_before_it(shop: Workshop, made: Made) -> None:
    for step, before, key in [
        (score, "train", "runs/loans/run9/train-1.json"),
        (score, "train", made.dataset),
        (gate, "score", made.training),
        (gate, "score", made.score.replace("loans", "others")),
        (register, "gate", made.score),
    ]:
        with pytest.raises(NotFoundError, match=f"run the step '{before}' first"):
            step(shop, key, silent)


def test_a_model_is_judged_on_the_holdout_of_the_rows_it_learned_from(shop: Workshop, made: Made) -> None:
    """The holdout is turned over between the steps: half of its rows are for training now."""
    old = shop.records.datasets.get(made.dataset)
    asked = shop.records.datasets.holdout_ids(old)[::2]
    new = turn(shop.records.datasets, shop.records.spec, asked, quarantine=shop.workspace / "quarantine")
    assert new.split_id != old.split_id
    number = let_through(shop, score(shop, train(shop, RUN, made.dataset, silent), silent))
    version = shop.records.versions.get(number)
    assert version.dataset_id == shop.records.versions.bundle(number).manifest.dataset_id == old.id
    assert [len(shop.records.holdouts.uses(each.split.generation)) for each in (old, new)] == [1, 0]


def test_a_run_that_trains_on_other_rows_keeps_the_two_apart(shop: Workshop, made: Made) -> None:
    more = take_in(shop, 700, seed=3)
    training = train(shop, RUN, more, silent)
    assert training != made.training
    version = shop.records.versions.get(let_through(shop, score(shop, training, silent)))
    assert version.dataset_id == more
    assert train(shop, RUN, made.dataset, never("train")) == made.training


def test_what_another_spec_has_learned_is_not_judged(shop: Workshop, made: Made) -> None:
    other = open_shop(shop.workspace, search={"trials": 3, "folds": 2}, gate={"slices": ["housing"]})
    for step, key in [(score, made.training), (gate, made.score)]:
        with pytest.raises(RefusedError, match="another spec asked for"):
            step(other, key, silent)


def test_the_gate_spends_nothing_and_looks_again_only_where_something_has_changed(shop: Workshop, made: Made) -> None:
    key = alone(shop, "gate", made.score)
    assert gate(shop, made.score, never("gate")) == key
    assert shop.records.holdouts.uses(0) == []


def test_a_changed_section_of_the_gate_is_judged_by_without_learning_anew(shop: Workshop, made: Made) -> None:
    first = gate(shop, made.score, silent)
    harder = open_shop(shop.workspace, gate={"floor": 0.99}, labels={"good": "Good"})
    assert train(harder, RUN, made.dataset, never("train")) == made.training
    assert score(harder, made.training, never("score")) == made.score
    second = gate(harder, made.score, silent)
    found = [Stage(shop, RUN).read(key, StagedDecision).judged.decision.outcome for key in (first, second)]
    assert found == ["promote", "hold"]
    sliced = open_shop(shop.workspace, gate={"slices": ["housing"]})
    scored = score(sliced, made.training, silent)
    assert scored != made.score
    manifest = Stage(shop, RUN).manifest(Stage(shop, RUN).read(scored, StagedScore).bundle)
    assert any(name.startswith("housing=") for name in scorecard_of(manifest).slices)


def test_sets_of_another_coverage_are_learned_anew(shop: Workshop, made: Made) -> None:
    assert train(open_shop(shop.workspace, serve={"coverage": 0.5}), RUN, made.dataset, silent) != made.training


def test_a_process_that_wakes_up_late_mixes_nothing_with_what_its_successor_made(shop: Workshop, made: Made) -> None:
    """What it stages for the same run lies beside it: under the key of a decision is what that decision was about."""
    stage = Stage(shop, RUN)
    decision = gate(shop, made.score, silent)
    before = {key: shop.records.blobs.get(key) for key in shop.records.blobs.list(f"runs/loans/{RUN}")}
    late = replace(stage.read(made.training, StagedTraining), search_score=0.1, trials=())
    late = replace(late, candidate=late.baselines["majority.v1"])
    theirs = gate(shop, score(shop, stage.write(late), silent), silent)
    assert theirs != decision
    assert {key: shop.records.blobs.get(key) for key in before} == before
    version = shop.records.versions.get(register(shop, decision, silent) or "")
    assert version.family == shop.records.versions.bundle("1").recipe.family == "linear.v1"
    assert register(shop, theirs, silent) == "1"
    assert len(shop.records.versions.list()) == 1


def test_a_decision_that_another_use_has_overtaken_is_made_anew(shop: Workshop, made: Made) -> None:
    decision = another(shop, made.dataset, until="gate")
    scored = Stage(shop, "run2").read(decision, StagedDecision).score
    assert let_through(shop, made.score) == "1"
    assert register(shop, decision, silent) is None
    stages: list[str] = []
    anew = gate(shop, scored, lambda progress: stages.append(progress.stage))
    assert stages == ["gate"]
    assert register(shop, anew, silent) == "2"
    uses = shop.records.holdouts.uses(0)
    assert [(use.run_id, use.version) for use in uses] == [(RUN, "1"), ("run2", "2")]
    assert gate(shop, scored, never("gate")) == anew


def test_a_run_registers_one_version_whoever_asks(shop: Workshop, made: Made) -> None:
    decision = gate(shop, made.score, silent)
    assert alone(shop, "register", decision) == register(shop, decision, silent) == "1"
    (version,) = shop.records.versions.list()
    stage = Stage(shop, RUN)
    assert version.scorecard == scorecard_of(stage.manifest(stage.read(made.score, StagedScore).bundle))
    assert len(shop.records.holdouts.uses(0)) == 1


def test_a_version_is_promoted_once(shop: Workshop, made: Made) -> None:
    let_through(shop, made.score)
    entry = alone(shop, "promote", "1", "ann")
    shop.records.ledger.promote("1", actor="bob", reason="again")
    assert promote(shop, "1", "ann", silent) == entry
    (event,) = shop.records.ledger.events()
    assert (str(event.seq), event.run_id, event.actor) == (entry, RUN, "ann")


def test_a_version_does_not_take_the_place_of_a_champion_it_was_never_held_against(shop: Workshop, made: Made) -> None:
    other = another(shop, made.dataset)
    let_through(shop, made.score)
    let_through(shop, other)
    shop.records.ledger.promote("2", actor="bob", reason="I like it")
    notes: list[str] = []
    assert promote(shop, "1", "ann", lambda progress: notes.append(progress.note)) == NOT_PROMOTED
    assert "held against no champion, which is champion no more" in notes[-1]
    assert shop.records.ledger.champion() == "2"


class Copying(SilentTracker):
    """Keeps the scorecard in each bundle that it is told of, as a tracker keeps copies."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[Scorecard] = []

    def record(self, run: RunRecord) -> str | None:
        assert run.bundle is not None
        self.cards.append(scorecard_of(bundles.look(run.bundle)[1]))
        return "t1"


def test_a_tracker_is_told_no_more_of_the_holdout_than_people_are(shop: Workshop, made: Made) -> None:
    tracker = Copying()
    strict = replace(open_shop(shop.workspace, gate={"floor": 0.99}), trackers=(tracker,))
    number = let_through(strict, made.score)
    tell(strict)
    version = shop.records.versions.get(number)
    assert version.decision.outcome == "hold"
    assert tracker.cards == [version.shown.scorecard]
    assert tracker.cards[0].metrics["accuracy"] != version.scorecard.metrics["accuracy"]
    assert shop.records.versions.bundle(number).manifest.scorecard is not None, "the version's own stays whole"


def test_trackers_are_owed_what_was_registered(shop: Workshop, made: Made) -> None:
    told = replace(shop, trackers=(Copying(),))
    register(told, gate(told, made.score, silent), silent)
    assert outbox(told).runs("silent") == [RUN]


def test_what_is_staged_goes(shop: Workshop) -> None:
    Stage(shop, RUN).clear()
    assert [key for key in shop.records.blobs.list() if not key.startswith("data/")] == []


def test_what_is_registered_stays(shop: Workshop, made: Made) -> None:
    let_through(shop, made.score)
    Stage(shop, RUN).clear()
    assert shop.records.versions.bundle("1").manifest.scorecard is not None
    assert shop.records.blobs.list("runs") == []


def test_a_second_dataset_has_findings_of_its_own(shop: Workshop, dataset: str) -> None:
    more = take_in(shop, 700, seed=3)
    assert more != dataset
    assert check(shop, more, silent) != check(shop, dataset, silent)
