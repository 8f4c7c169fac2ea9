"""A year on a virtual clock: the daemon's rounds, without waiting between them.

Time jumps to the next moment at which something happens: a happening (somebody submits something), or the earliest stream that is due. During
`outages` no round is run, as if the daemon had stopped.
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

CommandsThen = Callable[[Engine], Sequence[Submission]]


class RehearsalStep(Struct, frozen=True):
    """What somebody does at a moment: commands that go in one transaction.

    Commands that depend on the state at that moment (a committee approves the grade in the ledger) come from `asked`, which is handed the engine.
    """

    at: datetime
    submissions: tuple[Submission, ...] = ()
    asked: CommandsThen | None = None

    def commands(self, engine: Engine) -> list[Submission]:
        """All commands of this moment."""
        return [*self.submissions, *(self.asked(engine) if self.asked else ())]


class Rehearsal:
    """One run. `post` delivers notices on the way; `seal` is called after each round; `heard` is called with the answers to each happening."""

    def __init__(
        self, engine: Engine, clock: VirtualClock, outages: Sequence[tuple[datetime, datetime]] = (),
        heard: Callable[[datetime, list[Answer]], None] | None = None, post: Post | None = None,
        seal: Callable[[datetime], None] | None = None, is_working: IsWorking | None = None,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.post = post
        self._is_working = is_working or working_days(engine.ledger.database).is_working
        self.seal = seal
        self.clock = clock
        self.outages = outages
        self.written = 0
        self.rounds = 0
        self._heard = heard or (lambda _at, _answers: None)

    def run(self, happenings: Iterable[RehearsalStep], until: datetime) -> None:
        """Let `happenings` (in the order of time) and everything that is due happen, up to and including `until`."""
        for happening in happenings:
            if happening.at > until:
                break
            self._rounds_before(happening.at)
            self.clock.advance_to(happening.at)
            self._heard(happening.at, self.engine.submit_many(happening.commands(self.engine)))
            self._round()
        self._rounds_before(until)
        self.clock.advance_to(until)
        self._round()

    def _rounds_before(self, before: datetime) -> None:
        """Do a round at every moment before `before` at which something is due."""
        while (due := self._next_due()) is not None:
            at = self._when_running(max(due, self.clock.now()))
            if at >= before:
                return
            self.clock.advance_to(at)
            self._round()
            if self._next_due() == due:
                return

    def _next_due(self) -> datetime | None:
        """When a stream, or a letter, is next due."""
        moments = [queries.earliest_due(self.engine.ledger.database), self.post.next_at() if self.post else None]
        return min((moment for moment in moments if moment is not None), default=None)

    def _when_running(self, at: datetime) -> datetime:
        """The first moment from `at` on at which the daemon runs."""
        return max([at, *(end for start, end in self.outages if start <= at < end)])

    def _round(self) -> Round:
        """One round, unless the daemon is off."""
        now = self.clock.now()
        if self._when_running(now) != now:
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
