"""The formatting of paragraphs and runs as Word resolves it: the defaults, the styles, and what is set at the place.

Not here: numbering and the styles of tables, which no measure of an official paper reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml.etree import _Element as Element

from .marks import NAMESPACE

Properties = Mapping[str, Mapping[str, str]]
"""By the name of a property (`jc`, `spacing`, `pBdr.bottom`) its attributes."""

_MIXED = ("rFonts", "ind", "spacing", "lang")
"""The properties of which a style may set some attributes and leave the others."""


class Formatting:
    """The styles of one file. `styles`: the root of its part of styles; None: it has none."""

    def __init__(self, styles: Element | None) -> None:
        elements = () if styles is None else styles.iter(f"{NAMESPACE}style")
        self._styles = {one.get(f"{NAMESPACE}styleId", ""): one for one in elements}
        default = (key for key, one in self._styles.items() if one.get(f"{NAMESPACE}type") == "paragraph" and one.get(f"{NAMESPACE}default") in ("1", "true"))  # fmt: skip
        self._default = next(default, "")
        self._defaults = None if styles is None else styles.find(f"{NAMESPACE}docDefaults")

    def of_paragraph(self, paragraph: Element) -> Properties:
        """The properties of a paragraph."""
        return self._resolve("pPr", self._style_of(paragraph), paragraph.find(f"{NAMESPACE}pPr"))

    def of_run(self, run: Element, paragraph: Element) -> Properties:
        """The properties of a run of this paragraph."""
        return self._resolve("rPr", self._style_of(paragraph), run.find(f"{NAMESPACE}rPr"))

    def _style_of(self, paragraph: Element) -> str:
        style = paragraph.find(f"{NAMESPACE}pPr/{NAMESPACE}pStyle")
        return self._default if style is None else style.get(f"{NAMESPACE}val", "")

    def _resolve(self, kind: str, style: str, direct: Element | None) -> Properties:
        resolved: dict[str, dict[str, str]] = {}
        levels = [] if self._defaults is None else [self._defaults.find(f"{NAMESPACE}{kind}Default/{NAMESPACE}{kind}")]
        levels += [one.find(f"{NAMESPACE}{kind}") for one in self._chain(style)]
        if kind == "rPr" and direct is not None:
            character = direct.find(f"{NAMESPACE}rStyle")
            if character is not None:
                levels += [one.find(f"{NAMESPACE}rPr") for one in self._chain(character.get(f"{NAMESPACE}val", ""))]
        for level in (*levels, direct):
            for name, attributes in _set_at(level):
                resolved[name] = {**(resolved.get(name, {}) if name in _MIXED else {}), **attributes}
        return resolved

    def _chain(self, key: str) -> list[Element]:
        """A style after all those that it is based on."""
        chain: list[Element] = []
        while (style := self._styles.get(key)) is not None and style not in chain:
            chain.append(style)
            base = style.find(f"{NAMESPACE}basedOn")
            key = "" if base is None else base.get(f"{NAMESPACE}val", "")
        return chain[::-1]


def _set_at(properties: Element | None) -> Iterator[tuple[str, dict[str, str]]]:
    for one in properties if properties is not None else ():
        name = str(one.tag).removeprefix(NAMESPACE)
        if name == "pBdr":
            yield from ((f"pBdr.{str(side.tag).removeprefix(NAMESPACE)}", attributes_of(side)) for side in one)
        else:
            yield name, attributes_of(one)


def attributes_of(element: Element) -> dict[str, str]:
    """The attributes of an element by their names without the namespace."""
    return {str(name).rpartition("}")[2]: str(value) for name, value in element.attrib.items()}


def is_on(properties: Properties, name: str) -> bool:
    """Whether a property that is on or off is on."""
    return name in properties and properties[name].get("val", "1") not in ("0", "false", "off")


def number_of(properties: Properties, name: str, attribute: str = "val") -> int | None:
    """An attribute as a whole number. None: it is not set, or it is not a number."""
    value = properties.get(name, {}).get(attribute, "")
    return int(value) if value.removeprefix("-").isascii() and value.removeprefix("-").isdigit() else None
