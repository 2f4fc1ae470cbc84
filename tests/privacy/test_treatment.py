"""What the log keeps of rows, and of whose they are, by ``[privacy]``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import ratchet
from ratchet.errors import DataError, SpecError
from ratchet.predictions.record import Record
from ratchet.privacy.pseudonym import Pseudonyms
from tests.privacy.conftest import rows

_HASHED = re.compile(r"h_[0-9a-f]{32}")
_COLUMNS = 'columns = {housing = "hash", purpose = "drop", note = "redact"}'
_ROW = {
    "income": 5000.0,
    "age": 60,
    "housing": "own-secret",
    "purpose": "car-secret",
    "note": "call +49 30 1234567",
    "junk": 1,
}

Make = Callable[..., ratchet.Classifier]


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _records(classifier: ratchet.Classifier) -> list[Record]:
    classifier._log.ship()
    return list(classifier._log.read())


def test_the_log_keeps_what_the_spec_says_and_the_model_sees_all(make: Make, tmp_path: Path, database_url: str) -> None:
    classifier = make(_COLUMNS, database_url=database_url, new=True)
    classifier.train(rows(1_500))
    whole, bare = classifier.predict([_ROW, {"income": 5000.0, "age": 60}])
    record = {each.id: each for each in classifier._log.read()} or {each.id: each for each in _records(classifier)}
    kept = record[whole.id].row
    assert kept["income"] == 5000.0
    assert _HASHED.fullmatch(kept["housing"])
    assert "purpose" not in kept
    assert kept["note"] == "call [phone]"
    assert whole.scores != bare.scores, "the model answered from the whole row"
    spool = _files(tmp_path / ".ratchet" / "spool")
    assert b"secret" not in spool
    assert b"1234567" not in spool
    again = classifier.predict(_ROW)
    assert {each.id: each for each in _records(classifier)}[again.id].row["housing"] == kept["housing"]


def test_rows_of_tables_are_treated_too(make: Make, tmp_path: Path) -> None:
    classifier = make(f'{_COLUMNS}\nsubject = "customer"')
    classifier.predict(rows(30))
    found = _records(classifier)
    assert len(found) == 30
    assert all(_HASHED.fullmatch(each.row["housing"]) for each in found)
    assert {each.subject for each in found} == {classifier._keeping.pseudonyms.of(f"customer {at}") for at in range(10)}
    assert "customer" not in found[0].row


def test_large_texts_are_treated_before_they_are_parked(make: Make, tmp_path: Path) -> None:
    classifier = make('columns = {note = "redact"}')
    classifier.predict({**_ROW, "note": "long " * 8_000 + "ann@example.org"})
    classifier._log.ship()
    kept = _files(tmp_path / ".ratchet" / "spool") + _files(tmp_path / ".ratchet" / "blobs")
    assert b"[e-mail]" in kept
    assert b"ann@example.org" not in kept


def test_a_subject_is_kept_as_a_pseudonym_and_found_by_name(make: Make, tmp_path: Path, database_url: str) -> None:
    classifier = make('subject = "customer"', database_url=database_url, new=True)
    classifier.train(rows(1_500))
    one = classifier.predict(_ROW, subject="ann-secret-name")
    two = classifier.predict({**_ROW, "customer": "ann-secret-name"})
    three = classifier.predict({**_ROW, "customer": 17}, subject="somebody else")
    classifier.feedback(one.id, "good")
    found = {each.id: each for each in _records(classifier)}
    assert found[one.id].subject == found[two.id].subject
    assert re.fullmatch("s_[0-9a-f]{32}", found[one.id].subject or "")
    assert "customer" not in found[two.id].row
    assert {each.id for each in classifier._log.read(subject="ann-secret-name")} == {one.id, two.id}
    assert [each.id for each in classifier._log.read(subject="17")] == [three.id], "the row says it first"
    assert b"ann-secret-name" not in _files(tmp_path / ".ratchet")


def test_records_that_an_earlier_release_wrote_get_a_pseudonym_on_their_way(make: Make, tmp_path: Path) -> None:
    from ratchet.privacy.keeping import AS_IT_IS

    classifier = make()
    classifier._log.keeping, kept = AS_IT_IS, classifier._log.keeping
    classifier.predict(_ROW, subject="ann")
    classifier._log.keeping = kept
    (found,) = _records(classifier)
    assert found.subject == kept.pseudonyms.of("ann")


def test_names_are_the_same_however_their_letters_are_composed() -> None:
    names = Pseudonyms(lambda: b"key")
    assert names.of("René") == names.of("Rene\u0301 ")
    assert names.of("René") != names.of("Rene") != Pseudonyms(lambda: b"other").of("Rene")
    assert names.kept(names.of("ann")) == names.of("ann") == names.kept("ann")
    assert names.forms("ann") == (names.of("ann"), "ann")


def test_the_subjects_of_rows_that_are_taken_in_are_beside_them(make: Make, tmp_path: Path) -> None:
    plain, other = make(new=True), tmp_path / "other"
    without = plain.ingest(rows(200).drop("customer")).dataset
    other.mkdir()
    classifier = make('subject = "customer"', folder=other, new=True)
    dataset = classifier.ingest(rows(200)).dataset
    assert dataset.id == without.id, "whose rows they are changes no row"
    assert classifier.spec.learning_hash == plain.spec.learning_hash
    assert "_subject" not in classifier.frame().columns
    assert "customer" not in classifier.frame().columns
    assert b"customer" not in _files(other / ".ratchet" / "blobs").replace(b" of customer", b"")
    with pytest.raises(DataError, match="customer"):
        classifier.ingest(rows(20, seed=2).drop("customer"))


def test_quarantine_quotes_no_cell_that_is_not_kept(make: Make, tmp_path: Path) -> None:
    classifier = make('columns = {income = "drop", note = "redact"}', new=True)
    bad = rows(200).cast({"income": str}).to_dicts()
    bad[3]["income"] = "secret of ann@example.org"
    bad[4]["outcome"] = ""
    taken = classifier.ingest(bad)
    assert taken.bad == 2
    assert taken.quarantine_file is not None
    text = taken.quarantine_file.read_text()
    assert "what is not kept" in text
    assert "secret" not in text


def test_what_is_learned_from_feedback_is_what_was_kept(make: Make) -> None:
    classifier = make(_COLUMNS)
    for each in classifier.predict([{**_ROW, "income": float(at), "note": f"mail {at}@x.org"} for at in range(3)]):
        classifier.feedback(each.id, "good")
    taken = classifier.ingest_feedback()
    assert taken.added == 3
    (note,) = [each for each in taken.notes if "[privacy]" in each]
    assert "housing and purpose are missing" in note
    assert "note came redacted" in note
    joined = classifier.frame().tail(3)
    assert joined["housing"].null_count() == joined["purpose"].null_count() == 3
    assert set(joined["note"]) == {"mail [e-mail]"}


def test_nothing_is_learned_from_a_log_that_keeps_nothing(make: Make) -> None:
    classifier = make('columns = {income = "drop", age = "drop", housing = "hash", purpose = "drop", note = "drop"}')
    classifier.feedback(classifier.predict(_ROW).id, "good")
    with pytest.raises(DataError, match="no column that could be learned from"):
        classifier.ingest_feedback()


@pytest.mark.parametrize(
    ("privacy", "said"),
    [
        ('columns = {hosing = "drop"}', "hosing"),
        ('columns = {housing = "burn"}', "burn"),
        ('subject = "housing"', "housing"),
        ('subject = "outcome"', "outcome"),
    ],
)
def test_a_section_that_makes_no_sense_is_refused(make: Make, privacy: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        make(privacy)
