"""``multipart/form-data`` (RFC 7578) of a body that has been read: each part a text or a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ratchet.web.problems import BodyError, clipped

MOST_PARTS = 20_000
"""As many as a table has columns."""
_MOST_HEAD = 4_096
_BOUNDARY = re.compile(rb';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:[ \t]*form-data(;.*)$", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(rb';[ \t]*name=(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_FILE = re.compile(rb";[ \t]*filename\*?=", re.IGNORECASE)
_ESCAPED = re.compile(rb'\\(["\\])')
_TODO = 'send what curl -F "column=value" -F "column=@file" sends'


def parts(body: bytes, content_type: bytes) -> Iterator[tuple[str, str | bytes]]:
    r"""Each part by its name, a file as bytes; a field of files in which none was chosen is left out.

    Raises `BodyError` for what is no such body.

    >>> body = b'--x\r\ncontent-disposition: form-data; name="age"\r\n\r\n4\r\n--x--\r\n'
    >>> list(parts(body, b"multipart/form-data; boundary=x"))
    [('age', '4')]
    """
    said = _BOUNDARY.search(content_type)
    if said is None:
        raise BodyError("multipart/form-data without a boundary that can be read", todo=_TODO)
    mark = b"\r\n--" + (said[1] or said[2])
    if body.count(mark) > MOST_PARTS:
        raise BodyError(f"a form of more than {MOST_PARTS:,} parts", todo="send the model's columns only")
    # Between two marks lies a part: a line's end, its head, an empty line, what it holds.
    before, *found = (b"\r\n" + body).split(mark)
    if before.strip() or not found or not found[-1].startswith(b"--"):
        raise BodyError("a form that does not begin and end with its boundary", todo=_TODO)
    for part in found[:-1]:
        yield from _part(part)


def _part(part: bytes) -> Iterator[tuple[str, str | bytes]]:
    head, ended, held = part.partition(b"\r\n\r\n")
    shown = _DISPOSITION.search(head.replace(b"\r\n", b"\n")) if len(head) <= _MOST_HEAD else None
    named = _NAME.search(shown[1]) if shown is not None else None
    if not ended or shown is None or named is None:
        raise BodyError(f"a part of a form without a name: {clipped(head.strip())!r}", todo=_TODO)
    name = _ESCAPED.sub(rb"\1", named[1] if named[1] is not None else named[2]).replace(b"%22", b'"')
    if _FILE.search(shown[1]) is None:
        yield _text(name), _text(held)
    elif held:
        yield _text(name), held


def _text(found: bytes) -> str:
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        raise BodyError(f"a text of a form that is not UTF-8: {clipped(found)!r}", todo=_TODO) from None
