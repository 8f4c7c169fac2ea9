"""A document handed out under the name it was handed in by (RFC 6266): to be saved, or opened in the browser.

Only a picture or a PDF is opened there, for `documents/` has decoded those. The answer is sandboxed: no script, no form, no
origin of ours (CSP `sandbox`), nothing fetched (`default-src 'none'`), no guessing of its kind (`nosniff`, set on every answer).
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

OPENED = frozenset(("application/pdf", "image/png", "image/jpeg"))
"""The kinds that may be opened in the browser."""

# style-src and img-src: Chrome and Firefox draw a PDF or a picture within a page of their own making, which obeys our policy.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


def answer(data: bytes, media_type: str, name: str, *, opened: bool = False) -> Response:
    """The document as it is sent. `opened` asks for it in the browser; a kind that is not opened there is saved all the same."""
    way = "inline" if opened and media_type in OPENED else "attachment"
    return Response(data, media_type=media_type, headers={
        "content-disposition": disposition(way, name),
        "content-security-policy": SANDBOX,
    })  # fmt: skip


def disposition(way: str, name: str) -> str:
    """RFC 6266: the name as UTF-8 (RFC 8187), and for old programs in ASCII with `_` for what that lacks."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
