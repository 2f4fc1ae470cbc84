"""The README.md that lies with every export: what it is, what it was measured at, and how to use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ratchet.export.exported import Exporting
from ratchet.export.known import meanings
from ratchet.metrics.catalogue import heading
from ratchet.words import count_of, number

_MISSING = "A column that is absent or empty is missing, which is legal."


def write(
    folder: Path, exporting: Exporting, what: str, use: Sequence[str], needs: str, *, missing: str = _MISSING
) -> None:
    """``README.md`` in an export's folder; ``use`` are lines of Python, ``needs`` and ``missing`` sentences."""
    schema = exporting.bundle.schema
    told = meanings(exporting.bundle)
    columns = "\n".join(f"| `{name}` | {kind} | {told[name]} |" for name, kind in schema.features.items())
    lines = "\n".join(use).replace("FOLDER", folder.name)
    text = f"""# {exporting.name}, version {exporting.version}: {what}

Learned by `{exporting.family}` to tell apart {count_of(len(schema.classes), "class", "classes")} of `{schema.label}`: \
{", ".join(f"`{each}`" for each in schema.classes)}{_positive(exporting)}.
Written by `ratchet export`; the bundle it was made of has the id `{exporting.bundle.id}`,
and what it answers by the digest `{exporting.bundle.manifest.model}`.

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


def _positive(exporting: Exporting) -> str:
    """Which of two classes is the positive one."""
    positive = exporting.shown.scorecard.positive
    return "" if positive is None else f"; the positive one is `{positive}`"


def _measured(exporting: Exporting) -> str:
    """What may be told of what the version was worth on rows held out, with intervals."""
    card = exporting.shown.scorecard
    metrics = card.metrics
    rows = "\n".join(
        f"| {card.headings.get(name) or heading(name)} | {number(each.value)} "
        f"| {number(each.low)} to {number(each.high)} |"
        for name, each in metrics.items()
    )
    return f"\n| measured on rows held out | value | 95 % interval |\n|---|---|---|\n{rows}\n" if rows else ""
