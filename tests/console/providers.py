"""Providers of sign-ins on loopback, made from their specifications: OpenID Connect Core 1.0 (code flow, RFC 7636) and CAS 3.0.

They hold to what the specification says of a provider: a code and a ticket are good once, for the address they were given
for, and soon; the verifier must fit the challenge; the client proves itself. `lies` changes what they answer.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit
from xml.sax.saxutils import escape

from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT, SECRET = "kaohe", "a secret & between us"
CAS_SPACE = "http://www.yale.edu/tp/cas"


@cache
def signing_key() -> RSAKey:
    """The key of every provider of this test process: making one takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})


@cache
def strange_key() -> RSAKey:
    """A key that no provider publishes."""
    return RSAKey.generate_key(2048)


class Provider:
    """A sign-in provider. `user` is the person who signs in there; `requests` are the requests that it got."""

    def __init__(self, now: Callable[[], float], user: str) -> None:
        self.now, self.user = now, user
        self.requests: list[str] = []
        self.lies: dict[str, Any] = {}
        self.url = ""
        self.token_path = "/token"
        self.media_type = "application/xml"
        self._grants: dict[str, dict[str, str]] = {}
        self._key = signing_key()

    def answer(
        self, method: str, path: str, form: Mapping[str, str], authorization: str
    ) -> tuple[int, str, str | bytes]:
        """The answer to a request: status, media type, body."""
        self.requests.append(f"{method} {path}")
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "status" in self.lies:
            return self.lies["status"], "text/plain", "no"
        routes: dict[str, Callable[[], tuple[int, str, str | bytes]]] = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": lambda: self._json({"keys": [*self.lies.get("keys", []), self.public_key()]}),
            self.token_path: lambda: self._token(form, authorization),
            "/p3/serviceValidate": lambda: self._validate(query),
        }
        if self.lies.get("old"):  # a server of CAS 2.0
            routes["/serviceValidate"] = routes.pop("/p3/serviceValidate")
        if parts.path in self.lies.get("raw", {}):
            return 200, "application/json", self.lies["raw"][parts.path]
        return routes[parts.path]() if parts.path in routes else (404, "text/plain", "no")

    def public_key(self) -> dict[str, Any]:
        """The public key as the provider's key set has it, without the members that a test leaves out."""
        key = dict(self._key.as_dict(private=False))
        return {name: value for name, value in key.items() if name not in self.lies.get("key_without", ())}

    # --- the browser's side: what the person does there -------------------------------------------

    def authorize(self, location: str) -> str:
        """Sign in at the OpenID provider. Returns the address to which it redirects the browser."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self._grants[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})

    def login(self, location: str) -> str:
        """Sign in at the CAS server. Returns the address to which it redirects the browser."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        ticket = f"ST-{secrets.token_urlsafe(16)}"
        self._grants[ticket] = {"service": query["service"], "renew": query.get("renew", "")}
        joint = "&" if "?" in query["service"] else "?"
        return query["service"] + joint + urlencode({"ticket": ticket})

    # --- the server's side ------------------------------------------------------------------------

    def _discovery(self) -> tuple[int, str, str | bytes]:
        return self._json({
            "issuer": self.lies.get("issuer", self.url), "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": self.url + self.token_path, "jwks_uri": f"{self.url}/jwks", **self.lies.get("discovery", {}),
        })  # fmt: skip

    def _token(self, form: Mapping[str, str], authorization: str) -> tuple[int, str, str | bytes]:
        grant = self._grants.pop(form.get("code", ""), None)
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        proof = unquote_plus(user), unquote_plus(password)
        if "client_secret_post" in (self.lies.get("discovery", {}).get("token_endpoint_auth_methods_supported") or ()):
            proof = form.get("client_id", ""), form.get("client_secret", "")
        challenge = (
            base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        )
        if proof != (CLIENT, SECRET):
            return self._json({"error": "invalid_client"}, 401)
        if grant is None:
            return self._json({"error": "invalid_grant"}, 400)
        if challenge != grant["code_challenge"] or form.get("redirect_uri") != grant["redirect_uri"]:
            return self._json({"error": "invalid_grant"}, 400)
        now = int(self.now())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": self.user, "nonce": grant["nonce"], "iat": now, "exp": now + 300,
            "auth_time": now, **self.lies.get("claims", {}),
        }  # fmt: skip
        key = strange_key() if self.lies.get("forged") else self._key
        header = {"alg": "RS256"} if self.lies.get("no_kid") else {"alg": "RS256", "kid": "1"}
        token = jws.serialize_compact(header, json.dumps(claims).encode(), key)
        if self.lies.get("unsigned"):
            token = f"{_part({'alg': 'none'})}.{_part(claims)}."
        return self._json({"access_token": "-", "token_type": "Bearer", "id_token": token})

    def _validate(self, query: Mapping[str, str]) -> tuple[int, str, str | bytes]:
        grant = self._grants.pop(query.get("ticket", ""), None)
        if grant is None or grant["service"] != query.get("service") or query.get("renew", "") != grant["renew"]:
            inside = '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
        else:
            inside = f"<cas:authenticationSuccess><cas:user>{escape(self.user)}</cas:user></cas:authenticationSuccess>"
        answer_body = f'<cas:serviceResponse xmlns:cas="{CAS_SPACE}">{inside}</cas:serviceResponse>'
        return 200, self.media_type, self.lies.get("xml", answer_body)

    @staticmethod
    def _json(value: Any, status: int = 200) -> tuple[int, str, str | bytes]:
        return status, "application/json", json.dumps(value)


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def provider(now: Callable[[], float], user: str) -> Iterator[Provider]:
    """A provider that answers over HTTP on loopback until the end of the block."""
    made = Provider(now, user)

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            authorization = self.headers.get("authorization", "")
            if "waits" in made.lies:
                made.lies["waits"].wait(10)
            if made.lies.get("hangs_up"):
                self.close_connection = True
                return
            status, kind, answer_body = made.answer(self.command, self.path, form, authorization)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(answer_body if isinstance(answer_body, bytes) else answer_body.encode())

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
