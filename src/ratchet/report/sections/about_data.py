"""What the checks found in the data."""

from __future__ import annotations

from collections.abc import Mapping

from ratchet.report.plots.markup import Html, tag
from ratchet.report.sections.words import Document, section


def about_data(known: Document) -> Html | None:
    """The section, from ``findings`` (mappings, or plain sentences)."""
    rows = []
    for finding in known.get("findings") or ():
        if not isinstance(finding, Mapping):
            rows.append(tag("li", tag("p", str(finding))))
            continue
        severity = str(finding.get("severity", "note"))
        todo = tag("p", "What to do: ", str(finding["todo"])) if finding.get("todo") else None
        words = tag("div", tag("p", tag("b", str(finding.get("sentence", "")))), todo)
        rows.append(tag("li", tag("span", severity, class_=f"severity {severity}"), words))
    return section("About the data", "Most harmful first.", tag("ul", *rows, class_="checks")) if rows else None
