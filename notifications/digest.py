"""The items of a letter: notices with the same content about several departments become one item. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from .notices.notice import Notice

ASKING_KINDS = frozenset({"step_open", "task", "reminder", "overdue"})
"""Kinds of notices that ask for something in the same words: what to do, the deadline, and the time left."""

URGENCY_ORDER = (
    "returned",
    "chased",
    "overdue",
    "escalation",
    "reminder",
    "step_open",
    "task",
    "assigned",
    "stale_score",
    "review_granted",
    "reopened",
    "deadline_moved",
)
"""The order of the kinds in a letter. Every other kind comes after these."""


class DigestItem(Struct, frozen=True):
    """A notice, and the names of all departments to which it applies, each once."""

    notice: Notice
    units: tuple[str, ...]


def group_notices(notices: Sequence[Notice]) -> list[DigestItem]:
    """The items of a letter: the most urgent first, then by deadline, then in the order of the entries."""
    groups: dict[object, list[Notice]] = {}
    for notice in notices:
        groups.setdefault(content_key(notice), []).append(notice)
    items = [DigestItem(group[-1], tuple(dict.fromkeys(map(_unit, group)))) for group in groups.values()]
    return sorted(items, key=lambda item: (_rank(item.notice.kind), item.notice.due or date.max))


def content_key(notice: Notice) -> object:
    """A key for the content of a notice without its department. Notices with the same key become one item.

    All kinds in `ASKING_KINDS` count as one kind, because they have the same words.
    """
    kind = "ask" if notice.kind in ASKING_KINDS else notice.kind
    values = sorted((name, repr(value)) for name, value in notice.values.items() if name != "unit")
    return kind, notice.to, tuple(values)


def _unit(notice: Notice) -> str:
    return str(notice.values.get("unit", ""))


def _rank(kind: str) -> int:
    return URGENCY_ORDER.index(kind) if kind in URGENCY_ORDER else len(URGENCY_ORDER)
