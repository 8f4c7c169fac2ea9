"""Finds the address and the scheme of a client's request. Only the proxies in the setting `KAOHE_PROXY` may report them.

`X-Forwarded-…` from anybody else is ignored, because a client could claim any address and so avoid the limits. For such
a request the address of the connection counts, for the limits and for the security log.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from config.logs import logger

_HEADERS = frozenset((b"x-forwarded-for", b"x-forwarded-proto"))


class Proxies:
    """The addresses and networks of the trusted proxies."""

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self.addresses = sorted(addresses)
        self._networks = [ipaddress.ip_network(address) for address in self.addresses]

    def __contains__(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


class ForwardedHeaders:
    """ASGI middleware: it gives a request that a proxy passes on the address and the scheme of the client.

    If the header has several addresses, the last one that is not a proxy's counts, because the client itself may have
    written the earlier ones. If that text is not an address, the address of the proxy counts.
    """

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app, self._proxies = app, proxies
        inner = self._with_valid_address
        self._with_proxy_headers = ProxyHeadersMiddleware(inner, proxies.addresses)  # type: ignore[arg-type]
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else ""
        if peer in self._proxies:
            await self._with_proxy_headers({**scope, "peer": scope["client"]}, receive, send)  # type: ignore[arg-type]
            return
        if not self._has_warned and any(name in _HEADERS for name, _ in scope["headers"]):
            self._has_warned = True
            logger("console").warning("X-Forwarded headers are not heeded", sender=peer, setting="KAOHE_PROXY")
        await self._app(scope, receive, send)

    async def _with_valid_address(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            ipaddress.ip_address(scope["client"][0])
        except ValueError:
            scope["client"] = scope["peer"]
        await self._app(scope, receive, send)
