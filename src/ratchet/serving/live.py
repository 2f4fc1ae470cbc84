"""Which version is live: it follows the ledger, and a switch fails no request.

A new champion is loaded and warmed beside the old one, then one reference is changed; requests in flight keep the
predictor they started with, which goes when the last of them ends.  Where a champion cannot be loaded, the one before
it goes on answering, also after a restart, and health says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from ratchet.backoff import Backoff
from ratchet.data.schema import Schema
from ratchet.errors import BundleError, RatchetError, UnavailableError
from ratchet.registry.bundle import Bundle
from ratchet.registry.traffic import Traffic
from ratchet.serving.arms import Arms, ArmsState
from ratchet.serving.predictor import Predictor
from ratchet.serving.rows import example
from ratchet.serving.traffic import Key, keyed
from ratchet.spec import Spec

_log = logging.getLogger("ratchet.serving")


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveState:
    """What is live, and how following the champion has gone."""

    version: str | None
    swaps: int
    """How often another version took over; the first one counts."""
    failures: int
    """How often the champion could not be asked for, loaded or warmed."""
    problem: str | None
    """Why the champion is not what answers; None while all is well."""
    metric: str | None = None
    """The metric that what is live was chosen by."""
    cv_score: float | None = None
    """That metric on the rows it was tuned on; None where nobody measured it."""
    arms: ArmsState = field(default_factory=ArmsState)
    """The versions beside it, while traffic is split."""


class Live:
    """Holds the predictor that answers.

    ``former`` gives the champions before the present one, the last first.  ``names`` are those that people read for the
    classes; without them, those that each bundle holds.  ``traffic`` says who answers beside the champion, and ``key``
    what people are dealt by.
    """

    def __init__(
        self,
        champion: Callable[[], str | None],
        open: Callable[[str], Bundle],
        *,
        former: Callable[[], Sequence[str]] = tuple,
        names: Mapping[str, str] | None = None,
        traffic: Callable[[], Traffic] = Traffic,
        key: Key | None = None,
    ) -> None:
        self.arms = Arms(traffic, self.rehearsed, key or keyed("subject"))
        self._champion = champion
        self._open = open
        self._former = former
        self._names = names
        self._predictor: Predictor | None = None
        self._refreshing = threading.Lock()
        self._swaps = 0
        self._failures = 0
        self._problem: str | None = None
        self._todo: str | None = None
        self._failed: str | None = None
        self._backoff = Backoff(first=1.0)

    @property
    def predictor(self) -> Predictor:
        """What answers now; raises `UnavailableError` while there is nothing."""
        predictor = self._predictor
        if predictor is None:
            self.refresh()
            predictor = self._predictor
        if predictor is None:
            if self._problem:
                raise UnavailableError(self._problem, todo=self._todo or "ratchet doctor says what is amiss")
            raise UnavailableError(
                "there is no champion to answer with",
                todo="ratchet train, then ratchet show: the gate must promote a version first",
            )
        return predictor

    @property
    def version(self) -> str | None:
        """The version that answers now."""
        predictor = self._predictor
        return None if predictor is None else predictor.version

    def schema(self, spec: Spec) -> Schema:
        """The columns and classes of what answers; of the spec, while there is no champion.

        Raises `UnavailableError` where there is a champion that cannot answer.
        """
        if self.version is None and self._champion() is None:
            return Schema(columns=dict(spec.columns), label=spec.label)
        return self.predictor.schema

    def held(self, spec: Spec) -> Schema:
        """The columns and classes of what answers in this process; of the spec, while nothing does."""
        predictor = self._predictor
        return Schema(columns=dict(spec.columns), label=spec.label) if predictor is None else predictor.schema

    def state(self) -> LiveState:
        """What is live, and how following the champion has gone."""
        predictor, problem = self._predictor, self._problem
        if predictor is not None and problem is not None:
            problem = f"{problem}; version {predictor.version} answers meanwhile"
        return LiveState(
            version=None if predictor is None else predictor.version,
            swaps=self._swaps,
            failures=self._failures,
            problem=problem,
            metric=None if predictor is None else predictor.spec.gate.metric,
            cv_score=None if predictor is None else predictor.cv_score,
            arms=self.arms.state(),
        )

    def rehearsed(self, version: str) -> Predictor:
        """A version loaded and warmed, as to go live; raises what keeps it from that, `BundleError` above all."""
        predictor = Predictor(self._open(version), version, names=self._names)
        warm(predictor)
        return predictor

    def refresh(self) -> bool:
        """Follow the champion, and those beside it; True when another champion answers from now on.

        Never raises: a champion that cannot be asked for, loaded or warmed leaves the old one answering, is counted
        and reported, and is tried again after a wait that doubles up to a minute.
        """
        with self._refreshing:
            switched = self._refresh()
            self.arms.refresh()
            return switched

    def _refresh(self) -> bool:
        try:
            version = self._champion()
        except Exception as error:
            return self._fail(None, "the ledger does not say who is champion", error)
        if version is None or version == self.version:
            self._problem = self._todo = None
            return False
        if version == self._failed and not self._backoff.due:
            return False
        try:
            predictor = self.rehearsed(version)
        except Exception as error:
            self._fail(version, f"version {version} cannot be loaded", error)
            return self._predictor is None and self._stand_in()
        self._problem = self._todo = self._failed = None
        return self._switch(predictor)

    def _stand_in(self) -> bool:
        """Have the last former champion that can be loaded answer: after a restart none is in memory."""
        with suppress(Exception):  # who was champion cannot be asked
            for version in self._former():
                with suppress(Exception):  # no better than the champion
                    return self._switch(self.rehearsed(version))
        return False

    def _switch(self, predictor: Predictor) -> bool:
        self._predictor = predictor
        self._swaps += 1
        _log.info("version %s answers now", predictor.version)
        return True

    def _fail(self, version: str | None, what: str, error: Exception) -> bool:
        problem, todo = f"{what}: {error}", None
        if isinstance(error, RatchetError):
            problem, todo = "; ".join([f"{what}: {error.problem}", *map(str, error.problems)]), error.todo
        if version is None or version != self._failed:
            self._backoff.succeeded()
        self._backoff.failed()
        self._failed = version
        self._failures += 1
        if problem != self._problem:
            _log.error("%s; %s", problem, f"version {self.version} goes on answering" if self.version else "none does")
        self._problem = problem
        self._todo = todo
        return False


def warm(predictor: Predictor) -> None:
    """Have a version answer one row and two, so that no request pays for its first time.

    Raises `BundleError` where the answers are not probabilities: such a version must not go live.
    """
    row = example(predictor.schema.features)
    for rows in ([row], [row, dict.fromkeys(row)]):
        for prediction in predictor.predict(rows):
            scores = [score.score for score in prediction.scores]
            if not (np.isfinite(scores).all() and min(scores) >= 0 and max(scores) <= 1 + 1e-6):
                raise BundleError(f"version {predictor.version} answers {scores}, which are not probabilities")
