"""Who may reach a server at all: closed beyond this machine until there is a key."""

from __future__ import annotations

import ipaddress

from ratchet.access.keys import Keys, NewKey
from ratchet.access.roles import Role
from ratchet.errors import SettingsError

FIRST = "first-admin"
"""What the key that a first start makes is named."""


def is_this_machine(host: str) -> bool:
    """Whether only this machine can reach what listens on ``host``.

    >>> [is_this_machine(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_open(host: str) -> None:
    """Raises `SettingsError` where a server that asks nobody for a key would listen beyond this machine."""
    if not is_this_machine(host):
        raise SettingsError(
            f"serving on {host} with --open would answer strangers",
            todo="leave --open out and make keys: ratchet keys add NAME",
        )


def refuse_without_keys(host: str, keys: Keys) -> None:
    """Raises `SettingsError` where others can reach ``host`` and there is no key yet to keep strangers out."""
    if not is_this_machine(host) and not keys.digests():
        raise SettingsError(
            f"serving on {host} would let other machines in, and there is no key yet to keep strangers out",
            todo="make one first: ratchet keys add NAME --role admin",
        )


def first_key(keys: Keys) -> NewKey | None:
    """The admin's key that a first start on this machine makes; None where there are keys."""
    return None if keys.digests() else keys.add(FIRST, Role.ADMIN)
