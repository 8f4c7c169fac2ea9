"""An SVG picture. What draws it here is Office, which runs nothing; what draws it elsewhere may be a browser."""

from __future__ import annotations

import re

from documents.links import is_local, reject_unsafe_link
from documents.rejection import REMOVE_AND_SAVE, Rejection

from .xml_reader import Attributes, Budget, XmlReader

_ACTIVE = frozenset(("script", "foreignobject", "iframe", "embed", "object", "handler", "listener"))
_ANIMATION = frozenset(("set", "animate", "animatetransform", "animatemotion"))
_URL = re.compile(r"""(?:url\(|@import)\s*["']?\s*([^)"';]*)""", re.IGNORECASE)
_DATA = re.compile(r"data:image/(png|jpeg|gif)[;,]", re.IGNORECASE)


class SvgReader(XmlReader):
    """One drawing. Raises `Rejection` where it holds a script or fetches something."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget, {}, {"http://www.w3.org/2000/svg}style": _style})
        self.parser.ProcessingInstructionHandler = self._instruction

    def doctype(self, name: str, system: object, public: object, has_internal: int) -> None:  # type: ignore[override]
        if has_internal:
            super().doctype()

    def _instruction(self, name: str, _: str) -> None:
        if name.lower() == "xml-stylesheet":
            raise _fetches()

    def _start(self, name: str, attributes: Attributes) -> None:
        super()._start(name, attributes)
        local = name.rpartition("}")[2].lower()
        said = {key.rpartition("}")[2].lower(): value for key, value in attributes.items()}
        is_moved = local in _ANIMATION and said.get("attributename", "").lower().endswith("href")
        if local in _ACTIVE or is_moved or any(key.startswith("on") for key in said):
            raise Rejection("含有脚本", "holds a script")
        if local == "a":
            reject_unsafe_link(said.get("href", ""), REMOVE_AND_SAVE)
        else:
            _fetched(said.get("href", ""))
        for value in said.values():
            _style(value)


def _style(said: str) -> None:
    for address in _URL.findall(said):
        _fetched(address)


def _fetched(address: str) -> None:
    if address and not address.startswith("#") and not _DATA.match(address) and not is_local(address):
        raise _fetches()


def _fetches() -> Rejection:
    return Rejection("要从外部取得内容", "fetches something from elsewhere")
