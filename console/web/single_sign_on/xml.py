"""Reads the text of some elements from a provider's XML document.

A document type declaration is refused, so there are no entities to expand (XXE, "billion laughs"). This module decodes
the text itself, because Chinese servers send GBK, and Python's expat reads no multi-byte encodings except UTF-8 and
UTF-16.
"""

from __future__ import annotations

import codecs
import re
from typing import Any
from xml.parsers import expat

from .errors import UNRELIABLE, SignInFailed

CAS = "http://www.yale.edu/tp/cas"
SAML = "urn:oasis:names:tc:SAML:2.0:protocol"

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_FIRST_BYTES = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_ENCODINGS = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
"""Python's codec for each name of an encoding. GBK and GB2312 are subsets of GB 18030."""
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.-]+)""", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]{0,300}\?>")


def texts_at(path: tuple[str, ...], namespace: str, body: bytes, media_type: str) -> list[str]:
    """The text of every element at this path of local names. Raises `SignInFailed` if the document cannot be read.

    A document with another namespace is refused. A document without one is accepted, because some servers send none.
    """
    reader = _Reader(path, namespace)
    try:
        reader.parser.Parse(_DECLARATION.sub("", _decode(body, media_type)).strip().encode(), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise SignInFailed(why=UNRELIABLE) from error
    return reader.texts


def _decode(body: bytes, media_type: str) -> str:
    """Decode by the byte order mark, the media type or the declaration, or else as UTF-8 (RFC 7303, section 3)."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _decode_as(body[len(mark) :], encoding)
    charset, declared = _CHARSET.search(media_type), _DECLARED_ENCODING.search(body)
    unmarked = next((encoding for start, encoding in _FIRST_BYTES if body.lstrip()[:2] == start), None)
    name = charset[1] if charset else declared[1].decode("ascii", "replace") if declared else "utf-8"
    try:
        return _decode_as(body, unmarked or _ENCODINGS[name.lower()])
    except SignInFailed:
        # The media type may come from a proxy that writes UTF-8 for every answer. The declaration is more often right.
        if not (charset and declared):
            raise
        return _decode_as(body, _ENCODINGS.get(declared[1].decode("ascii", "replace").lower(), "utf-8"))
    except KeyError as error:
        raise SignInFailed(why=UNRELIABLE) from error


def _decode_as(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise SignInFailed(why=UNRELIABLE) from error


class _Reader:
    """Follows the elements of a document and collects the texts at one path."""

    def __init__(self, path: tuple[str, ...], namespace: str) -> None:
        self.texts: list[str] = []
        self.parser: Any = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._path, self._namespace = path, namespace
        self._open: list[str] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, colon, local = name.rpartition(":")
        declared = attributes.get(f"xmlns:{prefix}" if colon else "xmlns")
        if declared is not None and local in self._path and declared != self._namespace:
            raise SignInFailed(why=UNRELIABLE)
        self._open.append(local)
        if tuple(self._open) == self._path:
            self.texts.append("")

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        if tuple(self._open) == self._path:
            self.texts[-1] += data

    @staticmethod
    def _refuse(*_: object) -> None:
        raise SignInFailed(why=UNRELIABLE)
