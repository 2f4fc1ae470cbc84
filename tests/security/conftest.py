"""A closed server with a key of each role, and the means to come to it from anywhere."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from ratchet.access.roles import Role
from ratchet.system import System
from ratchet.web.clients import Clients
from tests.web.conftest import books, films, opened, resources

__all__ = ["books", "films", "opened", "resources"]

LOOPBACK = ip_network("127.0.0.0/8")


@dataclass
class Closed:
    """A server with keys, behind a proxy on this machine, so that each request may come from another address."""

    client: httpx.Client
    films: Any
    keys: Mapping[str, str]
    _addresses: Iterator[int] = field(default_factory=itertools.count)

    def ask(
        self, method: str, path: str, key: str | None = None, *, address: str | None = None, **more: Any
    ) -> httpx.Response:
        """A request with a key, by role or as it is; from an address that nobody has come from where none is named."""
        number = next(self._addresses)
        headers = {"x-forwarded-for": address or f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}"}
        if key is not None:
            headers["authorization"] = f"Bearer {self.keys.get(key, key)}"
        return self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)


@pytest.fixture
def closed(
    films: Any, books: Any, served: Callable[..., AbstractContextManager[httpx.Client]]
) -> Callable[..., AbstractContextManager[Closed]]:
    @contextmanager
    def serve(**options: Any) -> Iterator[Closed]:
        made = {role.value: films.access.keys.add(f"{role}-key", role).secret for role in Role}
        made["books"] = films.access.keys.add("books-key", Role.ADMIN, scopes=["books"]).secret
        made["revoked"] = films.access.keys.add("revoked-key", Role.ADMIN).secret
        films.access.keys.revoke("revoked-key")
        made["expired"] = films.access.keys.add("expired-key", Role.ADMIN, expires=timedelta(microseconds=1)).secret
        made["wrong"] = made["admin"][:-4] + ("AAAA" if made["admin"][-4:] != "AAAA" else "BBBB")
        clients = Clients([LOOPBACK], options.pop("near", ()))
        system = System([films, books], default="films")
        with served(system, access=films.access, clients=clients, tend_seconds=0.05, **options) as client:
            yield Closed(client, films, made)

    return serve


@pytest.fixture
def server(closed: Callable[..., AbstractContextManager[Closed]]) -> Iterator[Closed]:
    with closed() as server:
        yield server
