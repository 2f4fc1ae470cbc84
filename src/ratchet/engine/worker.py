"""The process that work runs in: reads calls from a pipe, answers each, and ends with the pipe."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from multiprocessing.connection import Connection
from typing import Any

from ratchet.engine import process_tree
from ratchet.errors import JobError

STARTED = b"started"
"""Sent when the call has been read and its modules imported, before the function runs."""


def main() -> None:
    """Serve the connection whose file number is the first argument, until it closes."""
    number = int(sys.argv[1])
    os.set_inheritable(number, False)
    process_tree.adopt_orphans()
    process_tree.die_first()
    connection: Connection[bytes, bytes] = Connection(number)
    while True:
        try:
            call = connection.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _run(call, connection)
        try:
            connection.send_bytes(answer)
        except OSError:
            return
        del call, answer


def _run(call: bytes, connection: Connection[bytes, bytes]) -> bytes:
    try:
        function, args = pickle.loads(call)  # nosec B301 # from our own parent
        connection.send_bytes(STARTED)
        result = function(*args)
    except BaseException as error:  # SystemExit too: nothing a function does ends its worker in silence
        return pickle.dumps((False, portable(error)), protocol=5)
    try:
        return pickle.dumps((True, result), protocol=5)
    except Exception as error:  # whatever a class's own pickling may raise
        return pickle.dumps((False, JobError(f"the result cannot travel: {error}", todo="return plain values")))


def portable(error: BaseException) -> BaseException:
    """The error itself, with a note of where it was raised, if it can travel; else a `JobError` that quotes it."""
    where = "".join(traceback.format_exception(error))
    if isinstance(error, Exception) and _survives(error):
        error.add_note(f"In a worker process:\n{where}")
        return error
    return JobError(f"the function ended with {type(error).__name__}: {error}", todo=f"see where:\n{where}")


def _survives(error: Exception) -> bool:
    try:
        copy: Any = pickle.loads(pickle.dumps(error))  # nosec B301 # made here
    except Exception:  # whatever a class's own pickling may raise
        return False
    return type(copy) is type(error) and str(copy) == str(error)


if __name__ == "__main__":
    main()
