"""`runs`: every training, where one is, and what it said."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.words import duration, number

if TYPE_CHECKING:
    from ratchet.classifier import Classifier, RunState

_LOOK = 0.5
"""Seconds between two looks at a run that is followed."""
_SHOWN = 8
"""The last characters of an id tell runs apart."""


def runs(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(help="A run, by its id or the last of it; all of them by default.")
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="What it said: stages, findings, each trial as it ended.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="The log, and what comes, until the run ends.")] = False,
    json: Json = False,
) -> None:
    """List the runs of the training flow, newest first; of one, say where it is and how far."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        if run is None:
            found = classifier.runs()
            output.document({"runs": found}) if json else _list(output, found)
        elif follow:
            _follow(output, classifier, run)
        elif log:
            lines = classifier.run_log(run)
            output.document({"run": classifier.run(run).id, "log": lines}) if json else _print(output, lines)
        else:
            state = classifier.run(run)
            output.document(state) if json else _one(output, state)


def _list(output: Output, found: list[RunState]) -> None:
    if not found:
        output.say("There are no runs yet. Next: ratchet train")
        return
    rows = [("run", "kind", "state", "stage", "began", "by", "progress")]
    for each in found:
        began = f"{each.started_at.astimezone():%Y-%m-%d %H:%M}"
        rows.append((each.id[-_SHOWN:], each.kind, each.state, each.stage, began, each.actor, _how_far(each)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        output.console.print(line.rstrip(), markup=False)


def _one(output: Output, state: RunState) -> None:
    took = duration(state.seconds)
    lines = {
        "run": state.id,
        "state": state.state + (f": {state.error}" if state.error else ""),
        "stage": state.stage,
        "progress": _how_far(state),
        "began": f"{state.started_at.astimezone():%Y-%m-%d %H:%M:%S} by {state.actor}, {state.reason}",
        "took" if state.finished_at else "takes so far": took,
        "said last": state.note,
    }
    for name, text in lines.items():
        if text:
            output.console.print(f"{name:>12}  {text}", markup=False)


def _how_far(state: RunState) -> str:
    if state.version is not None:
        return f"version {state.version}: {state.outcome}"
    parts = [
        f"{state.done} of {state.total}" if state.total else f"{state.done}" if state.done else "",
        "" if state.best is None else f"best so far {number(state.best)}",
        "" if state.seconds_left is None else f"{state.seconds_left:.0f} s left",
    ]
    return ", ".join(filter(None, parts))


def _follow(output: Output, classifier: Classifier, run: str) -> None:
    told = 0
    while True:
        over = classifier.run(run).state != "running"  # before the log is read, so that its last lines are shown
        lines = classifier.run_log(run)
        _print(output, lines[told:])
        told = len(lines)
        if over:
            return
        time.sleep(_LOOK)


def _print(output: Output, lines: list[dict[str, Any]]) -> None:
    for line in lines:
        said = _trial(line["trial"]) if "trial" in line else line.get("note", "")
        output.console.print(f"{line['at'][11:19]}  {line['stage']:<9} {said}".rstrip(), markup=False)


def _trial(trial: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{name}={value}" for name, value in dict(trial.get("params") or {}).items())
    score, seconds = trial.get("score"), trial.get("seconds")
    came = trial.get("state", "") if score is None else number(score)
    took = "" if seconds is None else f" in {seconds:.1f} s"
    reason = f": {trial['reason']}" if trial.get("reason") else ""
    return f"trial {trial.get('number')}: {trial.get('family')} ({settings})  {came}{took}{reason}"
