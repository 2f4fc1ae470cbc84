"""The engine kit: `check_engine` tries to break every promise of `ratchet.engine.engine.Engine`."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ratchet.engine.engine import Engine
from ratchet.engine.process_tree import is_running
from ratchet.errors import DataError, JobError, LimitError, MissingExtraError, Problem
from ratchet.testing import jobs

_PATIENCE = 60.0
"""Seconds after which a kit gives up waiting for what should happen at once."""


def check_engine(make: Callable[[], Engine], *, kills: bool = True) -> None:
    """Run every check of this kit; ``make`` opens an engine of two workers, or of one.

    ``kills`` is False for an engine that says of itself that it cannot stop what runs.
    """
    for check in (*CHECKS, *(KILLING if kills else ())):
        check(make)


def check_results(make: Callable[[], Engine]) -> None:
    """Each future has its own function's result, big ones too."""
    with closing(make()) as engine:
        futures = [engine.submit(jobs.double, number, seconds=_PATIENCE, memory_mb=4_000) for number in range(20)]
        assert [future.result(_PATIENCE) for future in futures] == [2 * number for number in range(20)], "results"
        big = b"x" * 30_000_000
        assert engine.submit(jobs.double, big).result(_PATIENCE) == big * 2, "a big result"
        assert engine.submit(jobs.nothing).result(_PATIENCE) is None, "no result is None"


def check_errors(make: Callable[[], Engine]) -> None:
    """An error of the function is the future's error, of the same class and with the same words and parts."""
    problem = Problem(where="age", found="'x'", expected="a number")
    with closing(make()) as engine:
        errors = (
            ValueError("a déjà vu"),
            KeyError("column"),
            OSError(28, "no room", "/disk"),
            DataError("bad rows", todo="mend them", problems=(problem,)),
            MissingExtraError("sound", "audio"),
        )
        for error in errors:
            found = engine.submit(jobs.fail, error).exception(_PATIENCE)
            assert type(found) is type(error), f"the class is {type(error).__name__}, found {found!r}"
            assert str(found) == str(error), f"the words are {error}, found {found}"
        found = engine.submit(jobs.fail, errors[3]).exception(_PATIENCE)
        assert isinstance(found, DataError)
        assert found.problems == (problem,), f"the parts are kept, found {found.problems}"
        assert engine.submit(jobs.double, 1).result(_PATIENCE) == 2, "work goes on after errors"


def check_at_most_workers(make: Callable[[], Engine]) -> None:
    """No more functions run at once than there are workers."""
    with closing(make()) as engine:
        spans = [future.result(_PATIENCE) for future in [engine.submit(jobs.span, 0.05) for _ in range(8)]]
        for began, _ in spans:
            at_once = sum(start <= began < end for start, end in spans)
            assert at_once <= engine.workers, f"at most {engine.workers} at once, found {at_once}"


def check_closed(make: Callable[[], Engine]) -> None:
    """A closed engine refuses work, and can be closed again."""
    engine = make()
    engine.submit(jobs.double, 1).result(_PATIENCE)
    engine.close()
    engine.close()
    try:
        engine.submit(jobs.double, 1)
    except JobError:
        return
    raise AssertionError("a closed engine refuses work")


def check_time_limit(make: Callable[[], Engine]) -> None:
    """A function over its time is dead with all it started, even what has left its group; other work is unharmed."""
    with closing(make()) as engine, TemporaryDirectory() as folder:
        file = Path(folder, "pids")
        late = engine.submit(jobs.start_others, str(file), seconds=3)
        other = engine.submit(jobs.span, 0.3)
        _is_limit_error(late, "3 s")
        assert other.result(_PATIENCE), "other work is unharmed"
        _all_gone(file, 4)
        assert engine.submit(jobs.double, 4).result(_PATIENCE) == 8, "work goes on"


def check_deaf_to_signals(make: Callable[[], Engine]) -> None:
    """A function that hears no signal and lets no other thread run is killed all the same."""
    with closing(make()) as engine:
        _is_limit_error(engine.submit(jobs.hold_everything, seconds=0.5), "0.5 s")


def check_memory_limit(make: Callable[[], Engine]) -> None:
    """A function over its memory is dead, whether it or a process it started took it; one below it is not."""
    with closing(make()) as engine:
        assert engine.submit(jobs.take_memory, 50, 0.3, memory_mb=2_000).result(_PATIENCE) == 50, "below its memory"
        _is_limit_error(engine.submit(jobs.take_memory, 600, 60.0, memory_mb=400), "400 MB")
        _is_limit_error(engine.submit(jobs.let_a_child_take_memory, 600, memory_mb=400), "400 MB")
        assert engine.submit(jobs.double, 4).result(_PATIENCE) == 8, "work goes on"


