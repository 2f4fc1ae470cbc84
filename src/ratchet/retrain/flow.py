"""The training flow, read top to bottom.  The first training and the hundredth are this same code.

collect -> settle -> check -> train -> score -> gate -> register -> promote

Between two steps nothing is kept in memory but ids, and each step's id is noted in the run when it ends.  So a flow
that is killed, wherever, goes on where it stopped when it is run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from ratchet.data.readers.read import origin_of
from ratchet.data.readers.source import Readable
from ratchet.progress import Progress, Report, silent
from ratchet.registry.lease import Lease
from ratchet.registry.runs import STAGE, TRAIN
from ratchet.registry.versions import Version
from ratchet.retrain.hearing import logged, tracked
from ratchet.retrain.recovery import conclude, end, in_hand
from ratchet.retrain.steps.check import check
from ratchet.retrain.steps.collect import collect
from ratchet.retrain.steps.gate import gate
from ratchet.retrain.steps.register import register
from ratchet.retrain.steps.score import score
from ratchet.retrain.steps.settle import settle
from ratchet.retrain.steps.train import carried, train
from ratchet.retrain.telling import tell, untold
from ratchet.retrain.unchanged import SEARCHLESS, recipe_version, unchanged
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec
from ratchet.training.planned import check_candidates


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one run of the flow."""

    run_id: str
    version: Version
    learned: bool = True
    """False where there was nothing to learn: the version is the one that had learned these rows before."""


def run(
    shop: Workshop,
    sources: Sequence[Readable] = (),
    *,
    actor: str,
    promote: bool = True,
    recipe: str | None = None,
    reason: str = "by hand",
    progress: Report = silent,
) -> Outcome:
    """Train on the newest rows, and promote what the gate lets through; without ``promote``, leave it as a challenger.

    With ``recipe``, ``champion`` or the number of a version, that version's recipe is fitted again without a search.
    A run that a killed process left is taken up if what is to be learned, sources and rows are the same, and goes on
    where it stopped; else it is ended first.  The caller holds the workspace's lock.  Raises `SpecError` for a mistake
    under ``[[candidates]]``, before anything is read, or in the positive class, once the classes are known;
    `WorkspaceError` where another process is at a run of this classifier, `DataError` where the rows cannot be learned
    from or judged on, and `JobError` where no trial succeeded; the champion and every version before stay as they were.
    """
    if recipe is None:
        check_candidates(shop.records.spec)
    recipe_of = None if recipe is None else recipe_version(shop, recipe)
    wish = asked(shop.records.spec, sources, promote=promote, recipe_of=recipe_of)
    reason = reason if recipe_of is None else f"{SEARCHLESS}the recipe of version {recipe_of}, {reason}"
    kind = TRAIN if promote else STAGE
    lease = shop.records.runs.begin(wish, actor=actor, kind=kind, reason=reason)
    with in_hand(shop, lease) as this, logged(shop, this, progress) as report:
        with tracked(shop, this, report) as told:
            outcome = _carried_on(shop, this, sources, promote, recipe_of, told)
        for note in untold(tell(shop)):
            report(Progress(stage="tell", note=note))
    again = partial(
        run, shop, sources, actor=actor, promote=promote, recipe=recipe_of, reason=reason, progress=progress
    )
    return outcome or again()


def _carried_on(
    shop: Workshop,
    this: Lease,
    sources: Sequence[Readable],
    promote: bool,
    recipe_of: str | None,
    report: Report,
) -> Outcome | None:
    """The run, led to its end; None where there are other rows than it had begun with, so that it was ended."""
    for dead in this.left:
        end(shop, dead, "its process died, and the next run was asked for something else", report)
    this.stage("collect")
    dataset, before = collect(shop, sources, report), this.made("collect")
    if before not in (None, dataset):
        end(shop, this, f"its process died, and there are new rows since: dataset {dataset}, not {before}", report)
        return None
    this.note("collect", dataset)
    if promote:
        this.again("settle", partial(settle, shop, this.actor, report))
    done = _nothing_new(shop, this, dataset, recipe_of, report)
    return done or _from_rows(shop, this, dataset, recipe_of, report)


def _nothing_new(shop: Workshop, this: Lease, dataset: str, recipe_of: str | None, report: Report) -> Outcome | None:
    """The version there is, where the rows and what is asked of them are as they were; the holdout is not asked."""
    version = unchanged(shop, dataset, recipe_of) if this.made("train") is None else None
    if version is None:
        return None
    note = (
        f"Nothing to learn: version {version.number} has learned these very rows by this very spec, and its decision "
        f"stands ({version.decision.outcome}).  The holdout was not asked."
    )
    report(Progress(stage="collect", note=note))
    conclude(shop, this, version.number, report)  # one that was left as a challenger may be promoted now
    return Outcome(run_id=this.id, version=version, learned=False)


def _from_rows(shop: Workshop, this: Lease, dataset: str, recipe_of: str | None, report: Report) -> Outcome:
    """To the end; judged anew where another use of the holdout, or another champion, has come in between."""
    while (number := this.made("register")) is None:
        decision = this.made("gate")
        if decision is None or shop.records.versions.of_run(this.id) is None:
            decision = _judged(shop, this, dataset, recipe_of, report)
        this.stage("register")
        number = register(shop, decision, report)
        if number is not None:
            this.note("register", number)
    conclude(shop, this, number, report)
    return Outcome(run_id=this.id, version=shop.records.versions.get(number))


def _judged(shop: Workshop, this: Lease, dataset: str, recipe_of: str | None, report: Report) -> str:
    """From rows to a decision, by the spec of now.

    Only the training is taken as noted: `asked` stands for all that it depends on.  The other steps look for
    themselves whether what they made is still what they would make.
    """
    this.again("check", partial(check, shop, dataset, report))
    training = this.step("train", partial(train, shop, this.id, dataset, report, recipe_of=recipe_of))
    scored = this.again("score", partial(score, shop, training, report))
    return this.again("gate", partial(gate, shop, scored, report))


def asked(spec: Spec, sources: Sequence[Readable], *, promote: bool = True, recipe_of: str | None = None) -> str:
    """What a run is to learn and make of it, in short: a run that was asked for the same may be taken up.

    Not in it is what changes only how a model is judged or called: the gate's settings, display names.  Of a frame it
    holds only what it is called: whether its rows are the same shows once they are taken in.

    >>> one = Spec(name="a", label="y", columns={"x": "number"}, candidates=[{"family": "linear.v1"}])
    >>> asked(one, ["a.csv"]) == asked(one, ["a.csv"]), asked(one, ["a.csv"]) == asked(one, [])
    (True, False)
    """
    content = msgspec.json.encode([carried(spec), [origin_of(source) for source in sources], promote, recipe_of])
    return hashlib.blake2b(content, digest_size=16).hexdigest()
