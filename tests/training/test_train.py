from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.engine.processes import ProcessEngine
from ratchet.errors import DataError, JobError, LimitError, SpecError
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.models.catalogue import BASELINES, FAMILIES
from ratchet.models.family import Model
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe
from ratchet.progress import Progress
from ratchet.spec import Spec
from ratchet.training import encoded, session
from ratchet.training.task import TrainingRows
from ratchet.training.train import Training, train

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER, "colour": Kind.CATEGORY}


def rows_of(count: int = 240, classes: int = 2, *, groups: bool = False) -> TrainingRows:
    random = np.random.default_rng(count)
    labels = random.permutation(np.arange(count) % classes).astype(np.int32)
    words = [["calm", "slow", "film"], ["bright", "quick", "film"], ["late", "heavy", "film"]]
    columns: Columns = {
        "note": [" ".join(random.choice([*words[label], "and", "the"], 4)) for label in labels],
        "age": labels + random.normal(size=count),
        "colour": [("red", "green", "blue")[(label + (random.random() < 0.4)) % 3] for label in labels],
    }
    return TrainingRows(
        columns=columns,
        kinds=KINDS,
        labels=labels,
        classes=tuple("abc"[:classes]),
        ids=np.arange(count, dtype=np.uint64),
        tune=np.arange(count) % 10 == 0,
        groups=np.array([f"g{number // 4}" for number in range(count)]) if groups else None,
    )


SHORT: dict[str, Any] = {"params": {"rounds": 30}}
"""Few rounds of boosting: what is tested is the training."""


def spec_of(*families: str | dict[str, Any], metric: str = "macro_f1", **search: Any) -> Spec:
    named = [{"family": each} if isinstance(each, str) else each for each in families or ("linear.v1",)]
    candidates = [SHORT | each if each["family"] == "boosted.v1" else each for each in named]
    return Spec(
        name="notes",
        label="y",
        columns=KINDS,
        candidates=candidates,
        search={"trials": 4, "folds": 3, "method": "random", **search},
        gate={"metric": metric},
    )


def run(spec: Spec, rows: TrainingRows, folder: Path, progress: list[Progress] | None = None) -> Training:
    report = (progress if progress is not None else []).append
    with session.opened(folder) as own:
        return train(spec, rows, engine=InlineEngine(), session=own, progress=report)


def test_the_whole_way(tmp_path: Path) -> None:
    rows, told = rows_of(classes=3), list[Progress]()
    made = run(spec_of("linear.v1", "boosted.v1", trials=5), rows, tmp_path, told)
    count = len(made.trials)
    assert [trial.number for trial in made.trials] == list(range(1, count + 1))
    assert count > 5, "other ways of encoding come besides"
    assert {trial.state for trial in made.trials} == {"finished", "dropped"}
    assert {trial.family for trial in made.trials if trial.state == "finished"} == {"linear.v1", "boosted.v1"}
    assert [trial.rule != "" for trial in made.trials].count(True) == 1, "of the one that was chosen"
    assert all(trial.reason for trial in made.trials if not trial.rule)
    answers = made.best.pipeline.predict(rows.columns)
    assert METRICS["accuracy"].value(rows.labels, answers) > 0.9
    assert [each.recipe.family for each in made.baselines] == list(BASELINES)
    assert all(each.search_score < made.best.search_score for each in made.baselines)
    assert (told[0].stage, told[-1].stage) == ("encode", "fit the best")
    searched = [each for each in told if each.stage == "search"]
    assert (searched[-1].done, searched[-1].total) == (count, count)
    assert searched[-1].best == pytest.approx(max(trial.score or 0 for trial in made.trials), abs=0.05)
    ended = [each.trial["number"] for each in searched if each.trial is not None]
    assert set(ended) == {trial.number for trial in made.trials}, "each is told as it ends"
    assert searched[-1].seconds_left is not None


