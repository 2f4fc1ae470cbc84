"""The kit of forgetting: `check_place` tries to break every promise of `ratchet.store.subjects.HoldsRows`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ratchet.store.subjects import HoldsRows

_MARY = "mary"
_OTHERS = ("mary2", "Mary", "mar", "ma_y", "m%", 'mary","subject":"x', "marý", "x")
"""Subjects that a careless search for the first would find too."""


class Place(Protocol):
    """A place under test."""

    holder: HoldsRows

    def put(self, subject: str | None, secret: str) -> None:
        """Keep a row of a subject (None: of nobody named) that holds a secret, as the place gets its rows."""
        ...

    def put_away(self, subject: str | None, secret: str) -> None:
        """`put` on a machine that is away until `settle`; a place that no other machine's rows come to puts it here."""
        ...

    def has(self, secret: str) -> bool:
        """Whether the secret is anywhere in the place."""
        ...

    def later(self) -> None:
        """Let so much time pass, that what is put next comes after what was forgotten, whatever clocks differ by."""
        ...

    def settle(self) -> None:
        """Bring on whatever is on its way, as the next process to start would."""
        ...


def check_place(make: Callable[[], Place]) -> None:
    """Run every check of this kit; ``make`` gives a place that holds nothing, another one each time."""
    for check in CHECKS:
        check(make)


def check_only_theirs(make: Callable[[], Place]) -> None:
    """All rows of the subject go, whatever brings rows in afterwards; those of others stay, however they are called."""
    place = make()
    for turn in range(3):
        place.put(_MARY, f"mine {turn} end")
    for turn, other in enumerate(_OTHERS):
        place.put(other, f"theirs {turn} end")
    place.put(None, "nobody's end")
    place.put("x", f'{{"subject":"{_MARY}"}} said end')
    assert place.holder.count(_MARY) >= 3, "the subject's rows are counted"
    gone = place.holder.forget(_MARY)
    assert gone.rows >= 3, f"three rows went, the receipt says {gone.rows}"
    assert gone.place == place.holder.place, "the receipt names the place"
    for _ in range(2):
        assert place.holder.count(_MARY) == 0, "nothing is counted afterwards"
        assert not any(place.has(f"mine {turn} end") for turn in range(3)), "no row of the subject is there"
        kept = [place.has(f"theirs {turn} end") for turn in range(len(_OTHERS))]
        assert all(kept), f"the rows of others stay, found {dict(zip(_OTHERS, kept, strict=True))}"
        assert place.has("nobody's end"), "the rows of nobody stay"
        place.settle()


def check_again(make: Callable[[], Place]) -> None:
    """Forgetting once more, or somebody unknown, does nothing."""
    place = make()
    assert place.holder.forget(_MARY).rows == 0, "somebody unknown has no rows"
    place.later()
    place.put("x", "theirs end")
    place.put(_MARY, "mine end")
    place.holder.forget(_MARY)
    assert place.holder.forget(_MARY).rows == 0, "the second time there is nothing left"
    assert place.has("theirs end"), "the rows of others stay"


def check_later(make: Callable[[], Place]) -> None:
    """Rows that come after are new: they are kept, and can be forgotten in turn."""
    place = make()
    place.put(_MARY, "before end")
    place.holder.forget(_MARY)
    place.settle()
    assert not place.has("before end"), "what was forgotten stays so"
    place.later()
    place.put(_MARY, "after end")
    assert place.has("after end"), "what came later is kept"
    place.holder.forget(_MARY)
    place.settle()
    assert not place.has("after end"), "until it is forgotten too"


def check_same_again(make: Callable[[], Place]) -> None:
    """A row that comes after is kept, even if it holds just what a forgotten one held that is still on its way."""
    place = make()
    place.put_away(_MARY, "the same end")
    place.holder.forget(_MARY)
    place.later()
    place.put(_MARY, "the same end")
    for _ in range(2):
        place.settle()
        assert place.has("the same end"), "leaving out what was forgotten takes nothing from what came later"


def check_away(make: Callable[[], Place]) -> None:
    """What was on its way is forgotten too; the rows of others that come with it are kept."""
    place = make()
    place.put_away(_MARY, "mine end")
    place.put_away("x", "theirs end")
    place.holder.forget(_MARY)
    for _ in range(2):
        place.settle()
        assert place.holder.count(_MARY) == 0, "nothing comes back"
        assert not place.has("mine end"), "no row of the subject comes back"
        assert place.has("theirs end"), "the rows of others come in"


CHECKS = (check_only_theirs, check_again, check_later, check_same_again, check_away)
