"""The reasons in the clock's own commands, in both languages.

An entry has the Chinese sentence, which a page translates into the reader's language. A reason that a person typed is
not translated.
"""

from __future__ import annotations

from states.vocabulary import Text, Words

DEADLINE_EXTENDED = Text(
    zh="本步骤开始或被退回时，期限已过或时间不足，期限顺延",
    en="the step was started or returned too late for this deadline",
)
"""The reason when the clock moves a deadline that could not be met."""

DEADLINE_COUNTED = Text(
    zh="按工作日历推算该事项的期限",
    en="the deadline of this task was counted by the calendar",
)
"""The reason when the clock sets the deadline of a task that depends on which days are working days."""

LAST_DAY_COUNTED = Text(
    zh="按工作日历推算提出申请的最后一日",
    en="the last day to ask was counted by the calendar",
)
"""The reason when the clock sets the last day to ask for a review that depends on which days are working days."""

VETO_GROUND_CHANGED = Text(zh="依据的案件已变更或撤销", en="the case it rested on was revised or rescinded")
"""The reason when the clock lifts a veto."""

SOURCES_CHANGED = Text(zh="计分依据有变化", en="what the score rests on changed")
"""The reason when the clock reopens a result."""

_REASON_OF_CHINESE = {
    reason.zh: reason
    for reason in (DEADLINE_EXTENDED, DEADLINE_COUNTED, LAST_DAY_COUNTED, VETO_GROUND_CHANGED, SOURCES_CHANGED)
}


def recorded_reason(reason: Text) -> Words:
    """The reason as it is written in an entry: in Chinese."""
    return Words(reason.zh)


def reason_text(reason: str) -> Text | str:
    """The reason of an entry: in both languages if it is a reason of the clock, else as it was typed."""
    return _REASON_OF_CHINESE.get(reason, reason)
