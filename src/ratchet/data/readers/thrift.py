"""Thrift's compact protocol, as far as Parquet files write it: structs as mappings from field numbers to values.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

Struct = dict[int, Any]

_DEEPEST = 32
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = {4, 5, 6}


class Compact:
    """Reads values of the compact protocol one behind the other; ``place`` is the byte that comes next.

    Whatever the bytes are, it raises nothing but ValueError, also where they end too early.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def struct(self, wanted: Collection[int] | None = None, deep: int = 0) -> Struct:
        """The fields of the struct that begins here; of its fields only those ``wanted`` are kept."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            kind, step = head & 0x0F, head >> 4
            number = number + step if step else self._integer()
            value = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, deep)
            if wanted is None or number in wanted:
                fields[number] = value
        return fields

    def _value(self, kind: int, deep: int) -> Any:
        if kind in _INTEGERS:
            return self._integer()
        if kind in {_TRUE, _FALSE, _BYTE}:
            return self._byte()
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind == _BINARY:
            return self._bytes(self._unsigned())
        read: dict[int, Callable[[], Any]] = {
            _LIST: lambda: self._list(deep),
            _SET: lambda: self._list(deep),
            _MAP: lambda: self._map(deep),
            _STRUCT: lambda: self.struct(None, deep + 1),
        }
        if kind not in read:
            raise ValueError(f"no type {kind}")
        if deep > _DEEPEST:
            raise ValueError("nested too deeply")
        return read[kind]()

    def _list(self, deep: int) -> list[Any]:
        head = self._byte()
        size, kind = head >> 4, head & 0x0F
        size = self._unsigned() if size == 15 else size
        self._check_holds(size)
        return [self._value(kind, deep + 1) for _ in range(size)]

    def _map(self, deep: int) -> dict[Any, Any]:
        size = self._unsigned()
        self._check_holds(size)
        kinds = self._byte() if size else 0
        return {str(self._value(kinds >> 4, deep + 1)): self._value(kinds & 0x0F, deep + 1) for _ in range(size)}

    def _check_holds(self, size: int) -> None:
        if size > len(self._content) - self.place:  # each element takes a byte at least
            raise ValueError("cut short")

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _unsigned(self) -> int:
        # Seven bits a byte, the lowest first; the eighth says that more follow: 0xAC 0x02 is 0x2C + (2 << 7) = 300.
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("no integer")

    def _byte(self) -> int:
        if self.place >= len(self._content):
            raise ValueError("cut short")
        self.place += 1
        return self._content[self.place - 1]

    def _bytes(self, size: int) -> bytes:
        end = self.place + size
        if end > len(self._content):
            raise ValueError("cut short")
        found, self.place = self._content[self.place : end], end
        return found
