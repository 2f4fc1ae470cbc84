"""Signals that fall where nothing can be raised, and those that the shell has turned off."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

HEAD = "import os, signal, sys, time, weakref; from ratchet.cli import stopped; stopped.listen()\n"
HEARING = "import signal; signal.signal(2, signal.default_int_handler)\n"
GARBAGE = """
class Thing: pass
def gone(_): os.kill(os.getpid(), {number}); sum(range(1000))
thing = Thing(); kept = weakref.ref(thing, gone)
try:
    del thing
    time.sleep(10)
except KeyboardInterrupt as stop:
    sys.exit(stopped.code(stop))
"""
EXEC = "try:\n    exec('os.kill(os.getpid(), 2); time.sleep(10)')\nexcept KeyboardInterrupt: sys.exit(7)\n"
TWICE = """
try:
    try: os.kill(os.getpid(), 15); time.sleep(10)
    finally: os.kill(os.getpid(), 15); time.sleep(0.1); print('in order')
except KeyboardInterrupt as stop: sys.exit(stopped.code(stop))
"""


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", HEARING + HEAD + program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_a_callback_of_the_collector_is_heard(number: int) -> None:
    done = _run(GARBAGE.format(number=int(number)))
    assert (done.returncode, done.stderr) == (128 + number, "")


def test_a_signal_in_generated_code_ends_with_our_exit_code() -> None:
    assert _run(EXEC).returncode == 7


def test_a_second_sigterm_does_not_disturb_what_is_put_in_order() -> None:
    done = _run(TWICE)
    assert (done.returncode, done.stdout) == (143, "in order\n")


def test_a_signal_that_the_shell_turned_off_stays_off() -> None:
    program = "import os, signal; signal.signal(2, signal.SIG_IGN)\n" + HEAD + "os.kill(os.getpid(), 2); print('on')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "on\n"


DONE = """
from ratchet.cli import main
main.run = lambda _: {code}
sys.argv = ['ratchet']
import atexit
atexit.register(lambda: (os.kill(os.getpid(), 2), os.kill(os.getpid(), 15), time.sleep(0.1), print('ended')))
main.main()
"""
LATE = """
import typer
from ratchet.cli import main
@main.app.command()
def work() -> None: pass
told = main.app.registered_callback.callback
class Late:
    def flush(self): os.kill(os.getpid(), 2); sys.__stdout__.flush()
    def __getattr__(self, name): return getattr(sys.__stdout__, name)
sys.stdout = Late()
sys.argv = ['ratchet', 'work']
main.main()
"""


@pytest.mark.parametrize("code", [0, 1])
def test_a_signal_after_the_work_does_not_change_the_exit_code(code: int) -> None:
    done = _run(DONE.format(code=code))
    assert (done.returncode, done.stdout, done.stderr) == (code, "ended\n", "")


def test_a_signal_while_the_last_words_are_written_does_not_change_the_exit_code() -> None:
    done = _run(LATE)
    assert (done.returncode, done.stderr) == (0, "")
