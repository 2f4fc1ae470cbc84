"""What some names need of our modules, found by walking from one definition to those it speaks of, and written anew.

What nobody needs is left out; what stays is the source as it is, comments and docstrings with it, but for the imports,
which become relative.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ratchet.export.python.carried import Judge
from ratchet.export.python.edits import Edits, is_text
from ratchet.export.python.sources import BENEATH, ROOT, Import, Module, Name, is_module, module, spoken_of


def shaken(roots: Iterable[Name], judge: Judge) -> dict[str, str]:
    """File name -> text of a package whose modules hold what ``roots`` need."""
    needed = _needed(roots, judge)
    files = {_file(name): _Rest(module(name), names, needed, judge).text() for name, names in needed.items()}
    for name in list(files):
        parents = name.split("/")[:-1]
        for depth in range(1, len(parents) + 1):
            place = "/".join([*parents[:depth], "__init__.py"])
            if place not in files:
                home = module(".".join([ROOT, *parents[:depth]]))
                files[place] = f'"""{ast.get_docstring(home.tree)}"""\n'
    return files


def _file(name: str) -> str:
    package = module(name).path.name == "__init__.py"
    inner = "/".join(name.split(".")[1:])
    return f"{inner}/__init__.py" if package else f"{inner}.py"


def _needed(roots: Iterable[Name], judge: Judge) -> dict[str, set[str]]:
    """Module -> the names of it that are needed."""
    needed: dict[str, set[str]] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        names = needed.setdefault(name.module, set())
        if not name.name or name.name in names:
            continue
        home = module(name.module)
        if name.name in home.imports:
            names.add(name.name)
            waiting += _ours([home.imports[name.name]])
        elif name.name in home.defined and not judge.hindrance(name):
            statement = home.defined[name.name]
            names.update(each for each, made in home.defined.items() if made is statement)
            waiting += _ours(each for part in _kept(statement, home, judge) for each in spoken_of(part, home))
    return needed


def _ours(found: Iterable[Name | Import]) -> Iterator[Name]:
    for each in found:
        name = each if isinstance(each, Name) else each.ours
        if name is not None:
            yield name


def _kept(statement: ast.stmt, home: Module, judge: Judge) -> list[ast.AST]:
    """The parts of a definition that are carried."""
    if isinstance(statement, ast.ClassDef):
        outside = [*statement.bases, *statement.keywords, *statement.decorator_list]
        return [*outside, *judge.members(home, statement)]
    return list(judge.parts(statement))


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of a module."""

    home: Module
    names: set[str]
    needed: Mapping[str, set[str]]
    judge: Judge

    def text(self) -> str:
        """Its source."""
        edits, body = Edits(self.home.lines), self.home.tree.body
        kept: list[ast.AST] = []
        for statement, after in pairwise([*body, None]):
            if statement is None or is_text(statement) or isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            if any(self.home.defined.get(name) is statement for name in self.names):
                kept += _kept(statement, self.home, self.judge)
                self._prune(edits, statement)
            else:
                edits.drop(statement, after)
        spoken = {each.id for part in kept for each in ast.walk(part) if isinstance(each, ast.Name)} | self.names
        for each in [*body, *(inner for part in kept for inner in ast.walk(part))]:
            if isinstance(each, ast.Import | ast.ImportFrom):
                edits.replace(each, self._import(each, spoken))
        return edits.text()

    def _prune(self, edits: Edits, statement: ast.stmt) -> None:
        """Take out the members of a class, and the entries of a table, that stay behind."""
        if isinstance(statement, ast.ClassDef):
            members = self.judge.members(self.home, statement)
            for each, after in pairwise([*statement.body, None]):
                if each is not None and each not in members:
                    edits.drop(each, after)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Dict):
            kept = self.judge.entries(statement.value)
            if len(kept) < len(statement.value.keys):
                fewer = copy.deepcopy(statement)
                assert isinstance(fewer.value, ast.Dict)
                fewer.value.keys = [fewer.value.keys[at] for at in kept]
                fewer.value.values = [fewer.value.values[at] for at in kept]
                edits.replace(statement, ast.unparse(fewer))

    def _import(self, statement: ast.Import | ast.ImportFrom, spoken: set[str]) -> str:
        """An import of what is still spoken of and comes along, relative where it is of ours; else nothing."""
        if isinstance(statement, ast.Import):
            return ast.unparse(statement) if statement.names[0].name.partition(".")[0] in BENEATH else ""
        package = statement.module or ""
        kept = [each for each in statement.names if (each.asname or each.name) in spoken or package == "__future__"]
        if package.partition(".")[0] != ROOT:
            return ast.unparse(ast.ImportFrom(package, kept, 0)) if kept else ""
        kept = [each for each in kept if self._is_here(package, each.name)]
        deep = self.home.name.count(".") + (self.home.path.name == "__init__.py")
        return ast.unparse(ast.ImportFrom(package.partition(".")[2] or None, kept, deep)) if kept else ""

    def _is_here(self, package: str, name: str) -> bool:
        whole = f"{package}.{name}"
        return whole in self.needed if is_module(whole) else name in self.needed.get(package, ())
