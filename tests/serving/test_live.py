"""Which version is live."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from ratchet.arrays import Probabilities
from ratchet.errors import BundleError, UnavailableError
from ratchet.features.encoder import Columns
from ratchet.models.ensemble import Ensemble
from ratchet.serving.live import Live


@dataclass
class Shelf:
    """Versions by number, and which is champion."""

    versions: dict[str, Any]
    champion: str | None = None
    opened: int = 0

    def open(self, version: str) -> Any:
        self.opened += 1
        if version not in self.versions:
            raise BundleError(f"version {version} is damaged")
        return self.versions[version]

    def ask(self) -> str | None:
        return self.champion


class NoProbabilities(Ensemble):
    def predict(self, columns: Columns) -> Probabilities:
        return np.asarray(super().predict(columns) * np.nan)


@pytest.fixture
def shelf(opened: Callable[..., Any]) -> Shelf:
    return Shelf({"1": opened(), "2": opened(flipped=True)})


@pytest.fixture
def live(shelf: Shelf) -> Live:
    return Live(shelf.ask, shelf.open)


def test_without_a_champion_nothing_answers(live: Live) -> None:
    with pytest.raises(UnavailableError, match="no champion"):
        live.predictor  # asks, and finds none
    assert live.state().version is None


def test_the_columns_are_those_of_the_spec_until_there_is_a_champion(live: Live, shelf: Shelf) -> None:
    spec = shelf.versions["1"].spec
    assert live.schema(spec).classes == ()
    assert live.schema(spec).columns == spec.columns
    shelf.champion = "damaged"
    with pytest.raises(UnavailableError, match="cannot be loaded") as raised:
        live.schema(spec)
    assert "ratchet train" not in raised.value.todo, "a version is promoted already"
    shelf.champion = "1"
    assert live.schema(spec).classes == ("good", "bad")


def test_it_follows_the_champion_and_opens_each_once(live: Live, shelf: Shelf) -> None:
    shelf.champion = "1"
    assert live.refresh()
    assert not live.refresh()
    shelf.champion = "2"
    assert live.refresh()
    assert live.predictor.version == "2"
    assert (shelf.opened, live.state().swaps) == (2, 2)


def test_the_names_people_read_outlive_a_version(shelf: Shelf) -> None:
    live = Live(shelf.ask, shelf.open, names={"good": "Fine"})
    for shelf.champion in ("1", "2"):
        live.refresh()
        assert sorted(live.predictor.names) == ["Fine", "bad"]


@pytest.mark.parametrize("broken", ["damaged", "answers no probabilities", "its ledger is away"])
def test_a_champion_that_fails_leaves_the_old_one(live: Live, shelf: Shelf, broken: str) -> None:
    shelf.champion = "1"
    live.refresh()
    old = live.predictor
    shelf.champion = "3"
    if broken == "answers no probabilities":
        shelf.versions["3"] = replace(shelf.versions["1"], pipeline=NoProbabilities([shelf.versions["1"].pipeline]))
    if broken == "its ledger is away":
        live._champion = lambda: 1 / 0  # type: ignore[assignment,return-value]
    assert not live.refresh()
    assert live.predictor is old
    assert live.state().failures == 1
    assert live.state().problem


def test_a_failing_champion_is_not_opened_again_at_once_and_its_successor_is(live: Live, shelf: Shelf) -> None:
    shelf.champion = "1"
    live.refresh()
    shelf.champion = "3"
    for _ in range(10):
        live.refresh()
    assert shelf.opened == 2
    shelf.champion = "2"
    assert live.refresh()
    assert live.state().problem is None


def test_no_request_fails_while_champions_change(live: Live, shelf: Shelf) -> None:
    shelf.champion = "1"
    live.refresh()
    failures: list[BaseException] = []
    seen: set[str] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = live.predictor.predict([{"text": "so good"}])[0]
                assert answer.label == {"1": "good", "2": "bad"}[answer.version]
                seen.add(answer.version)
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for at in range(40):
        shelf.champion = "12"[at % 2]
        live.refresh()
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert seen == {"1", "2"}


def test_after_a_restart_the_champion_before_a_broken_one_answers(shelf: Shelf) -> None:
    shelf.champion = "3"
    live = Live(shelf.ask, shelf.open, former=lambda: ["damaged too", "2", "1"])
    assert live.refresh()
    assert live.predictor.version == "2"
    assert live.state().problem == "version 3 cannot be loaded: version 3 is damaged; version 2 answers meanwhile"
    shelf.versions["3"] = shelf.versions["1"]
    live._backoff.succeeded()  # as after a wait
    assert live.refresh()
    assert (live.predictor.version, live.state().problem) == ("3", None)


def test_where_nothing_can_be_loaded_nothing_answers(shelf: Shelf) -> None:
    shelf.champion = "3"

    def away() -> list[str]:
        raise UnavailableError("the database is away")

    for former in (list, lambda: ["4"], away):
        live = Live(shelf.ask, shelf.open, former=former)
        assert not live.refresh()
        with pytest.raises(UnavailableError, match="version 3 cannot be loaded"):
            live.predictor
