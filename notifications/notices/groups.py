"""Groups of kinds of notices, by which a reader filters the inbox. Every kind is in one group (a test checks it)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.vocabulary import Text


class NoticeGroup(Struct, frozen=True):
    """Kinds of notices that are filtered together, and their title."""

    title: Text
    kinds: tuple[str, ...]


NOTICE_GROUPS: Mapping[str, NoticeGroup] = {
    "to_do": NoticeGroup(Text(zh="待办与提醒", en="To do"), ("step_open", "task", "assigned", "assignment_ended", "chased", "reminder", "overdue", "document_supplied", "year_due", "year_missed")),
    "returned": NoticeGroup(Text(zh="退回", en="Returned"), ("returned",)),
    "escalation": NoticeGroup(Text(zh="督办", en="Escalations"), ("escalation",)),
    "deadline": NoticeGroup(Text(zh="期限调整", en="Deadlines moved"), ("deadline_moved",)),
    "result": NoticeGroup(Text(zh="考核结果", en="Results"), ("circulated", "own_result", "window_open", "review_decided", "review_granted", "reopened", "stale_score", "places_settled", "year_end")),
    "veto": NoticeGroup(Text(zh="一票否决", en="Vetoes"), ("veto_raised", "veto_lifted")),
    "check": NoticeGroup(Text(zh="平时检查", en="Routine checks"), ("routine_check",)),
    "visit": NoticeGroup(Text(zh="现场考评", en="On-site assessment"), ("visit", "visit_dropped", "visits_assigned")),
    "system": NoticeGroup(
        Text(zh="系统与账号", en="System and accounts"),
        ("access_changed", "deputy", "sealed", "unreadable", "clock_doubted", "clock_stopped"),
    ),
}  # fmt: skip


def group_of(kind: str) -> NoticeGroup:
    """The group of a kind. Raises StopIteration if the kind is in no group (a test checks that each kind is in one)."""
    return next(group for group in NOTICE_GROUPS.values() if kind in group.kinds)
