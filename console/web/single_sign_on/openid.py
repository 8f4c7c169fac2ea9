"""OpenID Connect Core 1.0: the authorization code flow with PKCE (RFC 7636), as a confidential client.

A section number without a document belongs to OpenID Connect Core 1.0.
"""

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

from .errors import CLIENT_REFUSED, DENIED, NO_REAUTHENTICATION, UNRELIABLE, SignInFailed
from .login import Identity, PendingLogin, SignInOption, subject_of
from .request import check_address, parse_object, require_body, send_request

# Only asymmetric signatures. A token that is signed with the client's secret (HS256) is refused: anybody who learns the
# secret could make one.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
KEY_TYPES = ("RSA", "EC", "OKP")
MAX_KEYS = 50
"""The most keys of the provider that are tried."""
LEEWAY_SECONDS = 60
"""The most seconds by which the provider's clock may differ from ours."""
CACHE_LIFETIME = timedelta(minutes=10)
"""The provider's addresses are fetched again after this time. Its keys are fetched at every sign-in."""
_ERRORS = (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError, Warning)
"""The errors that joserfc raises for malformed keys and tokens."""


class Endpoints(Struct, frozen=True):
    """A provider's addresses (OpenID Connect Discovery 1.0, section 3).

    `secret_in_form`: the provider expects the client's secret in the form of a request, not in HTTP Basic.
    """

    authorization: str
    token: str
    keys: str
    secret_in_form: bool
    fetched_at: datetime


class OpenId:
    """The provider that the setting `KAOHE_OIDC_ISSUER` names."""

    OPTION: ClassVar[SignInOption] = SignInOption(
        "oidc", "/sign-in/oidc", Text(zh="统一身份认证登录", en="Sign in with single sign-on")
    )

    def __init__(self, settings: Settings) -> None:
        self.name = settings.oidc_issuer
        self._client = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._callback_url = settings.console_url.rstrip("/") + "/sign-in/oidc/back"

    def authorize_url(self, login: PendingLogin) -> str:
        challenge = base64.urlsafe_b64encode(sha256(login.verifier.encode()).digest()).decode().rstrip("=")
        fields = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._callback_url,
            "scope": "openid",
            "state": login.state,
            "nonce": login.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if login.reauthenticate:
            fields |= {"prompt": "login", "max_age": "0"}
        address = find_endpoints(self.name, login.started_at).authorization
        return address + ("&" if "?" in address else "?") + urlencode(fields)

    def identify(self, query: Mapping[str, str], login: PendingLogin, now: datetime) -> Identity:
        # RFC 9207: an answer of another provider must not be exchanged with this one (mix-up attack).
        if query.get("iss", self.name) != self.name:
            raise SignInFailed(why=UNRELIABLE)
        if "code" not in query:
            raise SignInFailed(why=DENIED)
        try:
            claims = self._claims(self._token(query["code"], login, now), login, now)
        except SignInFailed:
            # The provider's addresses may have changed since they were fetched. Then the next attempt works.
            forget_endpoints(self.name)
            raise
        # Section 3.1.2.1: `max_age` makes `auth_time` mandatory. This check finds a provider that ignores
        # `prompt=login`.
        if login.reauthenticate and _timestamp(claims.get("auth_time")) < login.started_at.timestamp() - LEEWAY_SECONDS:
            raise SignInFailed(why=NO_REAUTHENTICATION)
        return Identity(subject_of(claims.get("sub")))

    def _token(self, code: str, login: PendingLogin, now: datetime) -> object:
        """The identity token for a code, not checked yet (section 3.1.3)."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback_url,
            "code_verifier": login.verifier,
        }
        addresses, headers = find_endpoints(self.name, now), {"accept": "application/json"}
        if addresses.secret_in_form:
            fields |= {"client_id": self._client, "client_secret": self._secret}
        else:
            headers["authorization"] = basic_authorization(self._client, self._secret)
        answer = send_request("POST", addresses.token, data=fields, headers=headers)
        if answer.status == 401:  # invalid_client, RFC 6749 section 5.2
            raise SignInFailed(why=CLIENT_REFUSED)
        return parse_object(require_body(answer)).get("id_token")

    def _claims(self, token: object, login: PendingLogin, now: datetime) -> dict[str, Any]:
        """The claims of an identity token, if it is signed, meant for us and made for this login (section 3.1.3.7)."""
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.name},
            aud={"essential": True, "value": self._client},
            nonce={"essential": True, "value": login.nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        claims = self._signed_claims(token, now)
        try:
            registry.validate(claims)
        except _ERRORS as error:
            raise SignInFailed(why=UNRELIABLE) from error
        # Section 3.1.3.7, points 4 and 5: if there are several audiences, `azp` names the one for whom the token is.
        has_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (has_several or "azp" in claims) and claims.get("azp") != self._client:
            raise SignInFailed(why=UNRELIABLE)
        return claims

    def _signed_claims(self, token: object, now: datetime) -> dict[str, Any]:
        """The claims of a token, if one of the provider's keys has signed it."""
        published = parse_object(require_body(send_request("GET", find_endpoints(self.name, now).keys))).get("keys")
        if not isinstance(token, str) or not token.isascii() or not isinstance(published, list):
            raise SignInFailed(why=UNRELIABLE)
        kid = _header(token).get("kid")
        # The token names its key by `kid`. Some providers write no `kid` in the token, others none in the keys. In
        # these cases the keys that cannot be compared are tried one after the other.
        comparable = [key for key in published if isinstance(key, dict) and None not in (kid, key.get("kid"))]
        candidates = [key for key in comparable if key["kid"] == kid]
        candidates = candidates or [key for key in published if key not in comparable]
        for key in _verification_keys(candidates[:MAX_KEYS]):
            try:
                return dict(jwt.decode(token, key, algorithms=ALGORITHMS).claims)
            except _ERRORS:
                continue
        raise SignInFailed(why=UNRELIABLE)