def test_the_one_feature_rule_is_chosen_by_the_gates_metric(tmp_path: Path) -> None:
    baselines = run(spec_of(trials=1, metric="macro_recall"), rows_of(), tmp_path).baselines
    assert [dict(each.recipe.params) for each in baselines] == [{}, {"metric": "macro_recall"}]


def test_nothing_but_what_another_training_may_use_remains(tmp_path: Path) -> None:
    run(spec_of(), rows_of(), tmp_path)
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"columns", "encoded", "fold", ".lock"}


def test_out_of_fold_answers_give_the_search_score(tmp_path: Path) -> None:
    rows = rows_of(2_400)  # one cut into folds, so the score is of these very answers
    best = run(spec_of(trials=2, metric="accuracy"), rows, tmp_path).best
    assert sorted(best.out_of_fold.indices) == list(range(2_400))
    again = METRICS["accuracy"].value(rows.labels[best.out_of_fold.indices], best.out_of_fold.probabilities)
    assert best.search_score == pytest.approx(again)


def test_the_best_of_each_candidate_is_kept_with_its_interval(tmp_path: Path) -> None:
    spec = spec_of("linear.v1", "boosted.v1", {"family": "linear.v1", "params": {"C": 0.01}}, trials=5)
    made = run(spec, rows_of(classes=3), tmp_path)
    assert [each.family for each in made.candidates] == ["linear.v1", "boosted.v1", "linear.v1"]
    assert [each.chosen for each in made.candidates].count(True) == 1
    assert made.seconds > sum(each.seconds for each in made.candidates) > 0
    for number, each in enumerate(made.candidates):
        own = [trial for trial in made.trials if trial.candidate == number]
        assert each.trials == len(own)
        assert each.seconds == pytest.approx(sum(trial.seconds for trial in own))
        assert each.score is not None
        assert each.score.low <= each.score.value <= each.score.high > each.score.low
        if each.chosen:
            assert (each.score.value, each.params) == (made.best.search_score, made.best.recipe.params)
        else:
            most = max(trial.folds for trial in own)
            assert each.score.value == max(trial.score or 0.0 for trial in own if trial.folds == most)
            assert each.params in [trial.params for trial in own if trial.score == each.score.value]
    assert made.candidates[2].params["C"] == 0.01


def test_a_candidate_without_a_score_is_listed_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "sulky.v1", Sulky())
    made = run(spec_of("sulky.v1", "linear.v1"), rows_of(), tmp_path)
    sulky, linear = made.candidates
    assert (sulky.score, sulky.chosen, sulky.trials) == (None, False, 2)
    assert linear.chosen


def test_the_same_seed_gives_the_same_training(tmp_path: Path) -> None:
    rows, spec = rows_of(), spec_of("linear.v1", "boosted.v1", method="bayes", trials=12)
    one, other = (run(spec, rows, tmp_path / name) for name in ("one", "other"))

    def tried(made: Training, family: str) -> list[tuple[Any, ...]]:
        return [(trial.params, trial.score) for trial in made.trials if trial.family == family]

    for family in ("linear.v1", "boosted.v1"):
        assert tried(one, family) == tried(other, family)
    answers = [made.best.pipeline.predict(rows.columns) for made in (one, other)]
    np.testing.assert_array_equal(answers[0], answers[1])


def test_fixed_parameters_stay_fixed(tmp_path: Path) -> None:
    made = run(spec_of({"family": "linear.v1", "params": {"C": 0.7, "class_weight": "balanced"}}), rows_of(), tmp_path)
    assert {trial.params["C"] for trial in made.trials} == {0.7}
    everything = {"C": 0.7, "class_weight": "balanced", "loss": "log", "scaling": "none"}
    fixed = run(spec_of({"family": "linear.v1", "params": everything}), rows_of(), tmp_path).trials
    assert all(trial.params == everything for trial in fixed)
    assert len({Recipe(family="linear.v1", encoders=each.encoders, texts=each.texts).id for each in fixed}) == len(
        fixed
    )


