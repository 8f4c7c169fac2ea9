"""The reasons the clock gives for what it does: our own sentences, in both languages.

An entry holds the Chinese one. A reason that a person typed is none of these and is shown as it was typed.
"""

from __future__ import annotations

from states.vocabulary import Text, Words

GIVEN_TIME = Text(
    zh="本步骤开始或被退回时，期限已过或时间不足，期限顺延",
    en="the step was started or returned too late for this deadline",
)
"""For moving a deadline that could not be met."""

VETO_GONE = Text(zh="依据的案件已变更或撤销", en="the case it rested on was revised or rescinded")
"""For lifting a veto."""

CASES_CHANGED = Text(zh="计分所依据的案件有变化", en="the cases the score rests on changed")
"""For taking a result back to the committee."""

_IN_BOTH = {reason.zh: reason for reason in (GIVEN_TIME, VETO_GONE, CASES_CHANGED)}


def written(reason: Text) -> Words:
    """A reason as an entry holds it."""
    return Words(reason.zh)


def in_words(reason: str) -> Text | str:
    """A reason out of an entry: one of the clock's in both languages, any other as it was typed."""
    return _IN_BOTH.get(reason, reason)
