"""Which settings mattered in a search: how much of the variance of the trials' scores each accounts for.

A forest is fitted to settings and scores, and its variance over the space that was tried is taken apart: the share of a
setting is the variance of the forest's mean as that setting alone goes over its values (Hutter, Hoos & Leyton-Brown
2014, "An Efficient Approach for Assessing Hyperparameter Importance", section 3: the main effects of functional ANOVA).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64
from ratchet.evaluation.explained import SettingShare

FEWEST = 8
"""With fewer trials of a family nothing is said."""
MOST = 500
"""Of more trials, so many are drawn."""
_DRAWN = 512
"""Points of the space by which it is integrated over."""
_TREES = 64


def setting_shares(trials: Sequence[Mapping[str, Any]]) -> tuple[SettingShare, ...]:
    """The shares of the settings of each family, largest first, from trials as documents (``family params score``).

    Trials without a score are left out, as are settings that all trials of a family share.
    """
    scored = [each for each in trials if each.get("score") is not None]
    families = dict.fromkeys(str(each["family"]) for each in scored)
    return tuple(share for name in families for share in _of(name, [each for each in scored if each["family"] == name]))


def _of(family: str, trials: Sequence[Mapping[str, Any]]) -> list[SettingShare]:
    if len(trials) > MOST:
        kept = clock.rng("settings", family).choice(len(trials), MOST, replace=False)
        trials = [trials[at] for at in sorted(kept.tolist())]
    names = sorted({name for each in trials for name in each["params"]})
    columns = {name: _numbers([each["params"].get(name) for each in trials]) for name in names}
    columns = {name: values for name, values in columns.items() if len(np.unique(values)) > 1}
    scores = np.array([each["score"] for each in trials], dtype=np.float64)
    if len(trials) < FEWEST or not columns or np.ptp(scores) == 0:
        return []
    shares = _main_effects(np.column_stack(list(columns.values())), scores)
    found = [
        SettingShare(family=family, setting=name, share=float(share), trials=len(trials))
        for name, share in zip(columns, shares, strict=True)
    ]
    return sorted(found, key=lambda each: -each.share)


def _numbers(values: Sequence[Any]) -> Floats64:
    """Values as numbers: themselves, or the place of each among those there are; trees split either."""
    if all(isinstance(each, int | float) for each in values):
        return np.asarray(values, dtype=np.float64)
    places = {name: at for at, name in enumerate(sorted({str(each) for each in values}))}
    return np.array([places[str(each)] for each in values], dtype=np.float64)


def _main_effects(settings: Floats64, scores: Floats64) -> Floats64:
    """(settings,) the share of each in the variance of a forest over the space that was tried."""
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(_TREES, min_samples_leaf=2, bootstrap=True, random_state=0)
    forest.fit(settings, scores)
    draw = clock.rng("settings space", len(scores))
    # Each setting drawn by itself from the values it had: tried (C 1, hinge) and (C 9, log), drawn also (C 1, log).
    space = np.column_stack([draw.choice(column, _DRAWN) for column in settings.T])
    total = float(forest.predict(space).var())
    if total == 0:
        return np.zeros(settings.shape[1])
    return np.array([_effect(forest, space, at) for at in range(settings.shape[1])]) / total


def _effect(forest: Any, space: Floats64, at: int) -> float:
    """The variance of the forest's mean as setting ``at`` goes over 16 of its values, spread as they are."""
    means = []
    for value in np.quantile(space[:, at], (np.arange(16) + 0.5) / 16, method="inverted_cdf"):
        fixed = space.copy()
        fixed[:, at] = value
        means.append(float(forest.predict(fixed).mean()))
    return float(np.var(means))
