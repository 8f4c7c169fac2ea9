"""A notice in words: one Jinja2 template per kind and language, strict about what it is given."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from states.vocabulary import Text

from .notices import Notice


def render(notice: Notice, language: str) -> str:
    """The notice as a sentence in `language`. Raises `jinja2.UndefinedError` if a value is missing."""
    values = {k: v.say(language) if isinstance(v, Text) else v for k, v in notice.values.items()}
    return _templates(language).get_template(f"{notice.kind}.txt").render(values).strip()


@cache
def _templates(language: str) -> Environment:
    # Plain text for a person's eyes, not HTML: nothing to escape here. What is not named is an error.
    loader = PackageLoader("notifications", f"templates/{language}")
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=False)  # noqa: S701
