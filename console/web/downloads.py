"""A stored document as a download, under the name it was uploaded with (RFC 6266).

The browser may open a picture or a PDF itself, because `documents/` has decoded it. Every other kind is saved. The
answer is sandboxed: no script, no form, no origin of ours (CSP `sandbox`), no further request (`default-src 'none'`),
no guessing of the media type (`nosniff`, set on every answer by `middleware.py`).
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

INLINE_TYPES = frozenset(("application/pdf", "image/png", "image/jpeg"))
"""The media types that may be opened in the browser."""

# style-src and img-src: Chrome and Firefox show a PDF or a picture inside a page of their own, and our policy applies
# to that page.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


def download_response(data: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    """The document.

    With `inline` the browser shows it if its media type is in `INLINE_TYPES`. Otherwise the browser saves it.
    """
    kind = "inline" if inline and media_type in INLINE_TYPES else "attachment"
    headers = {"content-disposition": disposition(kind, name), "content-security-policy": SANDBOX}
    return Response(data, media_type=media_type, headers=headers)


def disposition(kind: str, name: str) -> str:
    """The value of Content-Disposition (RFC 6266): the name in UTF-8 (RFC 8187) and, for old programs, in ASCII."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
