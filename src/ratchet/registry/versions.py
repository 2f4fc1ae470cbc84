"""Versions: every candidate that was measured, promoted or not, numbered from 1 and kept for good."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.documents import plain, typed
from ratchet.errors import BundleError, NotFoundError
from ratchet.evaluation.scorecard import Scorecard
from ratchet.gate import printed
from ratchet.gate.decide import numbers
from ratchet.gate.decision import Decision
from ratchet.gate.uses import HoldoutUse
from ratchet.models.parts import ASK_ANEW
from ratchet.registry import bundle as bundles
from ratchet.registry import holdouts, how_learned
from ratchet.registry import manifest as manifests
from ratchet.registry import out_of_fold as answers
from ratchet.registry.bundle import Bundle
from ratchet.registry.how_learned import HowLearned
from ratchet.registry.ledger import champion_of
from ratchet.registry.manifest import Manifest, scorecard_of
from ratchet.registry.numbers import as_number, missing
from ratchet.registry.out_of_fold import OutOfFoldAnswers
from ratchet.registry.weights import Weights
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import versions
from ratchet.store.witness import Witness, nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A decision of the gate: about which bundle, and in view of what it was made."""

    decision: Decision
    bundle_id: str
    """The bundle that was judged, on the holdout of its own split."""
    champion: str | None
    """The champion it was held against."""
    generation: int
    """The generation of the holdout that judged it."""
    uses: int
    """The earlier uses of that generation that it took into account."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A candidate in the registry."""

    number: str
    family: str
    dataset_id: str
    learning_hash: str
    created_at: datetime
    scorecard: Scorecard
    decision: Decision
    run_id: str
    bundle_key: str
    champion: str | None = None
    """The version it was held against."""
    out_of_fold: str | None = None
    """Where its out-of-fold answers lie among the blobs."""

    @property
    def shown(self) -> Version:
        """The same with what may be shown of it: not all that the holdout said (`ratchet.gate.printed`)."""
        card, decision = printed.scorecard(self.scorecard, self.decision), printed.decision(self.decision)
        return replace(self, scorecard=card, decision=decision)

    @property
    def bundle_id(self) -> str:
        """The id its bundle had when it was registered."""
        return self.bundle_key.rpartition("/")[2]


