"""The post: it turns entries of the ledger into deliveries, and deliveries into messages.

A delivery is one notice for one recipient by one channel; it is a row of the table `delivery`. `Post.gather` makes
deliveries, and `Post.deliver` sends them. `message_writer.py` writes the messages, `relevance.py` and `replacement.py`
decide what is not sent any more, and `retry.py` has the rules of retries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zlib import crc32

from jinja2 import TemplateError
from msgspec.structs import replace

from states.user_errors import UserError
from states.vocabulary import Text
from storage.errors import StorageError
from storage.ledger.chain import StoredEntry
from storage.ledger.ledger import Ledger
from storage.people import PeopleCache
from storage.post import deliveries, pauses
from storage.post.deliveries import Delivery
from storage.post.pauses import ChannelPause

from .channels.message import Channel, FailureCause, MaybeSent, Message, NotSent
from .contacts import GROUP, PERSONAL_CHANNELS, Contact, contacts_of
from .message_writer import ClaimedNotice, MessageWriter
from .notices.notice import Notice, notice_from_json, notice_to_json
from .outbox import INBOX, UNREADABLE, inbox_of, notices_of_row
from .post_settings import PostLog, PostSettings
from .post_states import PostStates
from .relevance import reason_not_to_send
from .replacement import IMMEDIATE_KINDS, NEWER_NOTICE, TIME_CERTAIN, replacement_key
from .retry import (
    FAILURES_PER_ROUND,
    FIRST_RETRY,
    LONGEST_DELAY,
    LONGEST_GREYLIST,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    rate_limits,
    retry_delay,
)
from .send_times import AT_ONCE_KINDS, send_time

# The ledger is the outbox. The engine commits an entry without calling the post. `gather` reads the entries after its
# cursor; the deliveries of an entry and the new cursor are written in one transaction. So a notice cannot be lost
# between an entry and its sending, and no entry waits for a mail server.
#
# A message is claimed, sent, and marked: three transactions, in this order. The claim is a lease: two daemons never
# send one message at the same time, and the lease of a daemon that died expires. If a message were marked before it is
# sent, a crash in between would lose it, and a lost reminder is worse than a second one. So a crash between sending and
# marking sends a message twice. It has the same id both times, which becomes the Message-ID of a letter and a short
# code in a group's message, so that readers and mail servers can recognise the second one.

GROUP_KINDS = frozenset(
    {"reminder", "overdue", "escalation", "step_open", "returned", "deadline_moved", "task", "chased"}
)
"""The kinds of notices that a message to a group counts. Vetoes, cases and results are not for a group."""

BATCH = 500
"""The number of entries that one transaction of `gather` reads."""

CLAIM_DURATION = timedelta(minutes=5)
"""The lease of a claimed message.

