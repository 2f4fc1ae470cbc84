"""Ctrl-C and SIGTERM: what was kept, and what to type to go on."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Sequence
from typing import NoReturn

from ratchet.words import redacted


class Terminated(KeyboardInterrupt):
    """SIGTERM: what it stops is put in order as after Ctrl-C."""


KEPT = {
    "init": "ratchet.toml is there whole or not at all",
    "ingest": "the rows are there all or not at all, and none is taken twice",
    "check": "nothing was changed",
    "train": "the rows taken in and each step that had ended are kept, a search that had not begins anew, and the "
    "champion stays",
    "up": "the rows taken in and each step that had ended are kept, and a search that had not begins anew",
    "show": "nothing was changed",
    "compare": "nothing was changed but that the look may be counted",
    "promote": "the ledger has the change or has it not: ratchet show says which",
    "rollback": "the ledger has the change or has it not: ratchet show says which",
    "holdout": "the holdout has turned or has not: ratchet show says how it stands",
    "predict": "the file of answers was not written",
    "serve": "no request is left unanswered, and every answer is in the log",
    "demo": "what was made lies in .demo, and the next demo begins afresh",
}


def listen() -> None:
    """From now on SIGTERM stops this process as Ctrl-C does; servers listen for themselves."""

    def stop(*_: object) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first has been heard
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


def code(stop: KeyboardInterrupt) -> int:
    """What shells expect of a process that a signal has ended."""
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


def sentence(stop: KeyboardInterrupt, command: str | None, words: Sequence[str]) -> tuple[str, str]:
    """What was kept, and what to type to go on.

    >>> sentence(KeyboardInterrupt(), "train", ["train", "rows.csv"])[1]
    'ratchet train rows.csv'
    """
    by = "SIGTERM" if isinstance(stop, Terminated) else "Ctrl-C"
    kept = KEPT.get(command or "", "nothing was changed")
    return f"stopped by {by}: {kept}", shlex.join(["ratchet", *map(redacted, words)])
