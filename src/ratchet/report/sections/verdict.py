"""What the gate decided, check by check."""

from __future__ import annotations

from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.sections.words import Document, rule_name, section

_MARKS = {True: ("passed", "\N{CHECK MARK}"), False: ("failed", "\N{MULTIPLICATION X}"), None: ("unclear", "?")}


def verdict(known: Document) -> Html | None:
    """The section, from ``decision``."""
    decision = known.get("decision") or {}
    rows = []
    for check in decision.get("checks") or ():
        kind, mark = _MARKS[check.get("passed")]
        words = tag("div", tag("b", rule_name(str(check["rule"]))), tag("p", str(check["sentence"])))
        rows.append(tag("li", tag("span", mark, class_=f"mark {kind}", role="img", aria_label=kind), words))
    needed = decision.get("rows_needed")
    said = f"About {number(needed, 0)} labelled rows would settle it." if needed else None
    return section("What the gate decided", said, tag("ul", *rows, class_="checks")) if rows else None
