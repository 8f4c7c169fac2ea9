r"""Classifies the target of a link in a file: is it on the reader's own machine, and is a click on it safe?

Also here: the same for the beginning of a link (`has_safe_prefix`) and for the text of a cell (`is_safe_cell_text`).

The safe links are listed, not the unsafe ones, because each installed program may add a scheme of its own
(`ms-msdt:`, `powershell:`, …).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from states.vocabulary import Text

from .rejection import Rejection

SAFE_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
"""The URL schemes that a link may have."""

DOCUMENT_ENDINGS = frozenset((
    "doc", "docx", "dot", "dotx", "docm", "dotm", "rtf", "wps", "wpt", "wpd", "odt", "ott", "txt", "md", "log",
    "csv", "tsv", "xml", "json", "pages",
    "xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "xltm", "et", "ett", "ods", "numbers",
    "ppt", "pptx", "pptm", "pps", "ppsx", "ppsm", "pot", "potx", "dps", "dpt", "odp", "key",
    "pdf", "ofd", "ceb", "caj", "xps", "djvu", "epub", "vsd", "vsdx", "mpp", "dwg", "dxf", "psd", "ai", "tex",
    "png", "jpg", "jpeg", "jfif", "gif", "bmp", "tif", "tiff", "webp", "svg", "heic", "ico", "emf", "wmf",
    "mp3", "wav", "wma", "m4a", "flac", "ogg", "mp4", "mov", "avi", "wmv", "mkv", "flv", "mpg", "mpeg", "m4v",
    "zip", "rar", "7z", "gz", "tar", "tgz",
    "eml", "msg", "ics",
    "htm", "html", "shtml", "asp", "aspx", "php", "jsp", "do",
))  # fmt: skip
"""The endings of documents that a path may lead to. A path without an ending is a folder."""

_PROGRAM = re.compile(
    r"\.(exe|com|bat|cmd|pif|scr|lnk|url|msi|msp|hta|cpl|reg|jar|js|jse|vbs?|vbe|ws[fch]|ps[12d]\w*|scf|inf|msc|gadget"
    r"|application|appref-ms|appinstaller|settingcontent-ms|library-ms|searchconnector-ms|search-ms"
    r"|theme\w*|xll|wll|chm|iso|img|vhdx?|one)\.*(/|$)"
)
"""Endings of programs. Used for the text of a cell, which may become a path but need not be one."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)
_DRIVE = re.compile(r"[a-z][:|](?=/|$)")
_HOST = re.compile(r"//([^/]*)")
_SYSTEM = re.compile(r"/(?:windows|winnt|system32|syswow64)(?:/|$)")
"""Folders of the system, in which a path without an ending starts a program: `C:\\Windows\\System32\\calc`."""
_IGNORED = re.compile(r"[\x00-\x20\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3000\ufeff]+")
_SLASHES = str.maketrans(dict.fromkeys("\\／＼∕∖⁄¥￥₩", "/"))
"""Characters that some systems turn into a backslash when they convert a path to their own encoding."""
_NOTHING = re.compile(r"about:blank|javascript:/*(void\(?0?\)?)?;*")
"""A link without a target as web pages write it. It arrives with text that was copied from a page."""
_ADDRESS = re.compile(r"www\.[a-z0-9.-]+|[a-z0-9._+-]+@[a-z0-9.-]+|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org)")
"""A web or mail address without its scheme: `www.a.com`, `a@b.com`."""
_CELL = re.compile(r"\[([^]/]*)\][^/]*$")
"""A cell of another workbook: `[a.xlsx]Sheet1!A1`."""


def is_local(target: str) -> bool:
    r"""Whether opening the target stays on the reader's machine: `C:\a.docx`, `file:///C:/a`, `../a.xlsx`.

    A share (`\\server\a`, `file://server/a`) is not on the machine: to open it sends the reader's sign-in to the
    server. Neither is a host that looks like a drive (`file://c:80/a`), nor a path in the system's own form
    (`\??\UNC\server\a`).
    """
    path = _path(_normalise(target))
    return path is not None and not path.startswith("//") and "?" not in path and _has_colon_only_after_drive(path)


