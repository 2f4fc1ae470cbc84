"""Signing in by OpenID Connect: somebody's own provider says who they are, and what it says gives them a role.

The authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9207; RFC 9700).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from ratchet.access.attempts import Attempt
from ratchet.access.given import Given, name_of
from ratchet.access.who import Who
from ratchet.errors import ForbiddenError, MissingExtraError, SettingsError, UnknownCallerError
from ratchet.settings import Settings

if TYPE_CHECKING:
    from ratchet.access.provider import Provider

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures that only a provider's own key can make: never ``none``, and none by the secret that clients have too."""
LEEWAY_SECONDS = 60
"""By how much two clocks may differ."""
_NEEDED = ("authlib", "httpx", "joserfc")


class Oidc:
    """Signing in at one provider.

    Promises: nobody is let in whose answer lacks the state of the browser it comes from, or whose ID token is not
    signed by the provider, for this server, for this attempt, and still good.
    """

    def __init__(self, provider: Provider, given: Given, client: str, secret: str | None) -> None:
        self._provider = provider
        self._given = given
        self._client = client
        self._secret = secret

    @classmethod
    def of(cls, settings: Settings) -> Oidc | None:
        """As the settings say; None where they say nothing of it.

        Raises `SettingsError` where they say half of it, `MissingExtraError` without the extra ``oidc``.
        """
        if settings.oidc_issuer is None:
            return None
        if not settings.oidc_client_id:
            raise SettingsError(
                "RATCHET_OIDC_ISSUER is set without RATCHET_OIDC_CLIENT_ID",
                todo="register this server at the provider, and give the client id that it gets there",
            )
        given = Given.read(settings.oidc_roles, settings.oidc_claim)
        if any(find_spec(each) is None for each in _NEEDED):
            raise MissingExtraError("signing in by OpenID Connect", "oidc")
        from ratchet.access.provider import Provider

        secret = settings.oidc_client_secret
        return cls(
            Provider(settings.oidc_issuer),
            given,
            settings.oidc_client_id,
            None if secret is None else secret.get_secret_value(),
        )

    @property
    def host(self) -> str:
        """The host that people know their provider by."""
        return self._provider.host

    def begin(self, attempt: Attempt, redirect_uri: str) -> str:
        """The provider's address that a browser goes to; raises `UnavailableError`."""
        metadata = self._provider.metadata()
        url, _ = self._flow(redirect_uri).create_authorization_url(
            self._provider.checked("authorization_endpoint", metadata.get("authorization_endpoint")),
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
        return str(url)

    def end(self, attempt: Attempt | None, said: Mapping[str, str], redirect_uri: str, address: str) -> Who:
        """Who came back from the provider with an answer.

        Raises `UnknownCallerError` for an answer that is not for this browser or does not hold, `ForbiddenError` for
        somebody who gets no role, `UnavailableError`.
        """
        if attempt is None or not attempt.is_mine(said.get("state", "")):
            raise UnknownCallerError(
                "an answer of a provider that this browser did not ask for, or asked for too long ago",
                todo="sign in again",
            )
        self._check_issuer(said)
        if "error" in said or not said.get("code"):
            raise _not_held(f"the provider answered {said.get('error', 'without a code')[:80]!r}")
        claims = self._claims(self._token(attempt, said["code"], redirect_uri), attempt.nonce)
        role, name = self._given.role(claims), name_of(claims)
        if role is None:
            raise ForbiddenError(
                f"{name} is known to {self.host}, and gets no role here",
                todo="ask an admin for a group or an address that RATCHET_OIDC_ROLES names",
            )
        return Who(name=name, role=role, via="session", address=address)

    def _check_issuer(self, said: Mapping[str, str]) -> None:
        """Against answers of one provider that are brought as another's (RFC 9207)."""
        told = bool(self._provider.metadata().get("authorization_response_iss_parameter_supported"))
        if said.get("iss", "" if told else self._provider.issuer) != self._provider.issuer:
            raise _not_held("it is of another provider")

    def _token(self, attempt: Attempt, code: str, redirect_uri: str) -> str:
        """The ID token that the provider gives for a code, once."""
        import httpx
        from authlib.oauth2 import OAuth2Error

        from ratchet.access.provider import first_line

        metadata = self._provider.metadata()
        url = self._provider.checked("token_endpoint", metadata.get("token_endpoint"))
        shown = {} if self._secret is None else {"client_secret": self._secret}
        auth = httpx.Auth()
        if self._secret is not None and "client_secret_basic" in _ways(metadata):
            shown, auth = {}, httpx.BasicAuth(quote_plus(self._client), quote_plus(self._secret))
        brought = {"code": code, "code_verifier": attempt.verifier, "client_id": self._client, **shown}
        try:
            with self._provider.client() as client:
                flow = self._flow(redirect_uri, client)
                answer = flow.fetch_token(url, auth=auth, grant_type="authorization_code", **brought)
        except OAuth2Error as error:
            raise _not_held(f"the provider does not take its code: {str(error)[:120]}") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._provider.away(first_line(error)) from None
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _not_held("the provider gave no ID token")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What an ID token says, once it is known to hold (OpenID Connect Core 1.0, section 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError, MissingKeyError
        from joserfc.jwk import KeySet

        def decoded(*, anew: bool) -> Mapping[str, Any]:
            keys = KeySet.import_key_set(self._provider.keys(anew=anew))  # type: ignore[arg-type]
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims

        try:
            try:
                claims = decoded(anew=False)
            except (BadSignatureError, InvalidKeyIdError, MissingKeyError):  # the provider may have a new key
                claims = decoded(anew=True)
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self._provider.issuer},
                aud={"essential": True, "value": self._client},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(dict(claims))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _not_held(f"its ID token does not hold: {str(error)[:120]}") from None
        self._check_for(claims, nonce)
        return claims

    def _check_for(self, claims: Mapping[str, Any], nonce: str) -> None:
        """Whether a token is for this attempt and for nobody beside this server."""
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise _not_held("its ID token is of another attempt (nonce)")
        if claims["aud"] not in (self._client, [self._client]) or claims.get("azp", self._client) != self._client:
            raise _not_held("its ID token is for others too (aud, azp)")
        if not isinstance(claims["sub"], str) or not claims["sub"].isprintable() or not claims["sub"]:
            raise _not_held("its ID token names nobody (sub)")

    def _flow(self, redirect_uri: str, client: Any = None) -> Any:
        from authlib.oauth2.client import OAuth2Client

        return OAuth2Client(
            client,
            client_id=self._client,
            scope=self._scope(),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _scope(self) -> str:
        """The claim of the groups is a scope at some providers."""
        offered = self._provider.metadata().get("scopes_supported")
        more = [self._given.claim] if isinstance(offered, list) and self._given.claim in offered else []
        return " ".join(dict.fromkeys(["openid", "email", *more]))


def _ways(metadata: Mapping[str, Any]) -> Any:
    """How clients may show who they are; by default HTTP Basic (OpenID Connect Discovery 1.0, section 3)."""
    return metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]


def _not_held(why: str) -> UnknownCallerError:
    return UnknownCallerError(f"signing in ended without a name: {why}", todo="sign in again")
