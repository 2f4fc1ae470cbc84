"""Texts rid of what is no word: HTML, addresses, written-out escapes, and letters read with a wrong encoding.

Every pattern takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping

_BREAKS = """
    address article aside blockquote body br button caption center col colgroup dd details div dl dt fieldset
    figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe img input legend li
    link main map menu meta nav noframes noscript object ol optgroup option p param picture pre section select
    source summary svg table tbody td template textarea tfoot th thead title tr ul video wbr area audio base canvas
    embed applet
"""
_INLINE = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike
    strong sub sup time tt u var nobr o:p
"""
_SPACE, _NOTHING = frozenset(_BREAKS.split()), frozenset(_INLINE.split())
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:]*)(?:[\s/][^<>]*)?>|<![a-zA-Z][^<>]*>")
_HIDDEN = re.compile(r"<!--|<(?:script|style)\b[^<>]*>", re.IGNORECASE)
_CLOSE = {
    "<!--": re.compile(r"-->"),
    "<scr": re.compile(r"</script\s*>", re.IGNORECASE),
    "<sty": re.compile(r"</style\s*>", re.IGNORECASE),
}

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtfv])|([\"'/\\]))")

_CONTINUED = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0xC0)} | {
    chr(byte): byte for byte in range(0x80, 0xC0)
}
_NEXT = "[" + "".join(map(re.escape, _CONTINUED)) + "]"
_MOJIBAKE = re.compile(f"[\u00c2-\u00df]{_NEXT}|[\u00e0-\u00ef]{_NEXT}{{2}}|[\u00f0-\u00f4]{_NEXT}{{3}}")
_TWICE = 3
"""Texts are read wrongly twice at times, hardly ever more often."""


def without_html(text: str) -> str:
    """The text without tags, comments, scripts and styles, its entities as the characters they stand for.

    Only names that HTML has are tags: ``List<String>`` and ``<3`` stay.  A tag that marks words within a line leaves
    nothing, any other a space.

    >>> without_html("A <b>very</b> good film.<br /><br />See it &amp; laugh <3")
    'A very good film.  See it & laugh <3'
    """
    if "<" in text:
        text = _TAG.sub(_untagged, _shown(text))
    return html.unescape(text.replace("& nbsp;", " ")) if "&" in text else text


def _untagged(found: re.Match[str]) -> str:
    name = (found[1] or "br").lower()
    if name in _NOTHING:
        return ""
    return " " if name in _SPACE else found[0]


def _shown(text: str) -> str:
    """The text without comments, scripts and styles; one that is never closed is left as it is."""
    parts, at = [], 0
    closers = dict(_CLOSE)
    for opened in _HIDDEN.finditer(text):
        if opened.start() < at or (closer := closers.get(opened[0][:4].lower())) is None:
            continue
        closed = closer.search(text, opened.end())
        if closed is None:
            closers = {key: each for key, each in closers.items() if each is not closer}
            continue
        parts += [text[at : opened.start()], " "]
        at = closed.end()
    return "".join([*parts, text[at:]]) if at else text


def without_urls(text: str) -> str:
    """The text without web addresses.

    >>> without_urls("see https://example.org/a?b=1 now")
    'see   now'
    """
    return _URL.sub(" ", text)


def without_escapes(text: str) -> str:
    r"""Characters for the escapes that stand in their place.

    >>> without_escapes(r"caf\u00e9\tnoir")
    'café\tnoir'
    """
    if "\\" not in text:
        return text
    made = _ESCAPE.sub(_unescaped, text)
    return made.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_SPACES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}


def _unescaped(found: re.Match[str]) -> str:
    wide, narrow, space, plain = found.groups()
    if wide or narrow:
        return chr(int(wide or narrow, 16))
    return _SPACES[space] if space else str(plain)


def without_mojibake(text: str) -> str:
    """Letters of UTF-8 that was read as Windows-1252 or Latin-1, as they were written.

    Only runs whose bytes are whole UTF-8 are changed, so that text read rightly stays as it is.

    >>> without_mojibake("cafÃ© d'Ã©tÃ©, café")
    "café d'été, café"
    """
    for _ in range(_TWICE):
        made = _MOJIBAKE.sub(_reread, text)
        if made == text:
            break
        text = made
    return text


def _reread(found: re.Match[str]) -> str:
    raw = bytes(_CONTINUED.get(each, ord(each) & 0xFF) for each in found[0])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


CLEANERS: Mapping[str, Callable[[str], str]] = {
    "mojibake": without_mojibake,
    "escapes": without_escapes,
    "html": without_html,
    "urls": without_urls,
}
"""In the order they are used: tags may be written in escapes, and addresses stand in tags."""


def cleaner(names: Iterable[str]) -> Callable[[str], str]:
    """A function that does all of these, in the order that makes sense.

    >>> cleaner(["urls", "html"])('<a href="http://a.b">here</a> www.a.b')
    'here  '
    """
    wanted = set(names)
    steps = [step for name, step in CLEANERS.items() if name in wanted]

    def clean(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return clean
