"""Plain pages: HTML made here, without a script, that fetches nothing; each text in it is escaped."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 .25rem; }
code, pre, input { font: .9rem/1.5 ui-monospace, monospace; }
pre { padding: .75rem; overflow-x: auto; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
input, button { font-size: 1rem; padding: .5rem .75rem; max-width: 100%; box-sizing: border-box; }
input { width: 100%; margin: .25rem 0 1rem; }
p { margin: .25rem 0; }
.quiet { opacity: .75; }
"""
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """A page of parts that are HTML already."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    body = f"<main><h1>{escape(title)}</h1>{''.join(parts)}</main>"
    text = f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'
    return HTMLResponse(text, status, headers={"content-security-policy": _POLICY})


def tag(name: str, text: str, /, **attributes: str) -> str:
    """An element with a text in it, both escaped.

    >>> tag("p", "a < b", title='"')
    '<p title="&quot;">a &lt; b</p>'
    """
    said = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{escape(text)}</{name}>"
