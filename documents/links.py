r"""Where a link in a file leads: to the reader's own machine or elsewhere; and whether a click on it is safe.

Safe links are listed, and not unsafe ones: each installed program may add a handler of its own (`ms-msdt:`, `powershell:`, …).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from states.vocabulary import Text

from .rejection import Rejection

SAFE_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
"""The schemes a link may have."""

DOCUMENT_ENDINGS = frozenset(
    [
        "doc",
        "docx",
        "dot",
        "dotx",
        "docm",
        "dotm",
        "rtf",
        "wps",
        "wpt",
        "wpd",
        "odt",
        "ott",
        "txt",
        "md",
        "log",
        "csv",
        "tsv",
        "xml",
        "json",
        "pages",
        "xls",
        "xlsx",
        "xlsm",
        "xlsb",
        "xlt",
        "xltx",
        "xltm",
        "et",
        "ett",
        "ods",
        "numbers",
        "ppt",
        "pptx",
        "pptm",
        "pps",
        "ppsx",
        "ppsm",
        "pot",
        "potx",
        "dps",
        "dpt",
        "odp",
        "key",
        "pdf",
        "ofd",
        "ceb",
        "caj",
        "xps",
        "djvu",
        "epub",
        "vsd",
        "vsdx",
        "mpp",
        "dwg",
        "dxf",
        "psd",
        "ai",
        "tex",
        "png",
        "jpg",
        "jpeg",
        "jfif",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "webp",
        "svg",
        "heic",
        "ico",
        "emf",
        "wmf",
        "mp3",
        "wav",
        "wma",
        "m4a",
        "flac",
        "ogg",
        "mp4",
        "mov",
        "avi",
        "wmv",
        "mkv",
        "flv",
        "mpg",
        "mpeg",
        "m4v",
        "zip",
        "rar",
        "7z",
        "gz",
        "tar",
        "tgz",
        "eml",
        "msg",
        "ics",
        "htm",
        "html",
        "shtml",
        "asp",
        "aspx",
        "php",
        "jsp",
        "do",
    ]
)
"""The endings of what a path may lead to. What has none is a folder."""

_PROGRAM = re.compile(
    r"\.(exe|com|bat|cmd|pif|scr|lnk|url|msi|msp|hta|cpl|reg|jar|js|jse|vbs?|vbe|ws[fch]|ps[12d]\w*|scf|inf|msc|gadget|application"
    r"|appref-ms|appinstaller|settingcontent-ms|library-ms|searchconnector-ms|search-ms|theme\w*|xll|wll|chm|iso|img|vhdx?|one)\.*(/|$)"
)
"""Endings of programs, for a text that may become a path and has to be no document."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)
_DRIVE = re.compile(r"[a-z][:|](?=/|$)")
_HOST = re.compile(r"//([^/]*)")
_SYSTEM = re.compile(r"/(?:windows|winnt|system32|syswow64)(?:/|$)")
"""There a path without an ending starts a program: `C:\\Windows\\System32\\calc`."""
_IGNORED = re.compile(r"[\x00-\x20\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3000\ufeff]+")
_SLASHES = str.maketrans(dict.fromkeys("\\／＼∕∖⁄¥￥₩", "/"))
"""Some systems read these as a backslash, when they turn a path into their own letters."""
_NOTHING = re.compile(r"about:blank|javascript:/*(void\(?0?\)?)?;*")
"""What web pages write for a link that leads nowhere; it comes along with copied text."""
_ADDRESS = re.compile(r"www\.[a-z0-9.-]+|[a-z0-9._+-]+@[a-z0-9.-]+|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org)")
"""An address of the web or of mail without its scheme: `www.a.com`, `a@b.com`."""
_CELL = re.compile(r"\[([^]/]*)\][^/]*$")
"""A cell of another workbook: `[a.xlsx]Sheet1!A1`."""


