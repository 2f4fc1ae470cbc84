"""Pictures that cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.checks.checked_rows import CheckedRows, row_numbers
from ratchet.data.findings import Finding
from ratchet.data.near.pictures import broken_pictures, can_open_pictures
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent


def check_pictures(rows: CheckedRows) -> Iterator[Finding]:
    """Pictures that no program can open; without Pillow, says that pictures were not looked at."""
    for name in rows.named(Kind.IMAGE):
        pictures = rows.frame.get_column(name)
        if not can_open_pictures():
            yield Finding(
                check="pictures",
                severity="note",
                sentence=f"The pictures in '{name}' were compared by their bytes only: Pillow is not installed",
                count=len(pictures) - pictures.null_count(),
                share=1 - pictures.null_count() / len(rows),
                examples=(),
                todo="pip install pillow, so that pictures that look the same are found",
                column=name,
            )
            continue
        broken = broken_pictures(pictures.to_list())
        if len(broken):
            yield Finding(
                check="pictures",
                severity="warning",
                sentence=(
                    f"{count_of(len(broken), 'picture')} in '{name}' ({percent(len(broken) / len(rows))}) "
                    "cannot be opened"
                ),
                count=len(broken),
                share=len(broken) / len(rows),
                examples=tuple(f"row {place + 1:,}" for place in broken[:5]),
                rows=row_numbers(broken),
                todo="send them again, or drop these rows",
                column=name,
            )
