"""Which definitions can go into a package that has NumPy only.

A function that speaks of a library that stays behind, in its code or in its annotations, stays behind with it, and so
does all that speaks of that function.  Of a class the methods and attributes are judged one by one; the class itself
stays behind with a base, a decorator or a dataclass field that does.  All of our code is annotated, so nothing passes
unseen; what is carried is run once more where nothing else can be imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ratchet.export.python.sources import BENEATH, Import, Module, Name, module, spoken_of

VERSIONED = re.compile(r"[a-z_]+\.v\d+")
"""Names that reach the disk: ``linear.v1``."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges definitions; of tables by versioned names only the entries of the ``wanted`` names are looked at."""

    wanted: frozenset[str]
    _judged: dict[str, dict[str, str]] = field(default_factory=dict)

    def hindrance(self, name: Name) -> str:
        """The library that keeps a definition behind; empty where it can be carried."""
        if not name.name:
            return ""
        home = module(name.module)
        if name.name in home.imports:  # handed on: `import x as x`
            return self._of(home.imports[name.name])
        return self._module(home).get(name.name, "")

    def members(self, home: Module, made: ast.ClassDef) -> list[ast.stmt]:
        """The statements of a class that can be carried."""
        behind = [each for each, _ in self.behind(home, made)]
        return [each for each in made.body if each not in behind]

    def behind(self, home: Module, made: ast.ClassDef) -> list[tuple[ast.stmt, str]]:
        """The statements of a class that stay behind, each with the library that keeps it."""
        judged = [(each, self._first(each, home)) for each in made.body]
        return [(each, why) for each, why in judged if why]

    def entries(self, node: ast.Dict) -> list[int]:
        """The places of the entries of a table that are wanted; all of one that is by no versioned names."""
        keys = [each.value if isinstance(each, ast.Constant) else None for each in node.keys]
        if not any(isinstance(key, str) and VERSIONED.fullmatch(key) for key in keys):
            return list(range(len(keys)))
        return [at for at, key in enumerate(keys) if key in self.wanted and isinstance(node.values[at], ast.Name)]

    def parts(self, statement: ast.stmt) -> Iterator[ast.AST]:
        """The parts of a statement at the top of a module that count: of a table the wanted entries."""
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Dict):
            yield from (value.values[at] for at in self.entries(value))
            if isinstance(statement, ast.AnnAssign):
                yield statement.annotation
        else:
            yield statement

    def _module(self, home: Module) -> dict[str, str]:
        """Name -> what keeps it behind, of a module; what speaks of such a name follows, until nothing changes."""
        if home.name not in self._judged:
            found = self._judged[home.name] = {}
            while new := {
                name: why for name, each in home.defined.items() if name not in found and (why := self._why(each, home))
            }:
                found.update(new)
        return self._judged[home.name]

    def _why(self, statement: ast.stmt, home: Module) -> str:
        if isinstance(statement, ast.ClassDef):
            outside = [*statement.bases, *statement.keywords, *statement.decorator_list]
            fields = [each for each in statement.body if _is_field(each, statement)]
            return self._any([*outside, *fields], home)
        return self._any(self.parts(statement), home)

    def _first(self, node: ast.AST, home: Module) -> str:
        return next(filter(None, map(self._of, spoken_of(node, home))), "")

    def _any(self, nodes: Iterable[ast.AST], home: Module) -> str:
        return next(filter(None, (self._first(each, home) for each in nodes)), "")

    def _of(self, what: Name | Import) -> str:
        if isinstance(what, Name):
            return self._judged.get(what.module, {}).get(what.name, "") if what.name else ""
        if what.ours is None:
            return "" if what.library in BENEATH else what.library
        return self.hindrance(what.ours)


def _is_field(statement: ast.stmt, made: ast.ClassDef) -> bool:
    """Whether a statement of a class is a field of a dataclass."""
    is_data = any("dataclass" in ast.unparse(each) for each in made.decorator_list)
    return is_data and isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.unparse(statement.annotation)
