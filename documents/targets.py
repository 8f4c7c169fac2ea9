"""Where a link in a file leads: to a place on the reader's own machine, or elsewhere."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)
_DRIVE = re.compile(r"[a-z][:|]")
_IGNORED = re.compile(r"[\x00-\x20\u200b\ufeff]+")
_HANDLERS = frozenset(
    (
        "data",
        "hcp",
        "its",
        "ldap",
        "mhtml",
        "mk",
        "ms-its",
        "ms-msdt",
        "ms-officecmd",
        "ms-search",
        "res",
        "search",
        "search-ms",
        "shell",
        "vbscript",
        "view-source",
        "ms-appinstaller",
        "ms-cxh",
        "ms-settings",
        "ms-excel",
        "ms-word",
        "ms-powerpoint",
        "ms-access",
        "ms-visio",
        "ms-publisher",
        "jar",
        "wscript",
    )
)
"""Schemes that hand what follows to a program of the machine. No document has a use for them."""
_NOTHING = re.compile(r"javascript:/*(void\(?0?\)?)?;*")
"""What web pages write for a link that leads nowhere; it comes along with copied text."""


def is_local(target: str) -> bool:
    r"""Whether opening the target stays on the reader's machine: `C:\a.docx`, `file:///C:/a`, `../a.xlsx`.

    A share (`\\server\a`, `file://server/a`) is elsewhere: asking for it sends the reader's sign-in there.
    """
    path = _plain(target)
    scheme = _SCHEME.fullmatch(path)
    if scheme is None:
        return not path.startswith("//")
    if scheme[1] != "file":
        return False
    path = scheme[2]
    if not path.startswith("//"):
        return True
    host, _, rest = path[2:].partition("/")
    return (host in ("", "localhost") and not rest.startswith("/")) or bool(_DRIVE.match(host))


def may_be_clicked(target: str) -> bool:
    """Whether a link that a person clicks is an ordinary one."""
    path = _plain(target)
    scheme = _SCHEME.match(path)
    if scheme is None:
        return True
    if scheme[1] == "javascript":
        return bool(_NOTHING.fullmatch(path))
    return scheme[1] not in _HANDLERS


def _plain(target: str) -> str:
    return _IGNORED.sub("", unquote(target)).replace("\\", "/").lower()
