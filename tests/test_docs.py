"""The documentation says what the code says, and names what is there."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from docs.make import PAGES, REFERENCE
from docs.python import EXAMPLES
from ratchet.system import System
from ratchet.web.app import create

SPEC = 'name = "reviews"\nlabel = "y"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n'
ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "src" / "ratchet"
MODULES = {path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py")}
ROOMS = sorted(path.stem for path in HOUSE.iterdir() if (path / "__init__.py").exists() or path.suffix == ".py")
ARCHITECTURE = sorted((ROOT / "docs" / "architecture").glob("*.md"))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS.remove(EXAMPLES)  # it is part of reference/python.md, and its links lead from there
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^\*\*(.+?)\*\* (.*)$", GLOSSARY, re.MULTILINE)


def _prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def _is_there(name: str) -> bool:
    """Whether a name as pages write them stands for a path of the repository or of the package.

    ``store/tables.py``, ``tables.py``, ``data/near/`` and ``evaluation/paired.difference`` do.
    """
    places = [base / name for base in (ROOT, HOUSE)]
    places += [place.with_suffix(".py") for place in places]
    inside = any(each == name or each.endswith(f"/{name}") for each in MODULES)
    return inside or any(place.exists() for place in places)


def _named(text: str) -> set[str]:
    """The files and rooms that a text names in code marks, or as what a command runs."""
    found = set()
    for mark in re.findall(r"`([^`\n]+)`", text):
        found |= set(re.findall(r"\b(?:src|tests|docs|bench)/[\w./-]*\w/?", mark))
        found |= {name.replace(".", "/") for name in re.findall(r"-m ((?:bench|docs)\.\w+)", mark)}
        if re.fullmatch(r"[\w./-]+\.py", mark) or re.fullmatch(rf"(?:{'|'.join(ROOMS)})/[\w./]*", mark):
            found.add(mark)
    return {name for name in found if "<name>" not in name}


def _files(page: Path) -> list[str]:
    """What a page of the architecture says at its top that it is about."""
    found = re.search(r"^# .*\n\nFiles: ((?:.+\n)+)", page.read_text(encoding="utf-8"))
    return re.findall(r"`([\w/]+(?:/|\.py))`", found[1]) if found else []


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_what_make_docs_makes(name: str) -> None:
    locked = re.search(r'^name = "typer"\nversion = "(.+)"$', (ROOT / "uv.lock").read_text("utf-8"), re.MULTILINE)
    assert locked
    if name == "cli.md" and version("typer") != locked[1]:
        pytest.skip(f"cli.md shows help as typer {locked[1]} writes it, this is {version('typer')}")
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"


def test_each_route_has_its_row(tmp_path: Path) -> None:
    (tmp_path / "ratchet.toml").write_text(SPEC)
    with System.open(tmp_path, tracking_uri="off") as system:
        served = {
            re.sub(r"^/v1/(\{\w+\}|reviews)/", "", path): sorted(operations)
            for path, operations in create(system).framework.openapi()["paths"].items()
        }
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(?:GET|POST|DELETE) ([^` ]+)`", page))
    assert {re.sub(r"\{\w+\}", "{}", path).strip("/") for path in served} == {
        re.sub(r"\{\w+\}", "{}", path).strip("/") for path in told
    }
    assert served["predict"] == ["post"]


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_names_is_there(page: Path) -> None:
    assert sorted(name for name in _named(_prose(page)) if not _is_there(name)) == []


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        path, _, place = link.partition("#")
        if link.startswith("http"):
            continue
        target = page.parent / path if path else page
        assert target.exists(), link
        if place:
            assert place in _places(target), link


def _places(page: Path) -> set[str]:
    """What may stand behind # in a link to a page: its headings as GitHub spells them, the second of one as ``-1``."""
    found: set[str] = set()
    for head in re.findall(r"^#+ (.*)$", _prose(page), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-")
        found.add(f"{name}-1" if name in found else name)
    return found


def test_a_name_that_is_nowhere_is_seen() -> None:
    assert _named("`store/tables.py`, `data/near`, `python -m bench.checks --plain`, `spool/`") == {
        "store/tables.py",
        "data/near",
        "bench/checks",
    }
    assert _is_there("evaluation/paired.difference")
    assert not _is_there("store/chairs.py")
    assert not _is_there("chairs.py")
    assert not _is_there("data/far")


@pytest.mark.parametrize("page", ARCHITECTURE, ids=lambda page: page.stem)
def test_a_page_of_the_architecture_names_its_files(page: Path) -> None:
    assert _files(page)
    assert [name for name in _files(page) if not (HOUSE / name).exists()] == []


def test_every_room_has_its_page() -> None:
    named = [name for page in ARCHITECTURE for name in _files(page)]
    bare = {"__init__.py"}
    missing = [room for room in MODULES - bare if not any(room == name or room.startswith(name) for name in named)]
    assert missing == [], "no page of docs/architecture is about these"


def test_the_overview_lists_the_rooms_in_the_order_of_their_imports() -> None:
    rows = re.findall(r"^\| (`.+?) \|", (ROOT / "docs/architecture/00-overview.md").read_text("utf-8"), re.MULTILINE)
    listed = [name.rstrip("/") for row in rows for name in re.findall(r"`([\w/]+)`", row)]
    assert sorted(listed) == [room for room in ROOMS if room != "__init__"]
    contract = (ROOT / "pyproject.toml").read_text("utf-8").partition("layers = [")[2].partition("]")[0]
    layers = [set(re.findall(r"\w+", line)) for line in re.findall(r'"(.+)"', contract) if "(" not in line]
    height = {room: number for number, layer in enumerate(reversed(layers)) for room in layer}
    assert [height[room] for room in listed] == sorted(height[room] for room in listed)


def test_the_glossary_is_in_order_and_each_term_has_a_place() -> None:
    terms = [term for term, _ in TERMS]
    assert terms == sorted(set(terms), key=str.casefold)
    assert len(terms) == GLOSSARY.count("\n**")
    for term, meaning in TERMS:
        paths = re.findall(r"`(src/[^`]*)`", meaning)
        assert paths, term
        assert all((ROOT / path).exists() for path in paths), (term, paths)
        assert "](architecture/" in meaning, term


def test_the_glossary_is_linked() -> None:
    assert "(glossary.md)" in (ROOT / "docs" / "README.md").read_text("utf-8")
    assert "(docs/glossary.md)" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


TROUBLE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
SEEN = [re.findall(r"`([^`]+)`", row) for row in re.findall(r"^\| (.*?) \| ", TROUBLE, re.MULTILINE)]


def test_the_sentences_that_are_explained_are_said() -> None:
    """A sentence whose words changed, or that nothing says any more, is found by its parts between ``...``."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in HOUSE.rglob("*.py"))
    code = re.sub(r"\"\s*\n\s*(?:\+ )?f?\"", "", code)
    quoted = [each for marks in SEEN for each in marks]
    assert len(quoted) >= 40
    parts = [part.strip(" ,") for each in quoted for part in each.split("...")]
    assert [part for part in parts if part and part not in code] == []
