"""The time that a training may take, less what a killed process has spent on the same training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ratchet import atomic, clock

_LEAST = 0.1
"""The share of the budget that is left to a training that was killed at its end: enough to fit what it found."""
_OVER = 0.03
"""The share of the budget by which the last fit may pass it."""
_PASSED = 0.05
"""The share of the budget from which on it is told that it was passed."""
_FIRST = 60.0
"""Seconds that the first model may take at least, however small the budget: no training ends without one for want of
time."""
_EVERY = 1.0
"""Seconds between two notes of what is spent."""


@dataclass(slots=True)
class Budget:
    """When what has to end.  On `ratchet.clock.monotonic`."""

    seconds: float
    """What the spec gives."""
    spent: float = 0.0
    """What processes that were killed have spent on the same training."""
    note: Path | None = None
    """Where the next process finds what this one has spent, if this one is killed."""
    started: float = field(default_factory=clock.monotonic)
    _noted: float = 0.0

    @property
    def deadline(self) -> float:
        """When the last fit has to begin at the latest, less what it takes."""
        return self.started + max(self.seconds - self.spent, _LEAST * self.seconds)

    @property
    def end(self) -> float:
        """When the last fit has to have ended."""
        return self.deadline + _OVER * self.seconds

    @property
    def first(self) -> float:
        """When the first model has to be there at the latest."""
        return max(self.end, self.started + _FIRST)

    @property
    def passed(self) -> bool:
        """Whether it is passed by so much, now, that it is to be told."""
        return clock.monotonic() > self.deadline + _PASSED * self.seconds

    @property
    def left(self) -> float:
        """Seconds until the deadline; 0 when it has passed."""
        return max(self.deadline - clock.monotonic(), 0.0)

    def keep(self) -> None:
        """Note what is spent, about once a second."""
        now = clock.monotonic()
        if self.note is not None and now - self._noted >= _EVERY:
            self._noted = now
            with suppress(OSError):  # a full disk ends what has to write results, and says so
                atomic.write(self.note, msgspec.json.encode(self.spent + now - self.started))


@contextmanager
def budget(seconds: float, folder: Path, *names: str) -> Iterator[Budget]:
    """The budget of the training that ``names`` name, for a block.

    Where the block is killed, or told to stop, the same training has only what is left; where it ends, or raises an
    error, the next one has it all.
    """
    digest = hashlib.blake2b(msgspec.json.encode(names), digest_size=16).hexdigest()
    note = folder / f".spent-{digest}"
    spent = 0.0
    with suppress(OSError, msgspec.MsgspecError):
        spent = max(msgspec.json.decode(note.read_bytes(), type=float), 0.0)
    made = Budget(seconds, spent, note)
    try:
        yield made
    except Exception:
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)
