"""A sign-in that has begun and has not ended: what binds a provider's answer to the browser that asked for it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Self

from ratchet import clock

LIFE_SECONDS = 600
"""How long somebody has for it."""
_MOST_PATH = 1_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in; a cookie of the browser holds it, and no server needs to remember it.

    Promises: state, nonce and PKCE's verifier are each derived from the cookie's secret (HMAC-SHA256), so none of them
    tells another, and whoever lacks the cookie can bring none; when it began and where it goes on to are part of them.
    """

    secret: str
    began: int
    to: str

    @classmethod
    def new(cls, to: str) -> Self:
        """One that begins now, and goes on to a path once it has ended."""
        return cls(secrets.token_urlsafe(32), int(clock.now().timestamp()), to if len(to) <= _MOST_PATH else "/docs")

    @classmethod
    def read(cls, cookie: str | None) -> Self | None:
        """That of a cookie; None where it is none, or is over."""
        secret, _, rest = (cookie or "").partition(".")
        began, _, to = rest.partition(".")
        if len(secret) < 32 or not (began.isascii() and began.isdigit() and len(began) < 12):
            return None
        if not 0 <= clock.now().timestamp() - int(began) <= LIFE_SECONDS:
            return None
        try:
            return cls(secret, int(began), urlsafe_b64decode(to.encode("ascii")).decode("utf-8"))
        except ValueError:
            return None

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return f"{self.secret}.{self.began}.{urlsafe_b64encode(self.to.encode()).decode()}"

    @property
    def state(self) -> str:
        """What the provider gives back with its answer."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the provider writes into the ID token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What shows that who has the code is who asked for it (RFC 7636)."""
        return self._derived("verifier")

    def is_mine(self, state: str) -> bool:
        """Whether an answer's state is of this attempt."""
        return hmac.compare_digest(state.encode("utf-8", "replace"), self.state.encode())

    def _derived(self, use: str) -> str:
        text = f"{use} {self.began} {self.to}".encode()
        digest = hmac.new(self.secret.encode("utf-8", "replace"), text, hashlib.sha256).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
