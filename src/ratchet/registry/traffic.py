"""Traffic: which versions beside the champion answer which share, and which only listen in.  Pure values and rules.

People are dealt into `SLOTS` slots by a hash that never changes while traffic is split.  An arm holds slots, and the
champion has all that are left.  An arm that grows takes slots of the champion alone, so nobody who is in an arm leaves
it; one that shrinks gives back those that it took last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ratchet.errors import Problem, RequestError

SLOTS = 10_000
"""A share is told to one hundredth of a percent."""
CHAMPION = "champion"
"""What the log calls the arm of those whom the champion answers while traffic is split."""

Span = tuple[int, int]
"""Slots from the first (included) to the second (not)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traffic:
    """Who answers beside the champion; all empty while it answers alone."""

    arms: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """Version -> the slots whose rows it answers, in the order in which it took them."""
    shadow: tuple[str, ...] = ()
    """Versions that answer every row too, and whose answers nobody is sent."""
    salt: str = ""
    """What slots are told by beside the person; a new one whenever a champion that answered alone is joined."""

    def __bool__(self) -> bool:
        return bool(self.arms or self.shadow)

    @property
    def versions(self) -> tuple[str, ...]:
        """All that answer beside the champion."""
        return (*self.arms, *self.shadow)

    @property
    def shares(self) -> dict[str, float]:
        """Version -> the share of traffic that it answers, from 0 to 1."""
        return {version: sum(end - start for start, end in spans) / SLOTS for version, spans in self.arms.items()}

    def without(self, version: str) -> Traffic:
        """The same, where a version takes no part; its slots go to the champion."""
        arms = {each: spans for each, spans in self.arms.items() if each != version}
        return replace(self, arms=arms, shadow=tuple(each for each in self.shadow if each != version))

    def __str__(self) -> str:
        shares = [f"{version} {100 * share:g} %" for version, share in self.shares.items()]
        return ", ".join([*shares, *(f"{version} in shadow" for version in self.shadow)]) or "the champion alone"


def split(before: Traffic, shares: Mapping[str, float], shadow: Iterable[str], *, salt: str) -> Traffic:
    """The traffic with these shares, moving as few people as can be; ``salt`` is for traffic that begins anew.

    >>> first = split(Traffic(), {"3": 0.1, "4": 0.1}, (), salt="s")
    >>> split(first, {"3": 0.2, "4": 0.1}, (), salt="t").arms
    {'3': ((0, 1000), (2000, 3000)), '4': ((1000, 2000),)}
    """
    wanted = {version: round(share * SLOTS) for version, share in shares.items()}
    arms = {version: tuple(_kept(before.arms.get(version, ()), most)) for version, most in wanted.items()}
    for version, most in wanted.items():
        free = _free(arms.values())
        arms[version] = _joined((*arms[version], *_kept(free, most - _width(arms[version]))))
    return Traffic(arms=arms, shadow=tuple(dict.fromkeys(shadow)), salt=before.salt if before else salt)


def check(shares: Mapping[str, float], shadow: Iterable[str], champion: str) -> None:
    """Raise `RequestError` that locates each share that cannot be."""
    problems = tuple(_problems(shares, tuple(shadow), champion))
    if problems:
        raise RequestError(
            "traffic cannot be split so", todo="correct each one named; traffic stays as it is", problems=problems
        )


def _problems(shares: Mapping[str, float], shadow: tuple[str, ...], champion: str) -> Iterator[Problem]:
    for version, share in shares.items():
        least = 1 / SLOTS
        if not least <= share <= 1:
            expected = f"a share from {100 * least:g} % to 100 %"
            yield Problem(where=f"version {version}"[:80], found=f"{share:g}", expected=expected)
    total = sum(round(share * SLOTS) for share in shares.values() if abs(share) <= 1)
    if total > SLOTS:
        yield Problem(where="shares", found=f"{100 * total / SLOTS:g} % together", expected="at most 100 % together")
    for version in sorted({*shares, *shadow}):
        if version == champion:
            expected = "another than the champion, which answers all that is left"
            yield Problem(where=f"version {version}", found="the champion", expected=expected)
        elif version in shares and version in shadow:
            expected = "one of them: who answers does not listen in"
            yield Problem(where=f"version {version}"[:80], found="a share and shadow", expected=expected)


def _width(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _kept(spans: Iterable[Span], most: int) -> Iterator[Span]:
    """The first ``most`` slots of spans, in their order."""
    for start, end in spans:
        if most <= 0:
            return
        yield start, min(end, start + most)
        most -= end - start


def _free(taken: Iterable[tuple[Span, ...]]) -> Iterator[Span]:
    """The spans that no arm has, in ascending order."""
    at = 0
    for start, end in sorted(span for spans in taken for span in spans):
        if start > at:
            yield at, start
        at = end
    if at < SLOTS:
        yield at, SLOTS


def _joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The same slots in the same order, spans that meet made one.

    >>> _joined(((0, 10), (10, 20), (30, 40)))
    ((0, 20), (30, 40))
    """
    made: list[Span] = []
    for start, end in spans:
        if made and made[-1][1] == start:
            made[-1] = made[-1][0], end
        else:
            made.append((start, end))
    return tuple(made)
