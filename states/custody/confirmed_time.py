"""The stream `clock/time`: a person checked the machine's clock and confirmed that it is right.

The time at which such an entry was recorded is the confirmed time. Not here: the time the clock last showed
(`workflow/fence.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from states.accounts.account import OPERATOR
from states.context import Context
from states.records.account import SYSTEM
from states.refusals import NothingToDo, Refusal
from states.streams import CLOCK_TIME
from states.vocabulary import Command, Fact, Stamp, Text

STREAM = CLOCK_TIME

CLAUSE = Text(zh="本系统默认·时间存疑", en="our default: a time in doubt")

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {"confirm_time": ("office", SYSTEM, OPERATOR.role)}
"""The roles that may see the page on which the time is confirmed, and the operator of the machine."""

TITLES: Mapping[str, Text] = {"confirm_time": Text(zh="确认本机时间", en="confirm the machine's time")}

# Ahead: a machine may be switched off for a summer, or for half a year. Behind: a right clock never goes back, but one
# that was a little ahead may be set right.
AHEAD, BEHIND = timedelta(days=200), timedelta(days=2)
"""How far the clock may be ahead of the last time it showed, and how far behind it, without a doubt."""


def is_doubtful(last: datetime, now: datetime) -> bool:
    """Whether a clock that shows `now` cannot be trusted, if it showed `last` before."""
    return not -BEHIND <= now - last <= AHEAD


class TimeInDoubt(Refusal):
    """The machine's clock is too far from the time it last showed.

    An entry with a wrong time could not be taken back.
    """

    zh = (
        "“{act}”暂不能办理：本机时间为 {now}，与上次可信的时间 {last} 相差过大（{clause}），写入台账的时间不能更改。"
        "请系统管理员核对机器时间：不对的，改正后即可继续；正确的，在“通知发送”页面确认，或运行 kaohe scheduler confirm-time。"
    )
    en = (
        "“{act}” is not possible now: the machine reads {now}, too far from {last}, the last time that is known to be right ({clause}), and a time in "
        "the ledger cannot be changed. Ask the system administrator to check the machine's clock. If it is wrong, set it right and go on; if it is right, "
        "confirm it on the page “Deliveries”, or run kaohe scheduler confirm-time."
    )


class LastKnownTime(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last time the clock is known to have shown before the doubt arose."""

    last: datetime


class ConfirmTime(Command, LastKnownTime, frozen=True, kw_only=True):
    """Confirm that the machine's clock is right, although it is far from the time it last showed."""


class ConfirmedTime(Struct, frozen=True):
    """The state of the stream: only its length matters."""

    stream: str = STREAM
    version: int = 0


class TimeConfirmed(Fact, LastKnownTime, frozen=True, kw_only=True):
    """Somebody checked the clock, and it was right."""

    def fold(self, state: ConfirmedTime, stamp: Stamp) -> ConfirmedTime:
        return replace(state, version=stamp.version)


def check(state: ConfirmedTime, record: LastKnownTime, context: Context) -> None:
    """The time is in doubt; otherwise there is nothing to confirm."""
    if not is_doubtful(record.last, context.now):
        raise NothingToDo(act=TITLES["confirm_time"], why=_PLAIN, clause=CLAUSE)


_PLAIN = Text(zh="时间没有疑问", en="the time is not in doubt")
