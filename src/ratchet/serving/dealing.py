"""Answering a batch while traffic is split: each request by its arm, and by the champion where that one fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from ratchet.errors import RowError
from ratchet.registry.traffic import CHAMPION
from ratchet.serving.arms import Arms, Split
from ratchet.serving.explaining import explained
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Answers, Predictor
from ratchet.serving.request import EXPLAIN, VOTES, Request


def answer(predictor: Predictor, asked: Sequence[Request]) -> Answers:
    """One version's answers to requests, with what each wishes for; raises `RowError`."""
    voted, explain = _wished(VOTES, asked), _wished(EXPLAIN, asked)
    tops = {row: each.top for row, each in enumerate(asked) if each.top is not None}
    answers = predictor.answer([each.row for each in asked], voted=voted, tops=tops)
    given = answers.predictions
    for row, each in enumerate(asked):
        if each.id is not None:
            given[row] = msgspec.structs.replace(given[row], id=each.id)
    for row in explain:
        given[row] = explained(predictor, given[row], asked[row].row)
    return answers


def _wished(wish: str, asked: Sequence[Request]) -> list[int]:
    """The places of the requests that want it."""
    return [row for row, each in enumerate(asked) if each.wishes and wish in each.wishes]


def deal(split: Split, arms: Arms, champion: Predictor, asked: Sequence[Request]) -> tuple[list[Request], Answers]:
    """The requests with the arm that each fell into, and their answers, in order.

    What an arm cannot answer, the champion does: the arm's failure is counted, and the answer names who gave it.
    Raises `RowError`, as the champion words it of all rows, where that cannot answer either.
    """
    arms_of = [split.router.arm(each) for each in asked]
    groups: dict[str, list[int]] = {CHAMPION: []}
    for place, arm in enumerate(arms_of):
        groups.setdefault(arm if arm in split.predictors else CHAMPION, []).append(place)
    given: list[Prediction | None] = [None] * len(asked)
    left, parts, failed = groups.pop(CHAMPION), list[Answers](), dict[str, Exception]()
    for arm, places in groups.items():
        try:
            parts.append(_take(split.predictors[arm], asked, places, given))
        except Exception as error:
            failed[arm] = error
            left += places
    try:
        parts.append(_take(champion, asked, left, given))
    except RowError:
        answer(champion, asked)  # it names the rows by their places in all that was asked
        raise
    for arm, why in failed.items():
        arms.failed(arm, why)
    dealt = [msgspec.structs.replace(each, arm=arm) for each, arm in zip(asked, arms_of, strict=True)]
    return dealt, _together(parts, [each for each in given if each is not None])


def _take(
    predictor: Predictor, asked: Sequence[Request], places: Sequence[int], given: list[Prediction | None]
) -> Answers:
    answers = answer(predictor, [asked[place] for place in places])
    for place, each in zip(places, answers.predictions, strict=True):
        given[place] = each
    return answers


def _together(parts: Sequence[Answers], predictions: list[Prediction]) -> Answers:
    missing, unknown = Counter[str](), Counter[str]()
    for each in parts:
        missing.update(each.missing)
        unknown.update(each.unknown)
    return Answers(predictions=predictions, missing=missing, unknown=unknown)
