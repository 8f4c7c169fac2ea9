"""Which queued notices a newer one replaces. Also here: every reason, as a text, why a notice is not sent. Pure."""

from __future__ import annotations

from states.vocabulary import Text
from storage.post.deliveries import Delivery

from .notices.notice import Notice

RECIPIENT_CHANGED = Text(zh="收件人已变更", en="the recipient has changed")
MATTER_CHANGED = Text(zh="事项已办理或已变更", en="done or changed in the meantime")
NEWER_NOTICE = Text(zh="同一事项有更新的通知", en="replaced by a newer notice")
TIME_CERTAIN = Text(zh="时间已无疑问", en="the time is no longer in doubt")
ASSESSMENT_UNREADABLE = Text(zh="所涉考核无法读取", en="its assessment cannot be read")

IMMEDIATE_KINDS = frozenset({"clock_doubted"})
"""Kinds of notices that are sent only at once and alone (`Post.notify_now`).

When the post sends as usual again, they are out of date.
"""

NEWEST_ONLY_KINDS = frozenset({"sealed"})
"""Kinds of notices of which only the newest to a role is sent, whatever entries they are about."""

# "returned" is not here: each such notice has its reason, and the reasons may differ.
REPEATED_KINDS = frozenset({"step_open", "task", "reminder", "overdue", "escalation"})
"""Kinds of notices of which only the newest about the same step or task is sent."""


def replacement_key(delivery: Delivery, notice: Notice) -> tuple[object, ...]:
    """A key for the matter of a notice. Of several notices with the same key, only the newest is sent."""
    if notice.kind in NEWEST_ONLY_KINDS:
        return notice.kind, notice.to
    if notice.kind in REPEATED_KINDS:
        return delivery.stream, notice.to, notice.asks
    return delivery.number, delivery.item
