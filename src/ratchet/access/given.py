"""Which role somebody gets of what their provider says of them: `oidc_roles` of the settings, read and asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ratchet.access.roles import Role
from ratchet.errors import SettingsError

MOST_NAME = 128
"""Characters of a name, as of a key's."""


@dataclass(frozen=True, slots=True)
class Given:
    """The entries of ``oidc_roles``: a group, an address, or all addresses of a domain (``*@...``) -> role.

    Promises: an address counts only where the provider says that it is verified, and a group never stands for a whole
    domain; of several entries that fit the highest role is given.
    """

    roles: Mapping[str, Role]
    claim: str

    @classmethod
    def read(cls, text: str, claim: str) -> Given:
        """Of the settings; raises `SettingsError`.

        >>> Given.read("admins=admin, *@example.com=user", "groups").roles["admins"]
        <Role.ADMIN: 'admin'>
        """
        roles = {}
        for each in filter(None, map(str.strip, text.split(","))):
            name, _, role = (part.strip() for part in each.rpartition("="))
            if not name or role not in list(Role) or ("*" in name and not name.startswith("*@")):
                raise SettingsError(
                    f"RATCHET_OIDC_ROLES has an entry {each!r}",
                    todo=f"write GROUP=ROLE, ADDRESS=ROLE or *@DOMAIN=ROLE with commas; roles: {', '.join(Role)}",
                )
            roles[_folded(name)] = Role(role)
        if not roles:
            raise SettingsError(
                "RATCHET_OIDC_ROLES names nobody who may sign in",
                todo="say who gets which role, such as RATCHET_OIDC_ROLES='admins=admin, *@example.com=user'",
            )
        return cls(roles, claim)

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that what a provider says gives; None where it gives none."""
        asked = set()
        if self.claim != "email":  # an address is taken only where it is verified, below
            said = claims.get(self.claim)
            groups = [said] if isinstance(said, str) else said if isinstance(said, list) else []
            asked = {each for each in groups if isinstance(each, str) and not each.startswith("*")}
        if (address := address_of(claims)) is not None:
            asked |= {address, f"*@{address.rpartition('@')[2]}"}
        found = [self.roles[each] for each in map(_folded, asked) if each in self.roles]
        return max(found, key=list(Role).index, default=None)


def address_of(claims: Mapping[str, Any]) -> str | None:
    """The address of somebody, where the provider has made sure that it is theirs."""
    address = claims.get("email")
    verified = claims.get("email_verified") is True
    return address.lower() if verified and isinstance(address, str) and _is_address(address) else None


def name_of(claims: Mapping[str, Any]) -> str:
    """What the audit calls somebody: their verified address, else the provider's name for them.

    The latter begins as no name of a key can, so that nobody is taken for the owner of one.
    """
    return address_of(claims) or f"oidc:{claims['sub']}"[:MOST_NAME]


def _is_address(text: str) -> bool:
    name, at, domain = text.rpartition("@")
    return bool(name and at and domain) and text.isprintable() and " " not in text and len(text) <= MOST_NAME


def _folded(name: str) -> str:
    """Addresses are told apart without regard to case, groups are not."""
    return name.lower() if "@" in name else name
