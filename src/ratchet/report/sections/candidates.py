"""Which candidates there were, and how far the search came with each."""

from __future__ import annotations

from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.report.sections.words import Document, interval, section, table, value
from ratchet.words import duration


def candidates(known: Document) -> Html | None:
    """The best of each candidate on the rows it was tuned on, from ``candidates``."""
    found = known.get("candidates") or ()
    if not found:
        return None
    heads = ("candidate", "score in the search", "trials", "took")
    return section(
        "What else was tried",
        "The best settings of each candidate, scored on the rows they were tuned on: the best of many flatters itself.",
        table(
            "plain", heads, [row for each in found for row in (_row(each), *map(_member, each.get("members") or ()))]
        ),
    )


def _member(member: Document) -> Html:
    """One of those that answer together, below the candidate they make."""
    score = member.get("score")
    said = (number(value(score), 3), " ", tag("span", interval(score), class_="range"), " alone") if score else ()
    name = f"with {percent(member['weight'])} of the vote: {member['family']}"
    return tag("tr", tag("td", name), tag("td", *said), tag("td"), tag("td"))


def _row(candidate: Document) -> Html:
    score = candidate.get("score")
    said = (
        (tag("b", number(value(score), 3)), " ", tag("span", interval(score), class_="range")) if score else ("none",)
    )
    return tag(
        "tr",
        tag("th", f"{candidate['family']}{', chosen' if candidate['chosen'] else ''}", scope="row"),
        tag("td", *said),
        tag("td", number(candidate["trials"], 0)),
        tag("td", duration(candidate["seconds"])),
    )
