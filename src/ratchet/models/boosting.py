"""How many rounds of boosting do: chosen on rows kept out of those learned from, never on rows that are scored.

On small tables each of four inner folds is kept out in turn and the curves of their log-loss averaged, since one part
of a few hundred rows tells little; on larger ones one fold is.  Then all rows are learned from, for that many rounds;
where there are very many, what was grown without the fold is kept as it is: it has seen nearly all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
"""Tables of fewer rows have all inner folds kept out in turn."""
LARGE = 50_000
"""Of larger tables the trees grown beside the fold that was kept out stay."""
LEAST_GAIN = 2e-4
"""What the log-loss on rows kept out has to fall by, in nats, for growing on: less changes no answer."""
HELD = 20_000
"""More rows kept out than this tell no more."""
_LONGER = 1.1
"""All rows bear a few more rounds than three quarters or four fifths of them."""
_POINTS = 200
"""A curve has at most about this many."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Trees grown while a loss on other rows was watched."""

    trees: Callable[[], Trees]
    """Those of as many rounds as were best."""
    learned: Floats64
    """(rounds,) log-loss on the rows learned from."""
    held: Floats64
    """(rounds,) log-loss on the rows kept out."""


class Grower(Protocol):
    """A booster and the rows that it may learn from."""

    def watched(self, learned: Ints, held: Ints, *, rounds: int, patience: int, seed: int) -> Watched:
        """Grow at most ``rounds``, until the loss on the rows kept out gains less than `LEAST_GAIN` in ``patience``."""
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
    rounds, patience = int(params["rounds"]), int(np.clip(4 / float(params["learning_rate"]), 25, 200))
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
    return legal if count < SMALL else legal[:1]


def _watched(
    grower: Grower, turns: Sequence[tuple[Ints, Ints]], most: int, patience: int, seed: int
) -> tuple[Trees | None, History]:
    """Trees to keep, if any; how many rounds all rows are worth, and what was seen."""
    first = clock.seed("booster", seed, 0)
    seen = [grower.watched(learned, held, rounds=most, patience=patience, seed=first) for learned, held in turns]
    length = min(len(each.held) for each in seen)
    curves = [np.mean([getattr(each, name)[:length] for each in seen], axis=0) for name in ("learned", "held")]
    best = int(curves[1].argmin()) + 1
    keep = sum(map(len, turns[0])) >= LARGE
    rounds = best if keep else min(most, round(best * _LONGER))
    return seen[0].trees() if keep else None, History(facts={"rounds": rounds}, curves=(_curve(*curves),))


def _curve(learned: Floats64, held: Floats64) -> Curve:
    steps = np.unique(np.linspace(1, len(held), min(len(held), _POINTS)).astype(int))
    at = steps - 1
    return Curve(
        measure="log-loss",
        steps=tuple(steps.tolist()),
        learned=tuple(learned[at].tolist()),
        held=tuple(held[at].tolist()),
    )
