"""The Jinja environments of the pages' templates: one for each language.

A template writes `t("中文", "English")`. When the template is compiled for a language, the call is replaced by the string
of that language. So rendering a page looks nothing up. Also here: the functions, tests and filters of the templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer

from documents import inspection
from states.guards import MAX_DOCUMENT_SIZE
from states.rulebook.calculation.numbers import plain, round_to
from states.rulebook.clauses import cite
from states.rulebook.sentences.names import figure
from states.stages.document_review import VERDICT_TITLES
from states.streams import Stream

from . import credentials, downloads
from .assessment_paths import path_of_stream
from .display import files
from .forms import confirmation, uploads
from .forms.fields import MAX_CONFIDENTIAL_TEXT
from .middleware import UPLOAD_BYTES
from .numbers import format_with_singular
from .request.user import LANGUAGES

# A date or time input of a browser shows any other value as empty, and the typed text would be lost. For such a value
# the page uses a text input.
_INPUT_VALUES = {"date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "time": re.compile(r"[0-9]{2}:[0-9]{2}")}
"""The values that a browser's date or time input can show."""


def templates() -> Mapping[str, Environment]:
    """The templates by language."""
    return {language: _environment(language) for language in LANGUAGES}


class _Translation(NodeTransformer):
    """Replaces every `t("中文", "English")` by one of the two strings."""

    def __init__(self, language: str) -> None:
        self._index = LANGUAGES.index(language)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  as Jinja names it
        translated = isinstance(node.node, nodes.Name) and node.node.name == "t" and len(node.args) == len(LANGUAGES)
        return self.visit(node.args[self._index]) if translated else self.generic_visit(node)


class _MonolingualEnvironment(Environment):
    """Compiles templates for one language."""

    translation: _Translation

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = self.translation.visit(super()._parse(source, name, filename))
        return parsed


@cache
def _environment(language: str) -> Environment:
    # Cached, so that each template is compiled once in a process.
    environment = _MonolingualEnvironment(
        loader=PackageLoader("console.web", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.translation = _Translation(language)
    # For a `t` that is not a call of two arguments, and so was not replaced.
    environment.globals["t"] = lambda zh, en: en if language == "en" else zh
    environment.globals |= {
        "uploads": uploads.uploads_of_field,
        "accept": uploads.accept_attribute,
        "accept_confidential": inspection.accept_attribute(),
        "takes_several": uploads.takes_several,
        "most_files": uploads.MAX_FILES,
        "file_limit": MAX_DOCUMENT_SIZE,
        "most_in_confidence": MAX_CONFIDENTIAL_TEXT,
        "form_limit": UPLOAD_BYTES,
        "password_rule": credentials.PASSWORD_RULE,
    }
    environment.globals |= {"openable": downloads.INLINE_TYPES.__contains__}
    environment.tests["calm"] = lambda refusal: isinstance(refusal, uploads.FileRemoved | confirmation.BackToForm)
    environment.filters["size"] = files.size_text
    environment.filters["file_kind"] = files.kind_title
    environment.filters["verdict_title"] = VERDICT_TITLES.__getitem__
    # The sum of no amounts at all is an `int`.
    environment.filters["points"] = lambda amount: plain(
        round_to(amount, 4) if isinstance(amount, Fraction) else Decimal(amount) if isinstance(amount, int) else amount
    )
    environment.filters["signed"] = lambda amount: f"+{figure(amount)}" if amount > 0 else figure(amount)
    environment.filters["figure"] = figure
    environment.filters["assessment_path"] = path_of_stream
    environment.filters["unit_of"] = lambda stream: Stream.parse(stream).unit
    environment.filters["control"] = lambda value, kind: (
        kind if not value or _INPUT_VALUES[kind].fullmatch(value) else "text"
    )
    environment.filters["cap"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["render"] = lambda value: value.render(language) if hasattr(value, "render") else value
    if language == "en":
        environment.filters["format"] = format_with_singular
    environment.filters["cite"] = lambda clause: cite(clause).render(language)
    return environment
