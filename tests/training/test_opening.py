"""What of the candidates a search begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.errors import MissingExtraError, SpecError
from ratchet.features import catalogue
from ratchet.features.huggingface.finding import find
from ratchet.features.words import Words
from ratchet.models.catalogue import BASELINES, FAMILIES
from ratchet.models.learner import label_free
from ratchet.models.linear import Linear
from ratchet.models.recipe import Recipe
from ratchet.training import encoded, session
from ratchet.training.candidate import Again
from ratchet.training.train import train
from tests.training.test_train import KINDS, Watching, rows_of, run, spec_of


class Slow(Words):
    """Says that it reads a thousand characters in a second."""

    name: ClassVar[str] = "slow.v1"
    pace: ClassVar[float] = 1_000.0


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.ENCODERS, "slow.v1", Slow)
    monkeypatch.setattr("ratchet.training.opening.cores", lambda: 1)


@pytest.mark.parametrize(("share", "tried"), [(0.49, True), (0.51, False)])
def test_rows_that_take_half_of_the_budget_to_encode_are_said_and_not_tried(
    share: float, tried: bool, tmp_path: Path
) -> None:
    rows = rows_of()
    seconds = sum(len(str(text or "")) for text in rows.columns["note"]) / Slow.pace
    slow = {"family": "linear.v1", "encoders": {"note": "slow.v1"}}
    made = run(spec_of("linear.v1", slow, trials=2, budget=seconds / share), rows, tmp_path)
    said = f"encoding the rows for linear.v1 would take about {seconds:,.0f} s of the budget: it was not tried"
    assert (said not in made.findings) == tried
    assert any("slow.v1" in each.encoders.values() for each in made.trials) == tried


def test_the_only_candidate_is_tried_however_long_it_takes(tmp_path: Path) -> None:
    slow = {"family": "linear.v1", "encoders": {"note": "slow.v1"}}
    made = run(spec_of(slow, trials=1, budget=2.0), rows_of(), tmp_path)
    assert made.best.recipe.encoders["note"] == "slow.v1"


class Ordered(InlineEngine):
    """Notes in which order work is begun: rows encoded in which way, and families that learn."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[tuple[str, Any]] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        what = args[4] if function is encoded.encode else args[0].recipe.family
        self.begun.append((function.__name__, what))
        return super().submit(function, *args, **limits)


def test_baselines_and_a_first_model_stand_before_rows_are_encoded_for_others(tmp_path: Path) -> None:
    engine = Ordered()
    with session.opened(tmp_path) as own:
        train(spec_of("boosted.v1", "linear.v1", trials=2), rows_of(), engine=engine, session=own)
    first = [*(("fit", each) for each in BASELINES), ("run", "linear.v1"), ("fit", "linear.v1")]
    stands = max(map(engine.begun.index, first))
    assert ("encode", label_free(Recipe.plan("boosted.v1", KINDS))) in engine.begun[stands:]
    ways = [label_free(Recipe.plan(each, KINDS)) for each in (*BASELINES, "linear.v1")]
    assert all(way in ways for what, way in engine.begun[:stands] if what == "encode")


class Begins(Linear):
    """Begins with a model, as those of Hugging Face do."""

    name: ClassVar[str] = "begins.v1"

    def content(self, params: Mapping[str, Any]) -> str:
        return str(find("no/such-model"))


