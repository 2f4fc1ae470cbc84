"""How often a caller and an address may ask a classifier, and how many rows."""

from __future__ import annotations

import ipaddress
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from ratchet.access.shared import Shared
from ratchet.access.windows import MOST_KNOWN, Policy, Taken, Windows
from ratchet.errors import TooOftenError
from ratchet.spec.access import Access
from ratchet.words import count_of, duration


class Verdict(NamedTuple):
    """What the limits say of a request, for the headers of its answer too."""

    of: Limits
    left: tuple[int, ...]
    """Of each of its policies two numbers: how much is left, and in how many seconds more will be."""
    refusal: TooOftenError | None = None


class Limits:
    """The limits of one classifier.

    Promises: of parallel requests exactly as many pass as are allowed, in any sixty seconds and on any day (UTC), and
    one that is refused takes nothing; with ``shared`` that holds over all processes that name the same Redis, and where
    that is away, in each by itself.  Takes a few microseconds without ``shared``, and then never waits.
    """

    def __init__(self, access: Access, classifier: str, *, shared: Shared | None = None) -> None:
        self.policies = policies_of(access)
        self.shared = shared if self.policies else None
        """Whether taking may wait for another machine."""
        self.refused = Counter[str]()
        """How often each limit has refused, by its name."""
        self._classifier = classifier
        self._own = Windows(self.policies)

    def take(self, caller: str, address: str, rows: int = 0) -> Verdict | None:
        """Take one request with so many rows, where it is allowed; None where there are no limits."""
        if not self.policies:
            return None
        taken = self._taken(caller, address, 1, rows)
        if taken.refused is None:
            return Verdict(self, taken.left)
        return Verdict(self, taken.left, self._refusal(taken, caller, rows))

    def more_rows(self, caller: str, address: str, rows: int) -> None:
        """Take more rows for a request that was taken; raises `TooOftenError`, and then has taken none."""
        if not self.policies or not rows:
            return
        taken = self._taken(caller, address, 0, rows)
        if taken.refused is not None:
            raise self._refusal(taken, caller, rows)

    def note(self, caller: str, requests: int, rows: int) -> None:
        """What a caller has asked today before this process began."""
        self._own.note(caller, requests, rows)

    def _taken(self, caller: str, address: str, requests: int, rows: int) -> Taken:
        network = network_of(address)
        if self.shared is not None:
            found = self.shared.take(self._classifier, self.policies, caller, network, requests, rows)
            if found is not None:
                return found
        return self._own.take(caller, network, requests, rows)

    def _refusal(self, taken: Taken, caller: str, rows: int) -> TooOftenError:
        place = taken.refused or 0
        policy, left = self.policies[place], taken.left[2 * place]
        self.refused[policy.name] += 1
        who = caller if policy.of == "caller" else "this address"
        allowed = count_of(policy.most, "row" if policy.counts == "rows" else "request")
        span = "a day" if policy.daily else "a minute"
        again = f"ask again in {duration(taken.seconds)}"
        if policy.counts == "rows":
            rest = f"{who} may ask {self._classifier} for {allowed} {span}, of which {left:,} are left"
            found = f"{count_of(rows, 'row')} more: {rest}"
            if rows > policy.most:
                again = f"send at most {policy.most:,} rows at once"
        else:
            found = f"{who} may make {allowed} of {self._classifier} {span}, and has made them"
        return TooOftenError(found, todo=f"{again}; {policy.name} under [access] sets this", seconds=taken.seconds)


def policies_of(access: Access) -> tuple[Policy, ...]:
    """The limits that a spec sets: those of a caller, then that of an address."""
    found = [
        Policy(
            name=name,
            most=most,
            of="address" if name.startswith("address") else "caller",
            counts="rows" if name.startswith("rows") else "requests",
            daily=name.endswith("day"),
        )
        for name in ("per_minute", "rows_per_minute", "per_day", "rows_per_day", "address_per_minute")
        if (most := getattr(access, name)) is not None
    ]
    return tuple(found)


@lru_cache(MOST_KNOWN)
def network_of(address: str) -> str:
    """Whose an address is: an IPv6 customer has a whole /64, and may ask from each of its addresses.

    >>> network_of("2001:db8::1:2"), network_of("::ffff:192.0.2.7"), network_of("192.0.2.7"), network_of("")
    ('2001:db8::/64', '192.0.2.7', '192.0.2.7', '')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))
