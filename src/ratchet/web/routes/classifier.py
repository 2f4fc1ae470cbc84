"""What a classifier is, and which there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from ratchet.classifier import Event, Info, RunState, Scorecard, StagedVersion
from ratchet.system import SystemInfo
from ratchet.web.asking import Asked, Own, system_of, who_of
from ratchet.web.problems import clipped

router = APIRouter(tags=["classifier"])
system = APIRouter(tags=["classifier"])


@system.get("/v1", summary="Which classifiers there are, and how each is")
async def classifiers(request: Request) -> SystemInfo:
    """Those that the key opens, the default one, and to a key that opens all the specs that could not be opened."""
    found, who = system_of(request).info(), who_of(request)
    if who.scopes is None:
        return found
    mine = tuple(each for each in found.classifiers if who.may_ask(each.name))
    return replace(found, classifiers=mine, default=found.default if who.may_ask(found.default or "") else None, bad=())


@router.get("/info", summary="What this classifier is")
async def info(classifier: Asked, own: Own) -> Info:
    """Name, classes, columns, champion, and how good that is."""
    return await own.reading.run(classifier.info)


@router.get("/versions", summary="Every version, newest first")
async def versions(classifier: Asked, own: Own) -> list[StagedVersion]:
    """Promoted or not, with stage, scorecard and decision."""
    return await own.reading.run(classifier.versions)


@router.get("/versions/{version}/scorecard", summary="A version's measured quality")
async def scorecard(classifier: Asked, own: Own, version: str) -> Scorecard:
    """Every number with its interval, beside the baselines."""
    return await own.reading.run(classifier.scorecard, clipped(version))


@router.get("/ledger", summary="Every change of champion, oldest first")
async def ledger(classifier: Asked, own: Own) -> list[Event]:
    """Who, when, why, on what evidence."""
    return await own.reading.run(classifier.ledger)


@router.get("/runs", summary="Every run of the training flow, newest first")
async def runs(classifier: Asked, own: Own) -> list[RunState]:
    """Where each is, or how it ended."""
    return await own.reading.run(classifier.runs)


@router.get("/runs/{run}", summary="Where a run is: state, stage, how far, best score so far, seconds left")
async def run(classifier: Asked, own: Own, run: str) -> RunState:
    """Progress is at most a second or so old."""
    return await own.reading.run(classifier.run, clipped(run))


@router.get("/runs/{run}/log", summary="What a run said: stages, findings, each trial as it ended")
async def run_log(classifier: Asked, own: Own, run: str) -> list[dict[str, Any]]:
    """Oldest first; also while it goes on."""
    return await own.reading.run(classifier.run_log, clipped(run))
