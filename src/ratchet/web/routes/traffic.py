"""Who answers beside the champion."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ratchet.classifier import Shares
from ratchet.web.asking import Asked, Caller, Own

router = APIRouter(tags=["champions"])


class TrafficBody(BaseModel):
    """Who is to answer, from now on."""

    model_config = ConfigDict(extra="forbid")

    arms: dict[str, float] = Field(
        default={}, max_length=16, description="Version -> its share, from 0.0001 to 1; the champion has the rest."
    )
    shadow: list[str] = Field(
        default=[], max_length=4, description="Versions that answer too, and whose answers are logged and not sent."
    )
    reason: str = Field(default="", max_length=2_000, description="Why; it is kept in the ledger.")


@router.get("/traffic", summary="Who answers what part of the traffic, and every change of that")
async def traffic(classifier: Asked, own: Own) -> Shares:
    """The champion answers what no other version has a share of."""
    return await own.reading.run(classifier.traffic)


@router.put("/traffic", summary="Have versions answer shares of the traffic, or listen in; nothing ends it")
async def set_traffic(classifier: Asked, own: Own, caller: Caller, body: TrafficBody) -> Shares:
    """Each version is loaded first and must answer; what is not named has no share from then on."""
    return await own.writing.run(
        classifier.set_traffic, body.arms, shadow=body.shadow, reason=body.reason, actor=caller
    )
