"""A request that its caller sends again, because no answer came: answered once, logged once.

The caller names it by a key of its own (draft-ietf-httpapi-idempotency-key-header).  What is kept of it is a small file
in the workspace's cache: the id that its answer has or will have, and a hash of its row.  The answer itself is in the
log alone, so that what is forgotten there is forgotten.  The file is locked while its request is answered, so that
the processes of a machine share it, and one that was killed holds up nobody.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from ratchet import clock, platforms
from ratchet.errors import NotFoundError, RefusedError, RowError, UnavailableError
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.record import Record
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Request

KEPT_SECONDS = 86_400.0
"""How long a key is known."""
_SWEEP_SECONDS = 3_600.0
_encode = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode


class Once:
    """Answers each key of a caller once; ``folder`` is where the keys' files lie."""

    def __init__(self, folder: Path, log: PredictionLog) -> None:
        self._folder = folder
        self._log = log
        self._swept = 0.0

    def answer(self, asked: Request, key: str, answer: Callable[[Sequence[Request]], list[Prediction]]) -> Prediction:
        """What ``answer`` says of a request, or said when it came before.

        Raises `RowError` for another row than came with the key before, `RefusedError` while that one is answered,
        `UnavailableError` where the disk keeps no key or the log cannot be read; whatever ``answer`` raises.
        """
        row = _digest(key, _encode(asked.row))
        with self._locked(self._folder / _digest(asked.classifier, asked.caller, key)) as file:
            id = self._claimed(file, row)
            if id is not None and (given := self._given(id)) is not None:
                return given
            id = id or self._claim(file, row)
            try:
                return answer([msgspec.structs.replace(asked, id=id)])[0]
            except RowError:
                file.truncate(0)  # a corrected row may have the key
                raise

    @contextmanager
    def _locked(self, path: Path) -> Iterator[BinaryIO]:
        self._sweep()
        while True:
            with _opened(path) as file:
                try:
                    platforms.lock(file.fileno())
                except BlockingIOError:
                    raise RefusedError(
                        "a request with this Idempotency-Key is being answered", todo="send it again in a moment"
                    ) from None
                if os.fstat(file.fileno()).st_nlink:  # else it was swept before it was locked
                    yield file
                    return

    def _claimed(self, file: BinaryIO, row: str) -> str | None:
        """The id that a key was given; None where it is new, or known no more."""
        id, _, before = file.read(256).decode("ascii", "replace").partition(" ")
        if not before or clock.epoch() - os.fstat(file.fileno()).st_mtime > KEPT_SECONDS:
            return None
        if before != row:
            raise RowError(
                "another row than the one that came with this Idempotency-Key before",
                todo="send the same row again, or another key; nothing was answered or logged",
            )
        return id

    def _claim(self, file: BinaryIO, row: str) -> str:
        id = clock.new_id()
        try:
            file.truncate(0)
            os.pwrite(file.fileno(), f"{id} {row}".encode(), 0)
        except OSError as error:
            raise _no_disk(error) from None
        return id

    def _given(self, id: str) -> Prediction | None:
        """The answer with an id; None where the process died before there was one, or it was forgotten."""
        try:
            return _prediction(self._log.get(id))
        except NotFoundError:
            return None

    def _sweep(self) -> None:
        """Once an hour, remove the files of keys that are known no more."""
        now = clock.epoch()
        if now - self._swept < _SWEEP_SECONDS:
            return
        self._swept = now
        for path in self._folder.glob("*"):
            with suppress(OSError):  # gone, or locked
                if now - path.stat().st_mtime > KEPT_SECONDS:
                    with path.open("rb") as file:
                        platforms.lock(file.fileno())
                        path.unlink()


def _opened(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0)
    except OSError as error:
        raise _no_disk(error) from None


def _no_disk(error: OSError) -> UnavailableError:
    return UnavailableError(
        f"the disk of the server keeps no Idempotency-Key: {error.strerror}",
        todo="ask again when there is room, or without the key",
    )


def _digest(*parts: str | bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        plain = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(plain) + plain)
    return found.hexdigest()[:40]


def _prediction(record: Record) -> Prediction:
    return Prediction(
        id=record.id,
        label=record.label,
        name=next((each.name for each in record.scores if each.label == record.label), record.label),
        confidence=record.confidence,
        scores=record.scores,
        version=record.version,
        ms=record.ms,
        set=record.set,
        abstained=record.abstained,
    )
