"""The text of letters: a notice as a sentence, a day's notices as one letter as an office writes it (Jinja2).

The first line of a template says what to do, by when and for which department; the subject of a letter is made of it. Its other lines are
details. A value that a template needs and a notice does not have is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from msgspec import Struct

from states.vocabulary import Text

from . import dates
from .digest import ASKING_KINDS, DigestItem, group_notices
from .notices.notice import Notice

SUPERIORS = frozenset({"leading_group", "committee", "discipline"})
"""The roles above the office that writes (第四条): a letter reports to them and asks for a decision; it does not tell them what to do."""

SIGNING_ROLE = "office"
"""The role in whose name letters go out."""

SYSTEM_KINDS = frozenset({"sealed", "access_changed", "unreadable", "clock_stopped"})
"""Notices about the system and not about an assessment."""

ACTION_KINDS = frozenset({"stale_score", "reopened", "year_due", "year_missed"})
"""Notices that ask for something other than a step or task."""

BODY_LINES = 8
"""Lines of items in a letter: with its frame it has twenty at most. Further items are counted and not listed."""


class LetterText(Struct, frozen=True):
    """What one message says."""

    subject: str
    body: str


class Letterhead(Struct, frozen=True, kw_only=True):
    """What all letters of an institution have in common: the names of roles, the contact, the address of the console."""

    roles: Mapping[str, Text] = {}
    contact: str = ""
    console: str = ""
    is_working: Callable[[date], bool] = lambda day: day.weekday() < 5


class ItemText(Struct, frozen=True):
    """An item in words: its first line, the names of its departments where there are several, and details."""

    head: str
    names: str
    details: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.head, *filter(None, (self.names,)), *self.details)


def write_notice(notice: Notice, language: str) -> str:
    """A notice as a page shows it. Raises `jinja2.UndefinedError` if a value is missing."""
    return "\n".join(_item_text(DigestItem(notice, (str(notice.values.get("unit", "")),)), language).lines)


def item_text(item: DigestItem, language: str) -> ItemText:
    """An item as a page shows it: the number of departments in the first line, their names below it."""
    return _item_text(item, language)


def write_letter(
    notices: Sequence[Notice],
    language: str,
    today: date | None = None,
    letterhead: Letterhead | None = None,
    own: str = "",
) -> LetterText:
    """One letter with all notices for one reader. `own` is the name of the reader's department, if the reader represents one.

    Of confidential matters it says how many there are, and nothing else.
    """
    paper, ordinary = letterhead or Letterhead(), [notice for notice in notices if not notice.confidential]
    discreet = _discreet([notice for notice in notices if notice.confidential], language)
    if not ordinary:
        return LetterText(discreet, discreet + "\n")
    # A person with two roles receives the notices to both; what is the same is printed once.
    said = list(dict.fromkeys(_item_text(item, language, today, paper, own) for item in group_notices(ordinary)))
    said += [ItemText(discreet, "", ())] if discreet else []
    more = _more(len(said) - 1, language) if len(said) > 1 else ""
    return LetterText(said[0].head + more, _body(ordinary, said, language, today, paper, own))


def write_group_message(notices: Sequence[Notice], language: str, url: str = "") -> LetterText:
    """A message to a group: how many matters wait and until when. It names no department, case, score or person."""
    due = min((n.due for n in notices if isinstance(n.due, date)), default=None)
    year = max((n.due.year for n in notices if n.due), default=None)
    said = _fill(f"letters/{language}/group.txt", {"count": len(notices), "due": due, "year": year, "url": url})
    return LetterText("", said)


def _discreet(notices: Sequence[Notice], language: str) -> str:
    """How many confidential matters there are, whatever they are; nothing if there is none."""
    count = len({(notice.unit, notice.kind, repr(notice.values)) for notice in notices})
    return _fill(f"letters/{language}/confidential.txt", {"count": count}) if count else ""


def _item_text(
    item: DigestItem, language: str, today: date | None = None, paper: Letterhead | None = None, own: str = ""
) -> ItemText:
    notice, due = item.notice, item.notice.due
    values = {k: v.render(language) if isinstance(v, Text) else v for k, v in notice.values.items()}
    several = len(item.units) > 1
    # A department reads its own name in the salutation, and the name of one that it goes on for in each item.
    about = _count(len(item.units), language) if several else "" if item.units == (own,) else item.units[0]
    values["whom"] = (": " if language == "en" else "：") + about if about else ""
    values["superior"] = notice.to in SUPERIORS
    values["over"] = notice.kind == "overdue" if today is None or due is None else due < today
    values["today"] = due is not None and due == today
    values["distance"] = (
        dates.time_left(today, due, (paper or Letterhead()).is_working, language) if today and due else ""
    )
    template = "ask" if notice.kind in ASKING_KINDS else notice.kind
    head, *details = _fill(f"templates/{language}/{template}.txt", values).splitlines()
    return ItemText(head, _list(item.units, language) if several else "", tuple(details))


def _body(
    notices: Sequence[Notice], said: list[ItemText], language: str, today: date | None, paper: Letterhead, own: str
) -> str:
    plain = all(notice.kind in SYSTEM_KINDS for notice in notices)
    shown = said if plain else _fitting(said)
    roles = dict.fromkeys(notice.to for notice in notices)
    office = paper.roles.get(SIGNING_ROLE, _OFFICE).render(language)
    values: dict[str, object] = {
        "to": _list(_addressed(notices, language, paper, own), language),
        "years": sorted({notice.values["year"] for notice in notices if "year" in notice.values}, key=str),
        "superior": not SUPERIORS.isdisjoint(roles),
        "decides": any(notice.kind in ASKING_KINDS and notice.to in SUPERIORS for notice in notices),
        "asks": any(notice.asks or notice.kind in ACTION_KINDS for notice in notices),
        "items": shown,
        "left_out": len(said) - len(shown),
        "url": paper.console,
        "signs_in": any(notice.kind != "sealed" for notice in notices),
        "office": "" if SIGNING_ROLE in roles else office,
        "contact": paper.contact,
        "signs": SIGNING_ROLE not in roles and not plain,
        "date": "" if today is None else dates.letter_date(today, language),
        "seals": list(dict.fromkeys(_seal(n, language) for n in notices if "seal" in n.values)),
    }
    return _fill(f"letters/{language}/mail.txt", values) + "\n"


def _fitting(said: list[ItemText]) -> list[ItemText]:
    """As many items as a letter has room for; always the most urgent one."""
    shown, room = said[:1], BODY_LINES - len(said[0].lines)
    for at, one in enumerate(said[1:], 1):
        room -= len(one.lines)
        if room < (at < len(said) - 1):
            break
        shown.append(one)
    return shown


def _addressed(notices: Sequence[Notice], language: str, paper: Letterhead, own: str) -> tuple[str, ...]:
    """The addressees: a department by its name, all others by their role."""
    names = (
        own
        if notice.to == "unit"
        else paper.roles[notice.to].render(language) if notice.to in paper.roles else ""
        for notice in notices
    )  # fmt: skip
    return tuple(dict.fromkeys(filter(None, names)))


def _seal(notice: Notice, language: str) -> str:
    return _fill(f"letters/{language}/seal.txt", {"seal": notice.values["seal"]})


def _count(count: int, language: str) -> str:
    return f"{count} departments" if language == "en" else f"{count} 个部门"


def _more(count: int, language: str) -> str:
    return f" (and {count} more)" if language == "en" else f"；另有 {count} 项"


def _list(names: Iterable[str], language: str) -> str:
    return (", " if language == "en" else "、").join(names)


_OFFICE = Text(zh="考核办公室", en="assessment office")


def _fill(template: str, values: Mapping[str, object]) -> str:
    return _templates().get_template(template).render(values).strip()


@pass_context
def _day(context: Context, value: date | str) -> str:
    """A day, in the language of the template that says it; its year where it is not the assessed one."""
    on, year = date.fromisoformat(str(value)), context.get("year")
    return dates.day_with_weekday(on, str(context.name).split("/")[1], year if isinstance(year, int) else None)


@cache
def _templates() -> Environment:
    # Plain text for a person's eyes, not HTML: nothing to escape here. What is not named is an error.
    loader = PackageLoader("notifications", ".")
    made = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701
    made.filters.update(day=_day, oneline=lambda said: " ".join(str(said).split()))
    return made
