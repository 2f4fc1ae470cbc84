"""What to try next: the settings of one candidate, proposed one after the other."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from ratchet.models.family import Choice, Range

Space = Mapping[str, Choice | Range]
Params = dict[str, Any]
Method = Literal["grid", "random", "bayes"]


class Proposals:
    """Settings from a search space: the defaults first, then by grid, at random, or by what did well so far.

    The same seed, and the same scores told in the same order, give the same proposals.  ``bayes`` is the
    tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization") of Optuna.
    """

    def __init__(self, space: Space, defaults: Params, *, method: Method, seed: int) -> None:
        self._space = {name: part for name, part in space.items() if not _is_settled(part)}
        self._defaults = defaults
        self._known: dict[int, Any] = {}
        self._next = self._grid(seed) if method == "grid" else self._asked(method, seed)

    def ask(self) -> tuple[int, Params] | None:
        """The number and the settings of the next trial, or None where there is nothing left to try."""
        return next(self._next, None)

    def tell(self, number: int, score: float | None) -> None:
        """How trial ``number`` did, higher being better; None where it failed."""
        self._known[number] = score

    def _grid(self, seed: int) -> Iterator[tuple[int, Params]]:
        """The defaults, then every combination of points, shuffled so that a part of them is a fair sample."""
        combinations = list(itertools.product(*(points(part) for part in self._space.values())))
        np.random.default_rng(seed).shuffle(combinations)
        made = [{**self._defaults, **dict(zip(self._space, each, strict=True))} for each in combinations]
        yield from enumerate([self._defaults, *(each for each in made if each != self._defaults)])

    def _asked(self, method: Method, seed: int) -> Iterator[tuple[int, Params]]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler: Any = optuna.samplers.RandomSampler(seed=seed)
        if method == "bayes":
            with warnings.catch_warnings():  # up to 4.9 Optuna calls the option of running trials experimental
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=5, constant_liar=True)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.enqueue_trial({name: _plain(self._defaults[name]) for name in self._space})
        distributions = {name: _distribution(part) for name, part in self._space.items()}
        asked: dict[int, Any] = {}
        for number in itertools.count():
            for ended in sorted(self._known.keys() & asked.keys()):
                score, trial = self._known[ended], asked.pop(ended)
                failed = optuna.trial.TrialState.FAIL
                study.tell(trial, score) if score is not None else study.tell(trial, state=failed)
            asked[number] = study.ask(distributions)
            yield number, {**self._defaults, **asked[number].params}
            if not self._space:
                return


def points(part: Choice | Range) -> list[Any]:
    """The values of a parameter that a grid tries.

    >>> points(Range(1, 100, scale="log", points=3))
    [1.0, 10.0, 100.0]
    """
    if isinstance(part, Choice):
        return list(part.options)
    spaced = np.geomspace if part.scale == "log" else np.linspace
    values = [float(each) for each in spaced(part.low, part.high, part.points)]
    return sorted({round(each) for each in values}) if part.whole else [float(f"{each:.6g}") for each in values]


def _is_settled(part: Choice | Range) -> bool:
    """Whether there is nothing to choose."""
    return len(part.options) == 1 if isinstance(part, Choice) else part.low == part.high


def _distribution(part: Choice | Range) -> Any:
    from optuna import distributions

    if isinstance(part, Choice):
        return distributions.CategoricalDistribution(list(part.options))
    log = part.scale == "log"
    if part.whole:
        return distributions.IntDistribution(int(part.low), int(part.high), log=log)
    return distributions.FloatDistribution(part.low, part.high, log=log)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
