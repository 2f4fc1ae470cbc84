"""Make the parts of the documentation that the code itself knows: ``make docs``.

`docs/reference/spec.md` comes from the Spec's own fields, `cli.md` from the commands' own help, `python.md` from the
docstrings and `docs/examples.md`, `errors.md` from the pages that come with the package.  A test holds them against
what this makes, so they cannot fall behind.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.models import CommandInfo
from typer.testing import CliRunner

from docs.python import python_page
from ratchet import settings, spec
from ratchet.access.roles import Role
from ratchet.cli import explain
from ratchet.cli.main import app
from ratchet.features.catalogue import ENCODERS
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS
from ratchet.models.augment import WAYS
from ratchet.models.catalogue import BASELINES, FAMILIES, family, meaning
from ratchet.models.family import Choice, Range, Shape
from ratchet.web.permissions import CLASSIFIER, SYSTEM, Permission
from ratchet.words import listed

REFERENCE = Path(__file__).parent / "reference"
_SHAPE = Shape(rows=10_000, classes=3, sparse=20_000)
"""Of the rows whose searches are shown."""


def spec_page() -> str:
    """Every key of ``ratchet.toml``."""
    parts = [
        "# `ratchet.toml`, key by key",
        'What to learn, from which columns, and what "better" means. `ratchet init DATA --label COLUMN` writes one, '
        "every line explained. What is learned has an identity, the learning hash: the label, the columns that are not "
        "ignored, `[text.COLUMN]`, `[ingest]`, `[split]`, `[[candidates]]`, `[search]` and the gate's metric. "
        "Formatting, the order of keys and columns, and spelled-out defaults do not count. The rest says how the "
        "classifier is operated, and may change at any time without anything being learned anew.",
        _table(spec.Spec),
        "## Kinds of columns",
        _kinds(),
        "Durations: `90s`, `10m`, `2h`, `1d`, or seconds.",
    ]
    for name, part in _tables():
        parts += [f"## {name}", inspect.getdoc(part) or "", _table(part)]
        parts += _families() if part is spec.CandidateSpec else []
    parts += ["## Metrics", "What `gate.metric` may name; a scorecard shows all of them.", _metrics()]
    parts += [
        "# Settings",
        "Where things run; none of them changes a result. Environment variables, or keywords of `ratchet.open`.",
        _table(settings.Settings, prefix="RATCHET_"),
    ]
    return "\n\n".join(parts) + "\n"


def _kinds() -> str:
    rows = ["| kind | what it holds | in a request |", "|---|---|---|"]
    for kind in Kind:
        asked = kind.feature.expected if kind.is_feature else ""
        rows.append(f"| `{kind}` | {kind.column.meaning} | {asked} |")
    return "\n".join(rows)


def _tables() -> list[tuple[str, type[BaseModel]]]:
    return [
        ("`[text.COLUMN]`", spec.TextSpec),
        ("`[ingest]`", spec.Ingest),
        ("`[split]`", spec.Split),
        ("`[[candidates]]`", spec.CandidateSpec),
        ("`[search]`", spec.Search),
        ("`[gate]`", spec.Gate),
        ("`[serve]`", spec.Serve),
        ("`[traffic]`", spec.TrafficSpec),
        ("`[access]`", spec.Access),
        ("`[privacy]`", spec.Privacy),
    ]


def _table(part: type[BaseModel], prefix: str = "") -> str:
    notes = _notes(part)
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    for name, field in part.model_fields.items():
        key = f"{prefix}{name}".upper() if prefix else name
        rows.append(f"| `{key}` | {_type(field.annotation)} | {_default(field)} | {notes.get(name, '')} |")
    return "\n".join(rows)


def _metrics() -> str:
    rows = ["| name | called | unit | better | what it measures |", "|---|---|---|---|---|"]
    for name, each in METRICS.items():
        better = "higher" if each.higher_is_better else "lower"
        shown = f"`{name}`" if each.choosable else f"`{name}` (shown only)"
        rows.append(f"| {shown} | {each.prose} | {each.unit} | {better} | {each.meaning} |")
    return "\n".join(rows)


def _families() -> list[str]:
    rows = ["| family | what it is | a search tries (and begins with) | and may be fixed |", "|---|---|---|---|"]
    for name in (each for each in FAMILIES if each not in BASELINES):
        way = family(name)
        space, defaults = way.space(_SHAPE), way.defaults(_SHAPE)
        tried = [f"`{key}` {_searched(part)} ({defaults[key]})" for key, part in space.items() if _searched(part)]
        fixed = [f"`{key}` {_fixable(part, defaults[key])}" for key, part in space.items() if not _searched(part)]
        beside = {key: value for key, value in defaults.items() if key not in space}
        fixed += [f"`{key}` other than `{value}`" if value else f"`{key}`" for key, value in beside.items()]
        rows.append(f"| `{name}` | {meaning(name)} | {'; '.join(tried)} | {'; '.join(fixed)} |")
    said = (
        f"What `params` may fix, and what is searched otherwise (on {_SHAPE.rows:,} rows of texts; it depends on their "
        "number). One may be fixed outside of what is searched. Families that read texts take `augment`, a list of "
        f"{listed([f'`{each}`' for each in WAYS])}. What transformers take: [their guide](../how-to/transformers.md)."
    )
    encoding = "What `encoders` may name. Each family has a default for each kind; folds say whether another is better."
    return [said, "\n".join(rows), encoding, _encoders()]


def _searched(part: Choice | Range) -> str:
    if isinstance(part, Range):
        return "" if part.low == part.high else f"{part.low:,g} to {part.high:,g}"
    return " or ".join(map(str, part.options)) if len(part.options) > 1 else ""


def _fixable(part: Choice | Range, default: Any) -> str:
    return f"other than {default}" if isinstance(part, Range) else " or ".join(f"`{each}`" for each in part.beside)


def _encoders() -> str:
    rows = ["| encoder | reads | makes of a column |", "|---|---|---|"]
    for name, each in ENCODERS.items():
        said = " ".join((inspect.getdoc(each) or "").split()).partition(". ")[0].rstrip(".").replace("``", "`")
        if len(each.reads) == 1:
            rows.append(f"| `{name}` | {listed(each.reads)} | {said} |")
    return "\n".join(rows)


def _type(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    text = re.sub(r"typing\.|ratchet\.(?:\w+\.)+|pathlib\.(_local\.)?|", "", text)
    return f"`{text}`".replace("|", "\\|")


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    if field.default is PydanticUndefined or isinstance(field.default, BaseModel):
        return "computed" if field.default_factory and not isinstance(field.default_factory, type) else ""
    return "" if field.default is None else f"`{field.default!s}`"


def _notes(part: type[BaseModel]) -> dict[str, str]:
    """The sentence written under each field, from the source."""
    found = re.findall(r"^    (\w+): [^\n]*\n    \"\"\"(.*?)\"\"\"", inspect.getsource(part), re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.replace("``", "`").split()) for name, text in found}


def cli_page() -> str:
    """Every command with its help."""
    parts = [
        "# The command line",
        "With `--json` one document goes to standard output; progress and prose go to standard error. `ratchet "
        "completion` makes a shell complete commands, options, versions and files.",
        _section(explain.pages()["exit-codes"]),
    ]
    for words in _commands():
        done = CliRunner().invoke(app, [*words, "--help"], prog_name="ratchet", terminal_width=100)
        parts += [f"## `ratchet {' '.join(words)}`", f"```\n{done.output.strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def errors_page() -> str:
    """Every error with its meaning, causes and cures: what `ratchet explain-error` says."""
    parts = [
        "# Errors",
        "`ratchet explain-error CODE` prints the part of this page that is about one code; with `--json` an error "
        "names its `code`, and a problem document of the server in its `type` (`urn:ratchet:CODE`).",
    ]
    for code, page in explain.pages().items():
        parts.append(_section(page).replace("## ", f"## `{code}`: ", 1))
    return "\n\n".join(parts) + "\n"


def roles_page() -> str:
    """Who may ask what: the table that the server goes by."""
    roles = ", ".join(f"`{role}`" for role in Role)
    parts = [
        "# Roles",
        f"Who may ask what over HTTP. A key has a role, and each role may do what those before it may: {roles}. *All*: "
        "a key that opens some classifiers only is not enough. *Page*: the cookie of a session will do in the place of "
        "a key. *Near*: this machine, and the networks of `RATCHET_NETWORKS`, need no key. An address that is not here "
        "is answered for nobody without a key.",
    ]
    for title, table in (("Of a classifier", CLASSIFIER), ("Of all of them together", SYSTEM)):
        rows = [
            f"| `{method} {path.replace(':path', '')}` | {_asked(each)} |" for (method, path), each in table.items()
        ]
        parts += [f"## {title}", "\n".join(["| route | least role |", "|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def _asked(permission: Permission) -> str:
    words = ["anybody" if permission.role is None else f"`{permission.role}`"]
    words += [
        word
        for word, holds in (("all", permission.whole), ("page", permission.page), ("near", permission.near))
        if holds
    ]
    return ", ".join(words)


def _section(page: str) -> str:
    return f"#{page.strip()}"


def _commands() -> list[list[str]]:
    """The words of every command, those of groups included."""
    found = [[_name(each)] for each in app.registered_commands]
    for group in app.registered_groups:
        inner = group.typer_instance.registered_commands if group.typer_instance else []
        found += [[str(group.name), _name(each)] for each in inner]
    return found


def _name(command: CommandInfo) -> str:
    return str(getattr(command.callback, "__name__", "")).replace("_", "-")


PAGES = {
    "spec.md": spec_page,
    "cli.md": cli_page,
    "errors.md": errors_page,
    "roles.md": roles_page,
    "python.md": python_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
