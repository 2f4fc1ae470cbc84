"""Forms and cookies: what a browser sends for a person, and that a page of ours had it sent.

Against forged requests each form brings a token that belongs to the cookie, and the browser says from which origin it
came; both are checked (OWASP, Cross-Site Request Forgery Prevention).
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from ratchet.access.sessions import LONGEST, is_token
from ratchet.errors import ForbiddenError
from ratchet.web.asgi import Headers
from ratchet.web.clients import Client
from ratchet.web.problems import BodyError, OriginError, clipped

SESSION, FORM = "ratchet", "ratchet-form"
"""The cookie of a session, and that which the sign-in form's token belongs to."""
MOST_FIELDS = 20


def cookie_of(headers: Headers, client: Client, name: str = SESSION) -> str | None:
    """What a cookie of ours holds, by default the session's; over https only one that this very host has set."""
    try:
        found = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return None
    held = found.get(name_of(name, client))
    return held.value or None if held is not None else None


def name_of(cookie: str, client: Client) -> str:
    """What a cookie is called: over https so that browsers take it from this very host only."""
    return f"__Host-{cookie}" if client.https else cookie


def session_cookie(value: str, client: Client) -> tuple[str, dict[str, object]]:
    """The name of a session's cookie and how it is to be set; an empty value takes it away."""
    seconds = int(LONGEST.total_seconds()) if value else 0
    how: dict[str, object] = {"value": value, "max_age": seconds, "path": "/", "httponly": True, "samesite": "lax"}
    return name_of(SESSION, client), {**how, "secure": client.https}


def fields(body: bytes) -> dict[str, str]:
    """The fields of a form (``application/x-www-form-urlencoded``), each once; raises `BodyError`."""
    try:
        found = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BodyError("a form that cannot be read", todo="send application/x-www-form-urlencoded") from None
    return {name: values[-1] for name, values in found.items()}


def check_form(body: bytes, headers: Headers, client: Client) -> None:
    """Raises `OriginError` or `ForbiddenError` unless a page of ours sent a form for the session it comes with."""
    check_own(headers, client)
    check_token(fields(body).get("token", ""), cookie_of(headers, client))


def check_own(headers: Headers, client: Client) -> None:
    """Raises `OriginError` unless a request says that it comes from a page of this very server."""
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if origin != f"{'https' if client.https else 'http'}://{host}":
        raise OriginError(f"a form from {clipped(origin) or 'no origin'}", todo="send it from a page of this server")


def check_token(token: str, cookie: str | None) -> None:
    """Raises `ForbiddenError` unless a form's token belongs to a cookie."""
    if cookie is None or not is_token(token, cookie):
        raise ForbiddenError("a form without the token of its session", todo="open the page anew and send it again")


def local(path: str) -> str:
    r"""Where to go on to after signing in: a path of this server, whatever was asked.

    >>> local("/docs"), local("//evil.example"), local("https://evil.example"), local("/a\\b")
    ('/docs', '/docs', '/docs', '/docs')
    """
    parts = urlsplit(path)
    plain = path.isprintable() and not parts.scheme and not parts.netloc and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/docs"
