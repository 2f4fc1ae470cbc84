"""How a database is reached: beyond this machine encrypted and verified, unless somebody decided otherwise."""

from __future__ import annotations

import ipaddress
import logging
import os

import sqlalchemy as sa

from ratchet.errors import SettingsError

_log = logging.getLogger("ratchet.store")

_VERIFIED = {"verify-full", "verify-ca"}
_PLAIN = "disable"
"""Said outright, it is a decision; the driver's own default, ``prefer``, falls back to it without a word."""


def require_decided(url: sa.URL) -> None:
    """See that the way to a PostgreSQL beyond this machine was chosen, by ``sslmode`` in its URL or by ``PGSSLMODE``.

    Raises `SettingsError` where nothing was said: the driver would send the password and all rows unencrypted where the
    server, or somebody in its place, does without.  A mode that encrypts for whoever answers is warned of.
    """
    away = beyond(url)
    if url.get_backend_name() != "postgresql" or not away or "service" in url.query:  # a service names its own mode
        return
    mode = str(url.query.get("sslmode") or os.environ.get("PGSSLMODE") or "")
    if not mode:
        raise SettingsError(
            f"the database on {away} is beyond this machine, and its URL does not say how the way there is protected",
            todo="add ?sslmode=verify-full&sslrootcert=CA.pem to it (sslrootcert=system where a public authority "
            "signed the server's certificate); on a network that is yours alone, sslmode=disable",
        )
    if mode not in _VERIFIED | {_PLAIN}:
        _log.warning(
            "the database on %s is asked with sslmode=%s, which lets in whoever answers in its place; "
            "use sslmode=verify-full with sslrootcert=CA.pem",
            away,
            mode,
        )


def beyond(url: sa.URL) -> str | None:
    """The first host of a database's URL that is not this machine; None where all are.

    >>> beyond(sa.make_url("postgresql://db.example/rows"))
    'db.example'
    >>> beyond(sa.make_url("postgresql://localhost/rows")), beyond(sa.make_url("postgresql:///rows?host=/run/pg"))
    (None, None)
    """
    said = url.query.get("hostaddr") or url.query.get("host") or url.host or os.environ.get("PGHOST") or ""
    hosts = said.split(",") if isinstance(said, str) else [host for each in said for host in each.split(",")]
    return next((host for host in hosts if not _is_here(host.rpartition(":")[0] or host, host)), None)


def _is_here(*spellings: str) -> bool:
    return any(_is_this_machine(each.strip("[]")) for each in spellings)


def _is_this_machine(host: str) -> bool:
    if not host or host == "localhost" or host.startswith(("/", "@")):  # a socket's folder
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
