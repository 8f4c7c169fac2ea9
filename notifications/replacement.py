"""Why a notice that waits is not sent any more: it was replaced by a newer one, or its matter has changed. Pure."""

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
"""Notices that are only sent at once and alone (`Post.notify_now`). Where the post sends as usual, their matter is over."""

NEWEST_ONLY_KINDS = frozenset({"sealed"})
"""Notices of which the newest says everything, whatever entry each was about."""

# A returned step is not among them: its notice says why, and a later one may give another reason.
REPEATED_KINDS = frozenset({"step_open", "task", "reminder", "overdue", "escalation"})
"""Notices of which the newest about the same step or task says everything."""


def replacement_key(delivery: Delivery, notice: Notice) -> tuple[object, ...]:
    """What a notice is about: of several with one key, only the newest is sent."""
    if notice.kind in NEWEST_ONLY_KINDS:
        return notice.kind, notice.to
    if notice.kind in REPEATED_KINDS:
        return delivery.stream, notice.to, notice.asks
    return delivery.number, delivery.item
