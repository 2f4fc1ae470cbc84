"""The trials of a search in the order in which they came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ratchet.report.settings import settings


def leaderboard(trials: Sequence[Mapping[str, Any]], *, higher: bool) -> list[dict[str, Any]]:
    """The chosen trial, then the others: those on most folds first, by score; those without one last.

    Scores on other folds are of other rows, and not held against each other.  Each keeps its ``number``, by which
    notes, reasons and trackers call it, and gets whether it is ``chosen``, and its ``settings`` in words.
    """

    def key(trial: Mapping[str, Any]) -> tuple[bool, int, float, int]:
        score = trial.get("score")
        worth = 0.0 if score is None else -score if higher else score
        return not trial.get("rule"), -int(trial.get("folds") or 0), worth, int(trial.get("number") or 0)

    ranked = sorted((each for each in trials if each.get("score") is not None), key=key)
    ranked += [each for each in trials if each.get("score") is None]
    return [{"chosen": bool(each.get("rule")), "settings": settings(each, ranked), **each} for each in ranked]
