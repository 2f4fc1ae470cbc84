"""A version on one page that a person wants to look at: HTML with plots, nothing fetched, no script, light and dark.

Made from the document that `show --json` prints.  What a document does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ratchet.report.plots.markup import Html, number, tag
from ratchet.report.sections.about_data import about_data
from ratchet.report.sections.candidates import candidates
from ratchet.report.sections.classes import class_by_class, mistakes
from ratchet.report.sections.confidence import confidence, sets
from ratchet.report.sections.history import history
from ratchet.report.sections.quality import quality
from ratchet.report.sections.ranking import ranking
from ratchet.report.sections.rests_on import rests_on
from ratchet.report.sections.trials import learning, trials
from ratchet.report.sections.verdict import verdict
from ratchet.report.sections.weak import weak, worst
from ratchet.report.sections.words import Document
from ratchet.words import duration

SECTIONS = (
    quality, verdict, history, mistakes, class_by_class, ranking, confidence, sets, rests_on, candidates, trials,
    learning, weak, worst, about_data,
)  # fmt: skip
_STAGES = {"champion": "Champion", "challenger": "Challenger", "pending": "Pending"}
_OUTCOMES = {"promote": "Promote", "hold": "Hold", "need_data": "Need more data"}
_HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
)


def page(document: Mapping[str, Any]) -> str:
    """The page of a document ``{version, family, dataset, holdout, decision, findings}`` with a scorecard's parts.

    Those may stand in the document itself or under ``scorecard``; ``worst`` may list examples as ``{text, label,
    predicted, confidence}``.  Every value is escaped: texts of the data cannot become part of the page.
    """
    known = {**(document.get("scorecard") or {}), **document}
    title = f"{known['name']}, " if known.get("name") else ""
    title += f"version {known['version']}" if known.get("version") else "scorecard"
    body = tag("main", _top(known, title), *(section(known) for section in SECTIONS), _foot(known))
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = f"{_HEAD}{tag('title', title)}<style>\n{style}</style>"
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>{body}</body>\n</html>\n'


def _top(known: Document, title: str) -> Html:
    decision = known.get("decision") or {}
    outcome = decision.get("outcome")
    heading, said = str(known.get("summary") or title), str(decision.get("sentence") or "")
    stage = "champion" if known.get("champion") else known.get("stage")
    return tag(
        "header",
        tag(
            "p",
            title,
            tag("span", _STAGES[stage], class_=f"badge {stage}") if stage in _STAGES else None,
            tag("span", _OUTCOMES.get(outcome, str(outcome)), class_=f"badge {outcome}") if outcome else None,
            class_="eyebrow",
        ),
        tag("h1", heading),
        tag("p", said, class_="lead") if said and said not in heading else None,
        _facts(known),
        *(
            tag("p", str(note), class_="caution")
            for key in ("training_notes", "notes")
            for note in known.get(key) or ()
        ),
        *(tag("p", str(said), class_="after") for said in _holdout(known)),
    )


def _holdout(known: Document) -> Iterator[str]:
    """How the numbers are to be read, how the bet of a pending version stands, and how the holdout does."""
    holdout, pending = known.get("holdout") or {}, known.get("pending") or {}
    yield from filter(None, (holdout.get("reading"), pending.get("sentence"), holdout.get("sentence")))


def _facts(known: Document) -> Html:
    dataset, holdout = known.get("dataset"), known.get("holdout") or {}
    rows = dataset.get("rows") if isinstance(dataset, Mapping) else None
    identity = dataset.get("id") if isinstance(dataset, Mapping) else dataset
    made = known.get("created_at")
    facts = {
        "family": known.get("family"),
        "dataset": str(identity)[:12] if identity else None,
        "rows": None if rows is None else number(rows, 0),
        "held out": None if holdout.get("rows") is None else number(holdout["rows"], 0),
        "exams": None if holdout.get("exams") is None else number(holdout["exams"], 0),
        "looks": number(holdout["looks"], 0) if holdout.get("looks") else None,
        "trained in": None if known.get("train_seconds") is None else duration(known["train_seconds"]),
        "made": str(made)[:16].replace("T", " ") if made else None,
    }
    shown = (tag("div", tag("dt", name), tag("dd", str(value))) for name, value in facts.items() if value)
    return tag("dl", *shown, class_="facts")


def _foot(known: Document) -> Html:
    cost, metrics = known.get("cost"), known.get("metrics") or {}
    methods = sorted({str(each["method"]) for each in metrics.values() if each and each.get("method")})
    said = []
    if cost:
        p50, p99, size = number(cost["p50_ms"], 2), number(cost["p99_ms"], 2), cost["bundle_mb"]
        stored = f"{number(size, 1)} MB" if size >= 1 else f"{number(size * 1000, 0)} kB"
        said.append(f"An answer takes {p50} ms, 99 of 100 at most {p99} ms; the model is {stored} on disk.")
    if methods:
        said.append(f"Intervals are at 95 %, by {', '.join(methods)}.")
    if known.get("spec"):
        said.append(f"Spec {known['spec']}.")
    return tag("footer", *(tag("p", each) for each in said))
