"""The stream `clock/time`: a person checked the machine's clock and confirmed that it is right.

The confirmed time is the time at which the entry was recorded. Also here: when a time is in doubt (`is_doubtful`), and
the refusal of all other commands then (`TimeInDoubt`). Not here: the last time that the clock showed
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

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {"confirm_time": (SYSTEM, OPERATOR.role)}
"""The roles that may confirm the time beside the role that organises the assessment (`states/rulebook/roles.py`)."""

TITLES: Mapping[str, Text] = {"confirm_time": Text(zh="确认本机时间", en="confirm the machine's time")}

# Ahead: a machine may be switched off for a summer, or for half a year. Behind: a correct clock never goes back, but a
# clock that was a little ahead may be corrected.
AHEAD, BEHIND = timedelta(days=200), timedelta(days=2)
"""The limits within which the clock is trusted: how far it may be ahead of, or behind, the last time that it showed."""


def is_doubtful(last: datetime, now: datetime) -> bool:
    """Whether a clock that now shows `now` cannot be trusted, because it last showed `last`. Both times are aware."""
    return not -BEHIND <= now - last <= AHEAD


class TimeInDoubt(Refusal):
    """The machine's clock is too far from the last time that it showed.

    The command is refused, because an entry with a wrong time could never be corrected.
    """

    zh = (
        "“{act}”暂不能办理：本机时间为 {now}，与上次可信的时间 {last} 相差过大（{clause}），写入台账的时间不能更改。"
        "请系统管理员核对机器时间：不对的，改正后即可继续；正确的，在“通知发送”页面确认，或运行 kaohe scheduler confirm-time。"
    )
    en = (
        "“{act}” is not possible now: the machine reads {now}, too far from {last}, the last time that is known to be "
        "right ({clause}), and a time in the ledger cannot be changed. Ask the system administrator to check the "
        "machine's clock. If it is wrong, set it right and go on; if it is right, confirm it on the page “Deliveries”, "
        "or run kaohe scheduler confirm-time."
    )


class LastKnownTime(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last time that the clock showed before it became doubtful."""

    last: datetime


class ConfirmTime(Command, LastKnownTime, frozen=True, kw_only=True):
    """Confirm that the machine's clock is right, although it is far from the last time that it showed."""


class ConfirmedTime(Struct, frozen=True):
    """The state of the stream. It has no content except its version."""

    stream: str = STREAM
    version: int = 0


class TimeConfirmed(Fact, LastKnownTime, frozen=True, kw_only=True):
    """Somebody checked the clock, and it was right."""

    def fold(self, state: ConfirmedTime, stamp: Stamp) -> ConfirmedTime:
        return replace(state, version=stamp.version)


def check(state: ConfirmedTime, record: LastKnownTime, context: Context) -> None:
    """Refuse a confirmation while the time is not in doubt."""
    if not is_doubtful(record.last, context.now):
        raise NothingToDo(act=TITLES["confirm_time"], why=_NOT_IN_DOUBT, clause=CLAUSE)


_NOT_IN_DOUBT = Text(zh="时间没有疑问", en="the time is not in doubt")