def basic_authorization(client: str, secret: str) -> str:
    """The value of the header `Authorization` for HTTP Basic.

    Both parts are form-encoded first (RFC 6749, section 2.3.1).
    """
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


_CACHE: dict[str, Endpoints] = {}
"""The addresses of each issuer, shared by all threads."""
_CACHE_LOCK = Lock()


def find_endpoints(issuer: str, now: datetime) -> Endpoints:
    """The issuer's addresses, from the cache if they are younger than `CACHE_LIFETIME`. Raises `SignInFailed`."""
    with _CACHE_LOCK:
        cached = _CACHE.get(issuer)
    # The request runs without the lock: otherwise a slow provider would stop every other sign-in. So two threads may
    # fetch at once.
    if cached is None or not timedelta() <= now - cached.fetched_at < CACHE_LIFETIME:
        cached = _discover(issuer, now)
        with _CACHE_LOCK:
            _CACHE[issuer] = cached
    return cached


def forget_endpoints(issuer: str) -> None:
    """Delete the issuer's addresses from the cache."""
    with _CACHE_LOCK:
        _CACHE.pop(issuer, None)


def _discover(issuer: str, now: datetime) -> Endpoints:
    """The issuer's addresses, from its discovery document. Raises `SignInFailed`."""
    document = parse_object(require_body(send_request("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")))
    if document.get("issuer") != issuer:
        raise SignInFailed(why=UNRELIABLE)
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    authorization, token, keys = (check_address(document.get(name)) for name in names)
    methods = document.get("token_endpoint_auth_methods_supported")
    offered = methods if isinstance(methods, list) else ["client_secret_basic"]  # the default, Discovery section 3
    in_form = "client_secret_basic" not in offered and "client_secret_post" in offered
    return Endpoints(authorization, token, keys, in_form, now)


def _header(token: str) -> dict[str, Any]:
    """The token's header, not checked yet."""
    encoded = token.partition(".")[0]
    try:
        return parse_object(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError as error:
        raise SignInFailed(why=UNRELIABLE) from error


def _verification_keys(keys: list[Any]) -> Iterator[Key]:
    """The keys that can verify a signature. Unknown keys are skipped (RFC 7517, section 5)."""
    for key in keys:
        if not isinstance(key, dict) or key.get("kty") not in KEY_TYPES or key.get("use", "sig") != "sig":
            continue
        try:
            # joserfc only warns about a key that is too short; here the warning becomes an error.
            with warnings.catch_warnings(action="error"):
                yield JWKRegistry.import_key({name: value for name, value in key.items() if name != "key_ops"})
        except _ERRORS:
            continue


def _timestamp(value: object) -> float:
    """`auth_time` in seconds since 1970; 0 if it is missing or not a number. Some providers send it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    return 0.0
