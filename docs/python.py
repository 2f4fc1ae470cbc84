"""The page `docs/reference/python.md`: signatures and docstrings from the code, examples from `docs/examples.md`.

The examples lie apart, since they read as one story and a test runs them in that order.  Its headings say which names
the page shows, and in which order.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any

import msgspec

import ratchet
from ratchet import classifier, errors, progress, system
from ratchet.data.dataset import Dataset
from ratchet.drafting.draft import Draft
from ratchet.evaluation import scorecard
from ratchet.gate.decision import Check
from ratchet.serving.about import ClassName
from ratchet.serving.explanation import Contribution
from ratchet.serving.prediction import Score
from ratchet.statistics.measured import Measured
from ratchet.store.sizes import TableSize

EXAMPLES = Path(__file__).parent / "examples.md"

VALUES: tuple[type, ...] = (
    Draft,
    classifier.Ingested,
    Dataset,
    classifier.Usage,
    classifier.Schema,
    classifier.Finding,
    classifier.Decision,
    Check,
    classifier.StagedVersion,
    classifier.Scorecard,
    Measured,
    scorecard.Cost,
    scorecard.Lift,
    scorecard.Gap,
    scorecard.Sets,
    scorecard.ClassCoverage,
    scorecard.Segment,
    scorecard.ReliabilityBin,
    scorecard.Threshold,
    scorecard.CandidateScore,
    classifier.Event,
    classifier.Traffic,
    classifier.Shares,
    classifier.Entry,
    classifier.Verified,
    classifier.RunState,
    classifier.Told,
    classifier.Prediction,
    Score,
    classifier.Explanation,
    Contribution,
    classifier.Answered,
    classifier.BadRow,
    classifier.ScoredFile,
    classifier.Exported,
    classifier.Receipt,
    classifier.Truth,
    classifier.Labelled,
    classifier.Label,
    classifier.Context,
    classifier.Request,
    classifier.Info,
    ClassName,
    classifier.Health,
    classifier.LiveState,
    classifier.ArmsState,
    classifier.Counts,
    classifier.VersionCounts,
    classifier.Spooled,
    classifier.Resealed,
    classifier.Inserting,
    classifier.DatabaseSize,
    TableSize,
    system.SystemInfo,
    system.Listed,
    system.SystemHealth,
    system.BadSpec,
    progress.Progress,
)
"""What the verbs take and give, in the order of the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One heading of `docs/examples.md`: a name with what is said of its arguments, the rest of its prose, its code."""

    name: str
    arguments: Mapping[str, str]
    body: str

    @property
    def code(self) -> str:
        """Its blocks of Python, one after the other."""
        return "\n".join(re.findall(r"^```python\n(.*?)^```$", self.body, re.MULTILINE | re.DOTALL))


_ARGUMENT = re.compile(r"^- `\*{0,2}(\w+)`: (.*(?:\n  .*)*)\n?", re.MULTILINE)


def entries() -> Iterator[Entry]:
    """The entries in their order; groups of them (headings of two #) have no code of their own but may have some."""
    for part in re.split(r"^(?=##)", EXAMPLES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        arguments = {name: " ".join(text.split()) for name, text in _ARGUMENT.findall(body)}
        yield Entry(name=head.strip("# "), arguments=arguments, body=_ARGUMENT.sub("", body).strip())


def public() -> dict[str, object]:
    """Every public name with what it stands for: those of the package, and the members of its classes."""
    found: dict[str, object] = {}
    for name in ratchet.__all__:
        if name in {"__version__", "RatchetError"}:
            continue
        each = getattr(ratchet, name)
        found[f"ratchet.{name}"] = each
        if inspect.isclass(each):
            found |= {f"{name}.{member}": of for member, of in _members(each).items()}
    return found


def _members(owner: type) -> dict[str, object]:
    """The public methods and properties of a class of ours, those of its own bases of ours included."""
    ours = [each for each in reversed(owner.__mro__) if each.__module__.startswith("ratchet.")]
    members = {name: member for each in ours for name, member in vars(each).items() if not name.startswith("_")}
    return {
        name: member
        for name, member in members.items()
        if isinstance(member, property | staticmethod | classmethod) or inspect.isfunction(member)
        if name not in getattr(owner, "model_fields", {}) and not hasattr(member, "decorator_info")
    }


def arguments_of(member: object) -> list[inspect.Parameter]:
    """What a function takes, without itself."""
    function = _function(member)
    if function is None:
        return []
    return [each for each in inspect.signature(function).parameters.values() if each.name not in {"self", "cls"}]


def _function(member: object) -> Callable[..., Any] | None:
    if isinstance(member, staticmethod | classmethod):
        return member.__func__
    return member if inspect.isfunction(member) else None


def documentation(member: object) -> str:
    """The docstring as Markdown."""
    text = inspect.getdoc(member.fget if isinstance(member, property) else _function(member) or member) or ""
    text = text.partition("\n>>> ")[0]
    return re.sub(r"``([^`]+)``", r"`\1`", text).replace(".  ", ". ").replace(";  ", "; ").strip()


def signature(name: str, member: object) -> str:
    """How it is called, types as the source writes them.

    >>> signature("Classifier.champion", classifier.Classifier.champion)
    'champion(at: datetime | None = None) -> str | None'
    """
    whole = name.startswith("ratchet.") or isinstance(member, staticmethod | classmethod)
    short = name if whole else name.partition(".")[2]
    if isinstance(member, property) and member.fget is not None:
        return f"{short}: {_given(member.fget)}"
    function = _function(member)
    if function is None:
        return short
    shown: list[str] = []
    starred = False
    for each in arguments_of(member):
        starred = starred or each.kind is each.VAR_POSITIONAL
        if each.kind is each.KEYWORD_ONLY and not starred:
            shown, starred = [*shown, "*"], True
        shown.append(_parameter(each))
    line = f"{short}({', '.join(shown)}) -> {_given(function)}"
    return (
        line
        if len(line) <= 110
        else "\n".join([f"{short}(", *(f"    {each}," for each in shown), f") -> {_given(function)}"])
    )


def _parameter(each: inspect.Parameter) -> str:
    stars = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
    default = each.default
    shown = getattr(default, "__name__", None) or repr(default)
    return f"{stars}{each.name}: {each.annotation}" + ("" if default is each.empty else f" = {shown}")


def _given(function: Callable[..., Any]) -> str:
    return str(function.__annotations__.get("return", "None"))


def python_page() -> str:
    """Every public name with its signature, arguments and a running example; then what they give, and the errors."""
    intro = EXAMPLES.read_text(encoding="utf-8").partition("\n## ")[0]
    names, listed = public(), list(entries())
    told = {each.name: each.arguments for each in listed}
    parts = [intro, _contents(listed, names)]
    for each in listed:
        if each.name in names:
            parts += _shown(each, names[each.name], told["Arguments that recur"])
        elif each.name not in {value.__name__ for value in VALUES}:
            bullets = "\n".join(f"- `{name}`: {text}" for name, text in each.arguments.items())
            parts += [f"## {each.name}", bullets, each.body]
        if each.name == "Values":
            parts += [part for value in VALUES for part in _value(value, told.get(value.__name__, {}))]
    return "\n\n".join([*(part for part in parts if part), _errors()]) + "\n"


def _contents(listed: list[Entry], names: Mapping[str, object]) -> str:
    rows = ["| name | what it is for |", "|---|---|"]
    for each in listed:
        if each.name in names:
            first = " ".join(documentation(names[each.name]).partition("\n\n")[0].split())
            rows.append(
                f"| [`{each.name}`](#{_anchor(each.name)}) | {re.split(r'(?<=[.;:]) ', first)[0].rstrip(';:')} |"
            )
    rows += ["| [Values](#values) | what they give, field by field |", "| [Errors](#errors) | what they raise |"]
    return "\n".join(rows)


def _shown(entry: Entry, member: object, shared: Mapping[str, str]) -> list[str]:
    meanings = {**shared, **entry.arguments}
    bullets = [f"- `{each.name}`: {meanings[each.name]}" for each in arguments_of(member) if each.name in meanings]
    call = "" if inspect.isclass(member) else f"```python\n{signature(entry.name, member)}\n```"
    return [f"### `{entry.name}`", call, documentation(member), "\n".join(bullets), entry.body]


def fields_of(value: type) -> dict[str, str]:
    """Each field of a value with its type, those of its bases first."""
    if issubclass(value, msgspec.Struct):
        return {each.name: _annotation(value, each.name) for each in msgspec.structs.fields(value)}
    assert is_dataclass(value)
    return {name: _annotation(value, name) for name in value.__dataclass_fields__}


def _annotation(value: type, name: str) -> str:
    found = next(each.__annotations__[name] for each in value.__mro__ if name in getattr(each, "__annotations__", {}))
    return str(found)


def meanings_of(value: type) -> dict[str, str]:
    """The sentence written under each field, from the source."""
    found: dict[str, str] = {}
    for each in reversed(value.__mro__):
        if each.__module__.startswith("ratchet."):
            pattern = r"^    (\w+): [^\n]*\n    \"\"\"(.*?)\"\"\""
            found |= dict(re.findall(pattern, inspect.getsource(each), re.MULTILINE | re.DOTALL))
    return {name: " ".join(re.sub(r"``([^`]+)``", r"`\1`", text).split()) for name, text in found.items()}


def _value(value: type, told: Mapping[str, str]) -> list[str]:
    meanings = {**meanings_of(value), **told}
    rows = ["| field | type | |", "|---|---|---|"]
    for name, annotation in fields_of(value).items():
        kind = annotation.replace("|", "\\|")
        meaning = meanings.get(name, "")
        rows.append(f"| `{name}` | `{kind}` | {meaning[:1].upper()}{meaning[1:]} |")
    return [f"### `{value.__name__}`", documentation(value), "\n".join(rows)]


def _errors() -> str:
    rows = ["| error | when | exit code |", "|---|---|---:|"]
    for name, each in vars(errors).items():
        if inspect.isclass(each) and issubclass(each, errors.RatchetError):
            first = " ".join(documentation(each).partition("\n\n")[0].split())
            rows.append(f"| `{name}` | {first} | {each.exit_code} |")
    return "\n".join(rows)


def _anchor(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name).lower().replace(" ", "-")