class Versions:
    """The versions of one classifier.

    Promises: numbers go up by one without gaps, however many processes register at once; a version and its bundle never
    change once registered (but for the tracker's id, told once); a bundle that is not the registered one, byte for
    byte, is not opened.
    """

    def __init__(self, database: Database, blobs: Blobs, classifier: str, witness: Witness = nobody) -> None:
        """``witness`` is told of each version that is registered."""
        self._database = database
        self._blobs = blobs
        self._classifier = classifier
        self._witness = witness

    def register(
        self,
        folder: Path,
        *,
        run_id: str,
        judged: Judged,
        out_of_fold: bytes | None = None,
        how: bytes | None = None,
    ) -> Version | None:
        """Keep the bundle in ``folder`` under the next number, and with it the use of the holdout that judged it.

        What the version says of itself (family, dataset, scorecard) is what the manifest of its bundle says.  Version
        and use (none where the gate held it without asking the holdout) or neither are recorded, once for a run: one
        that registers again (its process was killed in between) gets the version it has.  ``out_of_fold`` are its
        out-of-fold answers (`ratchet.registry.out_of_fold`), ``how`` it was learned (`ratchet.registry.how_learned`),
        both kept beside it.  None, and nothing is kept, where the
        holdout was used or the champion changed since the decision was made: then it has to be made anew.  Raises
        `BundleError` where the folder holds no whole bundle, one that was never scored, or another than was judged.
        """
        before = self.of_run(run_id)
        if before is not None:
            return before
        identity, manifest = bundles.look(folder)
        if identity != judged.bundle_id:
            raise BundleError(
                f"{folder} holds the bundle {identity[:12]}, and the decision is about {judged.bundle_id[:12]}",
                todo="register the bundle that was judged, or have the gate judge this one",
            )
        row = self._row(identity, manifest) | {
            "decision": plain(judged.decision),
            "run_id": run_id,
            "champion": None if judged.champion is None else int(judged.champion),
            "out_of_fold": None if out_of_fold is None else self._out_of_fold_key(identity),
        }
        self._blobs.put_folder(row["bundle_key"], folder)
        if out_of_fold is not None:
            self._blobs.put(row["out_of_fold"], out_of_fold)
        if how is not None:
            self._blobs.put(self._how_key(identity), how)
        with self._database.begin(alone=f"versions of {self._classifier}") as connection:
            if connection.scalar(self._number_of(run_id)) is None:
                if not self._holds(connection, judged):
                    return None
                self._add(connection, row, judged)
        return self.of_run(run_id)

    def _row(self, identity: str, manifest: Manifest) -> dict[str, Any]:
        return {
            "created_at": clock.now(),
            "family": manifest.recipe["family"],
            "dataset_id": manifest.dataset_id,
            "learning_hash": manifest.learning_hash,
            "bundle_key": self.bundle_key(identity),
            "scorecard": plain(scorecard_of(manifest)),
        }

    def get(self, number: str) -> Version:
        """The version of that number; raises `NotFoundError`."""
        with self._database.read() as connection:
            row = None
            if index := as_number(number):
                row = connection.execute(self._select(versions).where(versions.c.number == index)).one_or_none()
            if row is None:
                raise missing(connection, self._classifier, number)
        return _version(row)

    def of_run(self, run_id: str) -> Version | None:
        """The version that a run made; None where it has made none."""
        with self._database.read() as connection:
            row = connection.execute(self._select(versions).where(versions.c.run_id == run_id)).one_or_none()
        return None if row is None else _version(row)

    def list(self) -> list[Version]:
        """Every version, oldest first."""
        with self._database.read() as connection:
            return [_version(row) for row in connection.execute(self._select(versions).order_by(versions.c.number))]

    def bundle(self, number: str) -> Bundle:
        """The opened bundle of a version; raises `NotFoundError` or `BundleError`."""
        return bundles.read(self.folder(number), expect=self.get(number).bundle_id)

    def folder(self, number: str) -> Path:
        """The files of a version's bundle on this machine, which must not be changed; raises `NotFoundError`."""
        key = self.get(number).bundle_key
        try:
            return self._blobs.local_folder(key)
        except NotFoundError as error:
            raise NotFoundError(error.problem, todo=ASK_ANEW) from None

    def pretrained(self, version: Version) -> tuple[Weights, ...]:
        """The pretrained models that a version began with; none where its bundle is gone."""
        key = f"{version.bundle_key}/{manifests.FILE}"
        if not self._blobs.exists(key):
            return ()
        _, manifest = manifests.decode(self._blobs.get(key), key)
        return tuple(manifest.pretrained)

    def out_of_fold(self, number: str) -> OutOfFoldAnswers | None:
        """What a version answered for rows while they were left out of its learning; None where that was not kept."""
        key = self.get(number).out_of_fold
        return None if key is None or not self._blobs.exists(key) else answers.decode(self._blobs.get(key))

    def how_learned(self, version: Version) -> HowLearned:
        """The search that a version came of; an empty one where that was not kept."""
        key = self._how_key(version.bundle_id)
        return how_learned.decode(self._blobs.get(key)) if self._blobs.exists(key) else HowLearned()

    def bundle_key(self, identity: str) -> str:
        """Where a registered bundle of that id lies."""
        return f"bundles/{self._classifier}/{identity}"

    def _out_of_fold_key(self, identity: str) -> str:
        return f"out-of-fold/{self._classifier}/{identity}.safetensors"

    def _how_key(self, identity: str) -> str:
        return f"how-learned/{self._classifier}/{identity}.json"

    def forget_unregistered(self, identity: str) -> None:
        """Delete a bundle that was put on the way to a registration which never came; one of a version stays."""
        key = self.bundle_key(identity)
        with self._database.read() as connection:
            kept = connection.scalar(self._select(versions.c.number).where(versions.c.bundle_key == key).limit(1))
        if kept is None:
            self._blobs.delete(key)
            self._blobs.delete(self._out_of_fold_key(identity))
            self._blobs.delete(self._how_key(identity))

    def _holds(self, connection: sa.Connection, judged: Judged) -> bool:
        """Whether the decision was made in view of all that is on record now."""
        used = len(holdouts.uses(connection, self._classifier, judged.generation))
        return used == judged.uses and champion_of(connection, self._classifier) == judged.champion

    def _add(self, connection: sa.Connection, row: dict[str, Any], judged: Judged) -> None:
        number = 1 + (connection.scalar(self._select(sa.func.max(versions.c.number))) or 0)
        connection.execute(sa.insert(versions).values(classifier=self._classifier, number=number, **row))
        if judged.decision.asked:
            holdouts.add(connection, self._classifier, self._use(number, row, judged))
        told = {"family": row["family"], "dataset": row["dataset_id"], "run": row["run_id"]}
        self._witness(connection, "version", f"version {number}", after=told | {"outcome": judged.decision.outcome})

    def _use(self, number: int, row: dict[str, Any], judged: Judged) -> HoldoutUse:
        return HoldoutUse(
            kind="exam",
            generation=judged.generation,
            dataset_id=row["dataset_id"],
            at=row["created_at"],
            run_id=row["run_id"],
            version=str(number),
            champion=judged.champion,
            outcome=judged.decision.outcome,
            numbers=plain(numbers(judged.decision)),
        )

    def _number_of(self, run_id: str) -> sa.Select[Any]:
        return self._select(versions.c.number).where(versions.c.run_id == run_id)

    def _select(self, *what: Any) -> sa.Select[Any]:
        return sa.select(*what).where(versions.c.classifier == self._classifier)


def _version(row: Any) -> Version:
    fields = row._asdict()
    del fields["classifier"]
    number = str(row.number)
    decision = replace(typed(row.decision, Decision), version=number)
    champion = None if row.champion is None else str(row.champion)
    told = {"number": number, "scorecard": typed(row.scorecard, Scorecard), "decision": decision, "champion": champion}
    return Version(**{**fields, **told})
