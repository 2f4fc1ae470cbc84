"""Keys over HTTP, for admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from ratchet.access.keys import Key, Keys, NewKey
from ratchet.access.roles import Role
from ratchet.errors import UnavailableError
from ratchet.web.asking import access_of, pools_of_system, system_of
from ratchet.web.problems import clipped

system = APIRouter(tags=["access"])


class KeyBody(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Whose key it is.")
    role: Role = Field(default=Role.USER, description="What they may do; each role includes those before it.")
    classifiers: list[str] | None = Field(default=None, description="Those that it opens; all by default.")
    days: float | None = Field(default=None, gt=0, le=36_500, description="After so many days it is over.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A key that was just made."""

    secret: str
    """The key itself: it is shown this once and kept nowhere."""
    key: Key


@system.get("/v1/-/keys", summary="Every key there is or was, oldest first; never the key itself")
async def keys(request: Request) -> list[Key]:
    """Who made it, when, for whom, and whether it holds."""
    return await pools_of_system(request).reading.run(_keys(request).every)


@system.post("/v1/-/keys", status_code=201, summary="Make a key; it is shown this once")
async def add_key(request: Request, body: KeyBody) -> Made:
    """It holds within a second in every server."""
    expires = None if body.days is None else timedelta(days=body.days)
    among = list(system_of(request).classifiers)
    add = partial(_keys(request).add, scopes=body.classifiers, expires=expires, among=among)
    return _made(await pools_of_system(request).writing.run(add, body.name, body.role))


@system.post("/v1/-/keys/{key}/rotate", status_code=201, summary="A new key in the place of an old one, by id or name")
async def rotate_key(request: Request, key: str) -> Made:
    """The old one is revoked at once."""
    return _made(await pools_of_system(request).writing.run(_keys(request).rotate, clipped(key)))


@system.delete("/v1/-/keys/{key}", summary="Revoke a key, by id or name")
async def revoke_key(request: Request, key: str) -> Key:
    """It is refused within two seconds in every server, and its sessions are over."""
    return await pools_of_system(request).writing.run(_keys(request).revoke, clipped(key))


def _keys(request: Request) -> Keys:
    access = access_of(request)
    if access is None:
        raise UnavailableError("this server asks nobody for a key", todo="start it without --open")
    return access.keys


def _made(made: NewKey) -> Made:
    return Made(secret=made.secret, key=made.key)
