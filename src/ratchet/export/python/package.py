"""``python``: a folder that is a Python package, and answers with NumPy alone.

The package is our own source: the definitions that answering needs, found by walking from one to those it speaks of
(`ratchet.export.python.shaken`), so there is one implementation of each, here and there.  Before it appears it answers
stored rows in a process that can import NumPy and the standard library only, and its answers must be the served ones.
"""

from __future__ import annotations

import hashlib
import json
import keyword
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.documents import plain
from ratchet.errors import PathError, RefusedError
from ratchet.export import readme
from ratchet.export.exported import UNASKED, Exporting, Written, refuse_parts
from ratchet.export.known import typical
from ratchet.export.python import answering, checking
from ratchet.export.python.carried import Judge
from ratchet.export.python.refused import refuse, refuse_lemmas
from ratchet.export.python.shaken import shaken
from ratchet.export.python.sources import BENEATH, Name
from ratchet.features.prepared import Preparations
from ratchet.models.encoded import TABLE
from ratchet.models.parts import File, StoredPart
from ratchet.models.prepared import Prepared

_VERBS = ("classes", "predict", "predict_proba")


def write(exporting: Exporting, folder: Path) -> Written:
    """Fill ``folder``, whose name is the package's.

    Raises `PathError` for a name that cannot be imported, `RefusedError` where the version needs more than NumPy.
    """
    name, parts = _importable(folder), _parts(exporting)
    judge = _judge(exporting, parts)
    for file, text in shaken([Name(answering.__name__, verb) for verb in _VERBS], judge).items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    (folder / answering.MODEL).mkdir()
    for file in _files(parts):
        shutil.copyfile(exporting.files / file, folder / answering.MODEL / file)
    use = (
        f"from {name} import predict  # {name} lies in a folder of sys.path",
        f"answers = predict([{typical(exporting.bundle)}])",
        'answers[0]["label"], answers[0]["scores"], answers[0]["set"]',
    )
    _describe(exporting, folder, use)
    told = _told(exporting, folder, parts)
    (folder / answering.MANIFEST).write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return Written(checked=checking.against_served(exporting, folder), use=use)


def refusal(exporting: Exporting) -> RefusedError | None:
    """Why a version cannot become such a package, by the pieces that it is made of; None where it can."""
    try:
        _judge(exporting, _parts(exporting))
    except RefusedError as error:
        return error
    return None


def _judge(exporting: Exporting, parts: Mapping[str, StoredPart]) -> Judge:
    """What tells code that goes along from code that stays; raises `RefusedError` where answers need what stays."""
    judge = Judge(frozenset(_types(exporting, parts)))
    refuse(exporting.family, judge)
    refuse_lemmas(exporting.family, _prepared(exporting, parts))
    return judge


def _importable(folder: Path) -> str:
    name = folder.name
    if not name.isidentifier() or keyword.iskeyword(name) or name in BENEATH:
        raise PathError(
            f"no Python package can be called '{name}'",
            todo="name the folder with letters, digits and _, and unlike a module of Python's own: -o my_model",
        )
    return name


def _parts(exporting: Exporting) -> dict[str, StoredPart]:
    """The parts of the bundle that answers depend on, by dotted name."""
    refuse_parts(exporting, answering.PARTS)
    found = exporting.bundle.manifest.parts
    return {name: part for name, part in found.items() if name.partition(".")[0] != UNASKED}


def _types(exporting: Exporting, parts: Mapping[str, StoredPart]) -> Iterator[str]:
    """The versioned names of what the package has to open, encoders among them."""
    for part in parts.values():
        if part.type == TABLE:
            told = json.loads((exporting.files / part.meta).read_bytes())
            yield from (each["encoder"].partition(":")[0] for each in told["columns"])
        elif part not in (parts.get("sets"), parts.get("decision")):
            yield part.type


def _prepared(exporting: Exporting, parts: Mapping[str, StoredPart]) -> Iterator[Preparations]:
    """How texts are made ready, of every pipeline that has them made ready."""
    for part in parts.values():
        if part.type == Prepared.name:
            yield json.loads((exporting.files / part.meta).read_bytes())["texts"]


def _files(parts: Mapping[str, StoredPart]) -> list[str]:
    return [name for part in parts.values() for name in part.names]


def _describe(exporting: Exporting, folder: Path, use: tuple[str, ...]) -> None:
    """What lies with the code: the package's own names, a README, the licence."""
    title = f"{exporting.name}, version {exporting.version}, as a package that needs NumPy only."
    exports = f"from .export.python.answering import {', '.join(_VERBS)}\n\n__all__ = {list(_VERBS)!r}\n"
    (folder / "__init__.py").write_text(f'"""{title}"""\n\n{exports}', encoding="utf-8")
    needs = (
        f"Needs Python 3.11 or newer and NumPy (checked with {np.__version__}), nothing else.  The first answer holds "
        "every file against its sha256."
    )
    readme.write(folder, exporting, "a Python package", use, needs)
    (folder / "LICENSE").write_text(
        distribution("ratchet-ml").read_text("licenses/LICENSE") or "MIT\n", encoding="utf-8"
    )


def _told(exporting: Exporting, folder: Path, parts: Mapping[str, StoredPart]) -> dict[str, Any]:
    """``manifest.json``: what `ratchet.export.python.answering` opens, and the hash of every other file."""
    bundle = exporting.bundle
    package = {
        each.relative_to(folder).as_posix(): _hashed(each) for each in sorted(folder.rglob("*")) if each.is_file()
    }
    return {
        "name": exporting.name,
        "version": exporting.version,
        "bundle": bundle.id,
        "features": {name: str(kind) for name, kind in bundle.schema.features.items()},
        "classes": list(bundle.schema.classes),
        "names": dict(exporting.names),
        "top": bundle.spec.serve.top,
        "most_text": bundle.spec.ingest.max_cell,
        "parts": plain(parts),
        "files": {name: plain(bundle.manifest.files[name]) for name in _files(parts)},
        "package": {name: plain(file) for name, file in package.items() if not name.startswith(f"{answering.MODEL}/")},
    }


def _hashed(path: Path) -> File:
    content = path.read_bytes()
    return File(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
