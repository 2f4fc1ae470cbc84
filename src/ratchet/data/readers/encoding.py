"""Texts in UTF-8, UTF-16 or Latin-1, read as UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import numpy as np

from ratchet.data.readers.opened import BLOCK, File, blocks, opened

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()
_FIRST_LEAD = 0xC2
"""The smallest byte that starts a character of several bytes in UTF-8."""
_WINDOWS = {code: bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in range(0x80, 0xA0)}
"""What the control codes of Latin-1 mean in files that call themselves Latin-1 (WHATWG encoding standard, 9.1)."""


def encoding_of(file: File) -> str:
    """``utf-8``, ``utf-16`` or ``latin-1``: how the text of a file is written.

    The whole file is looked at, since its first accent may come late.  A file with more broken than whole UTF-8
    characters is Latin-1; with fewer it is UTF-8 with damaged rows.
    """
    characters = broken = 0
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with opened(file) as content:
        for number, block in enumerate(blocks(content)):
            if number == 0 and block.startswith(_UTF16):
                return "utf-16"
            if block.isascii():
                continue
            damaged = decoder.decode(block).count("\N{REPLACEMENT CHARACTER}") - block.count(_REPLACEMENT)
            broken += damaged
            characters += int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) >= _FIRST_LEAD))
    return "latin-1" if broken > 0 and 2 * broken > characters else "utf-8"


def utf8_blocks(file: File, size: int = BLOCK) -> Iterator[bytes]:
    """The text of a file as blocks of UTF-8, without a byte order mark; undecodable bytes of UTF-8 are left in."""
    encoding = encoding_of(file)
    with opened(file) as content:
        if encoding == "utf-8":
            for number, block in enumerate(blocks(content, size)):
                yield block.removeprefix(codecs.BOM_UTF8) if number == 0 else block
            return
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        for block in blocks(content, size):
            text = decoder.decode(block)
            yield (text if encoding == "utf-16" or text.isascii() else text.translate(_WINDOWS)).encode()
