"""The ledger: every change of champion and of traffic, only ever added to.  Who answers is what its events say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.documents import plain, typed
from ratchet.errors import RefusedError
from ratchet.gate.decision import Decision
from ratchet.registry import events as rules
from ratchet.registry import traffic as shares_of
from ratchet.registry.events import Event, gate_said_yes
from ratchet.registry.numbers import as_number, missing
from ratchet.registry.traffic import Traffic
from ratchet.store.database import Database
from ratchet.store.tables import ledger, versions
from ratchet.store.witness import Witness, nobody


class Ledger:
    """The changes of champion of one classifier.

    Promises: changes are made one after the other, however many processes ask at once, and each names the champion it
    followed; their times never go back, so `champion` has one answer for every moment; nothing is changed or deleted.
    """

    def __init__(self, database: Database, classifier: str, witness: Witness = nobody) -> None:
        """``witness`` is told of each change, in its transaction."""
        self._database = database
        self._classifier = classifier
        self._witness = witness

    def promote(self, version: str, *, actor: str, reason: str, evidence: Decision | None = None) -> Event:
        """Make a version champion and return the event that made it so.

        Without the gate's decision to promote for ``evidence`` this is an override, which needs a written reason.  A
        version that is champion already stays so by its old event: asking twice, as after a crash, changes nothing.
        Raises `NotFoundError` (no such version) or `RefusedError` (no actor, no reason).
        """
        if not gate_said_yes(evidence):
            _need(reason, f"version {version} has not passed the gate, so promoting it needs a written reason")
        with self._alone() as connection:
            self._check(connection, version)
            last = self._last(connection)
            if last is not None and last.version == version:
                return self._events(connection)[-1]
            made = {"event": "promoted", "version": version, "evidence": evidence}
            return self._add(connection, last, made, actor=actor, reason=reason)

    def succeed(self, version: str, *, over: str | None, run_id: str, actor: str, decision: Decision) -> Event | None:
        """Make the version that a run made champion in the place of ``over``, which the gate held it against.

        A run has one event at most: asked again it gets the one it has, whoever became champion since.  None, and no
        event, where another than ``over`` is champion now: the decision says nothing of that one.
        """
        with self._alone() as connection:
            self._check(connection, version)
            made = connection.execute(self._select().where(ledger.c.run_id == run_id)).one_or_none()
            if made is not None:
                return _event(made)
            last = self._last(connection)
            if (None if last is None else last.version) != over:
                return None
            new = {"event": "promoted", "version": version, "evidence": decision, "run_id": run_id}
            return self._add(connection, last, new, actor=actor, reason="")

    def rollback(self, *, actor: str, reason: str, to: str | None = None) -> str:
        """Make the champion before the present one champion again, or the earlier one ``to``; returns its number.

        Rolling back again goes back further, never to a version that was rolled back from.  Raises `RefusedError` where
        there is none to go back to, or no reason is given.
        """
        _need(reason, "a rollback needs a written reason")
        with self._alone() as connection:
            target = rules.rollback_target(self._events(connection), to)
            made = {"event": "rolled_back", "version": target}
            self._add(connection, self._last(connection), made, actor=actor, reason=reason)
            return target

    def split(self, shares: Mapping[str, float], shadow: Sequence[str], *, actor: str, reason: str) -> Event:
        """Have versions answer these shares of traffic beside the champion, and others listen in; neither: it is alone.

        Raises `RefusedError` (no champion, no reason), `NotFoundError` (no such version), `RequestError` (no such
        share).  Where that is so already, nothing is added.
        """
        _need(reason, "a change of traffic needs a written reason")
        with self._alone() as connection:
            last = self._last(connection)
            if last is None:
                raise RefusedError(
                    "there is no champion to share traffic with", todo="ratchet train, then ratchet show"
                )
            for version in (*shares, *shadow):
                self._check(connection, version)
            shares_of.check(shares, shadow, last.version)
            wanted = shares_of.split(last.traffic, shares, shadow, salt=clock.new_id())
            if wanted == last.traffic or not (wanted or last.traffic):
                return last
            return self._add(connection, last, {"event": "traffic", "traffic": wanted}, actor=actor, reason=reason)

    def traffic(self) -> Traffic:
        """Who answers beside the champion now."""
        with self._database.read() as connection:
            last = self._last(connection)
        return Traffic() if last is None else last.traffic

    def champion(self, at: datetime | None = None) -> str | None:
        """The champion now, or at a moment (a time without a zone is local time); None where there was none."""
        with self._database.read() as connection:
            last = self._last(connection, at)
        return None if last is None else last.version

    def former(self) -> tuple[str, ...]:
        """The champions before the present one that a rollback could bring back, the last first."""
        return rules.standing(self.events())[-2::-1]

    def target(self, to: str | None = None) -> str:
        """The version that a `rollback` would make champion now; raises `RefusedError` where there is none."""
        return rules.rollback_target(self.events(), to)

    def events(self) -> list[Event]:
        """Every change of champion, oldest first."""
        with self._database.read() as connection:
            return self._events(connection)

    def history(self) -> list[Event]:
        """Every change, those of traffic too, oldest first."""
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(self._select().order_by(ledger.c.seq))]

    def _check(self, connection: sa.Connection, version: str) -> None:
        mine = (versions.c.classifier == self._classifier, versions.c.number == (as_number(version) or 0))
        if connection.scalar(sa.select(versions.c.number).where(*mine)) is None:
            raise missing(connection, self._classifier, version)

    def _alone(self) -> Any:
        return self._database.begin(alone=f"ledger of {self._classifier}")

    def _add(
        self, connection: sa.Connection, last: Event | None, new: Mapping[str, Any], *, actor: str, reason: str
    ) -> Event:
        _need(actor, "the ledger must be told who makes the change")
        version = new.get("version") or ("" if last is None else last.version)
        if last is not None and version in last.traffic.versions:
            ended = {"event": "traffic", "traffic": last.traffic.without(version)}
            last = self._add(connection, last, ended, actor=actor, reason=f"version {version} becomes the champion")
        evidence, traffic = new.get("evidence"), new.get("traffic", None if last is None else last.traffic)
        values = {
            "classifier": self._classifier,
            "at": clock.now() if last is None else max(clock.now(), last.at),
            "event": new["event"],
            "version": int(version),
            "previous": None if last is None else int(last.version),
            "actor": actor.strip()[:128],
            "reason": reason.strip() or (evidence.sentence if evidence is not None else ""),
            "evidence": None if evidence is None else plain(evidence),
            "run_id": new.get("run_id"),
            "traffic": plain(traffic) if traffic else None,
        }
        made = _event(connection.execute(sa.insert(ledger).values(**values).returning(ledger)).one())
        self._tell(connection, made, Traffic() if last is None else last.traffic)
        return made

    def _tell(self, connection: sa.Connection, made: Event, before: Traffic) -> None:
        if made.event == "traffic":
            after = {"traffic": str(made.traffic), "by": made.actor, "reason": made.reason}
            target = f"beside version {made.version}"
            self._witness(connection, "traffic", target, before={"traffic": str(before)}, after=after)
            return
        action = "promote" if made.event == "promoted" else "rollback"
        told = {"champion": made.version, "by": made.actor, "reason": made.reason, "override": made.override}
        if made.run_id is not None:
            told["run"] = made.run_id
        self._witness(connection, action, f"version {made.version}", before={"champion": made.previous}, after=told)

    def _last(self, connection: sa.Connection, at: datetime | None = None) -> Event | None:
        last = _newest(self._classifier)
        row = connection.execute(last if at is None else last.where(ledger.c.at <= at)).one_or_none()
        return None if row is None else _event(row)

    def _events(self, connection: sa.Connection) -> list[Event]:
        changes = self._select().where(ledger.c.event != "traffic").order_by(ledger.c.seq)
        return [_event(row) for row in connection.execute(changes)]

    def _select(self) -> sa.Select[Any]:
        return sa.select(ledger).where(ledger.c.classifier == self._classifier)


def champion_of(connection: sa.Connection, classifier: str) -> str | None:
    """The champion as a transaction sees it."""
    row = connection.execute(_newest(classifier)).one_or_none()
    return None if row is None else str(row.version)


def _newest(classifier: str) -> sa.Select[Any]:
    return sa.select(ledger).where(ledger.c.classifier == classifier).order_by(ledger.c.seq.desc()).limit(1)


def _need(text: str, problem: str) -> None:
    if not text.strip():
        raise RefusedError(problem, todo="say who and why; it is kept in the ledger")


def _event(row: Any) -> Event:
    return Event(
        seq=row.seq,
        at=row.at,
        event=row.event,
        version=str(row.version),
        previous=None if row.previous is None else str(row.previous),
        actor=row.actor,
        reason=row.reason,
        evidence=None if row.evidence is None else typed(row.evidence, Decision),
        run_id=row.run_id,
        traffic=Traffic() if row.traffic is None else typed(row.traffic, Traffic),
    )
