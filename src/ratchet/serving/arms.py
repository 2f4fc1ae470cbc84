"""The versions that answer beside the champion: loaded and warmed like it, and followed as the ledger says.

An arm that cannot be loaded, or fails where the champion does not, leaves its rows to the champion, is counted, and is
told of by health.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ratchet.backoff import Backoff
from ratchet.errors import RatchetError
from ratchet.registry.traffic import Traffic
from ratchet.serving.predictor import Predictor
from ratchet.serving.traffic import Key, Router

_log = logging.getLogger("ratchet.serving")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmsState:
    """How the versions beside the champion are, in this process."""

    versions: tuple[str, ...] = ()
    """Those that are loaded."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Version -> how often it could not be loaded, or did not answer what the champion did."""
    problems: tuple[str, ...] = ()
    """A sentence for each that does not answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Who answers which requests, while traffic is split; the champion is whoever else is live."""

    router: Router
    predictors: Mapping[str, Predictor]
    """Those of the arms; of one that is missing the champion answers the rows."""
    shadow: tuple[Predictor, ...]


class Arms:
    """Follows traffic.  ``split`` is what answering looks at; None while the champion answers alone."""

    def __init__(self, traffic: Callable[[], Traffic], rehearsed: Callable[[str], Predictor], key: Key) -> None:
        """``rehearsed`` gives a version loaded and warmed; ``key`` is what requests are dealt by."""
        self._traffic = traffic
        self._rehearsed = rehearsed
        self._key = key
        self._now = Traffic()
        self._loaded: dict[str, Predictor] = {}
        self._waits: dict[str, Backoff] = {}
        self._problems: dict[str, str] = {}
        self._lock = threading.Lock()
        self._failures: Counter[str] = Counter()
        self.split: Split | None = None

    def refresh(self) -> None:
        """Load what traffic asks for and let go of the rest; never raises, and tries again later what failed."""
        try:
            traffic = self._traffic()
        except Exception as error:  # the ledger is away: health says so of the champion; the split stays as it is
            _log.debug("traffic cannot be asked for: %s", error)
            return
        if traffic == self._now and not self._problems:
            return
        self._let_go(traffic)
        loaded = [self._load(version) for version in traffic.versions if version not in self._loaded]
        if traffic != self._now or any(loaded):
            self._now = traffic
            self.split = self._made(traffic)

    def failed(self, version: str, error: Exception) -> None:
        """Count an answer that an arm did not give."""
        with self._lock:
            self._failures[version] += 1
            first = self._failures[version] == 1
        if first:
            _log.error("version %s failed where the champion answers: %s", version, worded(error))

    def state(self) -> ArmsState:
        """How those beside the champion are."""
        with self._lock:
            failures = dict(self._failures)
        answering = [each for each in self._now.versions if failures.get(each) and each not in self._problems]
        failing = [f"version {each} failed {failures[each]} times where the champion answers" for each in answering]
        return ArmsState(versions=tuple(self._loaded), failures=failures, problems=(*self._problems.values(), *failing))

    def _let_go(self, traffic: Traffic) -> None:
        with self._lock:
            for kept in (self._loaded, self._waits, self._problems, self._failures):
                for version in set(kept) - set(traffic.versions):
                    kept.pop(version, None)

    def _load(self, version: str) -> bool:
        wait = self._waits.setdefault(version, Backoff(first=1.0))
        if version in self._problems and not wait.due:
            return False
        try:
            self._loaded[version] = self._rehearsed(version)
        except Exception as error:
            wait.failed()
            problem = f"version {version} cannot be loaded, so the champion answers for it: {worded(error)}"
            with self._lock:
                self._failures[version] += 1
            if self._problems.get(version) != problem:
                _log.error("%s", problem)
            self._problems[version] = problem
            return False
        self._problems.pop(version, None)
        with self._lock:
            self._failures.pop(version, None)
        return True

    def _made(self, traffic: Traffic) -> Split | None:
        if not traffic:
            _log.info("the champion answers alone now")
            return None
        _log.info("beside the champion answer now: %s", traffic)
        return Split(
            router=Router(traffic, self._key),
            predictors={each: self._loaded[each] for each in traffic.arms if each in self._loaded},
            shadow=tuple(self._loaded[each] for each in traffic.shadow if each in self._loaded),
        )


def worded(error: Exception) -> str:
    """What is wrong, in a sentence."""
    return error.problem if isinstance(error, RatchetError) else f"{type(error).__name__}: {error}"
