"""Who is champion: always through the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from ratchet.access.roles import Role
from ratchet.classifier import Event
from ratchet.errors import ForbiddenError
from ratchet.web.asking import Asked, Caller, Own, who_of

router = APIRouter(tags=["champions"])


class PromoteBody(BaseModel):
    """A version to make champion."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(max_length=16, description="Its number.")
    reason: str = Field(default="", max_length=2_000, description="Why; it is kept in the ledger.")
    override: bool = Field(default=False, description="Against the gate's decision: for admins, with a reason.")


class RollbackBody(BaseModel):
    """A champion to go back to."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=2_000, description="Why; it is kept in the ledger.")
    to: str | None = Field(default=None, max_length=16, description="A version that was champion; the one before else.")


@dataclass(frozen=True, slots=True)
class Champion:
    """Who is champion now."""

    champion: str


@router.post("/promote", summary="Make a version champion that the gate let through; against the gate, for admins")
async def promote(request: Request, classifier: Asked, own: Own, caller: Caller, body: PromoteBody) -> Event:
    """It is loaded first and must answer; what it displaces stays there to be rolled back to."""
    if body.override and not who_of(request).role.includes(Role.ADMIN):
        raise ForbiddenError(
            "to promote against the gate's decision needs the role admin",
            todo="promote without override what the gate let through, or ask an admin",
        )
    return await own.writing.run(
        classifier.promote, body.version, actor=caller, reason=body.reason, override=body.override
    )


@router.post("/rollback", summary="Give the place back to the champion before")
async def rollback(classifier: Asked, own: Own, caller: Caller, body: RollbackBody) -> Champion:
    """Again goes back further, never to a version that was rolled back from."""
    version = await own.writing.run(classifier.rollback, actor=caller, reason=body.reason, to=body.to)
    return Champion(version)
