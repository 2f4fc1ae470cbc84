"""How results look in a terminal: documents on standard output, progress and prose on standard error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from ratchet.errors import Problem, RatchetError
from ratchet.words import count_of, duration, number, percent, redacted, trimmed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ratchet.progress import Progress, Report

SEVERITY_STYLE = {"error": "bold red", "warning": "yellow", "note": "dim"}
OUTCOME_STYLE = {"promote": "bold green", "hold": "bold yellow", "need_data": "bold yellow"}
_BESIDE = 40
"""A note of more characters would be cut beside a progress bar: it is printed above the bars, and stays."""
APPROXIMATE = "~ marks intervals that are approximate: too few rows, or of some class, to hold them to 95 %."


class Output:
    """Where a command writes.  With ``json`` one document goes to standard output and nothing else does."""

    printed: ClassVar[bool] = False
    """Whether this process has printed its one document."""
    given: ClassVar[str] = ""
    """The ``-C FOLDER`` that was given, as it is to be typed again, with a space after it."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    @property
    def console(self) -> Console:
        """Standard output for people; standard error where a program reads standard output."""
        from rich.console import Console

        return Console(stderr=self.json, highlight=False, soft_wrap=True)

    def document(self, value: object) -> None:
        """One JSON document on standard output."""
        Output.printed = True
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=_path), indent=2).decode() + "\n")

    def say(self, text: str) -> None:
        """A line of prose on standard error."""
        sys.stderr.write(shown(here(text)) + "\n")

    def error(self, error: RatchetError) -> int:
        """An error, in words (and as a document where one was asked for); what to exit with."""
        self.failure(error.code, error.problem, todo=error.todo, problems=error.problems)
        return error.exit_code

    def failure(self, code: str, problem: str, *, todo: str, problems: Sequence[Problem] = ()) -> None:
        """What went wrong and what to do; ``code`` is what `ratchet explain-error` knows it by."""
        listed = [{name: shown(text) for name, text in msgspec.to_builtins(each).items()} for each in problems]
        if self.json and not Output.printed:
            self.document({"error": shown(problem), "problems": listed, "todo": shown(here(todo)), "code": code})
        self.say(f"ratchet: {RatchetError(problem, todo=todo, problems=tuple(problems))}")
        if not self.json:
            more = f"ratchet explain-error {code} says more"
            self.say(f"\x1b[2m{more}\x1b[0m" if sys.stderr.isatty() else more)

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
                done, total, note = step.done, step.total or None, step.note
                if len(note) > _BESIDE:
                    bars.console.print(note, markup=False, highlight=False, soft_wrap=True)
                    note = ""
                bars.update(tasks[step.stage], completed=done, total=total, note=note + left)

            yield report


_VERBS = (
    "audit|check|compare|doctor|export|forget|holdout|ingest|init|keys|label|learning-curve|predict|promote|rollback|runs|"
    "serve|show|subject|tracking|train|up|usage"
)
_TYPED = re.compile(rf"\bratchet (?=(?:{_VERBS})\b)")


def here(text: str) -> str:
    """A text whose commands, typed as they stand, run where this one does: with the ``-C`` that was given."""
    return _TYPED.sub(lambda _: f"ratchet {Output.given}", text) if Output.given else text


def shown(text: str) -> str:
    """A text as it may be shown: without passwords, and bytes of paths that are no UTF-8 spelled out."""
    return redacted(text).encode("utf-8", "backslashreplace").decode()


def _path(value: object) -> str:
    if isinstance(value, os.PathLike):
        return os.fsencode(value).decode("utf-8", "backslashreplace")
    raise NotImplementedError(f"{type(value).__name__} has no place in a document")


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
            console.print(f"         e.g. {trimmed(example, 200)}", style="dim", markup=False)
        if each["todo"]:
            console.print(f"         What to do: {each['todo']}", style="dim", markup=False)
    if any(each.rows for each in found):
        console.print("Every row concerned, with all its columns: ratchet check --rows rows.csv", markup=False)


