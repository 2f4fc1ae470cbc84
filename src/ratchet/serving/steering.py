"""The verbs that say who answers, beside the champion, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ratchet import platforms
from ratchet.errors import Problem, RequestError
from ratchet.registry.events import Event
from ratchet.registry.numbers import Named, named
from ratchet.registry.records import Records
from ratchet.registry.traffic import Traffic
from ratchet.serving.closable import Closable
from ratchet.serving.live import Live
from ratchet.spec import Spec

_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
_TAKEN = 'a share such as 10%, or "shadow"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """Who answers what part of the traffic."""

    champion: str | None
    """The version that answers what no other has a share of; None where there is none."""
    share: float
    """What the champion answers, from 0 to 1."""
    arms: Mapping[str, float]
    """Version -> what it answers in the champion's place."""
    shadow: tuple[str, ...]
    """Versions that answer every row too, and whose answers nobody is sent."""
    by: str
    """What people are dealt by."""
    changes: tuple[Event, ...]
    """Every change so far, the newest first: who, when, why."""

    def __str__(self) -> str:
        if self.champion is None:
            return "There is no champion."
        shares = [f"{100 * share:g} % version {version}" for version, share in self.arms.items()]
        told = ", ".join([f"{100 * self.share:g} % version {self.champion}, the champion", *shares])
        listening = f"; version {', '.join(self.shadow)} in shadow" if self.shadow else ""
        return f"{told}{listening}."


class Steering(Closable):
    """The verbs about traffic."""

    spec: Spec
    _records: Records
    _live: Live

    def traffic(self) -> Shares:
        """Who answers what part of the traffic now, and how that came to be."""
        events = self._records.ledger.history()
        traffic = events[-1].traffic if events else Traffic()
        arms = traffic.shares
        return Shares(
            champion=events[-1].version if events else None,
            share=round(1 - sum(arms.values()), 4),
            arms=arms,
            shadow=traffic.shadow,
            by=self.spec.traffic.by,
            changes=tuple(each for each in events[::-1] if each.event == "traffic"),
        )

    def set_traffic(
        self, shares: Mapping[Any, float] | None = None, *, shadow: Sequence[Named] = (), reason: str = "",
        actor: str | None = None,
    ) -> Shares:  # fmt: skip
        """Have versions answer shares of the traffic in the champion's place, and those in ``shadow`` listen in.

        ``shares`` is version -> share from 0.0001 to 1, together at most 1; whoever had another share or none has what
        is said now, so ``set_traffic()`` ends it.  Nobody who stays in an arm that grows is answered by another.  Each
        version is loaded first and must answer: raises `BundleError` where it cannot, `NotFoundError` where there is
        none, `RequestError` that locates each share that cannot be, `RefusedError` without a champion.
        """
        self._require_open()
        wanted, listening = _shares(shares), _versions(shadow)
        standing = self._records.ledger.traffic().versions
        for version in dict.fromkeys((*wanted, *listening)):
            self._records.versions.get(version)
            if version not in standing:
                self._live.rehearsed(version)
        who = actor or platforms.user()
        self._records.ledger.split(wanted, listening, actor=who, reason=reason or "by hand")
        return self.traffic()


def parse(words: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    """Shares and shadow as the command line writes them.

    >>> parse(["3=10%", "4=shadow"])
    ({'3': 0.1}, ['4'])
    """
    shares, shadow = dict[str, float](), list[str]()
    for word in words:
        version, _, wanted = word.partition("=")
        share = _SHARE.fullmatch(wanted)
        if not version or version in {*shares, *shadow} or (share is None and wanted != "shadow"):
            raise _unclear(word[:80], repr(word)[:120], f"VERSION={_TAKEN}, each version once")
        if share is None:
            shadow.append(version)
        else:
            shares[version] = float(share[1]) / 100
    return shares, shadow


def _versions(given: object) -> list[str]:
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        raise _unclear("shadow", repr(given)[:120], 'a list of versions, such as ["4"]')
    return [named(each) for each in given]


def _shares(given: object) -> dict[str, float]:
    if given is not None and not isinstance(given, Mapping):
        raise _unclear("shares", repr(given)[:120], 'version -> share, such as {"3": 0.1}')
    found = dict[str, float]()
    for version, share in (given or {}).items():
        if isinstance(share, bool) or not isinstance(share, int | float):
            raise _unclear(f"version {version}"[:80], repr(share)[:120], "a share from 0 to 1")
        found[named(version)] = float(share)
    return found


def _unclear(where: str, found: str, expected: str) -> RequestError:
    return RequestError(
        "traffic cannot be split so",
        todo="correct it; traffic stays as it is",
        problems=(Problem(where=where, found=found, expected=expected),),
    )
