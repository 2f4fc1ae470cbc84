"""Ctrl-C and SIGTERM: what was kept, and what to type to go on."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Sequence

from ratchet.words import redacted


class Stopped(KeyboardInterrupt):
    """Ctrl-C or SIGTERM, which put in order what they stop in the same way.

    A kind of its own: where a plain `KeyboardInterrupt` has passed through `exec`, CPython ends its process by SIGINT,
    whatever became of it.
    """

    def __init__(self, number: int = signal.SIGINT) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


_RUN = (
    "rows, checks and every step that had ended are kept.  Typed again, the run goes on with the step it was in, and a "
    "search for settings with the folds it had ended"
)
KEPT = {
    "init": "ratchet.toml is there whole or not at all",
    "ingest": "the rows are there all or not at all, and none is taken twice",
    "check": "nothing was changed",
    "train": f"{_RUN}.  The champion stays",
    "up": _RUN,
    "show": "nothing was changed",
    "compare": "nothing was changed but that the look may be counted",
    "promote": "the ledger has the change or has it not: ratchet show says which",
    "rollback": "the ledger has the change or has it not: ratchet show says which",
    "holdout": "the holdout has turned or has not: ratchet show says how it stands",
    "keys": "the key is made or ended, or nothing was changed: ratchet keys list says which",
    "predict": "the file of answers is there whole or not at all",
    "serve": "no request is left unanswered, and every answer is in the log",
    "demo": "what was made lies in .demo, and the next demo begins afresh",
}


_heard = set[signal.Signals]()


def listen() -> None:
    """From now on Ctrl-C and SIGTERM raise `Stopped` here, a second SIGTERM nothing; servers listen for themselves.

    After a Ctrl-C, which a search takes as the wish to go on with what it has, a SIGTERM is heard.
    """
    stopping = False

    def stop(number: int, _: object) -> None:
        nonlocal stopping
        if stopping and number == signal.SIGTERM:
            return  # what was begun is being put in order
        stopping = number == signal.SIGTERM
        raise Stopped(number)

    def unheard(lost: sys.UnraisableHookArgs) -> None:
        """One that fell into a callback of the garbage collector, where nothing can be raised, comes again."""
        nonlocal stopping
        if not isinstance(lost.exc_value, Stopped):
            sys.__unraisablehook__(lost)
            return
        stopping = False
        threading.Timer(0.05, signal.raise_signal, (lost.exc_value.number,)).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as the shell has it for what runs behind it
            signal.signal(number, stop)
            _heard.add(number)
    sys.unraisablehook = unheard


def turn_deaf() -> None:
    """The command has done its work: from now on nothing that `listen` hears ends this process in another way."""
    for number in _heard:
        signal.signal(number, signal.SIG_IGN)


def code(stop: KeyboardInterrupt) -> int:
    """What shells expect of a process that a signal has ended."""
    return 128 + _number(stop)


def _number(stop: KeyboardInterrupt) -> int:
    return stop.number if isinstance(stop, Stopped) else signal.SIGINT


def sentence(stop: KeyboardInterrupt, command: str | None, words: Sequence[str]) -> tuple[str, str]:
    """What was kept, and what to type to go on.

    >>> sentence(KeyboardInterrupt(), "train", ["train", "rows.csv"])[1]
    'ratchet train rows.csv'
    """
    by = "Ctrl-C" if _number(stop) == signal.SIGINT else "SIGTERM"
    kept = KEPT.get(command or "", "nothing was changed")
    return f"stopped by {by}: {kept}", shlex.join(["ratchet", *map(redacted, words)])
