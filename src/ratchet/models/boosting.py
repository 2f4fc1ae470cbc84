"""How many rounds of boosting do: chosen on rows kept out of those learned from, never on rows that are scored.

On small tables inner folds are kept out in turn and the curves of their log-loss averaged, since one part of a few
hundred rows tells little; on larger ones one fold is.  Then all rows are learned from, for that many rounds;
where there are very many, what was grown without the fold is kept as it is: it has seen nearly all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Ints, Labels
from ratchet.models.history import Curve, History
from ratchet.models.inner import inner_folds
from ratchet.models.trees import Trees, joined

FOLDS = 4
FEWEST_ROWS = 40
"""Of fewer rows none are kept out."""
SMALL = 5_000
"""Tables of fewer rows have as many of four inner folds kept out in turn as tell enough."""
ENOUGH = 1_000
"""Rows kept out, over all turns, that tell well enough."""
LARGE = 50_000
"""Of larger tables the trees grown beside the fold that was kept out stay."""
LEAST_GAIN = 2e-4
"""What the log-loss on rows kept out has to fall by, in nats, for growing on: less changes no answer."""
HELD = 20_000
"""More rows kept out than this tell no more."""
_PATIENCE = 2.0
"""Steps of the whole learning rate that bring next to nothing before growing ends."""
_STEP = 5
"""Rounds between two looks at the losses: looking at every one takes a quarter of the time."""
_LONGER = 1.1
"""All rows bear a few more rounds than three quarters or four fifths of them."""
_POINTS = 200
"""A curve has at most about this many."""


class Watched(Protocol):
    """A booster that grows step by step while a loss on other rows is watched."""

    def grow(self, rounds: int) -> tuple[float, float]:
        """Grow so many rounds more; the log-loss on the rows learned from, and on those kept out."""
        ...

    def trees(self, rounds: int) -> Trees:
        """Those of the first ``rounds``."""
        ...


class Grower(Protocol):
    """A booster and the rows that it may learn from."""

    def watched(self, learned: Ints, held: Ints, *, seed: int) -> Watched:
        """One that learns from some rows and is watched on others; it has grown nothing yet."""
        ...

    def whole(self, *, rounds: int, seed: int) -> Trees:
        """Grow ``rounds`` on all rows."""
        ...


def grown(
    grower: Grower, labels: Labels, params: Mapping[str, Any], *, groups: Ints | None, seed: int
) -> tuple[Trees, History]:
    """The trees, and how many rounds they took; ``labels`` (rows,) are of two classes at least.

    ``params`` are those of a family: ``rounds`` (the most), ``learning_rate``, ``stopping`` and ``seeds``; recipes of
    releases that had not the last two grow all their rounds, once.
    """
    rounds, patience = int(params["rounds"]), int(np.clip(_PATIENCE / float(params["learning_rate"]), 25, 200))
    history = History(facts={"rounds": rounds})
    if params.get("stopping") == "on":
        turns = _turns(labels, groups, seed)
        if turns:
            kept, history = _watched(grower, turns, rounds, patience, seed)
            if kept is not None:
                return kept, history
        else:
            history = History(facts={"rounds": min(rounds, patience)})
    seeds = [clock.seed("booster", seed, number) for number in range(int(params.get("seeds", 1)))]
    rounds = int(history.facts["rounds"])
    return joined([grower.whole(rounds=rounds, seed=each) for each in seeds], 1 / len(seeds)), history


def _turns(labels: Labels, groups: Ints | None, seed: int) -> list[tuple[Ints, Ints]]:
    """Rows to learn from and rows to keep out, turn by turn; none where there are too few, or all are one group."""
    count = len(labels)
    if count < FEWEST_ROWS:
        return []
    folds = FOLDS if count < SMALL else max(FOLDS + 1, -(-count // HELD))
    fold = inner_folds(labels, groups, folds=folds, seed=seed)
    parts = [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(folds)]
    legal = [(learned, held) for learned, held in parts if len(learned) and len(held)]
    return legal[: math.ceil(ENOUGH * len(legal) / count)] if count < SMALL else legal[:1]


def _watched(
    grower: Grower, turns: Sequence[tuple[Ints, Ints]], most: int, patience: int, seed: int
) -> tuple[Trees | None, History]:
    """Trees to keep, if any; how many rounds all rows are worth, and what was seen."""
    first = clock.seed("booster", seed, 0)
    boosters = [grower.watched(learned, held, seed=first) for learned, held in turns]
    steps, losses = _grown_together(boosters, most, patience)
    best = int(steps[losses[:, 1].argmin()])
    keep = sum(map(len, turns[0])) >= LARGE
    rounds = best if keep else min(most, round(best * _LONGER))
    return boosters[0].trees(best) if keep else None, History(facts={"rounds": rounds}, curves=(_curve(steps, losses),))


def _grown_together(boosters: Sequence[Watched], most: int, patience: int) -> tuple[Ints, Floats64]:
    """(steps,) rounds, and (steps, 2) the mean log-loss of all boosters then, on rows learned from and rows kept out.

    They grow side by side, until that on the rows kept out has gained less than `LEAST_GAIN` in ``patience`` rounds:
    the mean tells sooner than each of them that no more is to be had.
    """
    steps, losses = list[int](), list[Floats64]()
    least, since = np.inf, 0
    while (grown := steps[-1] if steps else 0) < most and grown - since < patience:
        count = min(_STEP, most - grown)
        losses.append(np.mean([each.grow(count) for each in boosters], axis=0))
        steps.append(grown + count)
        if losses[-1][1] < least - LEAST_GAIN:
            least, since = losses[-1][1], steps[-1]
    return np.array(steps), np.array(losses)


def _curve(steps: Ints, losses: Floats64) -> Curve:
    at = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _POINTS)).astype(int))
    return Curve(
        measure="log-loss",
        steps=tuple(steps[at].tolist()),
        learned=tuple(losses[at, 0].tolist()),
        held=tuple(losses[at, 1].tolist()),
    )
