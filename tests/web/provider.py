"""A provider of identities for tests: Authlib's OpenID Connect server, asked over a real connection.

It signs in whoever comes as `user`, and checks what providers check: the client and its secret, the redirect URI, that
a code is used once, and PKCE.  What it writes into ID tokens, and how it signs them, can be made wrong.
"""

from __future__ import annotations

import hmac
import json
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "ratchet-test", "what-both-know"


KEY = RSAKey.generate_key(2048, {"kid": "one"})


class Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, name: str, redirect_uris: list[str]) -> None:
        self.name, self.redirect_uris = name, redirect_uris

    def get_client_id(self) -> str:
        return self.name

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(SimpleNamespace, AuthorizationCodeMixin):  # type: ignore[misc]
    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str | None:
        return self.nonce  # type: ignore[no-any-return]

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, issuer: str) -> None:
        super().__init__()
        self.issuer = issuer
        self.user: dict[str, Any] | None = {"sub": "1", "email": "ann@example.com", "email_verified": True}
        self.redirect_uris = list[str]()
        self.key = KEY
        self.signing: Any = self.key
        self.forged: tuple[str, bytes] | None = None
        """How tokens are signed instead: an algorithm and what its HMAC is made with."""
        self.wrong: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.codes: dict[str, Code] = {}
        self.asked = list[str]()
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: "an-access-token"))
        self.register_grant(_grant(self), [_tokens(self), CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> Client | None:
        return Client(client_id, self.redirect_uris) if client_id in {CLIENT, "another"} else None

    def save_token(self, token: Any, request: Any) -> None:
        pass

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        text = json.dumps(body) if isinstance(body, dict) else body
        return Response(text, status, headers=dict(headers))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _metadata(self, _: Request) -> Response:
        self.asked.append("metadata")
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "scopes_supported": ["openid", "email", "groups"],
                **self.metadata,
            }
        )

    async def _keys(self, _: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = _asked(request, dict(request.query_params))
        grant = self.get_consent_grant(asked, self.user)
        return self.create_authorization_response(asked, self.user, grant=grant)  # type: ignore[no-any-return]

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        return self.create_token_response(_asked(request, dict(parse_qsl((await request.body()).decode()))))  # type: ignore[no-any-return]


def _asked(request: Request, values: dict[str, Any]) -> OAuth2Request:
    found = OAuth2Request(request.method, str(request.url).replace("http://", "https://"), headers=request.headers)
    found.payload = BasicOAuth2Payload(values)
    type(found).form = property(lambda self: self.payload.data)
    type(found).args = property(lambda self: self.payload.data)
    return found


def _grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, request: Any) -> Code:
            said = defaultdict[str, Any](lambda: None, request.payload.data)
            provider.codes[code] = Code(
                code=code,
                client=request.client.get_client_id(),
                user=request.user,
                **{key: said[key] for key in ("redirect_uri", "scope", "nonce")},
                **{key: said[key] for key in ("code_challenge", "code_challenge_method")},
            )
            return provider.codes[code]

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            found = provider.codes.get(code)
            return found if found is not None and found.client == client.get_client_id() else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> Any:
            return authorization_code.user

    return Grant


def _tokens(provider: Provider) -> OpenIDCode:
    class Tokens(OpenIDCode):  # type: ignore[misc]
        def encode_id_token(self, token: Any, request: Any) -> str:
            told: str = super().encode_id_token(token, request)
            return told if provider.forged is None else _forged(told, *provider.forged)

        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(each.nonce == nonce for each in provider.codes.values())

        def resolve_client_private_key(self, client: Any) -> Any:
            return provider.signing

        def get_encode_header(self, client: Any) -> dict[str, str]:
            return {"alg": "RS256", "kid": str(provider.signing.kid)}

        def get_client_claims(self, client: Any) -> dict[str, Any]:
            return {"iss": provider.issuer}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> dict[str, Any]:
            return {**user, **provider.wrong}

    return Tokens(require_nonce=True)


def _forged(token: str, alg: str, key: bytes) -> str:
    """A token signed otherwise; by hand, since no library does such a thing."""
    signed = f"{_encoded(json.dumps({'alg': alg, 'kid': 'one'}).encode())}.{token.split('.')[1]}"
    return f"{signed}.{_encoded(hmac.digest(key, signed.encode(), 'sha256')) if key else ''}"


def _encoded(text: bytes) -> str:
    return urlsafe_b64encode(text).rstrip(b"=").decode()


@contextmanager
def provided() -> Iterator[Provider]:
    """A provider that runs."""
    listening = socket.create_server(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
