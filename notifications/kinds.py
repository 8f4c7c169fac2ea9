"""The kinds of notices in groups that a reader looks for, each with its title."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.vocabulary import Text


class Group(Struct, frozen=True):
    """Kinds of notices that are looked for together, and what they are called."""

    title: Text
    kinds: tuple[str, ...]


GROUPS: Mapping[str, Group] = {
    "to_do": Group(Text(zh="待办与提醒", en="To do"), ("step_open", "task", "reminder", "overdue", "year_due", "year_missed")),
    "returned": Group(Text(zh="退回", en="Returned"), ("returned",)),
    "escalation": Group(Text(zh="督办", en="Escalations"), ("escalation",)),
    "deadline": Group(Text(zh="期限调整", en="Deadlines moved"), ("deadline_moved",)),
    "result": Group(Text(zh="考核结果", en="Results"), ("circulated", "reopened", "stale_score", "year_end")),
    "veto": Group(Text(zh="一票否决", en="Vetoes"), ("veto_raised", "veto_lifted")),
    "check": Group(Text(zh="平时检查", en="Routine checks"), ("routine_check",)),
    "visit": Group(Text(zh="现场考评", en="On-site assessment"), ("visit", "visit_dropped", "visits_assigned")),
    "system": Group(
        Text(zh="系统与账号", en="System and accounts"),
        ("access_changed", "sealed", "unreadable", "clock_doubted", "clock_stopped"),
    ),
}  # fmt: skip


def group_of(kind: str) -> Group:
    """The group of a kind."""
    return next(group for group in GROUPS.values() if kind in group.kinds)
