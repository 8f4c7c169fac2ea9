"""The items of a letter: notices that say the same of several departments become one item, with the names below it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from .notices.notice import Notice

ASKING_KINDS = frozenset({"step_open", "task", "reminder", "overdue"})
"""Notices that ask for the same in the same words: what to do, by when, and how long that is."""

URGENCY_ORDER = (
    "returned",
    "overdue",
    "escalation",
    "reminder",
    "step_open",
    "task",
    "stale_score",
    "reopened",
    "deadline_moved",
)
"""The order of the kinds in a letter. Every other kind comes after these."""


class DigestItem(Struct, frozen=True):
    """One notice, and the names of all departments it applies to, each once."""

    notice: Notice
    units: tuple[str, ...]


def group_notices(notices: Sequence[Notice]) -> list[DigestItem]:
    """The items of a letter: the most urgent first, then by deadline, then in the order of the entries."""
    groups: dict[object, list[Notice]] = {}
    for notice in notices:
        groups.setdefault(content_key(notice), []).append(notice)
    items = [DigestItem(group[-1], tuple(dict.fromkeys(_unit(one) for one in group))) for group in groups.values()]
    return sorted(items, key=lambda item: (_rank(item.notice.kind), item.notice.due or date.max))


def content_key(notice: Notice) -> object:
    """The content of a notice without its department. Notices with the same content are one item."""
    kind = "ask" if notice.kind in ASKING_KINDS else notice.kind
    return kind, notice.to, tuple(sorted((k, repr(v)) for k, v in notice.values.items() if k != "unit"))


def _unit(notice: Notice) -> str:
    return str(notice.values.get("unit", ""))


def _rank(kind: str) -> int:
    return URGENCY_ORDER.index(kind) if kind in URGENCY_ORDER else len(URGENCY_ORDER)
