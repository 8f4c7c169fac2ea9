"""The text of notices, with Jinja2 templates: on a page, in a letter with several notices, and in a group's message.

Also here: the rules of a letter. About confidential notices it says only how many there are; it has a limited length;
to superiors it reports and gives no instructions.

The first line of a template says what to do, the deadline and the department; it becomes the subject of a letter. The
other lines are details. If a template needs a value that the notice does not have, that is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from msgspec import Struct
from msgspec.structs import asdict

from states.vocabulary import Text

from . import dates
from .digest import ASKING_KINDS, DigestItem, group_notices
from .notices.notice import Notice

SYSTEM_KINDS = frozenset({"sealed", "access_changed", "deputy", "unreadable", "clock_stopped"})
"""Kinds of notices about the system and not about an assessment."""

ACTION_KINDS = frozenset({"assigned", "stale_score", "reopened", "review_granted", "year_due", "year_missed"})
"""Kinds of notices that ask for something other than a step or task."""

BODY_LINES = 8
"""The most lines for the items of a letter, so that the whole letter has at most twenty.

Further items are counted and not listed.
"""


class LetterText(Struct, frozen=True):
    """The text of one letter or group's message. A group's message has no subject."""

    subject: str
    body: str


class Letterhead(Struct, frozen=True, kw_only=True):
    """The part that all letters of an institution share: the names of the roles, the contact, the URL of the console.

    `office`: the role that organises the assessment and signs the letters. `superiors`: the roles above it (第四条); a
    letter to them reports and asks for decisions, and gives no instructions.
    `is_working`: whether a day is a working day; letters count the days to a deadline with it.
    """

    roles: Mapping[str, Text] = {}
    office: str = ""
    superiors: frozenset[str] = frozenset()
    contact: str = ""
    console: str = ""
    is_working: Callable[[date], bool] = lambda day: day.weekday() < 5


class ItemText(Struct, frozen=True):
    """The text of an item: its first line, the names of its departments if there are several, and its details."""

    head: str
    names: str
    details: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.head, *filter(None, (self.names,)), *self.details)


def write_notice(notice: Notice, language: str) -> str:
    """The text of a notice on a page. Raises `jinja2.UndefinedError` if a value is missing."""
    return "\n".join(_item_text(DigestItem(notice, (str(notice.values.get("unit", "")),)), language).lines)


def item_text(item: DigestItem, language: str) -> ItemText:
    """The text of an item on a page.

    If it has several departments, their number is in the first line and their names below it.
    """
    return _item_text(item, language)


def write_letter(
    notices: Sequence[Notice],
    language: str,
    today: date | None = None,
    letterhead: Letterhead | None = None,
    own_unit: str = "",
) -> LetterText:
    """One letter with all notices for one reader.

    `own_unit`: the name of the department that the reader represents, if any. About confidential matters the letter
    says only how many there are. If all are confidential, the letter has only this sentence.
    """
    letterhead = letterhead or Letterhead()
    ordinary = [notice for notice in notices if not notice.confidential]
    confidential = _confidential_sentence([notice for notice in notices if notice.confidential], language)
    if not ordinary:
        return LetterText(confidential, confidential + "\n")
    # A person with two roles receives the notices to both. Items with the same text are printed once.
    texts = (_item_text(item, language, today, letterhead, own_unit) for item in group_notices(ordinary))
    items = list(dict.fromkeys(texts))
    if confidential:
        items.append(ItemText(confidential, "", ()))
    more = _more(len(items) - 1, language) if len(items) > 1 else ""
    return LetterText(items[0].head + more, _body(ordinary, items, language, today, letterhead, own_unit))


class LinkLetter(Struct, frozen=True, kw_only=True):
    """A one-time link for the holder of an account, what they must know to use it, and whom to ask.

    `until`: when it ends, in words. `sign_in`: where they sign in later. `rule`: what a password must be.
    """

    name: str
    account: str
    staff_number: str
    url: str
    until: str
    sign_in: str
    rule: str
    contact: str


def write_link_letter(letter: LinkLetter, language: str) -> LetterText:
    """The letter that brings a one-time link. It is sent at once and queued nowhere, because the link is a secret."""
    subject, _, body = _fill(f"letters/{language}/link.txt", asdict(letter)).partition("\n")
    return LetterText(subject, body.strip() + "\n")


def write_group_message(notices: Sequence[Notice], language: str, url: str = "") -> LetterText:
    """A message to a group: the number of matters that wait, and the nearest deadline.

    It names no department, case, score or person.
    """
    due = min((notice.due for notice in notices if isinstance(notice.due, date)), default=None)
    year = max((notice.due.year for notice in notices if notice.due), default=None)
    body = _fill(f"letters/{language}/group.txt", {"count": len(notices), "due": due, "year": year, "url": url})
    return LetterText("", body)


def _confidential_sentence(notices: Sequence[Notice], language: str) -> str:
    """The number of confidential matters as a sentence; empty if there is none."""
    count = len({(notice.unit, notice.kind, repr(notice.values)) for notice in notices})
    return _fill(f"letters/{language}/confidential.txt", {"count": count}) if count else ""


def _item_text(
    item: DigestItem, language: str, today: date | None = None, letterhead: Letterhead | None = None, own_unit: str = ""
) -> ItemText:
    notice, due, letterhead = item.notice, item.notice.due, letterhead or Letterhead()
    values = {
        name: value.render(language) if isinstance(value, Text) else value for name, value in notice.values.items()
    }
    _add_person(values, language)
    has_several = len(item.units) > 1
    # The name of the reader's own department is in the salutation. The name of a department that it succeeded is in
    # each item.
    about = _count(len(item.units), language) if has_several else "" if item.units == (own_unit,) else item.units[0]
    values["whom"] = (": " if language == "en" else "：") + about if about else ""
    values["superior"] = notice.to in letterhead.superiors
    values["over"] = notice.kind == "overdue" if today is None or due is None else due < today
    values["today"] = due is not None and due == today
    is_working = letterhead.is_working
    values["distance"] = dates.time_left(today, due, is_working, language) if today and due else ""
    template = "ask" if notice.kind in ASKING_KINDS else notice.kind
    head, *details = _fill(f"templates/{language}/{template}.txt", values).splitlines()
    return ItemText(head, _list(item.units, language) if has_several else "", tuple(details))


def _add_person(values: dict[str, object], language: str) -> None:
    """Put the person whom a notice is about behind the title of the task, the window or the ground."""
    if "post" in values:
        behind = f" ({values['post']})" if language == "en" else f"（{values['post']}）"
        values.update({name: f"{values[name]}{behind}" for name in ("stage", "window", "ground") if name in values})


def _body(
    notices: Sequence[Notice],
    items: list[ItemText],
    language: str,
    today: date | None,
    letterhead: Letterhead,
    own_unit: str,
) -> str:
    """The body of a letter. Items for which there is no room are counted."""
    is_about_system = all(notice.kind in SYSTEM_KINDS for notice in notices)
    listed = items if is_about_system else _fitting(items)
    roles = dict.fromkeys(notice.to for notice in notices)
    office = letterhead.roles.get(letterhead.office, _OFFICE).render(language)
    values: dict[str, object] = {
        "to": _list(_addressees(notices, language, letterhead, own_unit), language),
        "years": sorted({notice.values["year"] for notice in notices if "year" in notice.values}, key=str),
        "superior": not letterhead.superiors.isdisjoint(roles),
        "decides": any(
            notice.kind in (*ASKING_KINDS, "chased") and notice.to in letterhead.superiors for notice in notices
        ),
        "asks": any(notice.asks or notice.kind in ACTION_KINDS for notice in notices),
        "items": listed,
        "left_out": len(items) - len(listed),
        "url": letterhead.console,
        "signs_in": any(notice.kind != "sealed" for notice in notices),
        "office": "" if letterhead.office in roles else office,
        "contact": letterhead.contact,
        "signs": letterhead.office not in roles and not is_about_system,
        "date": "" if today is None else dates.letter_date(today, language),
        "seals": list(dict.fromkeys(_seal_line(notice, language) for notice in notices if "seal" in notice.values)),
    }
    return _fill(f"letters/{language}/mail.txt", values) + "\n"


def _fitting(items: list[ItemText]) -> list[ItemText]:
    """The first items, as many as a letter has room for; always at least one."""
    listed, room = items[:1], BODY_LINES - len(items[0].lines)
    for index, item in enumerate(items[1:], 1):
        room -= len(item.lines)
        # Unless the item is the last one, a line must remain for the number of the others.
        if room < (index < len(items) - 1):
            break
        listed.append(item)
    return listed


def _addressees(notices: Sequence[Notice], language: str, letterhead: Letterhead, own_unit: str) -> tuple[str, ...]:
    """The addressees: a department by its name, all others by their role."""

    def name(role: str) -> str:
        if role == "unit":
            return own_unit
        return letterhead.roles[role].render(language) if role in letterhead.roles else ""

    return tuple(dict.fromkeys(filter(None, (name(notice.to) for notice in notices))))


def _seal_line(notice: Notice, language: str) -> str:
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
    """The filter `day`: a day in the language of the template.

    The year is left out if it is the year of the assessment.
    """
    day, year = date.fromisoformat(str(value)), context.get("year")
    language = str(context.name).split("/")[1]
    return dates.day_with_weekday(day, language, year if isinstance(year, int) else None)


@cache
def _templates() -> Environment:
    # The templates make plain text and not HTML, so nothing is escaped. A missing value is an error.
    environment = Environment(
        loader=PackageLoader("notifications", "."),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
    )
    environment.filters.update(day=_day, oneline=lambda text: " ".join(str(text).split()))
    return environment
