"""Our own modules as syntax trees: what each defines, what each imports, and what a piece of code speaks of."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = "ratchet"
BENEATH = frozenset(sys.stdlib_module_names) | {"numpy"}
"""What a package may import besides itself."""


class Name(NamedTuple):
    """A name in one of our modules; ``name`` is empty for the module itself."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Import:
    """What a name was imported as: one of ours, or something of a library."""

    ours: Name | None
    library: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """A module of ours."""

    name: str
    path: Path
    lines: list[str]
    tree: ast.Module
    imports: dict[str, Import] = field(default_factory=dict)
    defined: dict[str, ast.stmt] = field(default_factory=dict)
    """Name -> the statement at the top of the module that makes it."""

    def found(self, name: str) -> Name | Import | None:
        """What a name means here; None for what is built in or local."""
        if name in self.defined:
            return Name(self.name, name)
        return self.imports.get(name)


@cache
def module(name: str) -> Module:
    """The module of that name; raises `ImportError` where there is none."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ImportError(name)
    path = Path(found.origin)
    text = path.read_text(encoding="utf-8")
    made = Module(name, path, text.splitlines(), ast.parse(text))
    for statement in made.tree.body:
        inner = statement.body if _is_for_types(statement) else [statement]  # type: ignore[attr-defined]
        for each in inner:
            made.imports.update(imported(each))
        made.defined.update(dict.fromkeys(names_of(statement), statement))
    return made


def _is_for_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"


def imported(statement: ast.stmt) -> dict[str, Import]:
    """The names that an import statement brings, with what they stand for."""
    if isinstance(statement, ast.Import):
        return {
            each.asname or each.name.partition(".")[0]: Import(None, each.name.partition(".")[0])
            for each in statement.names
        }
    if not isinstance(statement, ast.ImportFrom) or statement.module is None:
        return {}
    if statement.module.partition(".")[0] != ROOT:
        return {each.asname or each.name: Import(None, statement.module.partition(".")[0]) for each in statement.names}
    return {each.asname or each.name: Import(_ours(statement.module, each.name)) for each in statement.names}


def _ours(package: str, name: str) -> Name:
    whole = f"{package}.{name}"
    return Name(whole, "") if is_module(whole) else Name(package, name)


@cache
def is_module(name: str) -> bool:
    """Whether there is a module of that name among ours."""
    path = Path(str(find_spec(ROOT).origin)).parent.joinpath(*name.split(".")[1:])  # type: ignore[union-attr]
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def names_of(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module makes.

    >>> names_of(ast.parse("A, B = range(2)").body[0])
    ['A', 'B']
    """
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    return []


def spoken_of(node: ast.AST, home: Module) -> Iterator[Name | Import]:
    """All that a piece of code of ``home`` speaks of, in its code and its annotations."""
    inner = {
        name: what
        for each in ast.walk(node)
        if isinstance(each, ast.Import | ast.ImportFrom)
        for name, what in imported(each).items()
    }
    yield from inner.values()
    for each in ast.walk(node):
        if not isinstance(each, ast.Name | ast.Attribute):
            continue
        found = _meant(each, home, inner)
        if found is not None:
            yield found


def _meant(node: ast.Name | ast.Attribute, home: Module, inner: dict[str, Import]) -> Name | Import | None:
    """What a name means, or an attribute of a module of ours (``tensors.views``)."""
    if isinstance(node, ast.Name):
        return inner.get(node.id) or home.found(node.id)
    if isinstance(node.value, ast.Name):
        owner = inner.get(node.value.id) or home.found(node.value.id)
        if isinstance(owner, Import) and owner.ours is not None and not owner.ours.name:
            return Import(Name(owner.ours.module, node.attr))
    return None
