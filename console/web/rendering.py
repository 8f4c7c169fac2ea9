"""The environment of the pages' templates. Each language has its own, so that a template renders its sentences at no cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer

from documents import inspection
from states.guards import LARGEST_DOCUMENT
from states.result.result import plain
from states.rulebook.clauses import cite

from . import downloads
from .display import files
from .forms import confirmation, uploads
from .forms.fields import MOST_IN_CONFIDENCE
from .middleware import UPLOAD
from .numbers import counted
from .request.user import LANGUAGES

_CONTROL_VALUES = {"date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "time": re.compile(r"[0-9]{2}:[0-9]{2}")}
"""What a browser's own control for a day or a time can hold. It shows anything else as empty, and what was typed would be lost."""


def templates() -> Mapping[str, Environment]:
    """The templates by language."""
    return {language: _environment(language) for language in LANGUAGES}


class _Translation(NodeTransformer):
    """Replaces every `t("中文", "English")` by the one of the two, when a template is compiled."""

    def __init__(self, language: str) -> None:
        self._at = LANGUAGES.index(language)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  as Jinja names it
        translated = isinstance(node.node, nodes.Name) and node.node.name == "t" and len(node.args) == len(LANGUAGES)
        return self.visit(node.args[self._at]) if translated else self.generic_visit(node)


class _Templates(Environment):
    """An environment whose templates are in one language."""

    translation: _Translation

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = self.translation.visit(super()._parse(source, name, filename))
        return parsed


@cache
def _environment(language: str) -> Environment:
    # Each template is compiled once a process.
    made = _Templates(
        loader=PackageLoader("console.web", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.translation = _Translation(language)
    # `t` with arguments that are no literals, as in a macro, is called when the page is rendered.
    made.globals["t"] = lambda zh, en: en if language == "en" else zh
    made.globals |= {
        "uploads": uploads.uploads,
        "accept": uploads.accept,
        "accept_confidential": inspection.accept_attribute(),
        "takes_several": uploads.takes_several,
        "most_files": uploads.MOST,
        "file_limit": LARGEST_DOCUMENT,
        "most_in_confidence": MOST_IN_CONFIDENCE,
        "form_limit": UPLOAD,
    }
    made.globals |= {"openable": downloads.OPENED.__contains__}
    made.tests["calm"] = lambda refusal: isinstance(refusal, uploads.Removed | confirmation.BackToForm)
    made.filters["size"] = files.size
    made.filters["file_kind"] = files.kind
    made.filters["points"] = plain
    made.filters["control"] = lambda value, kind: (
        kind if not value or _CONTROL_VALUES[kind].fullmatch(value) else "text"
    )
    made.filters["cap"] = lambda text: text[:1].upper() + text[1:]
    made.filters["render"] = lambda value: value.render(language) if hasattr(value, "render") else value
    if language == "en":
        made.filters["format"] = counted
    made.filters["cite"] = lambda clause: cite(clause).render(language)
    return made
