"""`Classifier.export`: where an export goes, and what is refused."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from ratchet.classifier import Classifier
from ratchet.errors import InternalError, NotFoundError, PathError
from ratchet.export import ways
from ratchet.export.exported import Exporting, Written
from ratchet.export.known import meanings, typical
from ratchet.kinds.kind import Kind


def test_an_export_says_what_was_written_and_how_to_use_it(classifier: Classifier, tmp_path: Path) -> None:
    made = classifier.export(1, to="sklearn", folder=tmp_path / "new" / "model")
    assert made.folder == tmp_path / "new" / "model"
    assert made.files == sum(each.is_file() for each in made.folder.rglob("*"))
    assert made.bytes == sum(each.stat().st_size for each in made.folder.rglob("*") if each.is_file())
    assert any(str(made.folder) in line for line in made.use)
    assert len(made.use) == 3
    assert "version 1" in (made.folder / "README.md").read_text(encoding="utf-8")


def test_without_a_folder_it_is_named_after_the_version(
    classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert classifier.export("1", to="sklearn").folder == tmp_path / "loans_1_sklearn"


def test_an_empty_folder_is_filled_and_one_that_holds_something_is_not(classifier: Classifier, tmp_path: Path) -> None:
    classifier.export(1, to="sklearn", folder=tmp_path)
    with pytest.raises(PathError, match="is there already"):
        classifier.export(1, to="sklearn", folder=tmp_path)
    (file := tmp_path / "file").write_text("")
    with pytest.raises(PathError, match="is there already"):
        classifier.export(1, to="sklearn", folder=file)


def test_what_cannot_be_exported_is_said(classifier: Classifier, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no version 9; there are 1 to 1"):
        classifier.export(9, to="sklearn", folder=tmp_path)
    with pytest.raises(NotFoundError, match=r"nothing is exported to 'sklern'\nWhat to do: did you mean sklearn\?"):
        classifier.export(1, to="sklern", folder=tmp_path)
    with pytest.raises(PathError, match="is named by a path"):
        classifier.export(1, to="sklearn", folder=3)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_nothing_half_written_remains(classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(exporting: Exporting, folder: Path) -> Written:
        (folder / "half").write_text("")
        raise InternalError("no")

    monkeypatch.setattr(ways, "WAYS", {"sklearn": ways.Way("", fails)})
    with pytest.raises(InternalError):
        classifier.export(1, to="sklearn", folder=tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_the_readme_names_classes_metrics_and_values_as_people_do(classifier: Classifier, tmp_path: Path) -> None:
    made = classifier.export(1, to="python", folder=tmp_path / "loans_model")
    text = (made.folder / "README.md").read_text(encoding="utf-8")
    assert "to tell apart 2 classes of `outcome`: `bad`, `good`; the positive one is `bad`." in text
    assert "| PR-AUC of bad | " in text
    assert "macro_f1" not in text
    assert "| `housing` | category | one of `own`, `rent` and `free` |" in text
    (row,) = ast.literal_eval(made.use[1].removeprefix("answers = predict(")[:-1])
    assert row["housing"] == "own"
    assert 40 < row["age"] < 58
    assert 2_500 < row["income"] < 3_300
    assert made.use[1] in text


def test_what_a_bundle_without_a_profile_knows_is_the_kinds(classifier: Classifier) -> None:
    bundle = replace(classifier._records.versions.bundle("1"), profile=None)
    assert typical(bundle)["age"] == 1.0
    assert meanings(bundle)["housing"] == Kind.CATEGORY.column.meaning