def scorecard(console: Console, document: Mapping[str, Any]) -> None:
    """Metrics with their intervals beside the baselines; nothing where the holdout was not asked."""
    metrics, baselines = document["metrics"], document["baselines"]
    if not metrics:
        return
    table = empty_table("holdout", "value", "95 % interval", *baselines)
    places = _places([*metrics.values(), *(each for of in baselines.values() for each in of.values())])
    for name, measured in metrics.items():
        others = [_value(each.get(name), places) for each in baselines.values()]
        table.add_row(document["headings"][name], _value(measured, places), _range(measured, places), *others)
    console.print(table)
    _approximate(console, metrics.values())


def decision(console: Console, document: Mapping[str, Any], *, said: str = "") -> None:
    """The gate's answer, with every check; its sentence, unless what was ``said`` holds it."""
    console.print(f"[{OUTCOME_STYLE[document['outcome']]}]{document['outcome'].upper()}[/]", end="")
    console.print("" if document["sentence"] in said else f"  {document['sentence']}", markup=False)
    for check in document["checks"]:
        mark, style = {True: ("passed", "green"), False: ("failed", "red"), None: ("unclear", "yellow")}[
            check["passed"]
        ]
        console.print(f"  [{style}]{mark:>7}[/]  ", end="")
        console.print(f"{check['rule']}: {check['sentence']}", markup=False)


def report(console: Console, document: Mapping[str, Any]) -> None:
    """One version: whether it is any good and what is wrong with its rows; the numbers; the decision; the holdout."""
    held = document["holdout"]
    took = "" if document["train_seconds"] is None else f", trained in {duration(document['train_seconds'])}"
    rows = f"{held['rows']:,} rows held out"
    judged = f"not judged on the {rows}" if held["shown"] == "not asked" else f"judged on {rows}"
    console.print(
        f"Version {document['version']} ({document['family']}, {document['stage']}), {judged}{took}", markup=False
    )
    for each in document["pretrained"]:
        said = f"Began with the weights of {each['model']} (sha256 {each['sha256']})"
        console.print(said, style="dim", markup=False)
    console.print(document["summary"], style="bold", markup=False)
    for finding in document["findings"]:
        if finding["severity"] != "note":
            console.print(f"[{SEVERITY_STYLE[finding['severity']]}]{finding['severity']:>7}[/]  ", end="")
            console.print(finding["sentence"], markup=False)
    for note in (*document.get("training_notes", ()), *document["notes"]):
        console.print(f"   note  {note}", style="dim", markup=False)
    console.print()
    scorecard(console, document)
    checked = any(check["rule"] == "gap" for check in document["decision"]["checks"])
    for each in (document.get("labelling"), document["sets"], None if checked else document["gap"]):
        if each:
            console.print(each["sentence"], markup=False)
    if held["reading"]:
        console.print(held["reading"], markup=False)
    console.print()
    decision(console, document["decision"], said=document["summary"])
    if document["pending"]:
        console.print(document["pending"]["sentence"], markup=False)
    _worst(console, document.get("worst") or ())
    console.print()
    console.print(held["sentence"], style="dim", markup=False)


