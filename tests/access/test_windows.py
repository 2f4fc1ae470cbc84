from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.access.windows import DAY_SECONDS, MINUTE_TICKS, Policy, Taken, Window, Windows


class Clock:
    def __init__(self) -> None:
        self.now = 86_400.0 * 20_000

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def policy(most: int, name: str = "per_minute") -> Policy:
    return Policy(
        name=name,
        most=most,
        of="address" if "address" in name else "caller",
        counts="rows" if "rows" in name else "requests",
        daily="day" in name,
    )


def windows(clock: Clock, *policies: Policy, most_known: int = 100) -> Windows:
    return Windows(policies, monotonic=clock, epoch=clock, most_known=most_known)


@given(
    ticks=st.integers(1, 7),
    steps=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 6)), max_size=60),
    missing=st.integers(1, 9),
)
def test_a_window_says_what_a_list_of_every_count_says(
    ticks: int, steps: Sequence[tuple[int, int, int]], missing: int
) -> None:
    window, every, tick = Window(ticks), list[tuple[int, int, int]](), 0

    def held(tick: int) -> list[int]:
        return [sum(each[kind] for each in every if each[0] > tick - ticks) for kind in (1, 2)]

    for later, requests, rows in steps:
        tick += later
        within = [each[0] for each in every if each[0] > tick - ticks]
        assert window.turn(tick) == min(within, default=tick) + ticks - tick
        assert window.total == held(tick)
        for kind in (0, 1):
            freed = [wait for wait in range(1, ticks) if held(tick)[kind] - held(tick + wait)[kind] >= missing]
            assert window.wait(tick, kind, missing) == (freed[0] if freed else ticks)
        window.add(tick, (requests, rows))
        every.append((tick, requests, rows))


@given(st.lists(st.floats(0, 90), max_size=80))
def test_no_sixty_seconds_see_more_than_a_minute_allows(moments: Sequence[float]) -> None:
    clock = Clock()
    mine, begun, passed = windows(clock, policy(5)), clock.now, list[float]()
    for moment in sorted(moments):
        clock.now = begun + moment
        if mine.take("ann", "", 1, 0).refused is None:
            passed.append(moment)
    for begin in passed:
        assert sum(begin <= each < begin + 60 for each in passed) <= 5


def test_the_601st_call_of_a_minute_is_refused_and_says_when_one_will_not_be(clock: Clock) -> None:
    mine = windows(clock, policy(600))
    assert [mine.take("ann", "", 1, 0).refused for _ in range(600)] == [None] * 600
    clock.now += 20.5
    assert mine.take("ann", "", 1, 0) == Taken(refused=0, seconds=41, left=(0, 41))
    clock.now += 40
    assert mine.take("ann", "", 1, 0).refused == 0
    clock.now += 1
    assert mine.take("ann", "", 1, 0) == Taken(refused=None, seconds=0, left=(599, MINUTE_TICKS))


def test_a_day_ends_at_midnight_in_utc(clock: Clock) -> None:
    mine = windows(clock, policy(2, "per_day"))
    clock.now += DAY_SECONDS - 10
    assert [mine.take("ann", "", 1, 0).refused for _ in range(3)] == [None, None, 0]
    assert mine.take("ann", "", 1, 0).seconds == 10
    clock.now += 10
    assert mine.take("ann", "", 1, 0) == Taken(refused=None, seconds=0, left=(1, DAY_SECONDS))


def test_what_one_limit_refuses_takes_nothing_of_the_others(clock: Clock) -> None:
    mine = windows(clock, policy(10), policy(100, "rows_per_minute"), policy(3, "address_per_minute"))
    assert mine.take("ann", "here", 1, 60).left[::2] == (9, 40, 2)
    assert mine.take("ann", "here", 1, 41).refused == 1
    assert mine.take("ann", "here", 1, 40).left[::2] == (8, 0, 1)
    assert mine.take("bob", "here", 1, 0).left[::2] == (9, 100, 0)
    assert mine.take("cleo", "here", 1, 0).refused == 2
    assert mine.take("cleo", "there", 1, 0).left[::2] == (9, 100, 2)


def test_callers_have_each_their_own_windows(clock: Clock) -> None:
    mine = windows(clock, policy(1))
    assert [mine.take(who, "", 1, 0).refused for who in ("ann", "bob", "ann", "bob")] == [None, None, 0, 0]


def test_what_was_asked_earlier_today_counts_for_the_day_only(clock: Clock) -> None:
    mine = windows(clock, policy(5), policy(10, "per_day"), policy(50, "rows_per_day"))
    mine.note("ann", 9, 20)
    assert mine.take("ann", "", 1, 1).left[::2] == (4, 0, 29)
    assert mine.take("ann", "", 1, 1).refused == 1


def test_memory_is_bounded_whatever_addresses_come(clock: Clock) -> None:
    mine = windows(clock, policy(1, "address_per_minute"), most_known=50)
    for number in range(500):
        assert mine.take("ann", f"10.0.0.{number}", 1, 0).refused is None
        assert mine.take("ann", "busy", 1, 0).refused == (0 if number else None)
    assert len(mine._addresses) == 50


def test_of_parallel_threads_exactly_as_many_pass_as_are_allowed() -> None:
    mine = Windows([policy(1_000), policy(1_000, "rows_per_minute")])
    with ThreadPoolExecutor(32) as threads:
        took = list(threads.map(lambda _: mine.take("ann", "", 1, 1).refused, range(4_000)))
    assert took.count(None) == 1_000
