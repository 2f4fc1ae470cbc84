"""A spec written as TOML, every line explained."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import BASELINES, FAMILIES, meaning
from ratchet.spec import Spec, Split
from ratchet.training.folds import FEW_ROWS, REPEATS

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MOST_CLASSES = 40


def written(
    spec: Spec, *, reasons: Mapping[str, str], metric_reason: str, counts: Mapping[str, int], source: str
) -> str:
    """The text of a ``ratchet.toml`` that means ``spec``.

    ``reasons`` say why each column has its kind, ``counts`` how many rows each class has.
    """
    blocks = [
        _top(spec, source),
        _columns(spec, reasons),
        *([_text(texts[0])] if (texts := [name for name, kind in spec.columns.items() if kind is Kind.TEXT]) else []),
        _labels(spec, counts),
        _candidates(spec),
        _ingest(spec),
        _split(spec),
        _search(spec),
        _gate(spec, metric_reason, counts),
        _serve(spec),
    ]
    return "\n".join("\n".join(block) + "\n" for block in blocks)


def _top(spec: Spec, source: str) -> Iterator[str]:
    yield f"# What to learn, from which columns, and what 'better' means. Drafted from {_plain(source)}:"
    yield "# read it once, and correct what is wrong. Where things run is set elsewhere (RATCHET_... variables)."
    yield from _line("name", spec.name, "the classifier's name, in addresses and the registry")
    yield from _line("label", spec.label, "the column that is to be told from the others")


def _columns(spec: Spec, reasons: Mapping[str, str]) -> Iterator[str]:
    yield f"[columns]  # {' | '.join(Kind)}"
    for name, kind in spec.columns.items():
        yield from _line(name, kind.value, reasons.get(name, ""))


def _text(column: str) -> Iterator[str]:
    yield f"# [text.{_key(column)}]  # cleaning; left out, what `ratchet check` finds in the texts is tried"
    yield '# clean = ["html", "urls", "escapes", "mojibake"]  # [] leaves the texts as they are'
    yield '# stop_words = "fr"  # de | en | es | fr | it | nl | pt: leave out articles, pronouns, prepositions'
    yield "# lemmas = \"fr\"  # base forms of words; needs pip install 'ratchet-ml[lemmas]'"


def _labels(spec: Spec, counts: Mapping[str, int]) -> Iterator[str]:
    yield "[labels]  # optional: the name that people read for each class"
    for label, count in list(counts.items())[:_MOST_CLASSES]:
        rows = "1 row" if count == 1 else f"{count:,} rows"
        if label in spec.labels:
            yield from _line(label, spec.labels[label], rows)
        else:
            yield f"# {_key(label)} = {_value(label)}  # {rows}"
    if len(counts) > _MOST_CLASSES:
        yield f"# ... and {len(counts) - _MOST_CLASSES:,} more classes"


def _candidates(spec: Spec) -> Iterator[str]:
    yield "# The ways of learning that compete; the best on the tuning rows meets the gate."
    for place, candidate in enumerate(spec.candidates):
        if place:
            yield ""
        yield "[[candidates]]"
        yield from _line("family", candidate.family, meaning(candidate.family))
        if candidate.encoders:
            listed = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in candidate.encoders.items())
            yield f"encoders = {{ {listed} }}  # texts by their meaning"
    named = {*BASELINES, "ensemble.v1", *(candidate.family for candidate in spec.candidates)}
    yield "# Others that may be named:"
    for other in (each for each in FAMILIES if each not in named):
        yield f"#   {other}: {meaning(other)}"
    if Kind.TEXT in spec.columns.values():
        yield '# params = { augment = ["drop", "swap"] }  # under one: it learns from changed copies of its texts, too'


def _ingest(spec: Spec) -> Iterator[str]:
    yield "[ingest]  # which rows are good enough"
    yield from _line("max_bad", spec.ingest.max_bad, "refuse a table with more than this share of unreadable rows")
    yield from _line("max_classes", spec.ingest.max_classes, "more different labels than this are no classes")
    yield from _line("max_cell", spec.ingest.max_cell, "rows with a longer text, in characters, are set aside")
    accepted = 'checks whose errors stop no promotion, such as "leakage" or "leakage:COLUMN"'
    yield from _line("accept", list(spec.ingest.accept), accepted)


def _split(spec: Spec) -> Iterator[str]:
    yield "[split]  # frozen with the first rows: a change starts a new holdout"
    few = ": more than usual, as fewer would show nothing" if spec.split.holdout > Split().holdout else ""
    yield from _line("holdout", spec.split.holdout, f"the share of rows that only the gate ever sees{few}")
    yield from _line("tune", spec.split.tune, "the share of rows on which candidates are chosen")
    yield from _line("seed", spec.split.seed, "another number draws other rows")
    yield from _line("near_duplicates", spec.split.near_duplicates, "keep near-copies of holdout rows out of training")
    shifting = "leave_out | refuse | keep: columns that tell the rows held out from the others, as a date may"
    yield from _line("shifting", spec.split.shifting, shifting)


def _search(spec: Spec) -> Iterator[str]:
    yield "[search]  # how the best settings are looked for"
    yield from _line("method", spec.search.method, "grid | random | bayes")
    yield from _line("trials", spec.search.trials, "settings tried, over all families, at most")
    over = f"{REPEATS} times over where those are fewer than {FEW_ROWS:,}"
    yield from _line("folds", spec.search.folds, f"parts of the training rows that take turns as judge, {over}")
    yield from _line(
        "budget",
        f"{spec.search.budget:g}s",
        "the time to learn, last fit included; a usable model is there long before",
    )
    yield from _line("memory_mb", spec.search.memory_mb, "a trial that takes more is killed")
    yield '# device = "auto"  # auto | cpu | cuda: where networks learn'


def _gate(spec: Spec, metric_reason: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield "[gate]  # what a model must show before it goes live"
    yield from _line("metric", spec.gate.metric, metric_reason)
    if len(counts) == 2:
        rarer = min(counts, key=lambda each: counts[each])
        about = "the class that pr_auc, lift and the decision threshold are about; left out, the rarer"
        yield f"# positive = {_value(rarer)}  # {about}"
    yield "# floor = 0.8  # no model below this goes live"
    yield from _line("confidence", spec.gate.confidence, "how sure 'better' must be")
    yield from _line("rule", spec.gate.rule, "better | no_worse (than the champion, by at most `margin`)")
    yield from _line("margin", spec.gate.margin, "for no_worse")
    yield "# p99_ms = 50  # no slower than this, for 99 of 100 answers"
    yield "# bundle_mb = 100  # no larger than this on disk"
    yield from _line("slices", list(spec.gate.slices), "columns whose every value is judged by itself, too")


def _serve(spec: Spec) -> Iterator[str]:
    yield "[serve]  # how answers are given"
    yield from _line("top", spec.serve.top, "how many classes an answer names")
    yield from _line("coverage", spec.serve.coverage, "each answer's set holds the true class this often; 0: no sets")
    yield from _line("sets", spec.serve.sets, "average | classwise (the promise is kept for the rows of each class)")


def _line(key: str, value: str | float | bool | list[str], comment: str) -> Iterator[str]:
    yield f"{_key(key)} = {_value(value)}" + (f"  # {_plain(comment)}" if comment else "")


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _value(text)


def _value(value: str | float | bool | list[str]) -> str:
    """A TOML value: JSON's numbers, booleans, lists and strings are TOML's, once what cannot be printed is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)


def _plain(text: str) -> str:
    """A text that may stand in a comment: no control characters, nor what is no character at all."""
    return "".join(each if each.isprintable() else " " for each in text)
