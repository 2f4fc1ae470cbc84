"""The search as a whole, on the engine without processes: what is tried, in which order, and what is made of it."""

from __future__ import annotations

import errno
import re
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.errors import JobError, LimitError
from ratchet.features.encoder import Columns, Matrix
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import BASELINES, FAMILIES
from ratchet.models.family import Model
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec, Spec
from ratchet.training import session, trial
from ratchet.training.candidate import Again
from ratchet.training.search import Search
from ratchet.training.task import TrainingRows
from ratchet.training.train import Training, train
from tests.training.test_train import rows_of, spec_of


class Noting(InlineEngine):
    """Notes which units of which family are learned, in order; ``before`` is called before each."""

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.runs: list[tuple[str, str]] = []
        self.fitted: list[tuple[str, int]] = []
        """Which family was fitted to all rows after how many units."""
        self._before = before

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        if function is trial.run:
            self._before(len(self.runs))
            self.runs += [(args[0].recipe.family, unit.name) for unit in args[0].units]
        if function is trial.fit:
            self.fitted.append((args[0].recipe.family, len(self.runs)))
        return super().submit(function, *args, **limits)


def run(spec: Spec, rows: TrainingRows, folder: Path, engine: InlineEngine | None = None) -> Training:
    with session.opened(folder) as own:
        return train(spec, rows, engine=engine or InlineEngine(), session=own)


class Guessing(Linear):
    """Answers at random."""

    name: ClassVar[str] = "guessing.v1"

    def fit(self, rows: Matrix, labels: Any, *args: Any, **named: Any) -> Model:
        return super().fit(rows, np.random.default_rng(0).permutation(labels), *args, **named)


class Diverging(Linear):
    """Learns weights that are no numbers."""

    name: ClassVar[str] = "diverging.v1"

    def fit(self, rows: Matrix, *args: Any, **named: Any) -> Model:
        made = super().fit(rows, *args, **named)
        made.__dict__.update(predict=lambda asked: np.full((len(asked), 2), np.nan))
        return made


@pytest.fixture
def two_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "guessing.v1", Guessing())
    monkeypatch.setitem(FAMILIES, "diverging.v1", Diverging())


def test_every_candidate_gets_one_fold_before_any_gets_a_second(tmp_path: Path, two_more: None) -> None:
    engine = Noting()
    run(spec_of("boosted.v1", "guessing.v1", "linear.v1", trials=9), rows_of(), tmp_path, engine)
    of_candidates = [each for each in engine.runs if each[0] not in {"majority.v1", "one_feature.v1"}]
    assert sorted(of_candidates[:3]) == [("boosted.v1", "0-0"), ("guessing.v1", "0-0"), ("linear.v1", "0-0")]
    assert of_candidates[0][0] == "linear.v1", "a usable model comes first"


def test_a_weak_candidate_is_given_up_early_and_that_is_said(tmp_path: Path, two_more: None) -> None:
    made = run(spec_of("linear.v1", "guessing.v1", trials=16), rows_of(3_000), tmp_path)
    guessed = [each for each in made.trials if each.family == "guessing.v1"]
    assert len(guessed) < 4
    assert {each.state for each in guessed} == {"dropped"}
    assert guessed[0].reason.startswith("dropped after 1 of 3 folds: 0.")
    (said,) = (each for each in made.findings if "guessing.v1" in each)
    assert said == f"the candidate guessing.v1 got no full trial: {guessed[0].reason}"