def check_memory_of_others(make: Callable[[], Engine]) -> None:
    """A function is not blamed for what one before it left behind."""
    with closing(make()) as engine:
        filled = [engine.submit(jobs.keep_memory, 350) for _ in range(engine.workers)]
        assert all(future.exception(_PATIENCE) is None for future in filled), "memory without a limit is taken"
        small = [engine.submit(jobs.span, 0.2, memory_mb=300) for _ in range(engine.workers)]
        assert all(future.result(_PATIENCE) for future in small), "memory that others left is not counted"


def check_death(make: Callable[[], Engine]) -> None:
    """A worker that is killed, crashes or exits is a `JobError`, and harms no other work."""
    with closing(make()) as engine:
        for way, words in (
            (jobs.die, "SIGKILL"),
            (jobs.crash, "SIGSEGV"),
            (jobs.leave, "exited"),
            (jobs.hang_up, "did not finish"),
            (jobs.ask_to_exit, "SystemExit"),
        ):
            dead = engine.submit(way)
            others = [engine.submit(jobs.span, 0.02) for _ in range(4)]
            _is_job_error(dead, words)
            assert all(other.result(_PATIENCE) for other in others), f"other work is unharmed by {way.__name__}"


def check_what_cannot_travel(make: Callable[[], Engine]) -> None:
    """A function, a result or an error that cannot travel is a `JobError` that says so."""
    with closing(make()) as engine:
        said = ""
        try:
            engine.submit(lambda: 1)
        except JobError as error:
            said = str(error)
        assert "cannot be sent" in said, f"a function without a name in a module is refused, found {said!r}"
        _is_job_error(engine.submit(jobs.give_what_cannot_travel), "cannot travel")
        _is_job_error(engine.submit(jobs.fail_with_what_cannot_travel), "StubbornError: on purpose")
        assert engine.submit(jobs.double, 4).result(_PATIENCE) == 8, "work goes on"


def check_close_stops(make: Callable[[], Engine]) -> None:
    """Closing ends what runs, cancels what waits, and leaves no process."""
    with TemporaryDirectory() as folder:
        engine, file = make(), Path(folder, "pids")
        running = engine.submit(jobs.start_others, str(file))
        waiting = [engine.submit(time.sleep, 100) for _ in range(5)]
        _wait_for(lambda: file.exists() and len(file.read_text().split()) == 4)
        engine.close()
        assert isinstance(running.exception(0), JobError), "what ran ends with a JobError"
        assert all(each.cancelled() or isinstance(each.exception(0), JobError) for each in waiting), "what waited ends"
        _all_gone(file, 4)


def check_interrupt(make: Callable[[], Engine]) -> None:
    """Interrupting ends what runs, with all it started, and cancels what waits; work that comes after it runs."""
    with closing(make()) as engine, TemporaryDirectory() as folder:
        file = Path(folder, "pids")
        running = engine.submit(jobs.start_others, str(file))
        waiting = [engine.submit(time.sleep, 100) for _ in range(5)]
        _wait_for(lambda: file.exists() and len(file.read_text().split()) == 4)
        engine.interrupt()
        _is_job_error(running, "no longer wanted")
        _wait_for(lambda: all(each.done() for each in waiting))
        _all_gone(file, 4)
        results = [engine.submit(jobs.double, number).result(_PATIENCE) for number in range(4)]
        assert results == [0, 2, 4, 6], "work that comes after an interruption runs"


CHECKS = (check_results, check_errors, check_at_most_workers, check_closed)
KILLING = (
    check_time_limit,
    check_deaf_to_signals,
    check_memory_limit,
    check_memory_of_others,
    check_death,
    check_what_cannot_travel,
    check_close_stops,
    check_interrupt,
)


def _is_job_error(future: Future[Any], words: str) -> None:
    error = future.exception(_PATIENCE)
    assert isinstance(error, JobError), f"it ends with a JobError, found {error!r}"
    assert words in str(error), f"it says {words!r}, found {error}"


def _is_limit_error(future: Future[Any], words: str) -> None:
    _is_job_error(future, words)
    error = future.exception(0)
    assert isinstance(error, LimitError), f"what passed a limit ends with a LimitError, found {error!r}"


def _all_gone(file: Path, count: int) -> None:
    pids = [int(pid) for pid in file.read_text().split()]
    assert len(pids) == count, f"{count} processes were started, found {len(pids)}"
    left = [pid for pid in pids if is_running(pid)]
    assert not left, f"none of {pids} is left, found {left}"


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "what should happen at once has not happened"
        time.sleep(0.02)
