"""`docs/benchmarks.md`: each part is put there by the command that measured it."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def put(part: str, text: str) -> None:
    """Replace what stands between ``<!-- part: begin -->`` and ``<!-- part: end -->``."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, after = page[: page.index(begin)], page[page.index(end) :]
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n{after}", encoding="utf-8")
