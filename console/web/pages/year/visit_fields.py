"""A visit as it is typed: in its row of the plan, or in the form of one visit."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.web.forms.fields import Fields, read_all
from console.web.request.page_request import PageRequest
from states.records.account import Account
from states.records.year import Inspector, Visit
from states.vocabulary import Citation, Opaque, Text, Words

GROUPS = tuple(Text(zh=f"第{n}组", en=f"Sub-group {i}") for i, n in enumerate("一二三四五六七八", 1))
"""The sub-groups that a plan can have."""

COLUMNS = ("day", "begins", "ends", "place", "group", "day_off")
"""The fields of a department's row in the plan."""

USUAL_TIMES = (("begins", "09:00"), ("ends", "11:30"))
"""The times in an empty row: one morning."""


class VisitForm(Struct, frozen=True):
    """Where the fields of one visit are, and what is chosen elsewhere in the form.

    The ids of the fields begin with `prefix`. `inspectors` and `contact` are accounts. `group` is the title of the
    sub-group where one is chosen; empty where its title is typed.
    """

    unit: str
    prefix: str
    inspectors: Sequence[str]
    contact: str
    group: str = ""


def row_of_plan(request: PageRequest, unit: str, members: Sequence[Account]) -> VisitForm | None:
    """A department's row of the plan; None where nothing is typed in it.

    The members of the working group are put into sub-groups once for the whole plan, and each row names its sub-group
    by number.
    """
    form, usual = request.form, [name for name, _ in USUAL_TIMES]
    if not any(form.text(f"{unit}.{name}") for name in COLUMNS if name not in usual):
        return None
    number = form.text(f"{unit}.group")
    group = [one.id for one in members if number and form.text(f"group.{one.id}") == number]
    contact = next((id_ for id_ in group if form.text(f"contact.{id_}")), group[0] if group else "")
    return VisitForm(unit, f"{unit}.", group, contact, _group_title(number))


def read_visit(request: PageRequest, form: VisitForm, members: Sequence[Account], clause: Citation) -> Visit:
    """The visit as it was typed. InvalidForm."""
    fields, prefix = Fields(request.form, clause), form.prefix
    values = read_all(
        {
            f"{prefix}day": lambda: fields.day(f"{prefix}day", Text(zh="日期", en="the day")),
            f"{prefix}begins": lambda: fields.time(f"{prefix}begins", Text(zh="开始时间", en="the start time")),
            f"{prefix}ends": lambda: fields.time(f"{prefix}ends", Text(zh="结束时间", en="the end time")),
            f"{prefix}place": lambda: fields.word(f"{prefix}place", Text(zh="地点", en="the place")),
            f"{prefix}group": lambda: _read_group(fields, form),
            f"{prefix}day_off": lambda: fields.words(f"{prefix}day_off"),
        }
    )
    day, begins, ends, place, group, day_off = values.values()
    homes = {account.id: account.unit for account in members}
    return Visit(
        unit=Opaque(form.unit),
        day=day,
        begins=begins,
        ends=ends,
        place=place,
        group=group,
        inspectors=tuple(_inspector(id_, homes.get(id_)) for id_ in form.inspectors),
        contact=Opaque(form.contact),
        day_off=day_off,
    )


def fields_of(visit: Visit) -> list[tuple[str, str]]:
    """A visit as the fields of its form."""
    names = ("day", "begins", "ends", "place", "group", "contact", "day_off")
    fields = [(name, str(getattr(visit, name) or "")) for name in names]
    return [*fields, *(("member", inspector.account) for inspector in visit.inspectors)]


def field_of(path: str) -> str:
    """The field of the form of one visit, for a field of its command."""
    name = path.removeprefix("visit.").partition(".")[0]
    return "member" if name == "inspectors" else name


def _group_title(number: str) -> str:
    is_known = number.isascii() and number.isdigit() and 0 < int(number) <= len(GROUPS)
    return GROUPS[int(number) - 1].zh if is_known else ""


def _read_group(fields: Fields, form: VisitForm) -> Words:
    """The title of the sub-group: of the one that was chosen, else as it was typed."""
    typed = fields.word(f"{form.prefix}group", Text(zh="考核小组", en="the sub-group"))
    return Words(form.group) if form.group else typed


def _inspector(account: str, home: str | None) -> Inspector:
    # The plan keeps where each inspector belongs, because nobody inspects their own department (回避).
    return Inspector(account=Opaque(account), unit=Opaque(home) if home else None)
