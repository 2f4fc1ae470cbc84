"""A provider of identities (OpenID Connect Discovery): where it is asked, and which keys it signs with.

It is asked with a limit of time, over https (of this machine also http), and what it says of itself leads to no other
address than its own unless that speaks https; no redirect is followed.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from ratchet import clock
from ratchet.errors import SettingsError, UnavailableError

SECONDS = 5.0
"""How long each step of a question to a provider may take."""
KEPT_SECONDS = 600.0
"""How long what a provider says of itself is taken to hold."""
_KINDS = frozenset(("RSA", "EC", "OKP"))
"""Keys of two halves; one that a provider shares with its clients signs nothing here."""


class Provider:
    """The provider at an issuer's address."""

    def __init__(self, issuer: str) -> None:
        parts = _parts(issuer)
        local = parts is not None and parts.scheme == "http" and _is_this_machine(parts.hostname or "")
        if parts is None or (parts.scheme != "https" and not local) or parts.query or parts.fragment or "@" in issuer:
            raise SettingsError(
                f"RATCHET_OIDC_ISSUER is {issuer!r}", todo="give the provider's address, such as https://id.example.com"
            )
        self.issuer = issuer
        self.host = parts.hostname or ""
        self._own = (parts.scheme, parts.netloc)
        self._local = local
        self._lock = threading.Lock()
        self._metadata: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._until = float("-inf")

    def client(self) -> httpx.Client:
        """What asks it; to be closed."""
        # a proxy of the environment does not know this machine's addresses
        return httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=not self._local)

    def metadata(self) -> Mapping[str, Any]:
        """What it says of itself; raises `UnavailableError`."""
        with self._lock:
            if clock.monotonic() >= self._until:
                self._read()
            return self._metadata

    def keys(self, *, anew: bool = False) -> Mapping[str, Any]:
        """Its public keys (JWKS); ``anew``: as they are now.  Raises `UnavailableError`."""
        with self._lock:
            if anew or clock.monotonic() >= self._until:
                self._read()
            return self._keys

    def checked(self, what: str, url: Any) -> str:
        """An address that the provider names, if it may be gone to; raises `UnavailableError`."""
        parts = _parts(url) if isinstance(url, str) else None
        if parts is None or not (parts.scheme == "https" or (parts.scheme, parts.netloc) == self._own):
            raise self.away(f"its {what} is {str(url)[:120]!r}, neither https nor its own address")
        return str(url)

    def away(self, why: str) -> UnavailableError:
        """The error that it does not answer as a provider does."""
        return UnavailableError(
            f"the provider of identities at {self.issuer} cannot be asked: {why}",
            todo="sign in again later, or with a key; whoever runs this server looks at RATCHET_OIDC_ISSUER",
        )

    def _read(self) -> None:
        found = self._json(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise self.away(f"it calls itself {str(found.get('issuer'))[:120]!r}, which must be the very same")
        keys = self._json(self.checked("jwks_uri", found.get("jwks_uri"))).get("keys")
        if not isinstance(keys, list):
            raise self.away("it shows no keys")
        self._metadata = found
        self._keys = {"keys": [each for each in keys if isinstance(each, dict) and each.get("kty") in _KINDS]}
        self._until = clock.monotonic() + KEPT_SECONDS

    def _json(self, url: str) -> dict[str, Any]:
        try:
            with self.client() as client:
                found = client.get(url, headers={"accept": "application/json"}).raise_for_status().json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self.away(first_line(error)) from None
        if not isinstance(found, dict):
            raise self.away(f"{url} is no JSON object")
        return found


def first_line(error: Exception) -> str:
    """What an error says, in short."""
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and url.isprintable() else None
    except ValueError:
        return None


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