def _worst(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows of the holdout that a version is most wrong about, for who has taken a look."""
    if rows:
        console.print("\nMost wrong about, of the rows held out (some may be labelled wrongly):")
    for each in rows:
        right = f"is {each['label']}, predicted {each['predicted']} ({percent(each['confidence'])})"
        console.print(f"  {right}: {trimmed(' '.join(each['text'].split()), 160)}", markup=False)


def candidates(console: Console, document: Mapping[str, Any]) -> None:
    """The best of each candidate on the rows it was tuned on, with its settings; the chosen one is marked."""
    heading = document["headings"].get(document["metric"], document["metric"])
    console.print(f"The best of each candidate, by {heading} on the rows it was tuned on", style="dim", markup=False)
    for each in document["candidates"]:
        score, trials = _interval(each["score"]) or "no score", count_of(each["trials"], "trial")
        line = f"  {each['family']:<16}  {score:<22}  {trials} in {duration(each['seconds'])}"
        console.print(line + ("  chosen" if each["chosen"] else ""), markup=False)
        members, listed = each.get("members") or (), ("members", "weights")
        shown = {name: value for name, value in each["params"].items() if not (members and name in listed)}
        settings = ", ".join(f"{name} {short(value)}" for name, value in shown.items())
        console.print(f"      {settings or 'no settings'}", style="dim", markup=False)
        for one in members:
            alone = f"{_interval(one['score'])} alone" if one.get("score") else ""
            said = f"      {percent(one['weight']):>5} {one['family']:<16}  {alone}"
            console.print(said, style="dim", markup=False)


def versions(console: Console, listed: Sequence[Any]) -> None:
    """Every version in a line, newest first."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), header_style="dim")
    for title in ("version", "made", "family", "outcome", "dataset", "stage"):
        table.add_column(title, no_wrap=True)
    for each in listed:
        made = f"{each.created_at:%Y-%m-%d %H:%M}"
        table.add_row(each.number, made, each.family, each.decision.outcome, each.dataset_id[:12], each.stage)
    console.print(table)


def comparison(console: Console, document: Mapping[str, Any]) -> None:
    """Two versions side by side, and what the gate would say."""
    first, second = document["first"], document["second"]
    table = empty_table("each on its own holdout", f"version {first}", f"version {second}")
    metrics = document["metrics"]
    for name in dict.fromkeys([*metrics[first], *metrics[second]]):
        table.add_row(document["headings"][name], *(_interval(metrics[each].get(name)) for each in (first, second)))
    console.print(table)
    _approximate(console, [*metrics[first].values(), *metrics[second].values()])
    held = document["holdout"]
    same = f"they agree on {percent(document['agreement'])}"
    console.print(f"On today's {held['rows']:,} holdout rows that are new to both {same}.", markup=False)
    console.print(f"If version {second} challenged version {first}:", markup=False)
    decision(console, document["decision"])
    console.print(held["reading"], markup=False)


def short(value: object) -> str:
    """A setting as it is printed."""
    if isinstance(value, list):
        return f"({len(value)})"
    return number(value) if isinstance(value, float) else str(value)


def _interval(measured: Mapping[str, Any] | None) -> str:
    if measured is None:
        return ""
    return f"{_value(measured)} ({_range(measured)})"


def _value(measured: Mapping[str, Any] | None, places: int = 3) -> str:
    if measured is None:
        return ""
    return "-" if measured["value"] is None else f"{measured['value']:.{places}f}"


def _range(measured: Mapping[str, Any], places: int = 3) -> str:
    """Where the true value lies; with ``~`` where that is not held to 95 %."""
    if measured["low"] is None or measured["high"] is None:
        return ""
    about = "~" if measured.get("approximate") else ""
    return f"{about}{measured['low']:.{places}f} to {measured['high']:.{places}f}"


def _places(found: Iterable[Mapping[str, Any]]) -> int:
    """How many decimal places the numbers of a table have: those of rounded ones are fewer."""
    values = [each[name] for each in found for name in ("value", "low", "high") if each[name] is not None]
    return 2 if all(abs(value - round(value, 2)) < 1e-9 for value in values) else 3


def _approximate(console: Console, found: Iterable[Mapping[str, Any]]) -> None:
    if any(each.get("approximate") for each in found):
        console.print(APPROXIMATE, style="dim", markup=False)


def empty_table(*titles: str) -> Table:
    """An empty table that fits a terminal of 80 columns: words on the left, numbers on the right, no line broken."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), header_style="dim")
    for at, title in enumerate(titles):
        table.add_column(title, justify="right" if at else "left", no_wrap=True)
    return table
