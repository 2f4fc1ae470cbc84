"""Traffic between versions: who falls into which arm, and who answers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ratchet.errors import BundleError, RowError
from ratchet.registry.traffic import CHAMPION, Traffic, split
from ratchet.serving.answering import Answering
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Context, Request, requests
from ratchet.serving.traffic import Router, keyed


def _asked(subject: str | None = None, **tags: str) -> Request:
    return Request(classifier="films", row={"text": "good"}, subject=subject, tags=tags)


def test_a_tenth_of_the_people_fall_into_an_arm_and_stay_there_as_it_grows() -> None:
    people = [f"person {number}" for number in range(10_000)]
    before, traffic = set[str](), Traffic()
    for share in (0.01, 0.1, 0.5, 1.0):
        traffic = split(traffic, {"3": share}, (), salt="s")
        router = Router(traffic, keyed("subject"))
        inside = {each for each in people if router.arm(_asked(each)) == "3"}
        assert abs(len(inside) - 10_000 * share) < 200
        assert before <= inside
        before = inside


def test_people_are_dealt_by_subject_tag_or_chance() -> None:
    traffic = split(Traffic(), {"3": 0.5}, (), salt="s")
    arms = {by: Router(traffic, keyed(by, "who")) for by in ("subject", "tag:shop", "request")}
    rows = [Request(classifier="films", row={"who": 7}) for _ in range(20)]
    assert len({arms["subject"].arm(each) for each in rows}) == 1
    assert len({arms["tag:shop"].arm(_asked(str(n), shop="north")) for n in range(20)}) == 1
    assert len({arms["request"].arm(_asked("ann", shop="north")) for _ in range(60)}) == 2
    assert len({arms["tag:shop"].arm(_asked("ann")) for _ in range(60)}) == 2, "who does not say falls by chance"


@dataclass
class Scene:
    """Versions 1 to 3, of which 1 is champion, and what is recorded."""

    open: Callable[[str], Any]
    traffic: Traffic = field(default_factory=Traffic)
    log: list[tuple[Request, Prediction]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.live = Live(lambda: "1", self.open, traffic=lambda: self.traffic)
        self.answering = Answering("films", self.live, self.record)

    def record(self, asked: Sequence[Request], answers: Sequence[Prediction]) -> None:
        self.log.extend(zip(asked, answers, strict=True))

    def send(self, shares: dict[str, float], shadow: Sequence[str] = ()) -> None:
        self.traffic = split(self.traffic, shares, shadow, salt="s")
        self.live.refresh()

    def ask(self, count: int = 200) -> Counter[tuple[str | None, str]]:
        """How many people were recorded in each arm, answered by which version."""
        del self.log[:]
        asked = [each for n in range(count) for each in requests("films", [{"text": "good"}], Context(subject=f"p{n}"))]
        answers = self.answering.predict(asked)
        assert [each for _, each in self.log] == answers
        assert [request.subject for request, _ in self.log] == [each.subject for each in asked]
        return Counter((request.arm, answer.version) for request, answer in self.log)


@pytest.fixture
def scene(opened: Callable[..., Any]) -> Scene:
    versions = {"1": opened(), "2": opened(flipped=True), "3": opened(unread=("age",))}

    def open(version: str) -> Any:
        if version not in versions:
            raise BundleError(f"version {version} is damaged")
        return versions[version]

    return Scene(open)


def test_each_row_is_answered_by_its_arm_and_recorded_with_it(scene: Scene) -> None:
    assert set(scene.ask()) == {(None, "1")}, "an unsplit champion has no arms"
    scene.send({"2": 0.25, "3": 0.25})
    found = scene.ask()
    assert set(found) == {(CHAMPION, "1"), ("2", "2"), ("3", "3")}
    assert 70 < found[CHAMPION, "1"] < 130
    assert scene.live.state().arms.versions == ("2", "3")
    scene.send({"2": 1.0})
    assert set(scene.ask()) == {("2", "2")}
    scene.send({})
    assert set(scene.ask()) == {(None, "1")}


def test_a_broken_arm_leaves_its_rows_to_the_champion_and_health_says_so(scene: Scene) -> None:
    scene.send({"damaged": 0.5})
    assert set(scene.ask()) == {(CHAMPION, "1"), ("damaged", "1")}
    state = scene.live.state().arms
    assert state.failures == {"damaged": 1}
    assert "version damaged is damaged" in state.problems[0]
    scene.send({})
    assert scene.live.state().arms.problems == ()


def test_an_arm_that_fails_while_it_answers_leaves_its_rows_to_the_champion(scene: Scene) -> None:
    scene.send({"2": 0.5})
    made = scene.live.arms.split
    assert made is not None
    del made.predictors["2"]._rows  # nothing can be read any more
    assert set(scene.ask()) == {(CHAMPION, "1"), ("2", "1")}
    state = scene.live.state().arms
    assert state.failures == {"2": 1}
    assert "failed 1 times where the champion answers" in state.problems[0]


def test_a_mistake_is_named_by_the_place_of_its_row_in_what_was_asked(scene: Scene) -> None:
    scene.send({"2": 0.5})
    rows: list[dict[str, Any]] = [{"text": "good"}] * 20
    rows[13] = {"age": "x"}
    asked = [each for n, row in enumerate(rows) for each in requests("films", [row], Context(subject=f"p{n}"))]
    with pytest.raises(RowError) as raised:
        scene.answering.predict(asked)
    assert [each.where for each in raised.value.problems] == ["row 14: age"]
    assert scene.live.state().arms.failures == {}, "the champion could not answer it either"
    assert scene.log == []


def test_what_versions_in_shadow_do_not_keep_up_with_is_dropped_and_counted(scene: Scene) -> None:
    said: list[Prediction] = []
    go = threading.Event()

    def record(asked: Sequence[Request], answers: Sequence[Prediction]) -> None:
        assert go.wait(30)
        said.extend(answers)

    scene.answering = Answering("films", scene.live, scene.record, shadow=record)
    scene.send({"3": 0.5}, ["2"])
    answered = 0
    while scene.answering.counts().shadowed.dropped == 0:
        scene.ask(500)
        answered += 500
    go.set()
    assert scene.answering.settle(30)
    counts = scene.answering.counts()
    assert counts.answered == answered, "nobody waited"
    assert counts.shadowed.answered == len(said)
    assert counts.shadowed.answered + counts.shadowed.dropped == answered
    assert {each.version for each in said} == {"2"}
    scene.answering.close()


def test_a_version_that_fails_in_shadow_is_told_of_and_answers_go_on(scene: Scene) -> None:
    scene.answering = Answering("films", scene.live, scene.record, shadow=lambda asked, answers: None)
    scene.send({}, ["2"])
    made = scene.live.arms.split
    assert made is not None
    del made.shadow[0]._rows  # nothing can be read any more
    assert set(scene.ask(5)) == {(CHAMPION, "1")}
    assert scene.answering.settle(30)
    assert (scene.answering.counts().shadowed.answered, scene.answering.counts().shadowed.dropped) == (0, 5)
    assert "version 2 failed 5 times" in scene.live.state().arms.problems[0]
    scene.answering.close()
