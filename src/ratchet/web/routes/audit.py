"""Who did what: the audit of the server, which every change and every reading of rows is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from ratchet.classifier import Classifier, Entry, Verified
from ratchet.web.asking import system_of
from ratchet.web.problems import clipped
from ratchet.web.threads import ThreadPools

system = APIRouter(tags=["access"])

_Text = Annotated[str | None, Query(max_length=128)]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditPage:
    """Entries, newest first."""

    entries: list[Entry]
    next: int | None
    """What ``before`` of the next page is; null where this is the last."""
    verified: Verified | None
    """What a walk along the whole audit found, where that was asked for."""


@system.get("/v1/-/audit", summary="Who changed what and who read rows, newest first")
async def audit(
    request: Request,
    actor: _Text = None,
    action: _Text = None,
    classifier: _Text = None,
    since: _Text = None,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: int = 50,
    verify: bool = False,
    head: Annotated[list[str] | None, Query(max_length=16)] = None,
) -> AuditPage:
    """The entries of the server's database; of ``classifier``, those in its own. ``verify=true`` walks along all."""
    found = system_of(request)
    opened = found.get(clipped(classifier)) if classifier else next(iter(found.classifiers.values()))
    pools: ThreadPools = request.app.state.pools[opened.name]

    def read(opened: Classifier) -> AuditPage:
        entries = opened.audit(
            actor=actor, action=action, classifier=classifier, since=since, before=before, limit=limit
        )
        return AuditPage(
            entries=entries,
            next=entries[-1].seq if len(entries) == limit else None,
            verified=opened.verify_audit(head or ()) if verify else None,
        )

    return await pools.reading.run(read, opened)
