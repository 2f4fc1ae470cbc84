"""The versions so far, with what each was worth on its own holdout."""

from __future__ import annotations

from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.plots.track import scale, track
from ratchet.report.sections.words import Document, interval, section, title, value


def history(known: Document) -> Html | None:
    """The section, from ``history``: versions as ``{version, created_at, family, stage, outcome, score}``."""
    found = known.get("history") or ()
    if len(found) < 2:
        return None
    rows = [_row(each, current=each["version"] == known.get("version")) for each in found]
    said = (
        f"Newest first; {title(known, str(known.get('metric', '')))} of each champion on its own holdout: two of them "
        "are compared by the gate, not by these numbers."
    )
    return section("The versions so far", said, tag("table", scale(), tag("tbody", *rows), class_="tracks"))


def _row(version: Document, *, current: bool) -> Html:
    score = version.get("score")
    small = f"{str(version['created_at'])[:10]}, {version['family']}, {version['stage']}"
    name = tag("th", f"version {version['version']}", tag("small", small), scope="row")
    kind = "chosen" if current else None
    if not score:
        told = tag("td", str(version["outcome"]).replace("_", " "), colspan=3, class_="range")
        return tag("tr", name, told, class_=kind)
    return tag(
        "tr",
        name,
        tag("td", track(score, {}), class_="wide"),
        tag("td", tag("b", number(value(score))), class_="value"),
        tag("td", interval(score), class_="range"),
        class_=kind,
    )
