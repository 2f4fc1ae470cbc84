"""What both clients send with each call, and how they read what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from ratchet.client.calls import Call
from ratchet.client.errors import AddressError, UnreachableError

T = TypeVar("T")


def prefix(classifier: str | None) -> str:
    """How the addresses of a classifier begin; without a name those of the default one."""
    return "" if classifier is None else f"v1/{quote(classifier, safe='')}/"


def options(address: str, key: str | None, timeout: float, connections: int, more: Mapping[str, Any]) -> dict[str, Any]:
    """What both kinds of clients of httpx are made with: a pool of connections that are kept."""
    return {
        "base_url": address if address.endswith("/") else f"{address}/",
        "headers": {} if key is None else {"Authorization": f"Bearer {key}"},
        "timeout": timeout,
        "limits": httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        **more,
    }


def headers_of(call: Call[Any]) -> dict[bytes, bytes]:
    """The headers of a call; values that are no ASCII go as UTF-8."""
    said = {**call.headers, **({} if call.content is None else {"Content-Type": call.kind})}
    return {name.encode(): value.encode() for name, value in said.items()}


def result(call: Call[T], body: bytes) -> T:
    """What a call gives; raises `AddressError` for what no Ratchet server answers."""
    try:
        return call.read(body)
    except msgspec.MsgspecError as error:
        raise AddressError(
            f"{call.method} {call.path} was answered with something else: is a Ratchet server at this address?"
        ) from error


def unreachable(error: httpx.TransportError, attempts: int) -> UnreachableError:
    """That no answer came."""
    tried = "once" if attempts == 1 else f"{attempts} times"
    return UnreachableError(f"no answer, asked {tried}: {type(error).__name__} {error}".rstrip())
