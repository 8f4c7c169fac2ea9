"""The post: it turns entries of the ledger into deliveries, and deliveries into messages.

A delivery is one notice for one recipient by one channel, a row of the table `delivery`. `Post.gather` makes them, `Post.deliver` sends
them. When a message is tried again: `retry.py`. Why one is not sent any more: `replacement.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zlib import crc32

from jinja2 import TemplateError
from msgspec.structs import replace

from states.assessment import Assessment
from states.records.lineage import all_successors
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.streams import kind_of
from states.user_errors import UserError
from states.vocabulary import Text
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
from .letter_text import write_group_message, write_letter
from .notices import routine_checks, visits
from .notices.assessments import still_applies
from .notices.notice import Notice, notice_from_json, notice_to_json, with_department_title
from .outbox import INBOX, UNREADABLE, inbox_of, notices_of_row
from .post_settings import PostLog, PostSettings
from .post_states import PostStates
from .replacement import (
    ASSESSMENT_UNREADABLE,
    IMMEDIATE_KINDS,
    MATTER_CHANGED,
    NEWER_NOTICE,
    RECIPIENT_CHANGED,
    TIME_CERTAIN,
    replacement_key,
)
from .retry import (
    ATTEMPTS,
    FAILURES_PER_ROUND,
    FIRST_RETRY,
    LONGEST_DELAY,
    LONGEST_GREYLIST,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    rate_limits,
    retry_delay,
)
from .send_times import send_time

# The ledger is the outbox. An entry is committed without a word to the post; `gather` reads behind its cursor, and the deliveries of an
# entry and the new cursor are one transaction. So a notice cannot be lost between an entry and its sending, and no entry waits for a mail
# server.
#
# A message is claimed, sent, then marked: three transactions, in this order. The claim is a lease: two daemons never send one message at the
# same time, and the lease of a daemon that died runs out by itself. To mark before sending would turn a crash in between into silence, and
# silence about a deadline is the worse fault. So a crash between sending and marking sends a message twice. It has the same id both
# times, which becomes the Message-ID of a letter and a short code in a group's message, so that readers and mail servers can see that
# the two are one.

GROUP_KINDS = frozenset({"reminder", "overdue", "escalation", "step_open", "returned", "deadline_moved", "task"})
"""The notices that are counted in a message to a group. Vetoes, cases and results are not for a group."""

BATCH = 500
"""Entries that one transaction of `gather` reads."""

CLAIM_DURATION = timedelta(minutes=5)
"""The lease of a claimed message. It must be longer than any channel takes (mail: 30 seconds), or two daemons send it."""

DeliveryCounts = Mapping[str, int]
ClaimedNotice = tuple[Delivery, Notice]


class Post:
    """One sender. Several may work on one database at the same time: each sends what it has claimed."""

    def __init__(self, ledger: Ledger, channels: Mapping[str, Channel], settings: PostSettings, log: PostLog) -> None:
        self._ledger = ledger
        self._database = ledger.database
        self._channels = channels
        self._settings = settings
        self._log = log
        self._states = PostStates(ledger)

    def gather(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> int:
        """Make the deliveries of every entry behind the cursor, until `stop` says so. Returns how many were made."""
        made = 0
        while not stop():
            after = deliveries.cursor(self._database)
            rows = list(islice(self._ledger.rows(after, batch=BATCH), BATCH))
            if not rows:
                break
            contacts = self._contacts()
            wanted = [d for row in rows for d in self._deliveries_of(row, contacts, now)]
            if not deliveries.enqueue(self._database, wanted, after, rows[-1][0]):
                break
            made += len(wanted)
        return made

    def deliver(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> DeliveryCounts:
        """Send what is due, until `stop` says so. Returns how many messages ended in which state."""
        self._advance_far_deliveries(now)
        if self._settings.hours.next_opening(now, self._settings.is_working) > now:
            return {}
        contacts = {one.account: one for one in self._contacts()}
        return dict(
            Counter(end for channel in self._channels.values() for end in self._send_by(channel, contacts, now, stop))
        )

    def next_at(self) -> datetime | None:
        """The moment from which there is something to send; None if nothing is queued."""
        waits = pauses.all_pauses(self._database)
        due = [
            max(at, waits[name].ends_at) if name in waits else at
            for name in self._channels
            if (at := deliveries.next_due_at(self._database, [name])) is not None
        ]
        return min(due, default=None)

    def notify(self, kind: str, to: str, values: dict[str, object], about: str, now: datetime) -> None:
        """Queue a notice that comes from no entry, such as that the clock had stopped; once for each `about`."""
        if not self.was_notified(about):
            number, item = self._ledger.head().number, crc32(about.encode()) >> 1
            told = self._deliveries_for(Notice(kind, to, "", values), self._contacts(), number, item, about, now)
            deliveries.add(self._database, list(told))

    def notify_now(
        self, kind: str, to: str, values: dict[str, object], about: str, now: datetime,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """Send a notice at once, whatever the hour, and nothing with it; it is queued once for each `about`.

        To be called again until it is sent: a failed message is retried like any other.
        """
        # For the notice that the machine's time cannot be believed. Deadlines and sending hours depend on the time, so neither may decide
        # whether this one goes out, and no other letter may go out with it.
        if not self.was_notified(about):
            number, item = self._ledger.head().number, crc32(about.encode()) >> 1
            told = self._deliveries_for(Notice(kind, to, "", values), self._contacts(), number, item, about, now)
            deliveries.add(self._database, [replace(one, next_at=one.next_at and now) for one in told])
        contacts = {one.account: one for one in self._contacts()}
        for channel in self._channels.values():
            for _end in self._send_by(channel, contacts, now, stop, about):
                pass

    def was_notified(self, about: str) -> bool:
        """Whether there is a notice about this matter."""
        return bool(deliveries.search(self._database, stream=about, limit=1))

    def _contacts(self) -> list[Contact]:
        return [*map(contact_of_row, all_contacts(self._database)), *self._settings.beside]

    def _deliveries_of(self, row: StoredEntry, contacts: Sequence[Contact], now: datetime) -> Iterator[Delivery]:
        """The deliveries of one entry."""
        number, stream = row[0], row[1]
        for item, notice in enumerate(notices_of_row(row, self._states, self._log_unreadable)):
            yield from self._deliveries_for(notice, contacts, number, item, stream, now)

    def _log_unreadable(self, number: int, kind: str) -> None:
        self._log.warning("not readable", number=number, error=kind)

    def _deliveries_for(
        self, notice: Notice, contacts: Sequence[Contact], number: int, item: int, stream: str, now: datetime
    ) -> Iterator[Delivery]:
        """One notice for every recipient: the inbox at once, the channels from the next sending time on."""
        first = Delivery(
            number=number, item=item, recipient=inbox_of(notice), channel=INBOX, stream=stream, kind=notice.kind,
            unit=notice.unit, notice=notice_to_json(notice), confidential=notice.confidential, state="sent", made_at=now, sent_at=now,
        )  # fmt: skip
        yield first
        later = send_time(notice, now, self._settings.hours, self._settings.is_working)
        for recipient, channel in self._recipients(notice, contacts):
            yield replace(first, recipient=recipient, channel=channel, state="queued", sent_at=None, next_at=later)

    def _recipients(self, notice: Notice, contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
        """The recipients of a notice with their channels, the inbox excepted."""
        for name in self._channels:
            if name != "mail" and notice.kind in GROUP_KINDS:
                yield GROUP, name
        roster = self._states.roster()
        for one in contacts:
            if one.receives(notice, all_successors(notice.unit, roster)):
                yield from ((one.account, name) for name in self._channels if one.address(name, notice) is not None)

    def _send_by(
        self, channel: Channel, contacts: Mapping[str, Contact], now: datetime, stop: Callable[[], bool], about: str | None = None,
    ) -> Iterator[str]:  # fmt: skip
        """Send one channel's messages, as many as its limits allow, and yield the state each ended in; only those `about` a matter, if given.

        A channel that is paused sends nothing.
        """
        missed, day = 0, self._settings.hours.day(now, self._settings.is_working)
        waits = pauses.all_pauses(self._database).get(channel.name)
        # A pause that ends later than any can was made by a clock that was ahead: it does not count.
        if waits is not None and now < waits.ends_at <= now + LONGEST_WAIT:
            return
        while missed < FAILURES_PER_ROUND and not stop():
            claimed = deliveries.claim(
                self._database, channel.name, now, now + CLAIM_DURATION, day, rate_limits(channel), about
            )
            if not claimed:
                return
            end = self._send_claimed(channel, claimed, contacts, now, about)
            missed += end in ("failed", "unknown")
            yield end
            if end == "paused":
                return
            if waits is not None and end in ("sent", *deliveries.GIVEN_UP):
                self._end_pause(channel)
                waits = None

    def _end_pause(self, channel: Channel) -> None:
        pauses.end(self._database, channel.name)
        self._log.info("channel goes again", channel=channel.name)

    def _send_claimed(
        self,
        channel: Channel,
        claimed: list[Delivery],
        contacts: Mapping[str, Contact],
        now: datetime,
        about: str | None,
    ) -> str:
        """Send one message: the notices that still apply. Returns the state it ended in."""
        try:
            current = self._without_outdated(claimed, contacts, about)
            message = self._message(current, current[0][0], contacts, now) if current else None
        except StorageError:
            raise
        except (TemplateError, *UNREADABLE) as error:
            return self._retry_or_give_up(channel, claimed, "failed", _Unforeseen(error), now)
        if message is None:
            return "superseded"
        return self._hand_over(channel, message, [one for one, _ in current], now)

    def _hand_over(self, channel: Channel, message: Message, claimed: list[Delivery], now: datetime) -> str:
        """Hand a message to its channel once, then mark its deliveries."""
        try:
            channel.send(message)
        except NotSent as error:
            return self._not_sent(channel, claimed, error, now)
        except MaybeSent as error:
            return self._retry_or_give_up(channel, claimed, "unknown", error, now)
        except Exception as error:  # noqa: BLE001  a fault in one channel must not stop the others
            return self._retry_or_give_up(channel, claimed, "unknown", _Unforeseen(error), now)
        deliveries.mark(self._database, claimed, "sent", sent_at=now)
        self._log.info("sent", channel=channel.name, message=message.id, notices=len(claimed))
        return "sent"

    def _without_outdated(
        self, claimed: list[Delivery], contacts: Mapping[str, Contact], about: str | None
    ) -> list[ClaimedNotice]:
        """The notices of a message that are still to be sent. The others are marked with the reason."""
        waiting = [(one, notice_from_json(one.notice)) for one in claimed]
        latest = {replacement_key(one, notice): one for one, notice in waiting}
        current = []
        for one, notice in waiting:
            why = (
                TIME_CERTAIN
                if notice.kind in IMMEDIATE_KINDS and about is None
                else self._reason_not_to_send(one, notice, contacts)
            )
            why = why or (None if latest[replacement_key(one, notice)] is one else NEWER_NOTICE)
            if why is None:
                current.append((one, notice))
            else:
                deliveries.mark(self._database, [one], "superseded", response=why)
        return current

    def _reason_not_to_send(self, one: Delivery, notice: Notice, contacts: Mapping[str, Contact]) -> Text | None:
        """Why a notice is not sent any more; None if it is."""
        if one.recipient != GROUP:
            account = contacts.get(one.recipient)
            if (
                account is None
                or not account.receives(notice, all_successors(notice.unit, self._states.roster()))
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
                applies = routine_checks.still_applies(notice, state)
            else:
                assert isinstance(state, Assessment)
                applies = still_applies(notice, state, self._states.rulebook(one.stream))
        except StorageError:
            raise
        except UNREADABLE:
            return ASSESSMENT_UNREADABLE
        return None if applies else MATTER_CHANGED

    def _message(
        self, current: Sequence[ClaimedNotice], one: Delivery, contacts: Mapping[str, Contact], now: datetime
    ) -> Message:
        paper = self._settings.letterhead
        if one.recipient == GROUP:
            said, to = write_group_message([notice for _, notice in current], "zh", paper.console), ""
        else:
            account = contacts[one.recipient]
            to = next(filter(None, (account.address(one.channel, notice) for _, notice in current)), "")
            titles = self._states.titles()
            order = {unit: at for at, unit in enumerate(titles)}
            whole = sorted((self._with_names(*waiting) for waiting in current), key=lambda one: order.get(one.unit, -1))
            today, own = self._settings.hours.civil_date(now), titles.get(account.unit or "", "")
            said = write_letter(whole, account.language, today, paper, own)
            return Message(
                id=one.message or "", to=to, subject=said.subject, body=said.body,
                attachments=visits.attachments(whole, account.language, paper.console),
            )  # fmt: skip
        return Message(id=one.message or "", to=to, subject=said.subject, body=said.body)

    def _with_names(self, one: Delivery, notice: Notice) -> Notice:
        """A notice with names instead of ids, and a circulation with the seal over it."""
        year = notice.values.get("year")
        whole = with_department_title(
            notice, self._states.roster().title(notice.unit, year if isinstance(year, int) else None)
        )
        if "visits" in notice.values or "contact" in notice.values:
            return visits.with_names(whole, self._states.titles(), names(self._database))
        if notice.kind == "circulated" and (seal := self._settings.covering(one.number)):
            return replace(whole, values={**whole.values, "seal": seal})
        return whole

    def _not_sent(self, channel: Channel, claimed: list[Delivery], error: NotSent, now: datetime) -> str:
        """A message was certainly not sent: the cause decides whether the channel waits, this message waits, or it is given up."""
        asked = timedelta(seconds=min(error.retry_after or 0, LONGEST_WAIT.total_seconds()))
        if error.cause == "ours":
            return self._pause(channel, claimed, error, now, asked)
        if error.cause == "waiting" and now - min(one.made_at for one in claimed) < LONGEST_GREYLIST:
            deliveries.mark(
                self._database, claimed, "queued", retry_at=now + max(asked, FIRST_RETRY), response=error.text
            )
            return "waiting"
        return self._retry_or_give_up(channel, claimed, "failed", error, now, asked, error.cause)

    def _pause(self, channel: Channel, claimed: list[Delivery], error: NotSent, now: datetime, asked: timedelta) -> str:
        """Pause the channel: a setting or the pace is wrong, so every message of it would fail. Logged once for each setting."""
        before = pauses.all_pauses(self._database).get(channel.name)
        tries = before.tries + 1 if before else 1
        wait = max(asked, min(FIRST_RETRY * 2 ** min(tries - 1, 10), LONGEST_PAUSE))
        began = before.began_at if before else now
        deliveries.mark(self._database, claimed, "queued", retry_at=now)
        pauses.begin(self._database, ChannelPause(channel.name, error.setting, error.text, began, now + wait, tries))
        if before is None or before.setting != error.setting:
            self._log.warning("channel waits", channel=channel.name, setting=error.setting, error=error.code)
        return "paused"

    def _retry_or_give_up(
        self, channel: Channel, claimed: list[Delivery], state: deliveries.DeliveryState, error: UserError, now: datetime,
        asked: timedelta = timedelta(), cause: FailureCause = "passing",
    ) -> str:  # fmt: skip
        """Queue a message for another attempt, or give it up."""
        tried = max(one.attempts for one in claimed)
        over = cause in ("letter", "address") or tried >= ATTEMPTS
        again = None if over else now + max(retry_delay(tried, claimed[0].message or ""), asked)
        given_up: deliveries.DeliveryState = "dead" if cause == "address" else "undelivered"
        end: deliveries.DeliveryState = given_up if over else state
        deliveries.mark(self._database, claimed, end, retry_at=again, response=error.text)
        self._log.warning("not sent", channel=channel.name, message=claimed[0].message, end=end, error=error.code)
        return end

    def _advance_far_deliveries(self, now: datetime) -> None:
        """Bring back the deliveries that a clock which was ahead put off beyond the longest holiday."""
        last = deliveries.last_due_at(self._database)
        if last is not None and last > now + LONGEST_DELAY:
            freed = deliveries.advance(self._database, now + LONGEST_DELAY, now)
            self._log.warning("clock went back", deliveries=freed)


class _Unforeseen(UserError):
    """An unforeseen error as a person may read it: its kind only, because its words may quote an address."""

    zh = "消息未能处理（{kind}），请联系维护人员。"
    en = "The message could not be handled ({kind}). Tell the maintainers of the system."

    def __init__(self, error: Exception) -> None:
        super().__init__(kind=type(error).__name__)