def test_unknown_parameters_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        SpecError, match=r"candidates\.0\.params\.D: found no such parameter of linear\.v1, expected one of C"
    ):
        run(spec_of({"family": "linear.v1", "params": {"D": 1}}), rows_of(), tmp_path)


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_lower_can_be_better(tmp_path: Path, metric: str) -> None:
    made = run(spec_of("linear.v1", metric=metric), rows_of(), tmp_path)
    assert made.best.search_score == min(trial.score or 9 for trial in made.trials if trial.state == "finished")


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    rows = rows_of()
    rows.labels[:] = 1
    with pytest.raises(DataError, match="only the class 'b'"):
        run(spec_of(), rows, tmp_path)


@pytest.mark.parametrize("count", [4, 10])
def test_a_handful_of_rows_is_enough(tmp_path: Path, count: int) -> None:
    made = run(spec_of("linear.v1", "boosted.v1"), rows_of(count, groups=True), tmp_path)
    assert len(made.best.out_of_fold.indices) == count


class Sulky(Linear):
    name: ClassVar[str] = "sulky.v1"

    def fit(self, *args: Any, **kwargs: Any) -> Model:
        raise ZeroDivisionError("not today")


def test_failed_trials_are_recorded_and_the_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "sulky.v1", Sulky())
    made = run(spec_of("linear.v1", "sulky.v1"), rows_of(), tmp_path)
    failed = [trial for trial in made.trials if trial.state == "failed"]
    assert {trial.family for trial in failed} == {"sulky.v1"}
    assert all(trial.reason == "ZeroDivisionError: not today" for trial in failed)
    assert made.best.recipe.family == "linear.v1"
    first = f"trial {failed[0].number} (sulky.v1): ZeroDivisionError: not today"
    assert made.findings[0] == f"2 of {len(made.trials)} trials gave no score; {first}"


def test_no_trial_at_all_says_why_and_blames_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "sulky.v1", Sulky())
    reasons = r"none of 4 trials gave a model\n  - trial 1 \(sulky.v1\): ZeroDivisionError: not today"
    with pytest.raises(JobError, match=reasons) as refused:
        run(spec_of("sulky.v1"), rows_of(), tmp_path)
    assert refused.value.todo.startswith("ZeroDivisionError is what sulky.v1 or one of its encoders raised: correct")
    assert refused.value.todo.count("ZeroDivisionError") == 1
    assert "memory" not in refused.value.todo


def test_wrong_parameters_are_refused_before_anything_is_encoded(tmp_path: Path) -> None:
    engine = Watching()
    with session.opened(tmp_path) as own, pytest.raises(SpecError, match=r"candidates\.0\.params\.loss: found 'foo'"):
        train(spec_of({"family": "linear.v1", "params": {"loss": "foo"}}), rows_of(), engine=engine, session=own)
    assert engine.calls == []


def test_processes_find_what_one_process_finds(tmp_path: Path) -> None:
    rows, spec = rows_of(), spec_of(trials=3)
    inline = run(spec, rows, tmp_path)
    engine = ProcessEngine(2)
    try:
        with session.opened(tmp_path) as own:
            made = train(spec, rows, engine=engine, session=own)
    finally:
        engine.close()
    scores = [{trial.number: trial.score for trial in each.trials} for each in (inline, made)]
    assert scores[0] == scores[1]
    np.testing.assert_array_equal(
        made.best.pipeline.predict(rows.columns),
        inline.best.pipeline.predict(rows.columns),
    )


