"""The fields of a visit in a form: reading a visit from them, and filling them in from a visit.

The form is a row of the plan or the form of one visit (`visits.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.web.forms.fields import Fields, read_all
from console.web.request.page_request import PageRequest
from states.records.account import Account
from states.records.year import Inspector, Visit
from states.vocabulary import Citation, Opaque, Text, Words

GROUPS = tuple(
    Text(zh=f"第{numeral}组", en=f"Sub-group {number}") for number, numeral in enumerate("一二三四五六七八", 1)
)
"""The titles of the sub-groups that a plan can have."""

COLUMNS = ("day", "begins", "ends", "place", "group", "day_off")
"""The fields of a department's row in the plan."""

USUAL_TIMES = (("begins", "09:00"), ("ends", "11:30"))
"""The initial times in an empty row: one morning."""


class VisitForm(Struct, frozen=True):
    """The place of one visit's fields in the form, and the values that other parts of the form select for it.

    The ids of the fields begin with `prefix`. `inspectors` and `contact` are accounts. `group` is the title of the
    selected sub-group; empty if the title is typed.
    """

    unit: str
    prefix: str
    inspectors: Sequence[str]
    contact: str
    group: str = ""


def row_of_plan(request: PageRequest, unit: str, members: Sequence[Account]) -> VisitForm | None:
    """A department's row of the plan; None if nothing is typed in it besides the times, which have initial values.

    The form assigns the members of the working group to sub-groups for the whole plan. Each row has the number of its
    sub-group.
    """
    form, usual = request.form, [name for name, _ in USUAL_TIMES]
    if not any(form.text(f"{unit}.{name}") for name in COLUMNS if name not in usual):
        return None
    number = form.text(f"{unit}.group")
    inspectors = [member.id for member in members if number and form.text(f"group.{member.id}") == number]
    first = inspectors[0] if inspectors else ""
    contact = next((id_ for id_ in inspectors if form.text(f"contact.{id_}")), first)
    return VisitForm(unit, f"{unit}.", inspectors, contact, _group_title(number))


def read_visit(request: PageRequest, form: VisitForm, members: Sequence[Account], clause: Citation) -> Visit:
    """The visit in the form, with the department of each inspector. Raises `InvalidForm`."""
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
    units = {account.id: account.unit for account in members}
    return Visit(
        unit=Opaque(form.unit),
        day=day,
        begins=begins,
        ends=ends,
        place=place,
        group=group,
        inspectors=tuple(_inspector(id_, units.get(id_)) for id_ in form.inspectors),
        contact=Opaque(form.contact),
        day_off=day_off,
    )


def fields_of(visit: Visit) -> list[tuple[str, str]]:
    """The initial fields of the form for a visit."""
    names = ("day", "begins", "ends", "place", "group", "contact", "day_off")
    fields = [(name, str(getattr(visit, name) or "")) for name in names]
    return [*fields, *(("member", inspector.account) for inspector in visit.inspectors)]


def field_of(path: str) -> str:
    """The field in the form of one visit to which a field of the command belongs."""
    name = path.removeprefix("visit.").partition(".")[0]
    return "member" if name == "inspectors" else name


def _group_title(number: str) -> str:
    """The title of the sub-group with this number; empty if there is no such sub-group."""
    is_known = number.isascii() and number.isdigit() and 0 < int(number) <= len(GROUPS)
    return GROUPS[int(number) - 1].zh if is_known else ""


def _read_group(fields: Fields, form: VisitForm) -> Words:
    """The title of the sub-group: of the selected one, or else the typed title. Raises `InvalidForm`."""
    title = fields.word(f"{form.prefix}group", Text(zh="考核小组", en="the sub-group"))
    return Words(form.group) if form.group else title


def _inspector(account: str, own_unit: str | None) -> Inspector:
    # The plan records the department of each inspector, because nobody may inspect their own department (回避).
    return Inspector(account=Opaque(account), unit=Opaque(own_unit) if own_unit else None)
