"""The README.md that lies with every export: what it is, what it was measured at, and how to use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ratchet.export.exported import Exporting
from ratchet.words import count_of, number

_MISSING = "A column that is absent or empty is missing, which is legal."


def write(
    folder: Path, exporting: Exporting, what: str, use: Sequence[str], needs: str, *, missing: str = _MISSING
) -> None:
    """``README.md`` in an export's folder; ``use`` are lines of Python, ``needs`` and ``missing`` sentences."""
    schema = exporting.bundle.schema
    columns = "\n".join(f"| `{name}` | {kind} | {kind.column.meaning} |" for name, kind in schema.features.items())
    lines = "\n".join(use).replace("FOLDER", folder.name)
    text = f"""# {exporting.name}, version {exporting.version}: {what}

Learned by `{exporting.family}` to tell apart {count_of(len(schema.classes), "class", "classes")} of `{schema.label}`: \
{", ".join(f"`{each}`" for each in schema.classes)}.  Written by `ratchet export`; the bundle it was made of has the id
`{exporting.bundle.id}`.

```python
{lines}
```

{needs}

| column | kind | |
|---|---|---|
{columns}

{missing}
{_measured(exporting)}
Answers that are given with it are in nobody's log: they cannot be monitored or learned from.
"""
    (folder / "README.md").write_text(text, encoding="utf-8")


def _measured(exporting: Exporting) -> str:
    """What may be told of what the version was worth on rows held out, with intervals."""
    metrics = exporting.shown.scorecard.metrics
    rows = "\n".join(
        f"| {name} | {number(each.value)} | {number(each.low)} to {number(each.high)} |"
        for name, each in metrics.items()
    )
    return f"\n| measured on rows held out | value | 95 % interval |\n|---|---|---|\n{rows}\n" if rows else ""
