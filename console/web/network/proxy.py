"""Where a request came from. Only the proxies that `KAOHE_PROXY` names are believed.

`X-Forwarded-…` from anybody else is ignored, because the sender could choose any address: for the limits and the security log the
request came from the address of its connection.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from config.logs import logger

_HEADERS = frozenset((b"x-forwarded-for", b"x-forwarded-proto"))


class Proxies:
    """Addresses and networks of proxies."""

    def __init__(self, named: Iterable[str] = ()) -> None:
        self.named = sorted(named)
        self._networks = [ipaddress.ip_network(name) for name in self.named]

    def __contains__(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(found in network for network in self._networks)


class Forwarded:
    """The application, with the client's address put into each request.

    Of several addresses the last one that is not a proxy's counts; the client may have written those before it. A value that is no
    address counts as the proxy's own.
    """

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app, self._proxies = app, proxies
        self._heeding = ProxyHeadersMiddleware(self._checked, proxies.named)  # type: ignore[arg-type]
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else ""
        if peer in self._proxies:
            await self._heeding({**scope, "peer": scope["client"]}, receive, send)  # type: ignore[arg-type]
            return
        if not self._warned and any(name in _HEADERS for name, _ in scope["headers"]):
            self._warned = True
            logger("console").warning("X-Forwarded headers are not heeded", sender=peer, setting="KAOHE_PROXY")
        await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            ipaddress.ip_address(scope["client"][0])
        except ValueError:
            scope["client"] = scope["peer"]
        await self._app(scope, receive, send)