def is_local(target: str) -> bool:
    r"""Whether opening the target stays on the reader's machine: `C:\a.docx`, `file:///C:/a`, `../a.xlsx`.

    A share (`\\server\a`, `file://server/a`) is elsewhere: asking for it sends the reader's sign-in there. So is a host that
    looks like a drive (`file://c:80/a`), and so are the system's own names for a path (`\??\UNC\server\a`).
    """
    path = _path(_normalise(target))
    return path is not None and not path.startswith("//") and "?" not in path and _has_no_odd_colon(path)


def reject_unsafe_link(target: str, advice: Text) -> None:
    """`Rejection` where a click on a link would do more than open a page, a letter, or a document; it names the link."""
    if not is_safe_link(target):
        shown = "".join(letter for letter in target if letter.isprintable())[:60]
        raise Rejection(
            f"含有会启动程序的链接“{shown}”", f"has a link that may start a program, “{shown}”", advice=advice
        )


def is_safe_link(target: str) -> bool:
    r"""Whether a link that a person clicks is an ordinary one: a page, a mail, a telephone, a place in the file, or a path to a document.

    A share is taken: departments link to one every day, and it is asked for by a click only.
    """
    plain = _normalise(target)
    scheme = _SCHEME.match(plain)
    if plain.startswith("#") or (scheme is not None and scheme[1] in SAFE_SCHEMES) or _NOTHING.fullmatch(plain):
        return True
    path = _path(_CELL.sub(r"\1", re.split(r"#|(?<!/)\?", plain, maxsplit=1)[0]))
    if path is None or "?" in path or not _has_no_odd_colon(path) or _SYSTEM.search(path):
        return False
    host = _HOST.match(path)
    if host is not None:
        return not re.search(r"[@?:;]|^\.?$", host[1]) and _leads_to_documents(path[host.end() :])
    return bool(_ADDRESS.fullmatch(path)) or _leads_to_documents(path)


def has_safe_prefix(beginning: str) -> bool:
    """Whether the link is safe whatever follows this beginning: a page, a mail, a place in the file."""
    return bool(re.match(r"#|https?://|mailto:|tel:", _normalise(beginning)))


def is_safe_cell_text(text: str) -> bool:
    """Whether a link may be made of this text: it is no address of another kind and no program."""
    plain = _normalise(text)
    if plain.startswith(":") or _PROGRAM.search(plain):
        return False
    return not _SCHEME.match(plain) or bool(re.fullmatch(r"[^:]*:[\d:.-]*", plain)) or is_safe_link(text)


def _leads_to_documents(path: str) -> bool:
    """Whether every step of a path is a folder or a document; a program may be followed by what it is to do."""
    return all(_is_document(step.rstrip(".")) for step in path.split("/"))


def _is_document(step: str) -> bool:
    name, dot, ending = step.rpartition(".")
    return not dot or not name or ending in DOCUMENT_ENDINGS or ending.isdigit() or not ending.isascii()


def _path(plain: str) -> str | None:
    """The path that a target is, a share with two slashes before it; None where the target is an address of another kind."""
    scheme = _SCHEME.fullmatch(plain)
    if scheme is None:
        path = plain
    elif scheme[1] != "file":
        return None
    else:
        path = scheme[2]
        host, slash, rest = path.removeprefix("//").partition("/")
        if path.startswith("//") and (host in ("", "localhost") or _DRIVE.fullmatch(host)):
            path = f"{host}/{rest}" if _DRIVE.fullmatch(host) else rest if _DRIVE.match(rest) else slash + rest
    return re.sub("^/{2,}", "//", path)


def _has_no_odd_colon(path: str) -> bool:
    """Whether a colon stands after a drive's letter only: elsewhere it names a stream, or an object of the system's (`::{…}`)."""
    drive = _DRIVE.match(path)
    return not re.search(r"[:|]", path[drive.end() :] if drive else path)


def _normalise(target: str) -> str:
    for _ in range(3):
        target = unquote(target)
    return _IGNORED.sub("", target).translate(_SLASHES).lower()
