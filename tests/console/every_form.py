"""Reads the forms of a page, makes wrong input for them, and checks how the answer shows the faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from httpx2 import Response
from msgspec import Struct

_ELSEWHERE = ("/language", "/sign-out", "/inbox/read", "/deliveries")
"""The addresses of forms with only a button, which `forms_of` leaves out."""
LINE = ("text", "email", "search", "password", "")
"""The types of a control for a line of text."""


class Control(Struct):
    """One control of a form: its tag, its attributes and its value."""

    tag: str
    name: str
    id: str
    type: str
    required: bool
    value: str = ""
    options: list[str] = []
    most: int = 500

    @property
    def is_typed(self) -> bool:
        return self.tag == "textarea" or (self.tag == "input" and self.type in (*LINE, "date", "time", "number"))

    @property
    def is_line(self) -> bool:
        """Whether text is typed into it, and not a number, a day or a time."""
        return self.tag == "textarea" or (self.tag == "input" and self.type in LINE)


class Form(Struct):
    """A form of a page, and the address to which it is sent."""

    page: str
    action: str
    controls: list[Control] = []
    kind: str = ""

    @property
    def sent(self) -> dict[str, str | list[str]]:
        """The values that a browser sends if nothing is changed; of radio buttons, the first."""
        values: dict[str, list[str]] = {}
        for one in self.controls:
            if one.type in ("file", "submit", "button") or (one.type == "checkbox" and not one.options):
                continue
            if one.type == "radio" and (one.name in values or not one.value):
                continue
            values.setdefault(one.name, []).append(one.value)
        return {name: several if len(several) > 1 else several[0] for name, several in values.items()}

    @property
    def typed(self) -> list[Control]:
        """The controls into which something is typed, and required files."""
        return [one for one in self.controls if one.is_typed or (one.type == "file" and one.required)]


class Reader(HTMLParser):
    """Reads the forms of a page whose method is POST."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, []  # type: ignore[var-annotated]
        self._form: Form | None = None
        self._open: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and attributes.get("method") == "post":
            self._form = Form(self.page, urljoin(self.page, attributes.get("action") or self.page))
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "select", "textarea", "button") and attributes.get("name"):
            kind = attributes.get("type", "text" if tag == "input" else "submit" if tag == "button" else "")
            if attributes.get("inputmode") in ("decimal", "numeric") and kind == "text":
                kind = "number"
            one = Control(
                tag,
                attributes["name"],
                attributes.get("id", ""),
                kind,
                "required" in attributes,
                attributes.get("value", ""),
                most=int(attributes.get("data-most", 500)),
            )
            if kind in ("checkbox", "radio") and "checked" in attributes:
                one.options = ["checked"]
            self._form.controls.append(one)
            if one.name == "act" and kind == "hidden":
                self._form.kind = one.value
            self._open = one if tag in ("select", "textarea") else None
        elif tag == "option" and self._open is not None:
            self._open.options.append(attributes.get("value", ""))
            if "selected" in attributes or len(self._open.options) == 1:
                self._open.value = attributes.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._open.tag == "textarea":
            self._open.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if self._open is not None and tag == self._open.tag:
            self._open = None


def forms_of(page: str, html: str) -> list[Form]:
    reader = Reader(page)
    reader.feed(html)
    return [one for one in reader.forms if not urlsplit(one.action).path.startswith(_ELSEWHERE)]


class Page:
    """The page that answers a refused form. `listed`: the faults in the block at the top, by the id of their field."""

    def __init__(self, answer: Response) -> None:
        self.html, self.status = answer.text, answer.status_code
        block = self.html.partition('<div class="refusal"')[2].partition("</div>")[0]
        links = re.findall(r'<li><a href="#([^"]*)">(.*?)</a>', block, re.DOTALL)
        self.listed = {unescape(name): unescape(message) for name, message in links}
        self.block = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<" + block)))

    def lacks(self, id_: str) -> str:
        """Why the fault of this field is not shown correctly; empty if it is."""
        if id_ not in self.listed:
            return "not named on top"
        if not re.search(rf'\sid="{re.escape(id_)}"', self.html):
            return "leads to no field"
        there = re.search(rf'id="{re.escape(id_)}-wrong"[^>]*>(.*?)</p>', self.html, re.DOTALL)
        return "" if there and unescape(there[1]).startswith(self.listed[id_]) else "nothing at the field"

    def lost(self, form: Form, typed: Mapping[str, str]) -> list[str]:
        """The fields that do not have their typed value again. Passwords and files are not checked."""
        back = [one for one in forms_of(form.page, self.html) if (one.action, one.kind) == (form.action, form.kind)]
        values_in_form = {one.name: one.value for one in (back[0].controls if back else ())}
        return [
            one.name
            for one in form.controls
            if one.name in typed
            and (one.required or typed[one.name])
            and one.type not in ("password", "file")
            and values_in_form.get(one.name) != typed[one.name]
        ]


def typed_wrong(form: Form, how: str) -> Mapping[str, str]:
    """Wrong input for every field: nothing (`empty`), or a text that is too long or of the wrong kind."""
    if how == "empty":
        chosen = [one for one in form.controls if one.tag == "select" and one.required and "" in one.options]
        return {one.name: "" for one in (*form.typed, *chosen)}
    words = [one for one in form.typed if one.type not in ("password", "file")]
    return {one.name: "长" * (one.most + 1) if one.is_line else "不明" for one in words}
