"""The post: what the ledger says is made into deliveries, and deliveries into messages.

Gathering reads the ledger after its cursor, so a notice is never lost between an entry and its sending: the ledger
is the outbox. Delivering claims, asks again whether the notice still holds, sends, and marks; marking comes after
sending, never before. A daemon that dies in between leaves a claim that runs out: the message is sent again under
the same id, a double that can be told, never a silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Protocol
from zlib import crc32

from jinja2 import TemplateError
from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment
from states.routine_check import RoutineCheck
from states.streams import kind_of
from states.user_errors import UserError
from states.vocabulary import Text
from states.year.lineage import heirs
from states.year.year import Year
from storage.errors import StorageError
from storage.ledger.chain import StoredEntry
from storage.ledger.ledger import Ledger
from storage.post import deliveries, pauses
from storage.post.contacts import all_contacts
from storage.post.deliveries import Delivery
from storage.post.pauses import ChannelPause
from storage.sign_in.accounts import names

from .channels.message import Channel, FailureCause, MaybeSent, Message, NotSent
from .contacts import GROUP, Contact, contact_of_row
from .hours import SendingHours
from .letter_text import Letterhead, write_group_message, write_letter
from .notices import routine_checks, visits
from .notices.assessments import still_applies
from .notices.notice import Notice, notice_from_json, notice_to_json, with_department_title
from .outbox import INBOX, UNREADABLE, inbox_of, notices_of_row
from .post_states import PostStates
from .send_times import send_time

GROUP_KINDS = frozenset({"reminder", "overdue", "escalation", "step_open", "returned", "deadline_moved", "task"})
"""The notices a group may hear of, as one more thing that waits; vetoes, cases and results are none of its business."""

BATCH = 500
CLAIM_DURATION = timedelta(minutes=5)
"""How long a claim holds: longer than any channel takes."""
FIRST_RETRY, LAST_RETRY, ATTEMPTS = timedelta(minutes=1), timedelta(hours=4), 10
LONGEST_WAIT = timedelta(days=1)
"""However long a channel asks to be left alone."""
LONGEST_PAUSE = timedelta(hours=1)
"""The longest time between two tries of a channel that waits for a setting, unless its server asks for more."""
LONGEST_GREYLIST = timedelta(days=5)
"""How long a letter is sent again after a greylist refused it. RFC 5321 section 4.5.4.1 gives up after four to five days."""
FAILURES_PER_ROUND = 3
"""Failures after which a channel rests until the next tick, so that one that hangs does not hold the others."""

DeliveryCounts = Mapping[str, int]
ClaimedNotice = tuple[Delivery, Notice]


class PostLog(Protocol):
    """What the post says of its work; never an address, never a text."""

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...


class PostSettings(Struct, frozen=True, kw_only=True):
    """How the post goes: its hours, and what stands on every letter.

    `beside` are those who hear by a setting and are no contact of the table; `covering` gives what is printed of the seal
    that an entry is under, None while it is under none.
    """

    hours: SendingHours
    is_working: Callable[[date], bool]
    stationery: Letterhead = Letterhead()
    beside: Sequence[Contact] = ()
    covering: Callable[[int], Mapping[str, object] | None] = lambda _number: None


class Post:
    """One post office. Several may serve one database: a claim is one's own."""

    def __init__(self, ledger: Ledger, channels: Mapping[str, Channel], settings: PostSettings, log: PostLog) -> None:
        self._ledger = ledger
        self._database = ledger.database
        self._channels = channels
        self._settings = settings
        self._log = log
        self._states = PostStates(ledger)

    def gather(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> int:
        """Make deliveries of every entry the post has not read, until told to `stop`; how many."""
        made = 0
        while not stop():
            after = deliveries.cursor(self._database)
            rows = list(islice(self._ledger.rows(after, batch=BATCH), BATCH))
            if not rows:
                break
            known = self._known()
            wanted = [d for row in rows for d in self._of(row, known, now)]
            if not deliveries.enqueue(self._database, wanted, after, rows[-1][0]):
                break
            made += len(wanted)
        return made

    def deliver(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> DeliveryCounts:
        """Send what is due until told to `stop`; how many messages came to which end."""
        self._unbind(now)
        if self._settings.hours.held_until(now, self._settings.is_working) > now:
            return {}
        known = {one.account: one for one in self._known()}
        return dict(
            Counter(end for channel in self._channels.values() for end in self._turn(channel, known, now, stop))
        )

    def next_at(self) -> datetime | None:
        """When the post next has something to send; None if nothing waits."""
        waits = pauses.all_pauses(self._database)
        due = [
            max(at, waits[name].ends_at) if name in waits else at
            for name in self._channels
            if (at := deliveries.next_due_at(self._database, [name])) is not None
        ]
        return min(due, default=None)

    def tell(self, kind: str, to: str, values: dict[str, object], about: str, now: datetime) -> None:
        """A notice that comes from no entry: that the clock had stopped. A role is told once `about` each matter."""
        if not self.has_told(about):
            number, item = self._ledger.head().number, crc32(about.encode()) >> 1
            told = self._for(Notice(kind, to, "", values), self._known(), number, item, about, now)
            deliveries.add(self._database, list(told))

    def say(
        self, kind: str, to: str, values: dict[str, object], about: str, now: datetime,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """A notice that cannot wait, and with which nothing else may go: told once `about` each matter, sent whatever the hour.

        Call it again: what could not be sent is tried again like any other.
        """
        if not self.has_told(about):
            number, item = self._ledger.head().number, crc32(about.encode()) >> 1
            told = self._for(Notice(kind, to, "", values), self._known(), number, item, about, now)
            deliveries.add(self._database, [replace(one, next_at=one.next_at and now) for one in told])
        known = {one.account: one for one in self._known()}
        for channel in self._channels.values():
            for _end in self._turn(channel, known, now, stop, about):
                pass

    def has_told(self, about: str) -> bool:
        """Whether somebody was told about this matter."""
        return bool(deliveries.search(self._database, stream=about, limit=1))

    def _known(self) -> list[Contact]:
        return [*map(contact_of_row, all_contacts(self._database)), *self._settings.beside]

    def _of(self, row: StoredEntry, known: Sequence[Contact], now: datetime) -> Iterator[Delivery]:
        """The deliveries of one entry."""
        number, stream = row[0], row[1]
        for item, notice in enumerate(notices_of_row(row, self._states, self._unreadable)):
            yield from self._for(notice, known, number, item, stream, now)

    def _unreadable(self, number: int, kind: str) -> None:
        self._log.warning("not readable", number=number, error=kind)

    def _for(
        self, notice: Notice, known: Sequence[Contact], number: int, item: int, stream: str, now: datetime
    ) -> Iterator[Delivery]:
        """One notice, for everybody it concerns: the inbox at once, the rest in the hours of the post."""
        first = Delivery(
            number=number, item=item, recipient=inbox_of(notice), channel=INBOX, stream=stream, kind=notice.kind,
            unit=notice.unit, notice=notice_to_json(notice), confidential=notice.confidential, state="sent", made_at=now, sent_at=now,
        )  # fmt: skip
        yield first
        later = send_time(notice, now, self._settings.hours, self._settings.is_working)
        for recipient, channel in self._ways(notice, known):
            yield replace(first, recipient=recipient, channel=channel, state="queued", sent_at=None, next_at=later)

    def _ways(self, notice: Notice, known: Sequence[Contact]) -> Iterator[tuple[str, str]]:
        """Whom to tell by which channel, beside the inbox."""
        for name in self._channels:
            if name != "mail" and notice.kind in GROUP_KINDS:
                yield GROUP, name
        roster = self._states.roster()
        for one in known:
            if one.hears(notice, heirs(notice.unit, roster)):
                yield from ((one.account, name) for name in self._channels if one.address(name, notice) is not None)

    def _turn(
        self, channel: Channel, known: Mapping[str, Contact], now: datetime, stop: Callable[[], bool], about: str | None = None,
    ) -> Iterator[str]:  # fmt: skip
        """One channel's messages, as many as its pace allows; what each came to. None while it waits for us. Only `about` one matter, if so asked."""
        missed, day = 0, self._settings.hours.day(now, self._settings.is_working)
        waits = pauses.all_pauses(self._database).get(channel.name)
        if waits is not None and now < waits.ends_at <= now + LONGEST_WAIT:
            return
        while missed < FAILURES_PER_ROUND and not stop():
            claimed = deliveries.claim(
                self._database, channel.name, now, now + CLAIM_DURATION, day, rate_limits(channel), about
            )
            if not claimed:
                return
            end = self._send(channel, claimed, known, now, about)
            missed += end in ("failed", "unknown")
            yield end
            if end == "paused":
                return
            if waits is not None and end in ("sent", *deliveries.GIVEN_UP):
                self._goes_again(channel)
                waits = None

    def _goes_again(self, channel: Channel) -> None:
        pauses.end(self._database, channel.name)
        self._log.info("channel goes again", channel=channel.name)

    def _send(
        self, channel: Channel, claimed: list[Delivery], known: Mapping[str, Contact], now: datetime, about: str | None
    ) -> str:
        """One message: leave out what no longer holds, send the rest, and mark what became of it."""
        try:
            kept = self._still_to_say(claimed, known, about)
            message = self._message(kept, kept[0][0], known, now) if kept else None
        except StorageError:
            raise
        except (TemplateError, *UNREADABLE) as error:
            return self._missed(channel, claimed, "failed", _Unwritable(error), now)
        if message is None:
            return "superseded"
        return self._handed(channel, message, [one for one, _ in kept], now)

    def _handed(self, channel: Channel, message: Message, mine: list[Delivery], now: datetime) -> str:
        """Hand a message over, once, and mark what became of it: afterwards, never before."""
        try:
            channel.send(message)
        except NotSent as error:
            return self._refused(channel, mine, error, now)
        except MaybeSent as error:
            return self._missed(channel, mine, "unknown", error, now)
        except Exception as error:  # noqa: BLE001  a channel that breaks its word must not hold the others
            return self._missed(channel, mine, "unknown", _Unwritable(error), now)
        deliveries.mark(self._database, mine, "sent", at=now)
        self._log.info("sent", channel=channel.name, message=message.id, notices=len(mine))
        return "sent"

    def _still_to_say(
        self, claimed: list[Delivery], known: Mapping[str, Contact], about: str | None
    ) -> list[ClaimedNotice]:
        """What of a message is still worth saying; what is not, is marked with the reason."""
        held = [(one, notice_from_json(one.notice)) for one in claimed]
        latest = {_replacement_key(one, notice): one for one, notice in held}
        kept = []
        for one, notice in held:
            why = (
                TIME_CERTAIN if notice.kind in IMMEDIATE_KINDS and about is None else self._outdated(one, notice, known)
            )
            why = why or (None if latest[_replacement_key(one, notice)] is one else NEWER_NOTICE)
            if why is None:
                kept.append((one, notice))
            else:
                deliveries.mark(self._database, [one], "superseded", response=why)
        return kept

    def _outdated(self, one: Delivery, notice: Notice, known: Mapping[str, Contact]) -> Text | None:
        """Why a notice is not to be sent any more; None if it is."""
        if one.recipient != GROUP:
            account = known.get(one.recipient)
            if (
                account is None
                or not account.hears(notice, heirs(notice.unit, self._states.roster()))
                or account.address(one.channel, notice) is None
            ):
                return RECIPIENT_CHANGED
        if notice.kind in visits.KINDS_WITH_CALENDAR:
            year = self._states.state(one.stream)
            return None if isinstance(year, Year) and visits.still_planned(notice, year) else MATTER_CHANGED
        if kind_of(one.stream) not in ("assessment", "routine_check"):
            return None
        try:
            state = self._states.state(one.stream)
            if isinstance(state, RoutineCheck):
                held = routine_checks.still_applies(notice, state)
            else:
                assert isinstance(state, Assessment)
                held = still_applies(notice, state, self._states.rulebook(one.stream))
        except StorageError:
            raise
        except UNREADABLE:
            return ASSESSMENT_UNREADABLE
        return None if held else MATTER_CHANGED

    def _message(
        self, kept: Sequence[ClaimedNotice], one: Delivery, known: Mapping[str, Contact], now: datetime
    ) -> Message:
        paper = self._settings.stationery
        if one.recipient == GROUP:
            said, to = write_group_message([notice for _, notice in kept], "zh", paper.console), ""
        else:
            account = known[one.recipient]
            to = next(filter(None, (account.address(one.channel, notice) for _, notice in kept)), "")
            titles = self._states.titles()
            order = {unit: at for at, unit in enumerate(titles)}
            whole = sorted((self._whole(*held) for held in kept), key=lambda one: order.get(one.unit, -1))
            today, own = self._settings.hours.civil_date(now), titles.get(account.unit or "", "")
            said = write_letter(whole, account.language, today, paper, own)
            return Message(
                id=one.message or "", to=to, subject=said.subject, body=said.body,
                attachments=visits.attachments(whole, account.language, paper.console),
            )  # fmt: skip
        return Message(id=one.message or "", to=to, subject=said.subject, body=said.body)

    def _whole(self, one: Delivery, notice: Notice) -> Notice:
        """A notice as it is read: a unit by its name, not by its id; a circulation with the seal it is under."""
        year = notice.values.get("year")
        whole = with_department_title(
            notice, self._states.roster().title(notice.unit, year if isinstance(year, int) else None)
        )
        if "visits" in notice.values or "contact" in notice.values:
            return visits.with_names(whole, self._states.titles(), names(self._database))
        if notice.kind == "circulated" and (seal := self._settings.covering(one.number)):
            return replace(whole, values={**whole.values, "seal": seal})
        return whole

    def _refused(self, channel: Channel, mine: list[Delivery], error: NotSent, now: datetime) -> str:
        """A message that certainly was not sent. Whose fault that is decides what waits: all, this one, or nothing."""
        asked = timedelta(seconds=min(error.retry_after or 0, LONGEST_WAIT.total_seconds()))
        if error.cause == "ours":
            return self._pause(channel, mine, error, now, asked)
        if error.cause == "waiting" and now - min(one.made_at for one in mine) < LONGEST_GREYLIST:
            deliveries.mark(self._database, mine, "queued", again=now + max(asked, FIRST_RETRY), response=error.text)
            return "waiting"
        return self._missed(channel, mine, "failed", error, now, asked, error.cause)

    def _pause(self, channel: Channel, mine: list[Delivery], error: NotSent, now: datetime, asked: timedelta) -> str:
        """Let every letter of the channel wait, and log it once: the fault is on our side."""
        before = pauses.all_pauses(self._database).get(channel.name)
        tries = before.tries + 1 if before else 1
        wait = max(asked, min(FIRST_RETRY * 2 ** min(tries - 1, 10), LONGEST_PAUSE))
        began = before.began_at if before else now
        deliveries.mark(self._database, mine, "queued", again=now)
        pauses.begin(self._database, ChannelPause(channel.name, error.setting, error.text, began, now + wait, tries))
        if before is None or before.setting != error.setting:
            self._log.warning("channel waits", channel=channel.name, setting=error.setting, error=error.code)
        return "paused"

    def _missed(
        self, channel: Channel, mine: list[Delivery], state: deliveries.DeliveryState, error: UserError, now: datetime,
        asked: timedelta = timedelta(), cause: FailureCause = "passing",
    ) -> str:  # fmt: skip
        """A message that was not sent, or perhaps: try again later, or give up and say so."""
        tried = max(one.attempts for one in mine)
        over = cause in ("letter", "address") or tried >= ATTEMPTS
        again = None if over else now + max(retry_delay(tried, mine[0].message or ""), asked)
        given_up: deliveries.DeliveryState = "dead" if cause == "address" else "undelivered"
        end: deliveries.DeliveryState = given_up if over else state
        deliveries.mark(self._database, mine, end, again=again, response=error.text)
        self._log.warning("not sent", channel=channel.name, message=mine[0].message, end=end, error=error.code)
        return end

    def _unbind(self, now: datetime) -> None:
        """Nothing waits longer than the longest holiday: where the clock was ahead and came back, it waits no more."""
        last = deliveries.last_due_at(self._database)
        if last is not None and last > now + LONGEST_DELAY:
            freed = deliveries.advance(self._database, now + LONGEST_DELAY, now)
            self._log.warning("clock went back", deliveries=freed)


LONGEST_DELAY = timedelta(days=21)
"""Beyond it no delivery is ever put off."""

RECIPIENT_CHANGED = Text(zh="收件人已变更", en="the recipient has changed")
MATTER_CHANGED = Text(zh="事项已办理或已变更", en="done or changed in the meantime")
NEWER_NOTICE = Text(zh="同一事项有更新的通知", en="replaced by a newer notice")
TIME_CERTAIN = Text(zh="时间已无疑问", en="the time is no longer in doubt")
ASSESSMENT_UNREADABLE = Text(zh="所涉考核无法读取", en="its assessment cannot be read")
"""Why a notice was not sent."""

IMMEDIATE_KINDS = frozenset({"clock_doubted"})
"""What is only ever said by itself (`Post.say`): where the post goes out as usual, it is over."""

NEWEST_ONLY_KINDS = frozenset({"sealed"})
"""Notices of which the newest says it all, whatever the others were about."""

REPEATED_KINDS = frozenset({"step_open", "task", "reminder", "overdue", "escalation"})
"""Notices of which the latest says it all. A returned step is none: it says why."""


class _Unwritable(UserError):
    """What stands for an error that should not be: its kind and no more, for its words may quote an address."""

    zh = "消息未能处理（{kind}），请联系维护人员。"
    en = "The message could not be handled ({kind}). Tell the maintainers of the system."

    def __init__(self, error: Exception) -> None:
        super().__init__(kind=type(error).__name__)


def _replacement_key(one: Delivery, notice: Notice) -> tuple[object, ...]:
    """What a notice asks of whom: of several that ask the same, the latest is enough."""
    if notice.kind in NEWEST_ONLY_KINDS:
        return notice.kind, notice.to
    if notice.kind in REPEATED_KINDS:
        return one.stream, notice.to, notice.asks
    return one.number, one.item


def rate_limits(channel: Channel) -> deliveries.Pace:
    """A channel's limits, each with its span."""
    limits = ((channel.per_minute, timedelta(minutes=1)), (channel.per_day, timedelta(days=1)))
    return tuple((most, span) for most, span in limits if most is not None)


def retry_delay(attempts: int, message: str) -> timedelta:
    """How long to wait after that many attempts: twice as long each time, up to four hours, and a fifth of chance.

    The chance is the message's own, so that many that failed together do not come back together.
    """
    wait: timedelta = min(FIRST_RETRY * 2 ** max(attempts - 1, 0), LAST_RETRY)
    chance = sha256(f"{message} {attempts}".encode()).digest()[0] / 255
    return wait * (1 + chance / 5)
