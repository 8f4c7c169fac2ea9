"""统一身份认证: signing in at the institution, by OpenID Connect or by CAS 3.0, where the settings name one.

A person is the pair (provider, subject), bound to an account beforehand by the system administrator: nobody gets an
account, or a role, by signing in. What a provider is asked goes to the addresses of the settings only; what a browser carries
between leaving and coming back is a cookie of its own, good for ten minutes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Protocol
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx2 as httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from config.settings import Settings
from states.sentences import Told
from states.vocabulary import Text

COOKIE = "__Host-kaohe-away"
AWAY = timedelta(minutes=10)
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LARGEST, _PATIENCE, _LEEWAY = 256 * 1024, 10.0, 60
_CAS = "{http://www.yale.edu/tp/cas}"


class NotThrough(Told):
    """The provider did not say who it is, or said it in a way that cannot be relied on."""

    zh = "统一身份认证未成功：{why}。请从登录页重新开始；仍不成功请联系系统管理员。"
    en = "Signing in at the institution did not succeed: {why}. Begin again from the sign-in page; if it fails again, ask the system administrator."


class Unbound(Told):
    """The provider says who it is, but that is nobody's account here."""

    zh = "统一身份认证成功，但 {subject} 没有对应的账号。请把此标识告诉系统管理员，由其绑定账号。"
    en = "The institution knows you as {subject}, but no account here is yours. Give this to the system administrator, who will bind it to your account."


class Way(Struct, frozen=True):
    """A way to sign in, as the sign-in page offers it."""

    key: str
    path: str
    title: Text


class Away(Struct, frozen=True):
    """What the browser carries while it is away."""

    way: str
    state: str
    nonce: str
    verifier: str
    back: str
    again: bool
    at: datetime


class Provider(Protocol):
    """One provider: where to send the browser, and who came back."""

    name: str

    def leave(self, away: Away) -> str: ...
    def returned(self, query: Mapping[str, str], away: Away, now: datetime) -> str: ...


def configured(settings: Settings) -> list[Way]:
    """The ways the settings name."""
    ways = []
    if settings.oidc_issuer:
        ways.append(Way("oidc", "/sign-in/oidc", Text(zh="统一身份认证登录", en="Sign in at the institution")))
    if settings.cas_url:
        ways.append(
            Way("cas", "/sign-in/cas", Text(zh="统一身份认证登录（CAS）", en="Sign in at the institution (CAS)"))
        )
    return ways


def provider(settings: Settings, key: str) -> Provider:
    """The provider behind a way. KeyError where the settings do not name it."""
    if key not in {way.key for way in configured(settings)}:
        raise KeyError(key)
    return OpenId(settings) if key == "oidc" else Cas(settings)


def depart(key: str, back: str, now: datetime, *, again: bool) -> Away:
    """A browser about to leave: fresh secrets, of which the provider sees the first two."""
    return Away(key, token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), back, again, now)


def carried(away: Away) -> str:
    """As a cookie's value."""
    return base64.urlsafe_b64encode(msgspec.json.encode(away)).decode()


def came_back(cookie: str, key: str, state: str, now: datetime) -> Away:
    """The browser that left, if it is the one that came back, and in time. `NotThrough`."""
    try:
        away = msgspec.json.decode(base64.urlsafe_b64decode(cookie.encode()), type=Away)
    except (ValueError, msgspec.DecodeError) as error:
        raise NotThrough(why=_NOT_YOURS) from error
    if away.way != key or not compare_digest(away.state.encode(), state.encode()) or now - away.at > AWAY:
        raise NotThrough(why=_NOT_YOURS)
    return away


