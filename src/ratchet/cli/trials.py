"""How the search of a version looks in a terminal: its trials, the settings that mattered, what the model rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ratchet.cli import render
from ratchet.words import duration, listed, percent, times_over

if TYPE_CHECKING:
    from rich.console import Console

_TRIALS, _CLASSES = 5, 6
"""Trials, and classes with their words, that are printed unless all are asked for."""
_COLUMNS, _NAMED = 5, 12
"""Columns that are printed with what they cost, and that are named of those that cost nothing."""
_LEAST = 0.0005
"""What shows in three places: a column whose interval does not lie above that may as well cost nothing."""


def leaderboard(console: Console, document: Mapping[str, Any], *, every: bool = False) -> None:
    """The leaderboard of the search, best first, then the settings that mattered and what the model rests on."""
    found, explained = document.get("trials") or (), document.get("explained")
    if not found or not explained:
        return
    shown, heading = found if every else found[:_TRIALS], document["headings"].get(document["metric"], "score")
    table = render.empty_table("trial", heading, "give or take", "folds", "took")
    for each in shown:
        spread = "" if not each.get("spread") else f"{each['spread']:.3f}"
        score = "-" if each.get("score") is None else f"{each['score']:.3f}"
        name = f"{each['number']:>3} {each['family']}{' *' * bool(each.get('chosen'))}"
        table.add_row(
            name,
            score,
            spread,
            times_over(each.get("folds") or 0, each.get("repeats") or 1),
            duration(each.get("seconds") or 0.0),
        )
    console.print(table)
    for each in shown:
        why = f"chosen: {each['rule']}" if each.get("rule") else each.get("reason") or ""
        said = "; ".join(filter(None, [why, each["settings"]]))
        console.print(f"  {each['number']:>3}  {said}", style="dim", markup=False)
    if len(found) > len(shown):
        console.print(f"  and {len(found) - len(shown)} more: ratchet show --trials", style="dim", markup=False)
    if beside := (document.get("labelling") or {}).get("beside_trials"):
        console.print(beside, style="dim", markup=False)
    for said in _mattered(explained, document.get("positive")):
        console.print(said, markup=False)
    console.print()


def _mattered(explained: Mapping[str, Any], positive: str | None) -> Iterator[str]:
    """Which settings mattered, which columns, and which words, a line each."""
    families = dict.fromkeys(each["family"] for each in explained["settings"])
    for family in families:
        shares = [each for each in explained["settings"] if each["family"] == family]
        listed = ", ".join(f"{each['setting']} {percent(each['share'], whole=True)}" for each in shares[:4])
        yield f"Settings that mattered for {family} ({shares[0]['trials']} trials): {listed}."
    if importance := explained["importance"]:
        yield _importance(importance["columns"])
    weights = explained["weights"] or {}
    told = [positive] if positive in weights else list(weights)[:_CLASSES]
    for name, each in ((name, weights[name]) for name in told):
        words = ", ".join(f"{one['name']} {one['weight']:+.2f}" for one in each["speaks_for"][:6])
        yield f"For '{name}' speak {words}." if words else f"Nothing speaks for '{name}'."
    yield from explained["notes"]


def _importance(columns: Sequence[Mapping[str, Any]]) -> str:
    """The columns that cost something when they are shuffled, beyond chance, and by name those that do not."""
    costly = [each for each in columns if each["loss"]["low"] >= _LEAST]
    others = [str(each["column"]) for each in columns if each not in costly]
    told = [f"{each['column']} {-each['loss']['value']:+.3f} ({_lost(each['loss'])})" for each in costly[:_COLUMNS]]
    if not told:
        return f"Shuffled, on rows not learned from, no column makes a difference that shows: {listed(others, _NAMED)}."
    said = f"Shuffled, on rows not learned from, these columns cost most: {', '.join(told)}."
    if len(costly) > len(told):
        said += f" {len(costly) - len(told)} more cost less."
    return f"{said} The others make no difference that shows: {listed(others, _NAMED)}." if others else said


def _lost(loss: Mapping[str, Any]) -> str:
    return f"{-loss['high']:+.3f} to {-loss['low']:+.3f}"


def learning_curve(console: Console, document: Mapping[str, Any]) -> None:
    """Scores by rows learned from, and what more of them would bring."""
    table = render.empty_table("rows learned from", document["heading"], "95 % interval")
    for each in document["points"]:
        table.add_row(f"{each['n']:,}", f"{each['value']:.3f}", f"{each['low']:.3f} to {each['high']:.3f}")
    console.print(table)
    console.print(document["sentence"], markup=False)
    for said in (
        f"Labels are all {document['labels']:,} labelled rows, of which {document['rows']:,} are to learn from; the "
        "holdout took no part. The rows of the table are those that a fold learned from: growing shares of the rows it "
        "was not scored on.",
        f"Version {document['version']}'s recipe ({document['family']}) on {document['folds']} folds, each scored by "
        "itself. The leaderboard scores the answers of all folds together, so its value may differ a little.",
        "An extrapolation is no promise.",
    ):
        console.print(said, style="dim", markup=False)