@pytest.mark.parametrize("listed", [("linear.v1", "begins.v1"), ("begins.v1", "linear.v1")])
def test_a_candidate_whose_model_is_not_at_hand_is_left_out_and_said(
    listed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(FAMILIES, "begins.v1", Begins())
    made = run(spec_of(*listed, trials=2), rows_of(), tmp_path)
    assert made.best.recipe.family == "linear.v1"
    (said,) = [each for each in made.findings if "begins.v1" in each]
    assert said.startswith("begins.v1 was not tried: the model 'no/such-model' is not on this machine, and HF_HUB_OFF")
    assert said.endswith("or train once where huggingface.co can be reached")
    left = made.candidates[listed.index("begins.v1")]
    assert (left.score, left.trials, left.chosen) == (None, 0, False)


def test_where_no_candidate_has_its_model_nothing_is_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(FAMILIES, "begins.v1", Begins())
    engine = Watching()
    with session.opened(tmp_path) as own, pytest.raises(SpecError, match="'no/such-model' is not on this machine"):
        train(spec_of("begins.v1", trials=2), rows_of(), engine=engine, session=own)
    assert engine.calls == []


def test_a_candidate_whose_encoder_has_no_model_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nowhere(Words):
        name: ClassVar[str] = "nowhere.v1"

        @classmethod
        def content(cls) -> str:
            return str(find("/no/such folder"))

    monkeypatch.setitem(catalogue.ENCODERS, "nowhere.v1", Nowhere)
    nowhere = {"family": "linear.v1", "encoders": {"note": "nowhere.v1"}}
    made = run(spec_of(nowhere, "boosted.v1", trials=2), rows_of(), tmp_path)
    assert made.best.recipe.family == "boosted.v1"
    assert any(each.startswith("linear.v1 was not tried: there is no folder /no/such folder") for each in made.findings)


NEED_EXTRAS: dict[str, dict[str, Any]] = {
    "torch": {"family": "transformer.v1"},
    "xgboost": {"family": "xgboost.v1", "params": {"depth": 3}},
    "tensorflow": {"family": "network.v1", "params": {"backend": "tensorflow"}},
    "sentences": {"family": "boosted.v1", "encoders": {"note": "sentences.v1"}},
}
"""A candidate that needs each extra."""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no extra is installed."""
    for module in ("ratchet.features.huggingface.extras", "ratchet.models.xgboost", "ratchet.models.keras_steps"):
        monkeypatch.setattr(f"{module}.find_spec", lambda name: None)


@pytest.mark.usefixtures("bare")
def test_candidates_whose_extras_are_not_installed_are_left_out_and_said(tmp_path: Path) -> None:
    made = run(spec_of(*NEED_EXTRAS.values(), "linear.v1", trials=1), rows_of(), tmp_path)
    assert {each.family for each in made.trials} == {"linear.v1"}
    assert [(each.family, each.trials) for each in made.candidates if each.chosen] == [("linear.v1", 1)]
    for extra, candidate in NEED_EXTRAS.items():
        (said,) = [each for each in made.findings if f"pip install 'ratchet-ml[{extra}]'" in each]
        assert said.startswith(f"{candidate['family']} was not tried: ")


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("extra", NEED_EXTRAS)
def test_where_every_candidate_needs_an_extra_nothing_is_learned(extra: str, tmp_path: Path) -> None:
    engine, spec = Watching(), spec_of(NEED_EXTRAS[extra], {"family": "ensemble.v1"})
    with session.opened(tmp_path) as own, pytest.raises((MissingExtraError, SpecError)) as refused:
        train(spec, rows_of(), engine=engine, session=own)
    assert f"pip install 'ratchet-ml[{extra}]'" in refused.value.todo
    assert engine.calls == []


@pytest.mark.usefixtures("bare")
def test_a_known_recipe_whose_extra_is_not_installed_is_refused(tmp_path: Path) -> None:
    engine, again = Watching(), Again(recipe=Recipe.plan("xgboost.v1", KINDS), version="1")
    with session.opened(tmp_path) as own, pytest.raises(MissingExtraError, match=r"ratchet-ml\[xgboost\]"):
        train(spec_of("linear.v1"), rows_of(), engine=engine, session=own, again=again)
    assert engine.calls == []


@pytest.mark.usefixtures("bare")
def test_a_mistake_in_the_spec_of_one_that_needs_an_extra_ends_the_run(tmp_path: Path) -> None:
    wrong = {"family": "transformer.v1", "params": {"epochs": 0}}
    with pytest.raises(SpecError, match=r"candidates\.1\.params\.epochs: found 0"):
        run(spec_of("linear.v1", wrong), rows_of(), tmp_path)
