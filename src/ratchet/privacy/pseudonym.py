"""Pseudonyms: a subject is kept as a keyed hash of its name, so that who has the data but not the key can test none."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

from ratchet.privacy.secret import derived
from ratchet.settings import Settings

_FORM = re.compile(r"s_[0-9a-f]{32}")


class Pseudonyms:
    """Names of subjects as they are kept.  Without a key they are kept as they are; the key is asked for when needed.

    >>> Pseudonyms(lambda: b"k" * 32).of("ann")
    's_8adee30bc7f03373ea62a78320e36f1b'
    """

    def __init__(self, key: Callable[[], bytes] | None = None) -> None:
        self._asked = key
        self._made = lru_cache(maxsize=4_096)(self._make)

    @classmethod
    def of_workspace(cls, settings: Settings) -> Pseudonyms:
        """Those of a workspace's secret."""
        return cls(lambda: derived(settings, "pseudonym"))

    def of(self, name: str) -> str:
        """What is kept of a name, however its letters are composed; of a name that is a pseudonym another one."""
        return name if self._asked is None else self._made(name)

    def kept(self, subject: str | None) -> str | None:
        """What is to be kept of a subject that was kept before: pseudonyms stay, plain names get one."""
        return subject if subject is None or _FORM.fullmatch(subject) else self.of(subject)

    def forms(self, name: str) -> tuple[str, ...]:
        """What may have been kept of a name: its pseudonym first, then the name itself, as earlier releases kept it.

        So one may ask by a pseudonym, too.
        """
        return tuple(dict.fromkeys((self.of(name), name)))

    @cached_property
    def _key(self) -> bytes:
        assert self._asked is not None
        return self._asked()

    def _make(self, name: str) -> str:
        plain = unicodedata.normalize("NFC", name).strip()
        return f"s_{hmac.digest(self._key, plain.encode('utf-8', 'surrogatepass'), hashlib.sha256).hex()[:32]}"


AS_THEY_ARE = Pseudonyms()
"""Keeps plain names."""


def named(value: Any) -> str | None:
    """The name of a subject in a cell, whether a table holds it as a text or a number; None where there is none.

    >>> named(17), named(17.0), named(" ann "), named(""), named(None)
    ('17', '17', 'ann', None, None)
    """
    if isinstance(value, float):
        if value != value:
            return None
        value = int(value) if value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None
