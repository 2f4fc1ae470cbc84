"""The trials of a search in the order in which they came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ratchet.documents import plain
from ratchet.metrics.catalogue import find
from ratchet.registry.records import Records
from ratchet.registry.versions import Version
from ratchet.report.settings import settings


def of_version(records: Records, version: Version) -> list[dict[str, Any]]:
    """The trials of the search that a version came of; more is better of a metric that is not installed here."""
    metric = find(version.scorecard.metric)
    higher = metric is None or metric.higher_is_better
    return leaderboard(plain(records.versions.how_learned(version).trials), higher=higher)


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
