"""Refuses heads of requests that a proxy could read differently from us (request smuggling).

If a proxy and we disagree on where a request ends, a part of one client's request becomes the start of another
client's. h11 accepts some heads that are ambiguous about it. RFC 9112 allows a server to refuse each of them, and no
browser sends one.
"""

from __future__ import annotations

import re
from typing import Any

import h11

_HEAD_END = re.compile(rb"\n\r?\n")
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_FRAMING = re.compile(rb"\n(content-length|transfer-encoding)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)


def reason_to_refuse(head: bytes) -> str | None:
    """The reason to refuse a head; None if it is accepted. `head` includes the empty line at its end."""
    if _BARE_LINE_END.search(head):
        return "a line must end with CR LF"  # section 2.2
    if b"\n " in head or b"\n\t" in head:
        return "no header may be folded"  # section 5.2
    framing = [(name.lower(), value.strip()) for name, value in _FRAMING.findall(head)]
    lengths = [value for name, value in framing if name == b"content-length"]
    if len(lengths) > 1 or any(not value.isdigit() for value in lengths):
        return "Content-Length must be one number"  # section 6.3, rule 5
    if len(framing) > len(lengths) and (lengths or b" HTTP/1.0\r\n" in head):
        return "Transfer-Encoding goes with neither Content-Length nor HTTP/1.0"  # section 6.1
    return None


class StrictConnection(h11.Connection):
    """h11's connection, which also refuses ambiguous heads."""

    def next_event(self) -> Any:
        """As in h11. Also raises `RemoteProtocolError` for an ambiguous head."""
        if self.their_state is h11.IDLE:
            unread_bytes, _ = self.trailing_data
            end = _HEAD_END.search(unread_bytes)
            reason = reason_to_refuse(unread_bytes[: end.end()]) if end else None
            if reason is not None:
                raise h11.RemoteProtocolError(reason)
        return super().next_event()
