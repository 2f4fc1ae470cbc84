from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ratchet.engine import processes
from ratchet.engine.inline import InlineEngine
from ratchet.engine.process_tree import is_running
from ratchet.engine.processes import ProcessEngine
from ratchet.errors import JobError
from ratchet.store.database import Database
from ratchet.testing import jobs

SCRIPT = """
import sys
from ratchet.engine.processes import ProcessEngine
from ratchet.testing import jobs
print("main ran")
engine = ProcessEngine(1)
print(engine.submit(jobs.double, 21).result(60))
{rest}
"""


def _patiently(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_nothing_starts_before_the_first_call() -> None:
    with closing(ProcessEngine(2)) as engine:
        before = threading.active_count()
        engine.submit(jobs.nothing).result(60)
        assert threading.active_count() - before == 1, "one call needs one worker, not two"


def test_workers_stay_for_the_next_call() -> None:
    with closing(ProcessEngine(1)) as engine:
        assert engine.submit(os.getpid).result(60) == engine.submit(os.getpid).result(60) != os.getpid()


@pytest.mark.parametrize("end", ["engine.close()", "", "raise SystemExit(0)"])
def test_a_script_without_a_main_guard_runs_once(tmp_path: Path, end: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(rest=end))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split("\n") == ["main ran", "42", ""]


def test_python_c_can_run_work() -> None:
    code = SCRIPT.format(rest="engine.close()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split("\n") == ["main ran", "42", ""]


def test_what_stands_in_the_main_module_is_refused_with_advice(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(rest="def mine(): pass\nengine.submit(mine)"))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert "__main__.mine cannot be sent to another process: the main module is not run again there" in done.stderr


def test_modules_are_found_where_the_caller_finds_them(tmp_path: Path) -> None:
    (tmp_path / "beside_the_script.py").write_text("def answer():\n    return 'found'\n")
    script = tmp_path / "script.py"
    script.write_text(
        SCRIPT.format(rest="import beside_the_script\nprint(engine.submit(beside_the_script.answer).result(60))")
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split("\n")[2] == "found"


def test_what_workers_print_goes_to_standard_error() -> None:
    code = SCRIPT.format(rest="engine.submit(print, 'hello from a worker').result(60); engine.close()")
    done = subprocess.run([sys.executable, "-u", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split("\n") == ["main ran", "42", ""]
    assert "hello from a worker" in done.stderr


@pytest.mark.parametrize("job", ["jobs.start_others", "jobs.start_others_and_hold_everything"])
def test_kill_9_of_the_caller_leaves_no_process(tmp_path: Path, job: str) -> None:
    pids = tmp_path / "pids"
    code = SCRIPT.format(rest=f"engine.submit({job}, sys.argv[1]).result()")
    caller = subprocess.Popen(
        [sys.executable, "-c", code, str(pids)], stdout=subprocess.DEVNULL, start_new_session=True
    )
    _patiently(pids.exists)
    started = [int(pid) for pid in pids.read_text().split()]
    assert all(is_running(pid) for pid in started)
    os.killpg(caller.pid, signal.SIGKILL)
    caller.wait()
    _patiently(lambda: not any(is_running(pid) for pid in started))


def test_a_killed_guard_is_replaced() -> None:
    with closing(ProcessEngine(1)) as engine:
        engine.submit(jobs.nothing).result(60)
        guard = engine._lifeline._guard
        assert guard is not None
        guard.kill()
        guard.wait()
        assert isinstance(engine.submit(jobs.die).exception(60), JobError)
        engine.submit(jobs.nothing).result(60)
        assert engine._lifeline._guard is not None
        assert engine._lifeline._guard.poll() is None


def test_workers_do_not_inherit_open_files(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/ratchet.db")
    with closing(database), database.begin(), closing(ProcessEngine(1)) as engine:
        opened = engine.submit(jobs.open_files).result(60)
    assert not [name for name in opened if str(tmp_path) in name]
    assert any("socket" in name for name in opened), "the way to its caller is open, so the others would have been seen"


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr(processes, "cores", lambda: 8)
    for workers, threads in ((1, "8"), (3, "2"), (16, "1")):
        with closing(ProcessEngine(workers)) as engine:
            assert engine.submit(os.getenv, "OMP_NUM_THREADS").result(60) == threads
            assert engine.submit(os.getenv, "OMP_WAIT_POLICY").result(60) == "PASSIVE", "who waits leaves the core"
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    with closing(ProcessEngine(1)) as engine:
        assert engine.submit(os.getenv, "OMP_NUM_THREADS").result(60) == "5", "what the user has set stays"


def test_a_waiting_call_can_be_cancelled() -> None:
    with closing(ProcessEngine(1)) as engine:
        running, waiting = engine.submit(jobs.span, 0.3), engine.submit(jobs.double, 1)
        assert waiting.cancel()
        assert running.result(60)
        assert engine.submit(jobs.double, 2).result(60) == 4


def test_an_error_says_where_in_the_worker_it_was_raised() -> None:
    with closing(ProcessEngine(1)) as engine:
        error = engine.submit(jobs.fail, ValueError("x")).exception(60)
    assert error is not None
    assert any("jobs.py" in note for note in error.__notes__)


def test_inline_says_afterwards_that_a_function_took_too_long() -> None:
    future = InlineEngine().submit(time.sleep, 0.05, seconds=0.01)
    assert isinstance(future.exception(0), JobError)
