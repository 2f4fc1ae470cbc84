from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from ratchet import clock
from ratchet.engine import process_tree
from ratchet.engine.process_tree import MemoryWatch, is_running, kill, members

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "held = b'x' * 80_000_000; print('ready', flush=True); input()"],
    stdin=subprocess.PIPE, stdout=sys.stdout)
time.sleep(1000)
"""


@pytest.fixture
def leader() -> Iterator[int]:
    """A process of a session of its own, whose child holds 80 MB."""
    process = subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process.pid
    kill(process.pid)
    process.wait()
    process.stdout.close()


def test_a_killed_process_leaves_no_child(leader: int) -> None:
    found = members(leader)
    assert len(found) == 2
    kill(leader)
    assert not any(is_running(pid) for pid in found)
    assert members(leader) == set()


def test_what_has_ended_and_what_never_was_do_not_run() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    end = time.monotonic() + 30
    while is_running(ended.pid):
        assert time.monotonic() < end, "a zombie has ended"
    ended.wait()
    assert not is_running(ended.pid)
    assert is_running(os.getpid())


def test_memory_is_that_of_the_children_too(leader: int) -> None:
    watch = MemoryWatch(leader)
    alone = psutil.Process(leader).memory_info().rss / 1e6
    assert watch.megabytes() > alone + 80
    kill(leader)
    assert watch.megabytes() == 0


def test_where_listing_processes_is_slow_it_is_done_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now, listed = [100.0], []

    def slow(leader: int) -> list[psutil.Process]:
        listed.append(leader)
        now[0] += 0.02
        return [psutil.Process()]

    monkeypatch.setattr(process_tree, "_tree", slow)
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    watch = MemoryWatch(os.getpid())
    for wait, lists in ((0.0, 1), (0.17, 1), (0.02, 2)):
        now[0] += wait
        assert watch.megabytes() > 1, "what was listed is measured at every look"
        assert len(listed) == lists, "a list of 0.02 s is good for 0.18 s"


def test_without_a_subreaper_nothing_is_asked_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "ADOPTS", False)
    monkeypatch.setattr(ctypes, "CDLL", pytest.fail)
    process_tree.adopt_orphans()