It must be longer than any channel takes (mail: 30 seconds); otherwise two daemons could send it.
"""

DeliveryCounts = Mapping[str, int]
"""The number of messages by the state in which they ended."""


class Post:
    """Makes and sends deliveries.

    Several posts may work on one database at the same time: each sends the messages that it has claimed.
    """

    def __init__(self, ledger: Ledger, channels: Mapping[str, Channel], settings: PostSettings, log: PostLog) -> None:
        self._ledger = ledger
        self._database = ledger.database
        self._channels = channels
        self._settings = settings
        self._log = log
        self._states = PostStates(ledger)
        self._people = PeopleCache(self._database)
        self._writer = MessageWriter(self._database, self._states, settings)

    def gather(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> int:
        """Make the deliveries of every entry after the cursor, until `stop` returns True. Nothing is sent.

        Returns how many were made. The inboxes on the pages have their notices from now on.
        """
        count = 0
        while not stop():
            after = deliveries.cursor(self._database)
            rows = list(islice(self._ledger.rows(after, batch=BATCH), BATCH))
            if not rows:
                break
            contacts = self._contacts(now)
            new = [delivery for row in rows for delivery in self._deliveries_of(row, contacts, now)]
            # False: another post has moved the cursor meanwhile, and has made these deliveries.
            if not deliveries.enqueue(self._database, new, after, rows[-1][0]):
                break
            count += len(new)
        return count

    def deliver(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> DeliveryCounts:
        """Send the deliveries that are due, until `stop` returns True.

        Outside the hours of the post nothing is sent. A notice that no longer applies is not sent, and its delivery is
        marked with the reason. Returns how many messages ended in which state.
        """
        self._advance_far_deliveries(now)
        if self._settings.hours.next_opening(now, self._settings.is_working) > now:
            return {}
        contacts = self._contacts_by_account(now)
        counts = Counter[str]()
        for channel in self._channels.values():
            counts.update(self._send_by(channel, contacts, now, stop))
        return dict(counts)

    def next_at(self) -> datetime | None:
        """The time from which there is something to send; None if nothing is queued."""
        paused = pauses.all_pauses(self._database)
        times = []
        for name in self._channels:
            due = deliveries.next_due_at(self._database, [name])
            if due is not None:
                times.append(max(due, paused[name].ends_at) if name in paused else due)
        return min(times, default=None)

    def notify(self, kind: str, to: str, values: dict[str, object], about: str, now: datetime) -> None:
        """Put a notice that comes from no entry into its inbox, and queue it for the channels.

        An example is that the scheduler had stopped. If there is a notice about the matter `about`, nothing is done.
        """
        if not self.was_notified(about):
            deliveries.add(self._database, self._deliveries_without_entry(Notice(kind, to, "", values), about, now))

    def notify_now(
        self,
        kind: str,
        to: str,
        values: dict[str, object],
        about: str,
        now: datetime,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Send a notice that comes from no entry at once, at any hour, and nothing else with it.

        It is queued only once for each matter `about`.

        Call this again until the notice is sent, because a message that failed is retried like any other.
        """
        # For the notice that the machine's time is in doubt. Deadlines and sending hours depend on the time, so they
        # must not decide whether this notice is sent, and no other letter may be sent with it.
        if not self.was_notified(about):
            new = self._deliveries_without_entry(Notice(kind, to, "", values), about, now)
            deliveries.add(self._database, [replace(delivery, next_at=delivery.next_at and now) for delivery in new])
        contacts = self._contacts_by_account(now)
        for channel in self._channels.values():
            for _end in self._send_by(channel, contacts, now, stop, about):
                pass

    def was_notified(self, about: str) -> bool:
        """Whether there is a notice about this matter."""
        return bool(deliveries.search(self._database, stream=about, limit=1))

    def _contacts(self, now: datetime) -> list[Contact]:
        holders = self._states.accounts_of_people()
        # A corrected address is used at once, and an erased one no more.
        people = self._people.contents().people
        contacts = [*contacts_of(self._database, holders, people), *self._settings.extra_contacts]
        return self._states.with_lent_roles(contacts, self._settings.hours.civil_date(now))

    def _contacts_by_account(self, now: datetime) -> dict[str, Contact]:
        return {contact.account: contact for contact in self._contacts(now)}

    def _deliveries_without_entry(self, notice: Notice, about: str, now: datetime) -> list[Delivery]:
        """The deliveries of a notice that comes from no entry.

        Their item is computed from the matter, so that it is always the same.
        """
        number, item = self._ledger.head().number, crc32(about.encode()) >> 1
        return list(self._deliveries_for(notice, self._contacts(now), number, item, about, now))

    def _deliveries_of(self, row: StoredEntry, contacts: Sequence[Contact], now: datetime) -> Iterator[Delivery]:
        """The deliveries of one entry."""
        number, stream, *_ = row
        for item, notice in enumerate(notices_of_row(row, self._states, self._log_unreadable)):
            yield from self._deliveries_for(notice, contacts, number, item, stream, now)

    def _log_unreadable(self, number: int, kind: str) -> None:
        self._log.warning("not readable", number=number, error=kind)

    def _deliveries_for(
        self, notice: Notice, contacts: Sequence[Contact], number: int, item: int, stream: str, now: datetime
    ) -> Iterator[Delivery]:
        """The deliveries of one notice: to its inbox at once, to the recipients of each channel at the sending time."""
        first = Delivery(
            number=number,
            item=item,
            recipient=inbox_of(notice),
            channel=INBOX,
            stream=stream,
            kind=notice.kind,
            unit=notice.unit,
            notice=notice_to_json(notice),
            confidential=notice.confidential,
            state="sent",
            made_at=now,
            sent_at=now,
        )
        yield first
        later = send_time(notice, now, self._settings.hours, self._settings.is_working)
        for recipient, channel in self._recipients(notice, contacts):
            yield replace(first, recipient=recipient, channel=channel, state="queued", sent_at=None, next_at=later)

    def _recipients(self, notice: Notice, contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
        """The recipients of a notice with their channels, without the inbox."""
        for name in self._channels:
            if name != "mail" and notice.kind in GROUP_KINDS:
                yield GROUP, name
        reachable = [one for one in contacts if any(one.address(name, notice) for name in self._channels)]
        named = [one for one in reachable if self._states.is_assigned(one, notice)]
        # If nobody who is to do it receives letters, everybody who may do it hears of it.
        for contact in named or [one for one in reachable if self._states.receives(one, notice)]:
            for name in self._channels:
                if contact.address(name, notice) is not None:
                    yield contact.account, name

    def _send_by(
        self,
        channel: Channel,
        contacts: Mapping[str, Contact],
        now: datetime,
        stop: Callable[[], bool],
        about: str | None = None,
    ) -> Iterator[str]:
        """Send the messages of one channel, as many as its limits allow. Yields the state in which each ended.

        `about`: send only the messages about this matter. A channel that is paused sends nothing.
        """
        failures, day = 0, self._settings.hours.day(now, self._settings.is_working)
        pause = pauses.all_pauses(self._database).get(channel.name)
        # A pause that ends later than a pause can end was made by a clock that was ahead. It is ignored.
        if pause is not None and now < pause.ends_at <= now + LONGEST_WAIT:
            return
        while failures < FAILURES_PER_ROUND and not stop():
            claimed = deliveries.claim(
                self._database,
                channel.name,
                now,
                now + CLAIM_DURATION,
                day,
                rate_limits(channel),
                about,
                AT_ONCE_KINDS if channel.name in PERSONAL_CHANNELS else (),
            )
            if not claimed:
                return
            state = self._send_claimed(channel, claimed, contacts, now, about)
            failures += state in ("failed", "unknown")
            yield state
            if state == "paused":
                return
            if pause is not None and state in ("sent", *deliveries.UNDELIVERED_STATES):
                self._end_pause(channel)
                pause = None

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
        """Send the notices of one message that still apply. Returns the state in which it ended."""
        try:
            current = self._without_outdated(claimed, contacts, about)
            message = self._writer.write(current, contacts, now) if current else None
        except StorageError:
            raise
        except (TemplateError, *UNREADABLE) as error:
            return self._retry_or_give_up(channel, claimed, "failed", _Unforeseen(error), now)
        if message is None:
            return "superseded"
        return self._hand_over(channel, message, [delivery for delivery, _ in current], now)

    def _hand_over(self, channel: Channel, message: Message, claimed: list[Delivery], now: datetime) -> str:
        """Hand a message to its channel once, then mark its deliveries. Returns the state in which it ended."""
        try:
            channel.send(message)
        except NotSent as error:
            return self._not_sent(channel, claimed, error, now)
        except MaybeSent as error:
            return self._retry_or_give_up(channel, claimed, "unknown", error, now)
        except Exception as error:  # noqa: BLE001  A fault in one channel must not stop the others.
            return self._retry_or_give_up(channel, claimed, "unknown", _Unforeseen(error), now)
        deliveries.mark(self._database, claimed, "sent", sent_at=now)
        self._log.info("sent", channel=channel.name, message=message.id, notices=len(claimed))
        return "sent"

    def _without_outdated(
        self, claimed: list[Delivery], contacts: Mapping[str, Contact], about: str | None
    ) -> list[ClaimedNotice]:
        """The notices of a message that should still be sent. The other deliveries are marked with the reason."""
        notices = [(delivery, notice_from_json(delivery.notice)) for delivery in claimed]
        newest = {replacement_key(delivery, notice): delivery for delivery, notice in notices}
        current = []
        for delivery, notice in notices:
            if notice.kind in IMMEDIATE_KINDS and about is None:
                why: Text | None = TIME_CERTAIN
            else:
                why = reason_not_to_send(delivery, notice, contacts, self._states)
            if why is None and newest[replacement_key(delivery, notice)] is not delivery:
                why = NEWER_NOTICE
            if why is None:
                current.append((delivery, notice))
            else:
                deliveries.mark(self._database, [delivery], "superseded", response=why)
        return current

    def _not_sent(self, channel: Channel, claimed: list[Delivery], error: NotSent, now: datetime) -> str:
        """A message was certainly not sent.

        The cause decides whether the channel waits, this message waits, or it is given up.
        """
        min_wait = timedelta(seconds=min(error.retry_after or 0, LONGEST_WAIT.total_seconds()))
        if error.cause == "ours":
            return self._pause(channel, claimed, error, now, min_wait)
        if error.cause == "waiting" and now - min(delivery.made_at for delivery in claimed) < LONGEST_GREYLIST:
            retry_at = now + max(min_wait, FIRST_RETRY)
            deliveries.mark(self._database, claimed, "queued", retry_at=retry_at, response=error.text)
            return "waiting"
        return self._retry_or_give_up(channel, claimed, "failed", error, now, min_wait, error.cause)

    def _pause(
        self, channel: Channel, claimed: list[Delivery], error: NotSent, now: datetime, min_wait: timedelta
    ) -> str:
        """Pause the channel, because a setting or the rate is wrong and every message would fail.

        It is logged once for each setting.
        """
        before = pauses.all_pauses(self._database).get(channel.name)
        tries = before.tries + 1 if before else 1
        wait = max(min_wait, min(FIRST_RETRY * 2 ** min(tries - 1, 10), LONGEST_PAUSE))
        began_at = before.began_at if before else now
        deliveries.mark(self._database, claimed, "queued", retry_at=now)
        pauses.begin(self._database, ChannelPause(channel.name, error.setting, error.text, began_at, now + wait, tries))
        if before is None or before.setting != error.setting:
            self._log.warning("channel waits", channel=channel.name, setting=error.setting, error=error.code)
        return "paused"

    def _retry_or_give_up(
        self,
        channel: Channel,
        claimed: list[Delivery],
        state: deliveries.DeliveryState,
        error: UserError,
        now: datetime,
        min_wait: timedelta = timedelta(),
        cause: FailureCause = "passing",
    ) -> str:
        """Queue a message for another attempt, or give it up. Returns the state in which it ended."""
        attempts = max(delivery.attempts for delivery in claimed)
        final_state, retry_at = state, None
        if cause in ("letter", "address") or attempts >= MAX_ATTEMPTS:
            final_state = "dead" if cause == "address" else "undelivered"
        else:
            retry_at = now + max(retry_delay(attempts, claimed[0].message or ""), min_wait)
        deliveries.mark(self._database, claimed, final_state, retry_at=retry_at, response=error.text)
        self._log.warning(
            "not sent", channel=channel.name, message=claimed[0].message, end=final_state, error=error.code
        )
        return final_state

    def _advance_far_deliveries(self, now: datetime) -> None:
        """Make due the deliveries whose time is beyond the longest holiday.

        A clock that was ahead must have set that time.
        """
        last = deliveries.last_due_at(self._database)
        if last is not None and last > now + LONGEST_DELAY:
            count = deliveries.bring_forward(self._database, now + LONGEST_DELAY, now)
            self._log.warning("clock went back", deliveries=count)


class _Unforeseen(UserError):
    """An unforeseen error in a form that people may read: only its class, because its text may quote an address."""

    zh = "消息未能处理（{kind}），请联系维护人员。"
    en = "The message could not be handled ({kind}). Tell the maintainers of the system."

    def __init__(self, error: Exception) -> None:
        super().__init__(kind=type(error).__name__)
