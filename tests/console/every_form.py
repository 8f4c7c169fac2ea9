"""The forms of a page as a browser reads them, what may be typed wrong in one, and where the answer tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from httpx2 import Response
from msgspec import Struct

_ELSEWHERE = ("/language", "/sign-out", "/inbox/read", "/deliveries")
"""Forms of one button: nothing is typed."""
LINE = ("text", "email", "search", "password", "")
"""Types of a control into which a line is typed."""


class Control(Struct):
    """One control of a form: what its tag says, and what stands in it."""

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
        """Whether words are typed into it, and not a number, a day or a time."""
        return self.tag == "textarea" or (self.tag == "input" and self.type in LINE)


class Form(Struct):
    """A form as a page shows it, and where it is sent."""

    page: str
    action: str
    controls: list[Control] = []
    kind: str = ""

    @property
    def sent(self) -> dict[str, str | list[str]]:
        """What a browser sends of what is there already: hidden fields, ticks, what was filled in, and of several ways the first."""
        found: dict[str, list[str]] = {}
        for one in self.controls:
            if one.type in ("file", "submit", "button") or (one.type == "checkbox" and not one.options):
                continue
            if one.type == "radio" and (one.name in found or not one.value):
                continue
            found.setdefault(one.name, []).append(one.value)
        return {name: values if len(values) > 1 else values[0] for name, values in found.items()}

    @property
    def typed(self) -> list[Control]:
        """What is typed or, where a file must come with the form, chosen."""
        return [one for one in self.controls if one.is_typed or (one.type == "file" and one.required)]


class Reader(HTMLParser):
    """Reads the forms of a page that post."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, []  # type: ignore[var-annotated]
        self._form: Form | None = None
        self._open: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("method") == "post":
            self._form = Form(self.page, urljoin(self.page, said.get("action") or self.page))
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "select", "textarea", "button") and said.get("name"):
            kind = said.get("type", "text" if tag == "input" else "submit" if tag == "button" else "")
            if said.get("inputmode") in ("decimal", "numeric") and kind == "text":
                kind = "number"
            one = Control(
                tag,
                said["name"],
                said.get("id", ""),
                kind,
                "required" in said,
                said.get("value", ""),
                most=int(said.get("data-most", 500)),
            )
            if kind in ("checkbox", "radio") and "checked" in said:
                one.options = ["checked"]
            self._form.controls.append(one)
            if one.name == "act" and kind == "hidden":
                self._form.kind = one.value
            self._open = one if tag in ("select", "textarea") else None
        elif tag == "option" and self._open is not None:
            self._open.options.append(said.get("value", ""))
            if "selected" in said or len(self._open.options) == 1:
                self._open.value = said.get("value", "")

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
    """A form that came back: the faults of its block on top by the field they lead to, and what stands at each field."""

    def __init__(self, answer: Response) -> None:
        self.html, self.status = answer.text, answer.status_code
        block = self.html.partition('<div class="refusal"')[2].partition("</div>")[0]
        found = re.findall(r'<li><a href="#([^"]*)">(.*?)</a>', block, re.DOTALL)
        self.listed = {unescape(name): unescape(said) for name, said in found}
        self.block = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<" + block)))

    def lacks(self, id_: str) -> str:
        """Why a fault is not at this field; empty where it is."""
        if id_ not in self.listed:
            return "not named on top"
        if not re.search(rf'\sid="{re.escape(id_)}"', self.html):
            return "leads to no field"
        there = re.search(rf'id="{re.escape(id_)}-wrong"[^>]*>(.*?)</p>', self.html, re.DOTALL)
        return "" if there and unescape(there[1]).startswith(self.listed[id_]) else "nothing at the field"

    def lost(self, form: Form, typed: Mapping[str, str]) -> list[str]:
        """The fields whose content does not stand in them again. A password never does; what is asked for only where it is not as usual may."""
        back = [one for one in forms_of(form.page, self.html) if (one.action, one.kind) == (form.action, form.kind)]
        given = {one.name: one.value for one in (back[0].controls if back else ())}
        return [
            one.name
            for one in form.controls
            if one.name in typed
            and (one.required or typed[one.name])
            and one.type not in ("password", "file")
            and given.get(one.name) != typed[one.name]
        ]


def typed_wrong(form: Form, how: str) -> Mapping[str, str]:
    """What is typed: nothing; or, everywhere, more than is taken or what is of no kind."""
    if how == "empty":
        chosen = [one for one in form.controls if one.tag == "select" and one.required and "" in one.options]
        return {one.name: "" for one in (*form.typed, *chosen)}
    words = [one for one in form.typed if one.type not in ("password", "file")]
    return {one.name: "长" * (one.most + 1) if one.is_line else "不明" for one in words}
