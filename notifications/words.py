"""A notice in words, and a day's notices in one letter: one Jinja2 template per kind and language, all strict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from states.vocabulary import Text

from .notices import Notice


class Letter(Struct, frozen=True):
    """What one message says."""

    subject: str
    body: str


def render(notice: Notice, language: str) -> str:
    """The notice as a sentence in `language`. Raises `jinja2.UndefinedError` if a value is missing."""
    values = {k: v.say(language) if isinstance(v, Text) else v for k, v in notice.values.items()}
    return _fill(f"templates/{language}/{notice.kind}.txt", values)


def letter(notices: Sequence[Notice], language: str, url: str = "") -> Letter:
    """Everything one person is to hear today."""
    # Who holds two roles hears for both, but reads it once.
    said = list(dict.fromkeys(render(notice, language) for notice in notices))
    # A subject is one line however a reason was typed, and only its first paragraph.
    first = " ".join(said[0].partition("\n\n")[0].split())
    subject = _fill(f"letters/{language}/subject.txt", {"count": len(said), "first": first})
    signs_in = any(notice.kind != "sealed" for notice in notices)
    body = _fill(f"letters/{language}/mail.txt", {"notices": said, "url": url, "signs_in": signs_in})
    return Letter(subject, body + "\n")


def line(notices: Sequence[Notice], language: str, url: str = "") -> Letter:
    """What a group may hear: how many things wait and until when; no unit, case, score or name."""
    due = min((n.due for n in notices if isinstance(n.due, date)), default=None)
    said = _fill(f"letters/{language}/group.txt", {"count": len(notices), "due": due, "url": url})
    return Letter("", said)


def _fill(template: str, values: dict[str, object]) -> str:
    return _templates().get_template(template).render(values).strip()


@cache
def _templates() -> Environment:
    # Plain text for a person's eyes, not HTML: nothing to escape here. What is not named is an error.
    loader = PackageLoader("notifications", ".")
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=False, trim_blocks=False)  # noqa: S701
