"""Tables in the documentation: each is put there by the command that measured it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "reliability.md", ROOT / "README.md")


def put(part: str, text: str) -> None:
    """Replace what stands between ``<!-- part: begin -->`` and ``<!-- part: end -->``, on every page that has them."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        if begin in page:
            before, after = page[: page.index(begin)], page[page.index(end) :]
            path.write_text(f"{before}{begin}\n{text.strip()}\n{after}", encoding="utf-8")


def taken(part: str) -> str:
    """What stands between the marks now, on the first page that has them; empty where none has."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    pages = [path.read_text(encoding="utf-8") for path in PAGES]
    return next((page[page.index(begin) + len(begin) : page.index(end)].strip() for page in pages if begin in page), "")