def reject_unsafe_link(target: str, advice: Text) -> None:
    """Raises `Rejection` if a click on the link is not safe (`is_safe_link`).

    The rejection quotes the link, and has this advice.
    """
    if not is_safe_link(target):
        link = "".join(letter for letter in target if letter.isprintable())[:60]
        raise Rejection(
            f"含有会启动程序的链接“{link}”", f"has a link that may start a program, “{link}”", advice=advice
        )


def is_safe_link(target: str) -> bool:
    r"""Whether a link opens only a page, a mail, a telephone call, a place in the file, or a document at a path.

    A share is safe here, in contrast to `is_local`: departments link to shares every day, and only a click opens it.
    """
    plain = _normalise(target)
    scheme = _SCHEME.match(plain)
    if plain.startswith("#") or (scheme is not None and scheme[1] in SAFE_SCHEMES) or _NOTHING.fullmatch(plain):
        return True
    # The fragment and the query are no part of the path.
    path = _path(_CELL.sub(r"\1", re.split(r"#|(?<!/)\?", plain, maxsplit=1)[0]))
    if path is None or "?" in path or not _has_colon_only_after_drive(path) or _SYSTEM.search(path):
        return False
    host = _HOST.match(path)
    if host is not None:
        return not re.search(r"[@?:;]|^\.?$", host[1]) and _leads_to_documents(path[host.end() :])
    return bool(_ADDRESS.fullmatch(path)) or _leads_to_documents(path)


def has_safe_prefix(beginning: str) -> bool:
    """Whether a link with this beginning is safe, whatever comes after it.

    It is, if the beginning is that of a page, a mail, a telephone call, or a place in the file.
    """
    return bool(re.match(r"#|https?://|mailto:|tel:", _normalise(beginning)))


def is_safe_cell_text(text: str) -> bool:
    """Whether a link may take its target from a cell with this text: the text is no program and no unsafe address.

    Ordinary text is safe, also with a time or a ratio in it (`9:30`).
    """
    plain = _normalise(text)
    if plain.startswith(":") or _PROGRAM.search(plain):
        return False
    return not _SCHEME.match(plain) or bool(re.fullmatch(r"[^:]*:[\d:.-]*", plain)) or is_safe_link(text)


def _leads_to_documents(path: str) -> bool:
    """Whether every part of a path is a folder or a document.

    Every part, because a program may be followed by its arguments.
    """
    return all(_is_document(part.rstrip(".")) for part in path.split("/"))


def _is_document(part: str) -> bool:
    name, dot, ending = part.rpartition(".")
    return not dot or not name or ending in DOCUMENT_ENDINGS or ending.isdigit() or not ending.isascii()


def _path(plain: str) -> str | None:
    """The target as a path; None if it is an address with a scheme other than `file`.

    A share begins with two slashes.
    """
    scheme = _SCHEME.fullmatch(plain)
    if scheme is not None and scheme[1] != "file":
        return None
    path = plain if scheme is None else _path_of_file_url(scheme[2])
    return re.sub("^/{2,}", "//", path)


def _path_of_file_url(rest: str) -> str:
    """The path of a `file:` URL, from the part after the scheme.

    `///c:/a`, `//localhost/c:/a` and `//c:/a` are local paths. With any other host the path is a share.
    """
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest.removeprefix("//").partition("/")
    if _DRIVE.fullmatch(host):
        return f"{host}/{path}"
    if host in ("", "localhost"):
        return path if _DRIVE.match(path) else slash + path
    return rest


def _has_colon_only_after_drive(path: str) -> bool:
    """Whether every colon or vertical bar of the path is the one after a drive's letter.

    Elsewhere a colon names a stream or a system object (`::{…}`).
    """
    drive = _DRIVE.match(path)
    return not re.search(r"[:|]", path[drive.end() :] if drive else path)


def _normalise(target: str) -> str:
    for _ in range(3):
        target = unquote(target)
    return _IGNORED.sub("", target).translate(_SLASHES).lower()
