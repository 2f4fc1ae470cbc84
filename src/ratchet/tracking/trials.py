"""What is told of a trial, as numbers by step and as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Trial = Mapping[str, Any]
"""A trial as the leaderboard has it."""
_NUMBERS = ("score", "spread", "folds", "seconds")
_WORDS = ("state", "rule", "reason", "todo", "settings")
_READ = ("encoders", "texts")
_NOT_IN_TABLES = ("params", "curves", "facts", *_READ)


def numbers(trial: Trial) -> dict[str, float]:
    """Its score, spread, folds and seconds, as far as it has them.

    >>> numbers({"number": 3, "score": 0.8, "seconds": None})
    {'score': 0.8}
    """
    return {name: float(trial[name]) for name in _NUMBERS if _finite(trial.get(name))}


def points(trial: Trial) -> Iterator[tuple[str, int, float]]:
    """Its curves as (name, step, value).

    >>> list(points({"curves": [{"measure": "log-loss", "steps": [1, 2], "learned": [0.7, 0.5], "held": []}]}))
    [('log-loss_learned', 1, 0.7), ('log-loss_learned', 2, 0.5)]
    """
    for curve in trial.get("curves") or ():
        for rows in ("learned", "held"):
            for step, value in zip(curve["steps"], curve.get(rows) or (), strict=False):
                if _finite(value):
                    yield f"{curve['measure']}_{rows}", int(step), float(value)


def words(trial: Trial) -> dict[str, str]:
    """How it ended: by which rule it was chosen or why it lost, what to do, its settings in a line.

    Of a trial that ended just now only what is known then.

    >>> words({"number": 3, "state": "finished", "reason": "0.790 against 0.810", "rule": "", "score": 0.79})
    {'state': 'finished', 'reason': '0.790 against 0.810'}
    """
    return {name: str(trial[name]) for name in _WORDS if trial.get(name) not in (None, "")}


def settings(trial: Trial) -> dict[str, Any]:
    """What was tried: the family, its parameters, the encoders, and how its texts are made, of a trial or a recipe.

    >>> settings({"family": "linear.v1", "params": {"C": 1.0}, "encoders": {"note": "ngrams.v2"}, "texts": {}})
    {'family': 'linear.v1', 'C': 1.0, 'encoders': '{"note":"ngrams.v2"}'}
    """
    return {"family": trial.get("family"), **_tried(trial)}


def _tried(trial: Trial) -> dict[str, Any]:
    """Column -> encoder, and text -> how it is made, are JSON: names of columns may hold any sign."""
    read = {name: msgspec.json.encode(trial[name]).decode() for name in _READ if trial.get(name)}
    return {**readable(trial.get("params") or {}), **read}


def readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as people read them: of an ensemble its members' families and weights, not all that they are made by.

    >>> readable({"way": "greedy", "members": [{"family": "a.v1"}, {"family": "b.v1"}], "weights": [0.7, 0.3]})
    {'way': 'greedy', 'members': 'a.v1 0.7, b.v1 0.3'}
    """
    if "members" not in params:
        return dict(params)
    pairs = zip(params["members"], params["weights"], strict=True)
    members = ", ".join(f"{member['family']} {weight:.2g}" for member, weight in pairs)
    return {**{key: value for key, value in params.items() if key != "weights"}, "members": members}


def title(trial: Trial) -> str:
    """What it is called among the runs.

    >>> title({"number": 3, "family": "linear.v1"})
    'trial 3: linear.v1'
    """
    return f"trial {trial.get('number', '?')}: {trial.get('family', '?')}"


def table(trials: Sequence[Trial]) -> dict[str, Any]:
    """Columns and rows, as many as trials; parameters are columns of their own.

    >>> table([{"number": 0, "params": {"C": 1.0}, "score": 0.8}, {"number": 1, "score": None}])
    {'columns': ['number', 'score', 'C'], 'data': [[0, 0.8, 1.0], [1, None, None]]}
    """
    rows = [{**{k: v for k, v in trial.items() if k not in _NOT_IN_TABLES}, **_tried(trial)} for trial in trials]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return {"columns": columns, "data": [[row.get(key) for key in columns] for row in rows]}


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
