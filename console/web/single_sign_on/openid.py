"""OpenID Connect Core 1.0: the code flow with PKCE (RFC 7636), a confidential client, a signed identity token."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from msgspec import Struct

from config.settings import Settings
from states.vocabulary import Text

from .errors import CLIENT_REFUSED, DENIED, NOT_AGAIN, UNRELIABLE, SignInFailed
from .login import Identity, PendingLogin, Way, subject_of
from .request import ask, check_address, confirmed, parse_object

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
KEY_TYPES = ("RSA", "EC", "OKP")
"""Public keys only. A token signed with the client's secret (HS256) is refused: anybody who learns the secret could make one."""
MOST_KEYS = 50
LEEWAY = 60
"""Seconds that the provider's clock and ours may be apart."""
FRESH = timedelta(minutes=10)
"""For how long the provider's addresses are believed before they are fetched again. Its keys are fetched at every sign-in."""
_FAULTS = (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError, Warning)
"""What joserfc raises for keys and tokens that are not well formed."""


class Endpoints(Struct, frozen=True):
    """A provider's addresses (OpenID Connect Discovery 1.0, section 3), and when they were fetched."""

    authorization: str
    token: str
    keys: str
    secret_in_form: bool
    fetched_at: datetime


class OpenId:
    """The provider that the settings name by `KAOHE_OIDC_ISSUER`."""

    WAY: ClassVar[Way] = Way("oidc", "/sign-in/oidc", Text(zh="统一身份认证登录", en="Sign in with single sign-on"))

    def __init__(self, settings: Settings) -> None:
        self.name = settings.oidc_issuer
        self._client = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._back = settings.console_url.rstrip("/") + "/sign-in/oidc/back"

    def authorize_url(self, login: PendingLogin) -> str:
        challenge = base64.urlsafe_b64encode(sha256(login.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code", "client_id": self._client, "redirect_uri": self._back, "scope": "openid",
            "state": login.state, "nonce": login.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        if login.again:
            asked |= {"prompt": "login", "max_age": "0"}
        address = endpoints(self.name, login.at).authorization
        return address + ("&" if "?" in address else "?") + urlencode(asked)

    def identify(self, query: Mapping[str, str], login: PendingLogin, now: datetime) -> Identity:
        if query.get("iss", self.name) != self.name:  # RFC 9207: the answer of another provider
            raise SignInFailed(why=UNRELIABLE)
        if "code" not in query:
            raise SignInFailed(why=DENIED)
        try:
            claims = self._claims(self._token(query["code"], login, now), login, now)
        except SignInFailed:
            forget(self.name)  # its addresses may have changed since they were fetched
            raise
        if login.again and _moment(claims.get("auth_time")) < login.at.timestamp() - LEEWAY:
            raise SignInFailed(why=NOT_AGAIN)
        return Identity(subject_of(claims.get("sub")))

    def _token(self, code: str, login: PendingLogin, now: datetime) -> object:
        """The identity token that the code stands for, unchecked."""
        given = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": login.verifier,
        }  # fmt: skip
        found, headers = endpoints(self.name, now), {"accept": "application/json"}
        if found.secret_in_form:
            given |= {"client_id": self._client, "client_secret": self._secret}
        else:
            headers["authorization"] = basic(self._client, self._secret)
        answer = ask("POST", found.token, data=given, headers=headers)
        if answer.status == 401:  # invalid_client, RFC 6749 section 5.2
            raise SignInFailed(why=CLIENT_REFUSED)
        return parse_object(confirmed(answer)).get("id_token")

    def _claims(self, token: object, login: PendingLogin, now: datetime) -> dict[str, Any]:
        """What a genuine token says, if it is for us and of this login (section 3.1.3.7)."""
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=LEEWAY, iss={"essential": True, "value": self.name},
            aud={"essential": True, "value": self._client}, nonce={"essential": True, "value": login.nonce},
            sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
        )  # fmt: skip
        claims = self._signed(token, now)
        try:
            registry.validate(claims)
        except _FAULTS as error:
            raise SignInFailed(why=UNRELIABLE) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._client:
            raise SignInFailed(why=UNRELIABLE)
        return claims

    def _signed(self, token: object, now: datetime) -> dict[str, Any]:
        """What a token says, if one of the provider's keys signed it."""
        published = parse_object(confirmed(ask("GET", endpoints(self.name, now).keys))).get("keys")
        if not isinstance(token, str) or not token.isascii() or not isinstance(published, list):
            raise SignInFailed(why=UNRELIABLE)
        kid = _header(token).get("kid")
        # Some providers name no key in the token, and some no key in the set: then each is tried.
        named = [key for key in published if isinstance(key, dict) and None not in (kid, key.get("kid"))]
        wanted = [key for key in named if key["kid"] == kid] or [key for key in published if key not in named]
        for key in _usable(wanted[:MOST_KEYS]):
            try:
                return dict(jwt.decode(token, key, algorithms=ALGORITHMS).claims)
            except _FAULTS:
                continue
        raise SignInFailed(why=UNRELIABLE)


def basic(client: str, secret: str) -> str:
    """The header of HTTP Basic; both parts are form-encoded first (RFC 6749, section 2.3.1)."""
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


_FOUND: dict[str, Endpoints] = {}
_FETCHING = Lock()


def endpoints(issuer: str, now: datetime) -> Endpoints:
    """The issuer's addresses as it publishes them, fetched when none are fresh. `SignInFailed`."""
    with _FETCHING:
        found = _FOUND.get(issuer)
    if found is None or not timedelta() <= now - found.fetched_at < FRESH:
        found = _discover(issuer, now)
        with _FETCHING:
            _FOUND[issuer] = found
    return found


def forget(issuer: str) -> None:
    """Let the addresses be fetched again."""
    with _FETCHING:
        _FOUND.pop(issuer, None)


def _discover(issuer: str, now: datetime) -> Endpoints:
    said = parse_object(confirmed(ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")))
    if said.get("issuer") != issuer:
        raise SignInFailed(why=UNRELIABLE)
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    authorization, token, keys = (check_address(said.get(name)) for name in names)
    methods = said.get("token_endpoint_auth_methods_supported")
    offered = methods if isinstance(methods, list) else ["client_secret_basic"]  # the default, Discovery section 3
    in_form = "client_secret_basic" not in offered and "client_secret_post" in offered
    return Endpoints(authorization, token, keys, in_form, now)


def _header(token: str) -> dict[str, Any]:
    """The token's header, unchecked."""
    encoded = token.partition(".")[0]
    try:
        return parse_object(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError as error:
        raise SignInFailed(why=UNRELIABLE) from error


def _usable(keys: list[Any]) -> Iterator[Key]:
    """The keys that we know how to use for signatures; what is unknown is passed over (RFC 7517, section 5)."""
    for key in keys:
        if not isinstance(key, dict) or key.get("kty") not in KEY_TYPES or key.get("use", "sig") != "sig":
            continue
        try:
            with warnings.catch_warnings(action="error"):  # a key that is too short
                yield JWKRegistry.import_key({name: value for name, value in key.items() if name != "key_ops"})
        except _FAULTS:
            continue


def _moment(given: object) -> float:
    """`auth_time` in seconds since 1970; long ago where it is missing or no number. Some providers send it as text."""
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 16:
        return float(given)
    return (
        float(given) if isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < 1e15 else 0.0
    )
