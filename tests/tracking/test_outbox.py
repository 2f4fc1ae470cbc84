"""What trackers are owed is kept until it was told."""

from __future__ import annotations

from pathlib import Path

from ratchet.store.blobs import Blobs
from ratchet.tracking.outbox import Outbox


def test_what_is_owed_stays_until_it_was_told(tmp_path: Path) -> None:
    first, second = Outbox(Blobs.open(tmp_path), "loans"), Outbox(Blobs.open(tmp_path), "loans")
    first.owe_run("mlflow", "b")
    first.owe_run("mlflow", "a")
    first.owe_champion("mlflow")
    assert second.runs("mlflow") == ["a", "b"]
    assert len(second.changes("mlflow")) == 1
    assert (second.runs("wandb"), second.changes("wandb")) == ([], [])
    second.told("mlflow", "a")
    second.told("mlflow", "a")
    for change in second.changes("mlflow"):
        second.told("mlflow", change)
    assert (first.runs("mlflow"), first.changes("mlflow")) == (["b"], [])


def test_a_change_that_comes_while_another_is_told_stays_owed(tmp_path: Path) -> None:
    outbox = Outbox(Blobs.open(tmp_path), "loans")
    outbox.owe_champion("mlflow")
    (before,) = outbox.changes("mlflow")
    outbox.owe_champion("mlflow")
    outbox.told("mlflow", before)
    assert len(outbox.changes("mlflow")) == 1


def test_classifiers_of_one_store_owe_apart(tmp_path: Path) -> None:
    Outbox(Blobs.open(tmp_path), "loans").owe_run("mlflow", "a")
    assert Outbox(Blobs.open(tmp_path), "loan").runs("mlflow") == []
