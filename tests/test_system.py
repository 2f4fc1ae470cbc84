"""Classifiers by name over shared resources; a bad spec stops none of the others."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ratchet.classifier import Classifier
from ratchet.errors import NotFoundError, RatchetError, SettingsError, SpecError, UnavailableError
from ratchet.spec import Spec
from ratchet.spec.places import specs_in
from ratchet.system import System

SPEC = 'name = "{name}"\nlabel = "y"\n[columns]\nx = "number"\n[[candidates]]\nfamily = "linear.v1"\n'
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a spec; gives its file."""

    def spec(path: str, name: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SPEC.format(name=name))
        return file

    return spec


def test_the_specs_of_a_place(tmp_path: Path, write: Write) -> None:
    assert specs_in(tmp_path) == [tmp_path / "ratchet.toml"]  # which is missed by name
    flat = [write("a.toml", "a"), write("b.toml", "b")]
    assert specs_in(tmp_path) == flat
    nested = [write("films/ratchet.toml", "films"), write("shops/ratchet.toml", "shops")]
    assert specs_in(tmp_path) == nested
    assert specs_in(tmp_path / "films") == nested[:1]
    own = write("ratchet.toml", "own")
    assert specs_in(tmp_path) == [own]
    assert specs_in(flat[1]) == flat[1:]


def test_each_classifier_keeps_its_own_and_shares_what_has_one_address(tmp_path: Path, write: Write) -> None:
    write("films/ratchet.toml", "films")
    write("shops/ratchet.toml", "shops")
    with System.open(tmp_path, tracking_uri="off") as system:
        films, shops = system.get("films"), system.get("shops")
        assert films.settings.workspace != shops.settings.workspace
        assert films._database is not shops._database
        assert films._shop.engine is shops._shop.engine
    url = f"sqlite:///{tmp_path}/one.db"
    with System.open(tmp_path, tracking_uri="off", database_url=url) as system:
        assert system.get("films")._database is system.get("shops")._database


