"""Every check, and what they found, most harmful first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.boilerplate import check_boilerplate
from ratchet.data.checks.rules.class_names import check_class_names
from ratchet.data.checks.rules.conflicting_labels import check_conflicting_labels
from ratchet.data.checks.rules.constant_columns import check_constant_columns
from ratchet.data.checks.rules.dominating_class import check_dominating_class
from ratchet.data.checks.rules.drift import check_drift
from ratchet.data.checks.rules.empty_columns import check_empty_columns
from ratchet.data.checks.rules.empty_texts import check_empty_texts
from ratchet.data.checks.rules.encoding import check_encoding
from ratchet.data.checks.rules.future_values import check_future_values
from ratchet.data.checks.rules.id_columns import check_id_columns
from ratchet.data.checks.rules.label_errors import check_label_errors
from ratchet.data.checks.rules.label_in_words import check_label_in_words
from ratchet.data.checks.rules.labelled_by_rule import check_labelled_by_rule
from ratchet.data.checks.rules.leakage import check_leakage
from ratchet.data.checks.rules.mixed_columns import check_mixed_columns
from ratchet.data.checks.rules.near_duplicates import check_near_duplicates
from ratchet.data.checks.rules.order import check_order
from ratchet.data.checks.rules.pictures import check_pictures
from ratchet.data.checks.rules.repeated_rows import check_repeated_rows
from ratchet.data.checks.rules.serial_labels import check_serial_labels
from ratchet.data.checks.rules.shifting_columns import check_shifting_columns
from ratchet.data.checks.rules.small_classes import check_small_classes
from ratchet.data.findings import SEVERITIES, Finding
from ratchet.data.schema import Schema
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec
from ratchet.words import listed

Check = Callable[[CheckedRows], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    check_labelled_by_rule,
    check_leakage,
    check_label_in_words,
    check_serial_labels,
    check_shifting_columns,
    check_class_names,
    check_small_classes,
    check_dominating_class,
    check_conflicting_labels,
    check_repeated_rows,
    check_empty_texts,
    check_near_duplicates,
    check_order,
    check_drift,
    check_label_errors,
    check_id_columns,
    check_constant_columns,
    check_empty_columns,
    check_mixed_columns,
    check_encoding,
    check_pictures,
    check_future_values,
    check_boilerplate,
)
"""Most harmful first, among findings of one severity."""

_MOST = 5


def run(
    frame: pl.DataFrame,
    schema: Schema,
    *,
    spec: Spec | None = None,
    known: int = 0,
    progress: Report = silent,
) -> tuple[Finding, ...]:
    """What is wrong with some rows, or worth knowing about them, most harmful first.

    ``frame`` is as `ratchet.data.conform` types it; a ``_side`` column is used where there is one.  The
    first ``known`` rows were there before: the others are held against them, for drift.  The same rows give the same
    findings.
    """
    if frame.is_empty():
        return ()
    rows = CheckedRows(frame=frame, schema=schema, spec=spec, known=known)
    found: list[tuple[int, Finding]] = []
    for place, check in enumerate(CHECKS):
        name = check.__name__.removeprefix("check_")
        progress(Progress(stage="check", done=place, total=len(CHECKS), note=name))
        found += [(place, each) for each in _capped(sorted(check(rows), key=_harm))]
    progress(Progress(stage="check", done=len(CHECKS), total=len(CHECKS)))
    return tuple(each for _, each in sorted(found, key=lambda entry: (SEVERITIES.index(entry[1].severity), entry[0])))


def _harm(finding: Finding) -> tuple[int, float]:
    return SEVERITIES.index(finding.severity), -finding.share


def _capped(found: Sequence[Finding]) -> list[Finding]:
    """At most `_MOST` findings of one check; of the others, only how many and where."""
    if len(found) <= _MOST:
        return list(found)
    rest = found[_MOST - 1 :]
    more = Finding(
        check=rest[0].check,
        severity=rest[0].severity,
        sentence=(
            f"{len(rest):,} more columns have the same trouble ({rest[0].check}): "
            f"{listed(repr(each.column) for each in rest)}"
        ),
        count=len(rest),
        share=max(each.share for each in rest),
        examples=tuple(each.sentence for each in rest[:5]),
        todo=rest[0].todo.replace(repr(str(rest[0].column)), "'NAME'"),
    )
    return [*found[: _MOST - 1], more]
