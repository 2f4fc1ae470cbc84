"""The server's certificate: read, looked over, and read again when it is renewed."""

from __future__ import annotations

import logging
import shlex
import ssl
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ratchet import clock
from ratchet.errors import SettingsError

_log = logging.getLogger("ratchet.web")


def certificate(cert: Path | None, key: Path | None) -> Certificate | None:
    """The certificate of two files in PEM, or None where none is named.

    Raises `SettingsError` for one file without the other, one that is not there or cannot be read, holds no certificate
    or no key, is locked by a password, or for a key that belongs to another certificate.
    """
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        given, other = ("--tls-cert", "--tls-key") if key is None else ("--tls-key", "--tls-cert")
        raise SettingsError(f"{given} is given without {other}", todo=f"give both: {given} FILE {other} FILE")
    return Certificate(cert, key)


@dataclass(frozen=True, slots=True)
class _State:
    """What tells whether the files were replaced."""

    cert: tuple[int, int, int]
    key: tuple[int, int, int]


class Certificate:
    """A certificate with its chain and its key, and the TLS context that speaks with them: TLS 1.2 or newer.

    Promises: connections begin with what lies in the files; a renewed certificate is taken up by `renew` without a
    restart, and one that will not do is told of and leaves the old one in use.
    """

    def __init__(self, cert: Path, key: Path) -> None:
        self._cert, self._key = cert, key
        self._seen = self._state()
        self.context = _context(cert, key)
        self.ends = _ends(cert)

    @property
    def expired(self) -> bool:
        """Whether nobody who verifies it connects any more."""
        return self.ends <= clock.now()

    @property
    def notices(self) -> list[str]:
        """What is wrong with the files though they do, in sentences: it has expired, others may read the key."""
        found = []
        if self.expired:
            found.append(
                f"the certificate {self._cert} expired on {self.ends:%Y-%m-%d %H:%M} UTC: whoever verifies it will not "
                "connect; put a renewed one in its place, it is taken up at once"
            )
        with suppress(OSError):  # one that was taken away is told of by `renew`
            mode = stat.S_IMODE(self._key.stat().st_mode)
            if mode & 0o077:
                found.append(
                    f"the TLS key {self._key} may be read by others of this machine (mode {mode:03o}), who could speak "
                    f"in its name: chmod 600 {shlex.quote(str(self._key))}"
                )
        return found

    def renew(self) -> bool:
        """Take up what lies in the files now, if it was replaced; whether it was.  Never raises."""
        try:
            state = self._state()
            if state == self._seen:
                return False
            self._seen = state
            _context(self._cert, self._key)  # looked over first: a context that is in use takes half of a pair too
            self.context.load_cert_chain(self._cert, self._key, password=_no_password(self._key))
            self.ends = _ends(self._cert)
        except (SettingsError, OSError) as error:
            _log.error("the certificate was replaced by one that will not do, and the old one is used on: %s", error)
            return False
        _log.warning("the certificate %s was renewed, valid until %s", self._cert, f"{self.ends:%Y-%m-%d}")
        for each in self.notices:
            _log.warning("%s", each)
        return True

    def _state(self) -> _State:
        return _State(_stamp(self._cert, "certificate"), _stamp(self._key, "key"))


def _stamp(path: Path, what: str) -> tuple[int, int, int]:
    try:
        found = path.stat()
        with path.open("rb"):
            return found.st_ino, found.st_size, found.st_mtime_ns
    except OSError as error:
        raise SettingsError(
            f"the TLS {what} {path} cannot be read: {error.strerror}",
            todo=f"name a file in PEM with --tls-{'cert' if what == 'certificate' else 'key'}",
        ) from None


def _context(cert: Path, key: Path) -> ssl.SSLContext:
    """A context as of today: TLS 1.2 and newer, no renegotiation, HTTP/1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key, password=_no_password(key))
    except ssl.SSLError as error:
        raise _unfit(cert, key, error) from None
    return context


def _no_password(key: Path) -> Callable[[], str]:
    def ask() -> str:  # OpenSSL would ask on the terminal, where nobody may be
        raise SettingsError(
            f"the TLS key {key} is locked by a password",
            todo=f"unlock it: openssl pkey -in {key} -out unlocked.key; and let only the server read that file",
        )

    return ask


def _unfit(cert: Path, key: Path, error: ssl.SSLError) -> SettingsError:
    if error.reason == "KEY_VALUES_MISMATCH":
        return SettingsError(
            f"the TLS key {key} is not that of the certificate {cert}",
            todo="give the key that the certificate was made for, and the server's own certificate first in its file",
        )
    whose = "certificate" if _holds_no_certificate(cert) else "key"
    return SettingsError(
        f"the TLS {whose} {cert if whose == 'certificate' else key} cannot be used: {error.reason or error}",
        todo="give files in PEM: lines between -----BEGIN ...----- and -----END ...-----",
    )


def _holds_no_certificate(cert: Path) -> bool:
    try:
        _ends(cert)
    except SettingsError:
        return True
    return False


def _ends(cert: Path) -> datetime:
    """When the server's own certificate, the first one in its file, ends."""
    from cryptography import x509  # takes a moment, and most servers stand behind a proxy

    try:
        return x509.load_pem_x509_certificate(cert.read_bytes()).not_valid_after_utc
    except (ValueError, OSError) as error:
        raise SettingsError(
            f"the TLS certificate {cert} cannot be read: {error}", todo="give a file in PEM, as certificate makers do"
        ) from None