def test_a_database_that_is_held_keeps_none_but_its_own_new_classifier_out(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.store.sqlite._PATIENCE", 0.2)
    write("films/ratchet.toml", "films")
    with System.open(tmp_path, tracking_uri="off"):
        pass
    write("shops/ratchet.toml", "shops")
    (tmp_path / "shops" / ".ratchet").mkdir()
    with (
        closing(sqlite3.connect(tmp_path / "films/.ratchet/ratchet.db", isolation_level=None)) as known,
        closing(sqlite3.connect(tmp_path / "shops/.ratchet/ratchet.db", isolation_level=None)) as new,
    ):
        known.execute("BEGIN IMMEDIATE")
        new.execute("BEGIN EXCLUSIVE")
        with System.open(tmp_path, tracking_uri="off") as system:
            assert list(system.classifiers) == ["films"]
            (bad,) = system.bad
        known.execute("ROLLBACK")
        new.execute("ROLLBACK")
    assert "kept busy by another process" in bad.problem
    assert bad.todo == "try again once it is free; a server opens it when it is started again"


def test_classifiers_are_closed_at_once(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("films/ratchet.toml", "films")
    write("shops/ratchet.toml", "shops")
    both = threading.Barrier(2, timeout=20)
    close = Classifier.close

    def meet(each: Classifier) -> None:
        both.wait()
        close(each)

    monkeypatch.setattr(Classifier, "close", meet)
    System.open(tmp_path, tracking_uri="off").close()


def test_specs_of_one_folder_share_its_workspace(tmp_path: Path, write: Write) -> None:
    write("films.toml", "films")
    write("shops.toml", "shops")
    with System.open(tmp_path, tracking_uri="off") as system:
        assert system.get("films").settings.workspace == system.get("shops").settings.workspace == tmp_path / ".ratchet"
        assert system.get("films")._database is system.get("shops")._database


def test_a_bad_spec_stops_none_of_the_others(tmp_path: Path, write: Write) -> None:
    write("films/ratchet.toml", "films")
    write("bad/ratchet.toml", "No Name")
    write("unclosed/ratchet.toml", "x").write_text("name = ")
    write("deep/ratchet.toml", "x").write_text("a = " + 5_000 * "[" + 5_000 * "]")
    write("digits/ratchet.toml", "x").write_text("a = " + 5_000 * "9")
    foreign_database(write("foreign/ratchet.toml", "foreign").parent)
    (tmp_path / "folder" / "ratchet.toml").mkdir(parents=True)
    with System.open(tmp_path, tracking_uri="off") as system:
        assert list(system.classifiers) == ["films"]
        found = {Path(each.where).parent.name: each.problem for each in system.bad}
        assert found.keys() == {"bad", "unclosed", "deep", "digits", "foreign", "folder"}
        assert "nested too deeply" in found["deep"]
        assert "thousands of digits" in found["digits"]
        assert "table datasets already exists" in found["foreign"]
        assert "No Name" in found["bad"]
        assert system.default is None  # one of several: nobody said which one is meant
        assert len(system.health().problems) == 1 + 6
    with pytest.raises(SpecError, match=r"none of 2 classifiers .*No Name"):
        System.open(tmp_path / "bad", tmp_path / "unclosed", tracking_uri="off")
    with pytest.raises(SpecError, match="1 mistake"):
        System.open(tmp_path / "bad", tracking_uri="off")


def foreign_database(folder: Path) -> None:
    """A workspace whose database has a table of ours and no word of its revision."""
    (folder / ".ratchet").mkdir()
    with closing(sqlite3.connect(folder / ".ratchet" / "ratchet.db")) as connection:
        connection.execute("CREATE TABLE datasets (a)")


def test_nor_does_a_mistake_of_ours_while_it_is_opened(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Mistaken(Classifier):
        def __init__(self, spec: Spec, *args: Any, **more: Any) -> None:
            if spec.name == "shops":
                raise KeyError("a mistake of ours")
            super().__init__(spec, *args, **more)

    monkeypatch.setattr("ratchet.system.Classifier", Mistaken)
    write("films/ratchet.toml", "films")
    write("shops/ratchet.toml", "shops")
    with System.open(tmp_path, tracking_uri="off") as system:
        assert list(system.classifiers) == ["films"]
        (bad,) = system.bad
    assert "KeyError: 'a mistake of ours'" in bad.problem
    assert bad.todo
    assert "Traceback" in caplog.text
    with pytest.raises(RatchetError, match="a mistake of ours"):
        System.open(tmp_path / "shops", tracking_uri="off")


def test_of_two_of_one_name_neither_answers(tmp_path: Path, write: Write) -> None:
    first, second = write("films/ratchet.toml", "films"), write("a_copy/ratchet.toml", "films")
    with pytest.raises(SpecError, match=r"'films' is the name of .* too, so none of them is served") as caught:
        System.open(tmp_path, tracking_uri="off")
    assert "a name of its own, or leave out all but one" in caught.value.todo
    assert not (first.parent / ".ratchet").exists()
    write("shops/ratchet.toml", "shops")
    with System.open(tmp_path, default="films", tracking_uri="off") as system:
        assert list(system.classifiers) == ["shops"]
        found = {each.where: each.problem for each in system.bad}
        with pytest.raises(UnavailableError, match="films is not open"):
            system.get()
    assert found.keys() == {str(first), str(second)}
    assert str(second) in found[str(first)]
    assert str(first) in found[str(second)]


def test_a_place_that_is_named_twice_is_one_place(tmp_path: Path, write: Write) -> None:
    write("films/ratchet.toml", "films")
    (tmp_path / "link").symlink_to(tmp_path / "films")
    with System.open(tmp_path, tmp_path / "films", tmp_path / "link" / "ratchet.toml", tracking_uri="off") as system:
        assert list(system.classifiers) == ["films"]
        assert system.bad == ()


def test_who_is_meant_where_nobody_is_named(tmp_path: Path, write: Write) -> None:
    write("films/ratchet.toml", "films")
    with System.open(tmp_path, tracking_uri="off") as alone:
        assert alone.get().name == alone.default == "films"
    write("shops/ratchet.toml", "shops")
    with System.open(tmp_path, tracking_uri="off") as several:
        with pytest.raises(NotFoundError, match="films, shops"):
            several.get()
        with pytest.raises(NotFoundError, match="no classifier books"):
            several.get("books")
    with System.open(tmp_path, default="shops", tracking_uri="off") as chosen:
        assert chosen.get().name == "shops"
    with pytest.raises(NotFoundError, match="no classifier books"):
        System.open(tmp_path, default="books", tracking_uri="off")
    write("books/ratchet.toml", "books").write_text("name = 'books'")
    with System.open(tmp_path, default="books", tracking_uri="off") as broken:
        assert broken.default is None
        with pytest.raises(UnavailableError, match="books is not open"):
            broken.get()


def test_a_setting_that_is_wrong_is_said_at_once(tmp_path: Path, write: Write) -> None:
    write("ratchet.toml", "films")
    with pytest.raises(SettingsError, match="RATCHET_WORKERS"):
        System.open(tmp_path, workers=0)


def test_closing_says_what_each_could_not_save_after_all_are_closed(tmp_path: Path) -> None:
    closed = list[str]()

    class Losing:
        def __init__(self, name: str, lost: int) -> None:
            self.name = name
            self._lost = lost

        def close(self) -> None:
            closed.append(self.name)
            if self._lost:
                raise UnavailableError(f"{self._lost} predictions of {self.name} were lost", todo="make room")

    three = [Losing("films", 3), Losing("loans", 0), Losing("pitches", 2)]
    system = System(three, close_also=lambda: closed.append("the pool"))  # type: ignore[arg-type]
    with (
        pytest.raises(UnavailableError, match=r"3 predictions of films[\s\S]*2 predictions of pitches") as found,
        system,
    ):
        pass
    assert sorted(closed[:3]) == ["films", "loans", "pitches"]
    assert closed[3:] == ["the pool"]
    assert found.value.todo == "make room"