def test_on_a_large_table_what_is_behind_on_a_sample_is_tried_on_no_more(
    tmp_path: Path, two_more: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.training.rungs.SAMPLE", 400)
    families, engine = ("linear.v1", "guessing.v1", "ensemble.v1"), Noting()
    run(spec_of(*families, trials=2), rows_of(3_000), tmp_path / "small", engine)
    assert ("guessing.v1", "0-0") in engine.runs, "it may know what no other does"
    monkeypatch.setattr("ratchet.training.search.LARGE", 2_000)
    engine = Noting()
    run(spec_of(*families, trials=2), rows_of(3_000), tmp_path / "large", engine)
    assert [unit for family, unit in engine.runs if family == "guessing.v1"] == ["0-0-sample"]
    assert engine.fitted[-1] == ("linear.v1", len(engine.runs)), "nothing is fitted to all rows before it has won"


class Four(InlineEngine):
    """Notes how many threads each job has that learns on folds."""

    workers = 4

    def __init__(self) -> None:
        super().__init__()
        self.threads = set[int]()

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        if function is trial.run:
            self.threads.add(args[0].threads)
        return super().submit(function, *args, **limits)


def test_a_job_that_learns_alone_from_many_rows_has_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = Four(), Four()
    run(spec_of("linear.v1", trials=1, folds=2), rows_of(), tmp_path / "few", few)
    monkeypatch.setattr("ratchet.training.bench.MOST_ROWS", 200)
    run(spec_of("linear.v1", trials=1, folds=2), rows_of(), tmp_path / "many", many)
    assert few.threads == {1}
    assert max(many.threads) == 4


def test_most_trials_have_one_fold_and_the_best_have_all(tmp_path: Path) -> None:
    made = run(spec_of("linear.v1", trials=13, folds=5), rows_of(6_000), tmp_path)
    folds = [each.folds for each in made.trials]
    assert folds.count(5) < 6 < folds.count(1)
    assert all((each.state == "finished") == (each.folds == 5) for each in made.trials)


def test_what_diverges_is_a_failure_that_says_what_to_do(tmp_path: Path, two_more: None) -> None:
    made = run(spec_of("linear.v1", "diverging.v1", trials=4), rows_of(), tmp_path)
    failed = [each for each in made.trials if each.state == "failed"]
    assert {each.family for each in failed} == {"diverging.v1"}
    assert failed[0].score is None
    assert failed[0].reason.startswith("diverging.v1 answers with what is no number")
    assert "learning rate" in failed[0].todo
    assert made.best.recipe.family == "linear.v1"


def test_of_ways_that_do_equally_well_the_plainest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ways(recipe: Recipe, candidate: CandidateSpec, rows: TrainingRows) -> tuple[Recipe, ...]:
        blind = replace(recipe, encoders={"colour": "onehot.v1"})
        return recipe, blind, replace(recipe, encoders=dict(sorted(recipe.encoders.items())))

    monkeypatch.setattr("ratchet.training.search.alternatives", ways)
    made = run(spec_of("linear.v1", trials=3), rows_of(3_000), tmp_path)
    planned, blind, other = made.trials[:3]
    assert "its way of encoding does worse: 0." in blind.reason
    assert "no better, beyond chance, than the plainer one" in other.reason
    assert {tuple(each.encoders) for each in made.trials[3:]} == {tuple(planned.encoders)}
    assert len(made.trials) == 5, "other ways are no settings: three of these, and two ways"


def test_a_better_way_of_encoding_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(3_000)
    in_order = [("calm film", "film calm")[label] for label in rows.labels]
    rows = replace(rows, columns={"note": in_order}, kinds={"note": Kind.TEXT})
    spec = spec_of({"family": "linear.v1", "encoders": {"note": "words.v1"}}, trials=2)

    def ways(recipe: Recipe, candidate: CandidateSpec, rows: TrainingRows) -> tuple[Recipe, ...]:
        return recipe, replace(recipe, encoders={"note": "ngrams.v1"})

    monkeypatch.setattr("ratchet.training.search.alternatives", ways)
    made = run(spec, rows, tmp_path)
    assert "its way of encoding does worse: 0." in made.trials[0].reason
    assert made.best.recipe.encoders == {"note": "ngrams.v1"}
    assert made.trials[2].encoders == {"note": "ngrams.v1"}
    assert made.best.search_score == 1.0


def test_a_plainer_way_that_is_kept_marks_no_trial_as_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ways(recipe: Recipe, candidate: CandidateSpec, rows: TrainingRows) -> tuple[Recipe, ...]:
        return recipe, replace(recipe, encoders=dict.fromkeys(recipe.encoders, "blank.v1") | {"note": "ngrams.v2"})

    monkeypatch.setattr("ratchet.training.search.alternatives", ways)
    monkeypatch.setattr("ratchet.training.standing.Judge.error", lambda *_: 1.0)
    blind = {"note": "blank.v1", "age": "blank.v1"}
    made = run(spec_of({"family": "linear.v1", "encoders": blind}, "boosted.v1", trials=3), rows_of(3_000), tmp_path)
    (chosen,) = [each for each in made.trials if each.rule]
    assert chosen.recipe == made.best.recipe
    assert chosen.family == "boosted.v1"
    assert made.trials[0].reason.endswith("; its plainer way of encoding was kept")
    assert [each.reason == "" for each in made.trials] == [each is chosen for each in made.trials]


def test_a_training_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    def stop(count: int) -> None:
        if count == 9:
            raise SystemExit  # as if it were killed: nothing here handles it

    rows, spec = rows_of(3_000), spec_of("linear.v1", "boosted.v1", trials=8)
    whole = run(spec, rows, tmp_path / "whole")
    with pytest.raises(SystemExit):
        run(spec, rows, tmp_path / "cut", Noting(stop))
    engine = Noting()
    again = run(spec, rows, tmp_path / "cut", engine)
    assert [replace(each, seconds=0) for each in again.trials] == [replace(each, seconds=0) for each in whole.trials]
    fresh = Noting()
    run(spec, rows, tmp_path / "fresh", fresh)
    assert len(engine.runs) == len(fresh.runs) - 9


def test_a_later_training_with_more_trials_uses_what_an_earlier_one_made(tmp_path: Path) -> None:
    rows, engine = rows_of(3_000), Noting()
    short = run(spec_of("linear.v1", trials=7), rows, tmp_path)
    longer = run(spec_of("linear.v1", trials=10), rows, tmp_path, engine)
    assert [each.params for each in longer.trials[: len(short.trials)]] == [each.params for each in short.trials]
    assert 0 < len(engine.runs) < 10, "the folds of three more trials, and what they let go on"


def test_ctrl_c_keeps_the_best_so_far_and_says_so(tmp_path: Path) -> None:
    def press(count: int) -> None:
        if count == 14:
            raise KeyboardInterrupt

    made = run(spec_of("linear.v1", trials=20), rows_of(3_000), tmp_path, Noting(press))
    assert made.best.search_score > 0.9
    assert made.findings[0].startswith("Ctrl-C ended the search after ")
    assert any(each.reason.startswith("Ctrl-C was pressed after ") for each in made.trials)


class Terminated(KeyboardInterrupt):
    number = signal.SIGTERM


def test_sigterm_stops_at_once(tmp_path: Path) -> None:
    def end(count: int) -> None:
        if count == 14:
            raise Terminated

    with pytest.raises(Terminated):
        run(spec_of("linear.v1", trials=20), rows_of(3_000), tmp_path, Noting(end))


def test_ctrl_c_before_there_is_a_model_stops_at_once(tmp_path: Path) -> None:
    def press(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(spec_of("linear.v1"), rows_of(), tmp_path, Noting(press))


def test_a_known_recipe_is_fitted_again_without_a_search(tmp_path: Path) -> None:
    first = run(spec_of("linear.v1", trials=7), rows_of(2_400), tmp_path)
    rows = rows_of(2_700)
    with session.opened(tmp_path) as own:
        again = Again(recipe=first.best.recipe, version="7")
        made = train(spec_of("linear.v1", "boosted.v1"), rows, engine=InlineEngine(), session=own, again=again)
    (only,) = made.trials
    assert made.best.recipe == first.best.recipe
    assert (only.state, only.folds, only.reason) == ("finished", 3, "")
    assert only.rule == "the recipe of version 7, as asked; nothing was searched"
    assert made.findings == ("this is the recipe of version 7, as asked; nothing was searched",)
    assert sorted(made.best.out_of_fold.indices) == list(range(2_700))
    assert made.best.pipeline.predict(rows.columns).shape == (2_700, 2)


class Slow(Linear):
    """Takes its time on every fold."""

    name: ClassVar[str] = "slow.v1"

    def fit(self, *args: Any, **named: Any) -> Model:
        time.sleep(0.2)
        return super().fit(*args, **named)


@pytest.mark.usefixtures("two_more")
def test_all_candidates_are_compared_however_small_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The better of two candidates is slow, and listed first: the other does not win by being alone."""
    monkeypatch.setitem(FAMILIES, "slow.v1", Slow())
    made = run(spec_of("slow.v1", "guessing.v1", trials=500, budget=4.0), rows_of(3_000), tmp_path)
    assert made.best.recipe.family == "slow.v1"
    assert {each.family for each in made.trials if each.folds} == {"slow.v1", "guessing.v1"}
    assert any("the budget of 4 s ended the search" in each for each in made.findings)
    assert made.seconds < 4.0 * 1.05 + 1.0, "and a fold more: nothing can stop this engine's"


def test_a_candidate_that_was_not_tried_is_said(tmp_path: Path) -> None:
    """Time is up before the second candidate has had its fold, since nothing can stop the engine without processes."""

    def busy(count: int) -> None:
        if count == 0:
            time.sleep(1.2)

    made = run(spec_of("linear.v1", "boosted.v1", budget=1.0), rows_of(), tmp_path, Noting(busy))
    assert made.best.recipe.family == "linear.v1"
    said = "the candidate boosted.v1 got no full trial: the time was up after 0 of 9 folds (3, 3 times)"
    assert said in made.findings
    late = "encoding the rows and learning the first model took longer than the budget of 1 s; raise search.budget"
    assert late in made.findings
    assert not any("ended the search" in each for each in made.findings), "nothing was searched"
    assert [each.state for each in made.trials] == ["stopped", "stopped"]


def test_features_that_are_all_equal_give_a_model_and_no_error(tmp_path: Path) -> None:
    rows = rows_of(300)
    flat: Columns = {"note": ["same"] * 300, "age": np.full(300, 3.0), "colour": ["red"] * 300}
    made = run(spec_of("linear.v1", "boosted.v1"), replace(rows, columns=flat), tmp_path)
    assert made.best.pipeline.predict(flat).shape == (300, 2)
    assert {each.state for each in made.trials} <= {"finished", "dropped"}


@pytest.mark.parametrize("metric", ["roc_auc", "macro_f1", "log_loss"])
def test_a_class_of_fewer_rows_than_folds_is_legal(tmp_path: Path, metric: str) -> None:
    rows = rows_of(300, classes=3)
    rows.labels[rows.labels == 2] = 0
    rows.labels[:2] = 2
    made = run(spec_of("linear.v1", "boosted.v1", metric=metric), rows, tmp_path)
    assert np.isfinite(made.best.search_score)
    assert {each.state for each in made.trials} <= {"finished", "dropped"}


def test_a_full_disk_ends_trials_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.save

    def full(path: Path, array: Any) -> None:
        if path.name == "probabilities.npy" and array[:, 0].std() > 0.3:  # what is no baseline
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, array)

    monkeypatch.setattr("ratchet.training.trial.np.save", full)
    with pytest.raises(JobError, match="No space left on device") as refused:
        run(spec_of("boosted.v1"), rows_of(), tmp_path)
    assert "free space on the disk" in refused.value.todo


class Crowded(Linear):
    """Finds no room on the disk."""

    name: ClassVar[str] = "crowded.v1"

    def fit(self, *args: Any, **named: Any) -> Model:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_trial_that_meets_a_full_disk_is_recorded_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAMILIES, "crowded.v1", Crowded())
    made = run(spec_of("crowded.v1", "linear.v1", trials=4), rows_of(), tmp_path)
    crowded, others = (
        [each for each in made.trials if (each.family == "crowded.v1") == full] for full in (True, False)
    )
    assert {each.state for each in crowded} == {"failed"}
    assert all("No space left on device" in each.reason for each in crowded)
    assert {each.todo for each in crowded} == {"free space on the disk that holds the workspace, then train again"}
    assert len(others) > 1, "they go on"
    assert {each.state for each in others} == {"finished", "dropped"}
    assert made.best.recipe.family == "linear.v1"
    assert re.match(r"\d of 5 trials gave no score; trial \d \(crowded.v1\): OSError: ", made.findings[0])


class Unsteady(InlineEngine):
    """Has four workers, on a machine so busy that of the trials under way any may end next, by lot."""

    workers = 4

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.ended: list[str] = []
        self._made: dict[Future[Any], tuple[str, Future[Any]]] = {}
        self._random = np.random.default_rng(seed)

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        done = super().submit(function, *args, **limits)
        if function is not trial.run:
            return done
        late = Future[Any]()
        self._made[late] = f"{args[0].recipe.id} {[each.name for each in args[0].units]}", done
        return late

    def wait(self, running: Iterable[Future[Any]], **named: Any) -> Any:
        """`concurrent.futures.wait`, in which one of those that run ends."""
        pending = [each for each in running if not each.done()]
        name, done = self._made[late := pending[self._random.integers(len(pending))]]
        self.ended.append(name)
        late.set_result(done.result())
        return wait(list(running), **named)


def test_what_is_found_does_not_hang_on_which_job_ended_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, rows = spec_of("linear.v1", "boosted.v1", method="bayes", trials=10, budget=3_600.0), rows_of(2_400)
    engines, found = (Unsteady(1), Unsteady(2)), list[Training]()
    for at, engine in enumerate(engines):
        monkeypatch.setattr("ratchet.training.bench.wait", engine.wait)
        found.append(run(spec, rows, tmp_path / str(at), engine))
    one, other = found
    assert engines[0].ended != engines[1].ended
    assert sorted(engines[0].ended) == sorted(engines[1].ended)
    shown = [[replace(each, seconds=0.0) for each in made.trials] for made in found]
    assert shown[0] == shown[1]
    assert {each.state for each in shown[0]} == {"finished", "dropped"}, "the budget is not reached"
    assert (one.best.recipe, one.best.search_score) == (other.best.recipe, other.best.search_score)
    np.testing.assert_array_equal(one.best.out_of_fold.probabilities, other.best.out_of_fold.probabilities)


class Refusing(Noting):
    """Fits no linear model to all rows but the first."""

    def __init__(self) -> None:
        super().__init__()
        self.fits = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        if function is trial.fit and args[0].recipe.family == "linear.v1":
            self.fits += 1
            if self.fits > 1:
                failed: Future[Any] = Future()
                failed.set_exception(LimitError("it took 9,000 MB of 8,000"))
                return failed
        return super().submit(function, *args, **limits)


def test_where_the_best_cannot_be_fitted_the_model_of_the_first_seconds_is_there(tmp_path: Path) -> None:
    made = run(spec_of("linear.v1", trials=8), rows_of(3_000), tmp_path, Refusing())
    first = made.trials[0]
    assert made.best.recipe == first.recipe
    refused = [each for each in made.trials if each.reason.startswith("could not be fitted to all rows: it took 9,000")]
    assert all("raise search.budget or search.memory_mb" in each.todo for each in refused)
    assert first.rule
    said = [each for each in made.findings if "could not be fitted" in each]
    assert len(said) == bool(refused), "one sentence for all of them"
    assert all(each.endswith("; the first that could is trial 1 (linear.v1)") for each in said)
    assert all(str(each.number) in said[0] for each in refused)


def test_when_the_time_is_up_no_other_fit_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(search: Search, recipes: Any) -> dict[str, str]:
        search.budget.started -= 10_000
        return {}

    monkeypatch.setattr("ratchet.training.train.join", late)
    engine = Noting()
    made = run(spec_of("linear.v1", trials=8), rows_of(3_000), tmp_path, engine)
    assert made.best.recipe == made.trials[0].recipe
    assert [family for family, _ in engine.fitted] == [*BASELINES, "linear.v1"]
    reason = "could not be fitted to all rows: no time was left to learn from all rows"
    assert any(each.reason == reason for each in made.trials)
    assert not any("the first model took longer" in each for each in made.findings), "it was there early"


class Hanging(Noting):
    """Begins every fit of a linear model to all rows but the first, and ends none until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.hung = list[Future[Any]]()

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        if function is trial.fit and any(family == "linear.v1" for family, _ in self.fitted):
            self.hung.append(Future())
            return self.hung[-1]
        return super().submit(function, *args, **limits)

    def interrupt(self) -> None:
        for each in self.hung:
            each.cancel()


def test_a_last_fit_that_runs_past_the_budget_is_ended(tmp_path: Path) -> None:
    engine = Hanging()
    made = run(spec_of("linear.v1", trials=8, budget=6.0), rows_of(3_000), tmp_path, engine)
    assert made.best.recipe == made.trials[0].recipe
    assert len(engine.hung) == 1, "no other is begun"
    assert made.seconds < 6.0 * 1.05 + 1.0
    said = [each.reason for each in made.trials if "learning from all rows took longer than the" in each.reason]
    assert len(said) == 1
