"""How results look in a terminal: documents on standard output, progress and prose on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from ratchet.errors import RatchetError
from ratchet.words import count_of, duration, number

if TYPE_CHECKING:
    from rich.console import Console

    from ratchet.progress import Progress, Report

SEVERITY_STYLE = {"error": "bold red", "warning": "yellow", "note": "dim"}
OUTCOME_STYLE = {"promote": "bold green", "hold": "bold yellow", "need_data": "bold yellow"}


class Output:
    """Where a command writes.  With ``json`` one document goes to standard output and nothing else does."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    @property
    def console(self) -> Console:
        """Standard output for people; standard error where a program reads standard output."""
        from rich.console import Console

        return Console(stderr=self.json, highlight=False, soft_wrap=True)

    def document(self, value: object) -> None:
        """One JSON document on standard output."""
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")

    def say(self, text: str) -> None:
        """A line of prose on standard error."""
        sys.stderr.write(text + "\n")

    def error(self, error: RatchetError) -> None:
        """An error, in words (and as a document where one was asked for)."""
        if self.json:
            problems = [msgspec.to_builtins(each) for each in error.problems]
            self.document({"error": error.problem, "problems": problems, "todo": error.todo})
        self.say(f"ratchet: {error}")

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """A progress bar per stage on standard error; plain lines where that is no terminal."""
        if not sys.stderr.isatty():
            yield _lines(self)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (SpinnerColumn(), TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
        with Bars(
            *columns, TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=Console(stderr=True)
        ) as bars:
            tasks: dict[str, Any] = {}

            def report(step: Progress) -> None:
                if step.stage not in tasks:
                    for task in tasks.values():
                        bars.update(task, total=1, completed=1) if bars.tasks[task].total is None else None
                    tasks[step.stage] = bars.add_task(step.stage, total=None, note="")
                left = "" if step.seconds_left is None else f"  {step.seconds_left:.0f} s left of the budget"
                done, total = step.done, step.total or None
                bars.update(tasks[step.stage], completed=done, total=total, note=step.note + left)

            yield report


def _lines(output: Output) -> Report:
    last: list[tuple[str, str]] = [("", "")]

    def report(step: Progress) -> None:
        if (step.stage, step.note) != last[0]:
            output.say(f"{step.stage:<10} {step.note}".rstrip())
            last[0] = (step.stage, step.note)

    return report


def findings(console: Console, found: Sequence[Any]) -> None:
    """What is wrong with the rows, most harmful first."""
    if not found:
        console.print("Nothing was found wrong with the rows.")
    for each in msgspec.to_builtins(found):
        console.print(f"[{SEVERITY_STYLE[each['severity']]}]{each['severity']:>7}[/]  ", end="")
        console.print(each["sentence"], markup=False)
        for example in each["examples"][:3]:
            console.print(f"         e.g. {example}"[:160], style="dim", markup=False)
        if each["todo"]:
            console.print(f"         What to do: {each['todo']}", style="dim", markup=False)


def scorecard(console: Console, document: Mapping[str, Any]) -> None:
    """Metrics with their intervals beside the baselines."""
    from rich.table import Table

    baselines = document["baselines"]
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("holdout", "value", "95 % interval", *baselines):
        table.add_column(title, justify="left" if title == "holdout" else "right")
    for name, measured in document["metrics"].items():
        others = [f"{each[name]['value']:.3f}" if name in each else "" for each in baselines.values()]
        table.add_row(
            document["headings"][name],
            f"{measured['value']:.3f}",
            _range(measured),
            *others,
        )
    console.print(table)


def decision(console: Console, document: Mapping[str, Any]) -> None:
    """The gate's answer, with every check."""
    console.print(f"[{OUTCOME_STYLE[document['outcome']]}]{document['outcome'].upper()}[/]  ", end="")
    console.print(document["sentence"], markup=False)
    for check in document["checks"]:
        mark, style = {True: ("passed", "green"), False: ("failed", "red"), None: ("unclear", "yellow")}[
            check["passed"]
        ]
        console.print(f"  [{style}]{mark:>7}[/]  ", end="")
        console.print(f"{check['rule']}: {check['sentence']}", markup=False)


def report(console: Console, document: Mapping[str, Any]) -> None:
    """One version: in words whether it is any good and what is wrong with its rows; then the numbers, the decision."""
    held = document["holdout"]
    took = "" if document["train_seconds"] is None else f", trained in {duration(document['train_seconds'])}"
    console.print(
        f"Version {document['version']} ({document['family']}, {document['stage']}), "
        f"judged on {held['rows']:,} rows held out{took}",
        markup=False,
    )
    console.print(document["summary"], style="bold", markup=False)
    for finding in document["findings"]:
        if finding["severity"] != "note":
            console.print(f"[{SEVERITY_STYLE[finding['severity']]}]{finding['severity']:>7}[/]  ", end="")
            console.print(finding["sentence"], markup=False)
    for note in document["notes"]:
        console.print(f"   note  {note}", style="dim", markup=False)
    console.print()
    scorecard(console, document)
    if document.get("sets"):
        console.print(document["sets"]["sentence"], markup=False)
    if document.get("gap"):
        console.print(document["gap"]["sentence"], markup=False)
    console.print()
    decision(console, document["decision"])


def candidates(console: Console, document: Mapping[str, Any]) -> None:
    """The best of each candidate on the rows it was tuned on, with its settings; the chosen one is marked."""
    heading = document["headings"].get(document["metric"], document["metric"])
    console.print(f"The best of each candidate, by {heading} on the rows it was tuned on", style="dim", markup=False)
    for each in document["candidates"]:
        score, trials = _interval(each["score"]) or "no score", count_of(each["trials"], "trial")
        line = f"  {each['family']:<16}  {score:<22}  {trials} in {duration(each['seconds'])}"
        console.print(line + ("  chosen" if each["chosen"] else ""), markup=False)
        settings = ", ".join(f"{name} {_short(value)}" for name, value in each["params"].items())
        console.print(f"      {settings or 'no settings'}", style="dim", markup=False)


def versions(console: Console, listed: Sequence[Any]) -> None:
    """Every version in a line, newest first."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), header_style="dim")
    for title in ("version", "made", "family", "outcome", "dataset", "stage"):
        table.add_column(title)
    for each in listed:
        made = f"{each.created_at:%Y-%m-%d %H:%M}"
        table.add_row(each.number, made, each.family, each.decision.outcome, each.dataset_id[:12], each.stage)
    console.print(table)


def comparison(console: Console, document: Mapping[str, Any]) -> None:
    """Two versions side by side, and what the gate would say."""
    from rich.table import Table

    first, second = document["first"], document["second"]
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("each on its own holdout", f"version {first}", f"version {second}"):
        table.add_column(title)
    for name, measured in document["metrics"][first].items():
        other = document["metrics"][second].get(name)
        table.add_row(document["headings"][name], *(_interval(each) for each in (measured, other)))
    console.print(table)
    held = document["holdout"]
    console.print(f"On today's {held['rows']:,} holdout rows they agree on {document['agreement']:.1%}.")
    console.print(f"If version {second} challenged version {first}:")
    decision(console, document["decision"])


def _short(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _interval(measured: Mapping[str, Any] | None) -> str:
    if measured is None:
        return ""
    return f"{measured['value']:.3f} ({_range(measured)})"


def _range(measured: Mapping[str, Any]) -> str:
    """Where the true value lies, and whether that is held to 95 %."""
    about = "about " if measured.get("approximate") else ""
    return f"{about}{measured['low']:.3f} to {measured['high']:.3f}"
