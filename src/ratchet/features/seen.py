"""Texts that were read lately: what was found of them costs no second reading.

Training, scoring and judging ask the same rows one after the other, members of an ensemble may read a text alike, and
people send the same texts again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from threading import Lock

import numpy as np

from ratchet.arrays import Floats32


class Seen:
    """Rows by the text they are of, at most ``most`` bytes of them: those not asked for longest go first.

    Threads may share it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[bytes, Floats32] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def rows(self, reader: str, texts: Sequence[str], read: Callable[[Sequence[str]], Floats32]) -> Floats32:
        """(texts, width) what ``read`` gives for each text by itself; it is asked once for each that is not known.

        ``reader`` names all that its rows depend on besides the text.
        """
        keys = [
            blake2b(f"{reader}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts
        ]
        with self._lock:
            found = {key: self._rows[key] for key in keys if key in self._rows}
            for key in found:
                self._rows.move_to_end(key)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            made = dict(zip(missing, read(list(missing.values())), strict=True))
            found |= made
            self._keep(made)
        return np.stack([found[key] for key in keys])

    def _keep(self, made: dict[bytes, Floats32]) -> None:
        with self._lock:
            for key, row in made.items():
                if key not in self._rows:
                    self._rows[key] = row.copy()  # alone: a view would keep all rows beside it
                    self._bytes += row.nbytes
            while self._bytes > self._most:
                self._bytes -= self._rows.popitem(last=False)[1].nbytes
