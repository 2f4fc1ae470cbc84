"""The leaderboard of the search, which settings mattered in it, and how the best few learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ratchet.report.plots.lines import Line, chart, nice
from ratchet.report.plots.markup import Html, number, percent, tag
from ratchet.report.sections.words import Document, section, table, title
from ratchet.words import duration, times_over

SHOWN = 12
"""So many trials are seen at once; the others are under a fold."""
_RIVALS = 4
"""So many trials have their curves drawn, the chosen one and the next best that have some."""
_HEADS = ("trial", "family", "score", "folds", "took", "how it came out")


def trials(known: Document) -> Html | None:
    """Every trial, from ``trials explained metric``."""
    found = known.get("trials") or ()
    if not found:
        return None
    rows = [_row(each) for each in found]
    more = tag("details", tag("summary", f"The other {len(rows) - SHOWN}"), table("plain trials", _HEADS, rows[SHOWN:]))
    said = (
        f"By {title(known, str(known.get('metric', '')))} on rows left out of learning; the best of many flatters "
        "itself. Give or take: the spread from fold to fold. "
        + str((known.get("labelling") or {}).get("beside_trials") or "")
    ).rstrip()
    return section(
        "Every trial of the search",
        said,
        table("plain trials", _HEADS, rows[:SHOWN]),
        more if len(rows) > SHOWN else None,
        _settings(known),
    )


def _row(trial: Document) -> Html:
    spread = trial.get("spread")
    about = tag("span", f" \N{PLUS-MINUS SIGN} {number(spread)}", class_="range") if spread else None
    return tag(
        "tr",
        tag("td", str(trial["number"])),
        tag("th", str(trial["family"]), tag("small", str(trial.get("settings") or "")), scope="row"),
        tag("td", tag("b", number(trial.get("score"))), about, data_head="score"),
        tag("td", times_over(trial.get("folds") or 0, trial.get("repeats") or 1), data_head="folds"),
        tag("td", duration(float(trial.get("seconds") or 0.0)), data_head="took"),
        tag("td", outcome(trial), class_="why"),
        class_="chosen" if trial.get("chosen") else None,
    )


def outcome(trial: Document) -> str:
    """Why a trial won or lost, in words."""
    said = f"chosen: {trial['rule']}" if trial.get("rule") else str(trial.get("reason") or "")
    state = str(trial.get("state") or "")
    return said or ("" if state == "finished" else state)


def _settings(known: Document) -> Html | None:
    shares = (known.get("explained") or {}).get("settings") or ()
    if not shares:
        return None
    rows = [
        tag(
            "tr",
            tag("th", str(each["setting"]), tag("small", f"{each['family']}, {each['trials']} trials"), scope="row"),
            tag("td", _bar(float(each["share"])), class_="wide"),
            tag("td", percent(each["share"]), class_="value"),
        )
        for each in shares
    ]
    said = "Which setting mattered: its share, by itself, in how far the trials of a family lie apart (fANOVA)."
    return tag("div", tag("h3", said), tag("table", tag("tbody", *rows), class_="tracks"), class_="below")


def _bar(share: float) -> Html:
    full = tag("rect", x=0, y=2, width=max(400 * share, 1.0), height=10, rx=3, class_="bar")
    return tag("svg", full, viewBox="0 0 400 14", class_="track", role="img", aria_label=percent(share))


def learning(known: Document) -> Html | None:
    """Loss by round or epoch of the chosen trial and its nearest rivals, from the ``curves`` of ``trials``."""
    found = [each for each in known.get("trials") or () if each.get("curves")][:_RIVALS]
    measures = dict.fromkeys(str(curve["measure"]) for each in found for curve in each["curves"])
    if not found:
        return None
    names = [f"{each['number']}: {each['family']}" for each in found]
    legend = [tag("span", tag("i", class_=f"key swatch l{at}"), name) for at, name in enumerate(names)]
    figures = [tag("figure", tag("figcaption", each), _curves(found, each)) for each in measures]
    return section(
        "How it learned",
        "Step by step (rounds or epochs), by the number of the trial. Solid: rows kept out; dashed: learned from.",
        tag("p", *legend, class_="legend"),
        tag("div", *figures, class_="pair"),
    )


def _curves(found: Sequence[Mapping[str, Any]], measure: str) -> Html:
    lines = [
        Line(points=list(zip(curve["steps"], values, strict=True)), number=at, dashed=dashed)
        for at, trial in enumerate(found)
        for curve in trial["curves"]
        if curve["measure"] == measure
        for values, dashed in ((curve.get("learned") or (), True), (curve.get("held") or (), False))
        if values
    ]
    steps, values = ([point[at] for line in lines for point in line.points] for at in (0, 1))
    across, up = nice(float(min(steps)), float(max(steps))), nice(min(values), max(values))
    return chart(replace(across, title="step"), up, lines, said=f"{measure} by step")