class OpenId:
    """OpenID Connect: the code flow with PKCE, a confidential client, a signed identity token."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.oidc_issuer
        self._client = (settings.oidc_client_id, settings.oidc_client_secret.get_secret_value())
        self._back = settings.console_url.rstrip("/") + "/sign-in/oidc/back"

    def leave(self, away: Away) -> str:
        challenge = base64.urlsafe_b64encode(sha256(away.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code", "client_id": self._client[0], "redirect_uri": self._back, "scope": "openid",
            "state": away.state, "nonce": away.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        if away.again:
            asked |= {"prompt": "login", "max_age": "0"}
        return _discovered(self.name)["authorization_endpoint"] + "?" + urlencode(asked)

    def returned(self, query: Mapping[str, str], away: Away, now: datetime) -> str:
        """The subject of the identity token the code stands for."""
        if "code" not in query:
            raise NotThrough(why=_DENIED)
        given = {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": self._back,
                 "code_verifier": away.verifier}  # fmt: skip
        found = _discovered(self.name)
        answer = _object(_asked("POST", found["token_endpoint"], data=given, auth=self._client))
        claims = self._claims(str(answer.get("id_token", "")), _object(_asked("GET", found["jwks_uri"])), away, now)
        if away.again and int(claims.get("auth_time", 0)) < away.at.timestamp() - _LEEWAY:
            raise NotThrough(why=_NOT_AGAIN)
        return str(claims["sub"])

    def _claims(self, token: str, keys: dict[str, Any], away: Away, now: datetime) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=_LEEWAY, iss={"essential": True, "value": self.name},
            aud={"essential": True, "value": self._client[0]}, nonce={"essential": True, "value": away.nonce},
            sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
        )  # fmt: skip
        try:
            signed = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            registry.validate(signed.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotThrough(why=_UNTRUE) from error
        return signed.claims


class Cas:
    """CAS 3.0: the ticket is asked about server to server; what it was given for is this address and no other."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.cas_url.rstrip("/")
        self._back = settings.console_url.rstrip("/") + "/sign-in/cas/back"

    def leave(self, away: Away) -> str:
        asked = {"service": self._service(away)} | ({"renew": "true"} if away.again else {})
        return f"{self.name}/login?{urlencode(asked)}"

    def returned(self, query: Mapping[str, str], away: Away, now: datetime) -> str:
        """The user the ticket was given to."""
        ticket = query.get("ticket", "")
        if not re.fullmatch(r"[!-~]{1,256}", ticket):
            raise NotThrough(why=_DENIED)
        asked = {"service": self._service(away), "ticket": ticket} | ({"renew": "true"} if away.again else {})
        said = _asked("GET", f"{self.name}/p3/serviceValidate?{urlencode(asked)}")
        if b"<!" in said.replace(b"<!--", b""):
            raise NotThrough(why=_UNTRUE)  # no document type, so no entities, so nothing to expand
        try:
            answer = ET.fromstring(said)  # noqa: S314
        except ET.ParseError as error:
            raise NotThrough(why=_UNTRUE) from error
        user = answer.findtext(f"{_CAS}authenticationSuccess/{_CAS}user", "").strip()
        if not user:
            raise NotThrough(why=_DENIED)
        return user

    def _service(self, away: Away) -> str:
        return f"{self._back}?{urlencode({'state': away.state})}"


@lru_cache(maxsize=4)
def _discovered(issuer: str) -> dict[str, str]:
    """The provider's addresses, as it publishes them; asked for once."""
    found = _object(_asked("GET", issuer.rstrip("/") + "/.well-known/openid-configuration"))
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != issuer or not all(isinstance(found.get(name), str) for name in names):
        raise NotThrough(why=_UNTRUE)
    return {name: found[name] for name in names}


def _asked(method: str, url: str, *, data: Mapping[str, str] | None = None, auth: Sequence[str] | None = None) -> bytes:
    """What a provider answers: soon, not too much, and from where it was asked."""
    try:
        with (
            httpx.Client(timeout=_PATIENCE, trust_env=False, follow_redirects=False) as client,
            client.stream(method, url, data=data, auth=(auth[0], auth[1]) if auth else None) as answer,
        ):
            said = b""
            for part in answer.iter_bytes():
                said += part
                if len(said) > _LARGEST:
                    raise NotThrough(why=_UNTRUE)
    except httpx.HTTPError as error:
        raise NotThrough(why=_SILENT) from error
    if answer.status_code != httpx.codes.OK:
        raise NotThrough(why=_DENIED if answer.status_code < 500 else _SILENT)
    return said


def _object(said: bytes) -> dict[str, Any]:
    try:
        found = json.loads(said)
    except ValueError as error:
        raise NotThrough(why=_UNTRUE) from error
    if not isinstance(found, dict):
        raise NotThrough(why=_UNTRUE)
    return found


_NOT_YOURS = Text(
    zh="离开登录页过久，或不是从本浏览器发起", en="you were away too long, or did not begin in this browser"
)
_DENIED = Text(zh="对方未予认证", en="the institution did not confirm you")
_UNTRUE = Text(zh="对方的答复不可信", en="what the institution answered cannot be relied on")
_SILENT = Text(zh="对方服务器未应答", en="the institution's server does not answer")
_NOT_AGAIN = Text(zh="对方没有要求您重新登录", en="the institution did not ask you to sign in again")
