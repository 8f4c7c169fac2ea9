"""Rejects SVG pictures with a script, an unsafe link, or content from elsewhere.

Office draws the picture without running its scripts. But somebody may open it elsewhere, perhaps in a browser.
"""

from __future__ import annotations

import re

from documents.links import is_local, reject_unsafe_link
from documents.rejection import REMOVE_AND_SAVE, Rejection

from .xml_reader import Attributes, Budget, XmlReader

_ACTIVE_ELEMENTS = frozenset(("script", "foreignobject", "iframe", "embed", "object", "handler", "listener"))
_ANIMATION_ELEMENTS = frozenset(("set", "animate", "animatetransform", "animatemotion"))
_URL = re.compile(r"""(?:url\(|@import)\s*["']?\s*([^)"';]*)""", re.IGNORECASE)
_DATA = re.compile(r"data:image/(png|jpeg|gif)[;,]", re.IGNORECASE)


class SvgReader(XmlReader):
    """A reader of one picture. It raises `Rejection` at a script, an unsafe link, or content from elsewhere."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget, {}, {"http://www.w3.org/2000/svg}style": _check_style})
        self.parser.ProcessingInstructionHandler = self._instruction

    def doctype(self, name: str, system: object, public: object, has_internal: int) -> None:  # type: ignore[override]
        if has_internal:
            super().doctype()  # without its own declarations a DTD is harmless, and older programs write one

    def _instruction(self, name: str, _: str) -> None:
        if name.lower() == "xml-stylesheet":
            raise _external_content()

    def _start(self, name: str, attributes: Attributes) -> None:
        super()._start(name, attributes)
        local = name.rpartition("}")[2].lower()
        values = {key.rpartition("}")[2].lower(): value for key, value in attributes.items()}
        # An animation may replace a harmless address by a script.
        changes_link = local in _ANIMATION_ELEMENTS and values.get("attributename", "").lower().endswith("href")
        if local in _ACTIVE_ELEMENTS or changes_link or any(key.startswith("on") for key in values):
            raise Rejection("含有脚本", "holds a script")
        if local == "a":
            reject_unsafe_link(values.get("href", ""), REMOVE_AND_SAVE)
        else:
            _check_address(values.get("href", ""))
        for value in values.values():
            _check_style(value)


def _check_style(style: str) -> None:
    for address in _URL.findall(style):
        _check_address(address)


def _check_address(address: str) -> None:
    if address and not address.startswith("#") and not _DATA.match(address) and not is_local(address):
        raise _external_content()


def _external_content() -> Rejection:
    return Rejection("要从外部取得内容", "fetches something from elsewhere")
