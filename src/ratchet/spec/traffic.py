"""How traffic is split between versions; who has which share is in the ledger."""

from __future__ import annotations

from pydantic import Field

from ratchet.spec.section import Section


class TrafficSpec(Section):
    """By what people are dealt among versions; which versions, and their shares, `ratchet traffic` says."""

    by: str = Field(default="subject", pattern=r"^(subject|request|tag:[A-Za-z0-9_.-]{1,64})$")
    """``subject`` or ``tag:NAME``: who has the same is always answered by the same version; ``request``: by chance."""
