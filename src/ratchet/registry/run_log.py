"""The log of a run: each stage, finding and trial as it came, a line each, from its first moment to its last."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from ratchet import atomic, clock
from ratchet.documents import plain
from ratchet.errors import NotFoundError
from ratchet.progress import Progress
from ratchet.store.blobs import Blobs

_LINE = msgspec.json.Decoder(dict[str, Any])


class RunLog:
    """What one run said.

    While it goes on it is a file of the workspace, and each line is there once it is written, also when the process is
    killed the next moment; once the run has ended it is a blob, which every machine can read.
    """

    def __init__(self, blobs: Blobs, workspace: Path, classifier: str, run: str) -> None:
        self._blobs = blobs
        self._path = workspace / "runs" / classifier / f"{run}.jsonl"
        self._key = f"logs/{classifier}/{run}.jsonl"
        self._last: tuple[str, str] | None = None

    def hear(self, progress: Progress) -> None:
        """Write what is new in progress: a stage, a sentence, a trial that ended.  Never raises."""
        known, self._last = self._last, (progress.stage, progress.note)
        if progress.trial is None and (not progress.note or progress.best is not None):
            self._last = (progress.stage, known[1] if known else "")  # a count that goes on, not a line for each step
            if known is not None and known[0] == progress.stage:
                return
        elif progress.trial is None and known == self._last:
            return
        self.write(progress.stage, progress.note, trial=progress.trial)

    def write(self, stage: str, note: str = "", *, trial: Mapping[str, Any] | None = None) -> None:
        """Add a line.  Never raises: a full disk loses lines of a log, and no training."""
        line = {"at": clock.now().isoformat(timespec="milliseconds"), "stage": stage}
        told = {"note": note, "trial": None if trial is None else plain(dict(trial))}
        content = msgspec.json.encode({**line, **{name: each for name, each in told.items() if each}})
        with suppress(OSError):
            atomic.make_private(self._path.parent)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, content + b"\n")
            finally:
                os.close(file)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every line so far, oldest first; one that a power cut left half is left out."""
        for line in self._content().splitlines():
            with suppress(msgspec.DecodeError):
                yield _LINE.decode(line)

    def keep(self) -> None:
        """Put the log where it stays: the run has ended."""
        if self._path.exists():
            self._blobs.put_file(self._key, self._path)
            self._path.unlink(missing_ok=True)

    def _content(self) -> bytes:
        with suppress(OSError):
            return self._path.read_bytes()
        with suppress(NotFoundError):
            return self._blobs.get(self._key)
        return b""