def test_the_budget_kills_what_runs(tmp_path: Path) -> None:
    rows = rows_of(1_500, classes=3)
    slow = {"family": "boosted.v1", "params": {"rounds": 200_000, "leaves": 16, "min_leaf": 10, "stopping": "off"}}
    engine = ProcessEngine(2)
    try:  # the first training lets the workers load their libraries, which takes long on a busy machine
        with session.opened(tmp_path) as own:
            train(spec_of("boosted.v1", "linear.v1", trials=6), rows, engine=engine, session=own)
        began = time.monotonic()
        with session.opened(tmp_path) as own:
            made = train(spec_of("linear.v1", slow, budget=8.0), rows, engine=engine, session=own)
    finally:
        engine.close()
    assert time.monotonic() - began < 8.0 * 1.05 + 2.0, "the budget, and what a busy machine may add"
    assert made.best.recipe.family == "linear.v1"
    killed = [trial for trial in made.trials if trial.family == "boosted.v1"]
    assert killed
    assert all(
        (trial.state, trial.reason) == ("stopped", "the time was up after 0 of 9 folds (3, 3 times)")
        for trial in killed
    ), killed
    assert (
        "the candidate boosted.v1 got no full trial: the time was up after 0 of 9 folds (3, 3 times)" in made.findings
    )
    assert any(each.startswith("the budget of 8 s ended the search after ") for each in made.findings)


def test_a_class_of_one_row_is_legal(tmp_path: Path) -> None:
    rows = rows_of(40)
    rows.labels[:] = 0
    rows.labels[:1] = 1
    made = run(spec_of(metric="roc_auc"), rows, tmp_path)
    assert 0 <= made.best.search_score <= 1


class Watching(InlineEngine):
    """Notes what runs with which limits; ``broken`` says which encoding fails."""

    def __init__(self, broken: str = "nothing") -> None:
        super().__init__()
        self.calls: list[tuple[str, float | None, int | None]] = []
        self._broken = broken

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        self.calls.append((function.__name__, limits["seconds"], limits["memory_mb"]))
        if function is encoded.encode and self._broken in args[4].values():
            failed: Future[Any] = Future()
            failed.set_exception(LimitError("it took 9,000 MB of 8,000"))
            return failed
        return super().submit(function, *args, **limits)


def test_all_that_encodes_or_learns_has_limits(tmp_path: Path) -> None:
    engine = Watching()
    with session.opened(tmp_path) as own:
        train(spec_of("linear.v1", "boosted.v1"), rows_of(), engine=engine, session=own)
    assert {name for name, _, _ in engine.calls} == {"encode", "run", "fit"}
    assert [name for name, _, _ in engine.calls].count("encode") == 5, "one for each way of encoding"
    assert all(seconds and memory == 8_000 for _, seconds, memory in engine.calls)


def test_a_candidate_whose_rows_cannot_be_encoded_is_left_out_and_said(tmp_path: Path) -> None:
    with session.opened(tmp_path) as own:
        made = train(spec_of("linear.v1", "boosted.v1"), rows_of(), engine=Watching("ngrams.v2"), session=own)
        assert made.best.recipe.family == "boosted.v1"
        assert made.findings[0].startswith("the rows could not be encoded for linear.v1, which was not tried: it took")
        with pytest.raises(JobError, match=r"none of 0 trials gave a model\n  - the rows could not be encoded"):
            train(spec_of("linear.v1"), rows_of(239), engine=Watching("ngrams.v2"), session=own)
        with pytest.raises(JobError, match=r"baseline one_feature\.v1 cannot be fitted: it took") as refused:
            train(spec_of("linear.v1"), rows_of(238), engine=Watching("words.v2"), session=own)
        assert refused.value.todo.startswith("raise search.budget or search.memory_mb")


def test_rows_that_are_learned_from_may_be_augmented(tmp_path: Path) -> None:
    """The whole way, in jobs that find their rows by key: the copies are learned from, and never scored."""
    made = run(spec_of({"family": "linear.v1", "params": {"augment": ["drop"]}}, trials=1), rows_of(), tmp_path)
    assert [each.state for each in made.trials] == ["finished"]
    assert made.best.recipe.params["augment"] == ["drop"]
    assert len(made.best.out_of_fold.indices) == 240
