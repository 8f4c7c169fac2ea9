"""A year on a virtual clock: the same rounds as the daemon's, as fast as they can be done.

Time jumps from one moment that matters to the next: a dated happening (somebody submits something) or the earliest
duty of the clock. Between `asleep` moments no round is run, as if the daemon were off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from config.clock import VirtualClock
from notifications.post import Post
from states.vocabulary import IsWorking
from storage import queries
from workflow.calendar import working_days
from workflow.engine import Answer, Engine, Submission

from . import rounds, year_end
from .rounds import Round

Asked = Callable[[Engine], Sequence[Submission]]


class Happening(Struct, frozen=True):
    """What somebody does at a moment: commands that go in one transaction.

    They may depend on what stands then (a committee approves the grade on record): `asked` is told the engine.
    """

    at: datetime
    submissions: tuple[Submission, ...] = ()
    asked: Asked | None = None

    def commands(self, engine: Engine) -> list[Submission]:
        """Everything asked for at this moment."""
        return [*self.submissions, *(self.asked(engine) if self.asked else ())]


class Rehearsal:
    """One run; with a `post`, what it says is delivered on the way; with `seal`, the ledger is sealed when that is owed."""

    def __init__(
        self, engine: Engine, clock: VirtualClock, asleep: Sequence[tuple[datetime, datetime]] = (),
        heard: Callable[[datetime, list[Answer]], None] | None = None, post: Post | None = None,
        seal: Callable[[datetime], None] | None = None, is_working: IsWorking | None = None,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.post = post
        self._is_working = is_working or working_days(engine.ledger.database).is_working
        self.seal = seal
        self.clock = clock
        self.asleep = asleep
        self.written = 0
        self.rounds = 0
        self._heard = heard or (lambda _at, _answers: None)

    def run(self, happenings: Iterable[Happening], until: datetime) -> None:
        """Live through `happenings` (in order of time) up to and including `until`."""
        for happening in happenings:
            if happening.at > until:
                break
            self._duties(happening.at)
            self.clock.advance_to(happening.at)
            self._heard(happening.at, self.engine.submit_many(happening.commands(self.engine)))
            self._round()
        self._duties(until)
        self.clock.advance_to(until)
        self._round()

    def _duties(self, before: datetime) -> None:
        """Every moment before `before` at which the clock owes something, one after the other."""
        while (due := self._next()) is not None:
            at = self._awake(max(due, self.clock.now()))
            if at >= before:
                return
            self.clock.advance_to(at)
            self._round()
            if self._next() == due:
                return

    def _next(self) -> datetime | None:
        """When the clock, or its post, next has something to do."""
        moments = [queries.earliest_due(self.engine.ledger.database), self.post.next_at() if self.post else None]
        return min((moment for moment in moments if moment is not None), default=None)

    def _awake(self, at: datetime) -> datetime:
        """The first moment from `at` on at which the daemon runs."""
        return max([at, *(end for start, end in self.asleep if start <= at < end)])

    def _round(self) -> Round:
        """One round, unless the daemon is off."""
        now = self.clock.now()
        if self._awake(now) != now:
            return Round()
        done = rounds.run(self.engine, now, self._is_working)
        if self.seal is not None:
            self.seal(now)
        if self.post is not None:
            year_end.tell(self.engine, self.post, self._is_working, now)
            self.post.gather(now)
            self.post.deliver(now)
        self.rounds += 1
        self.written += done.written
        return done
