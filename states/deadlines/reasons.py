"""The reasons that the clock gives for its own commands, in both languages.

An entry has the Chinese sentence. A page shows it in the reader's language; a reason that a person typed is shown as
typed.
"""

from __future__ import annotations

from states.vocabulary import Text, Words

DEADLINE_EXTENDED = Text(
    zh="本步骤开始或被退回时，期限已过或时间不足，期限顺延",
    en="the step was started or returned too late for this deadline",
)
"""For a deadline that the clock moves because it could not be met."""

VETO_GONE = Text(zh="依据的案件已变更或撤销", en="the case it rested on was revised or rescinded")
"""For a veto that the clock lifts."""

CASES_CHANGED = Text(zh="计分所依据的案件有变化", en="the cases the score rests on changed")
"""For a result that the clock sends back to the committee."""

_BY_CHINESE = {reason.zh: reason for reason in (DEADLINE_EXTENDED, VETO_GONE, CASES_CHANGED)}


def as_recorded(reason: Text) -> Words:
    """The reason as an entry has it: in Chinese."""
    return Words(reason.zh)


def reason_text(reason: str) -> Text | str:
    """The reason of an entry: in both languages if it is one of the clock's, else as it was typed."""
    return _BY_CHINESE.get(reason, reason)
