"""The simulation of a year on a virtual clock: commands of people, and the daemon's rounds, without waiting.

The clock jumps to the next moment: that of the next step, or the moment at which a stream or a letter is due. During
`outages` the daemon does nothing, as if it had stopped. Not here: the other parts of a tick, such as the opening of the
year. The caller does those.
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

CommandMaker = Callable[[Engine], Sequence[Submission]]
"""Makes commands from the state of the ledger."""


class SimulationStep(Struct, frozen=True):
    """The commands that people submit at one moment, in one transaction.

    `make_commands` makes further commands that depend on the state at that moment: a committee approves the grade that
    is in the ledger.
    """

    at: datetime
    submissions: tuple[Submission, ...] = ()
    make_commands: CommandMaker | None = None

    def commands(self, engine: Engine) -> list[Submission]:
        """All commands of this moment."""
        return [*self.submissions, *(self.make_commands(engine) if self.make_commands else ())]


class Simulation:
    """One simulation, which can run to several moments in turn.

    `rounds` counts the rounds, `written` their entries. `post` gathers and delivers notices after each round; `seal` is
    called after each round; `on_answers` is called after each step, with its moment and its answers.
    """

    def __init__(
        self,
        engine: Engine,
        clock: VirtualClock,
        outages: Sequence[tuple[datetime, datetime]] = (),
        on_answers: Callable[[datetime, list[Answer]], None] | None = None,
        post: Post | None = None,
        seal: Callable[[datetime], None] | None = None,
        is_working: IsWorking | None = None,
    ) -> None:
        self.engine = engine
        self.post = post
        self._is_working = is_working or working_days(engine.ledger.database).is_working
        self.seal = seal
        self.clock = clock
        self.outages = outages
        self.written = 0
        self.rounds = 0
        self._on_answers = on_answers or (lambda _moment, _answers: None)

    def run(self, steps: Iterable[SimulationStep], until: datetime) -> None:
        """Do `steps` (in the order of time) and everything that is due, up to and including `until`."""
        for step in steps:
            if step.at > until:
                break
            self._rounds_before(step.at)
            self.clock.advance_to(step.at)
            self._on_answers(step.at, self.engine.submit_many(step.commands(self.engine)))
            self._round()
        self._rounds_before(until)
        self.clock.advance_to(until)
        self._round()

    def _rounds_before(self, end: datetime) -> None:
        """Do a round at every moment before `end` at which something is due."""
        while (due := self._next_due()) is not None:
            moment = self._first_running(max(due, self.clock.now()))
            if moment >= end:
                return
            self.clock.advance_to(moment)
            self._round()
            if self._next_due() == due:
                return

    def _next_due(self) -> datetime | None:
        """The next moment at which a stream or a letter is due; None if there is none."""
        moments = [queries.earliest_due(self.engine.ledger.database), self.post.next_at() if self.post else None]
        return min((moment for moment in moments if moment is not None), default=None)

    def _first_running(self, moment: datetime) -> datetime:
        """The first moment at which the daemon runs, from `moment` on."""
        return max([moment, *(end for start, end in self.outages if start <= moment < end)])

    def _round(self) -> Round:
        """Do a round now, then call `seal`, and let the post make and send deliveries. During an outage, do nothing."""
        now = self.clock.now()
        if self._first_running(now) != now:
            return Round()
        outcome = rounds.run(self.engine, now, self._is_working)
        if self.seal is not None:
            self.seal(now)
        if self.post is not None:
            year_end.tell(self.engine, self.post, self._is_working, now)
            self.post.gather(now)
            self.post.deliver(now)
        self.rounds += 1
        self.written += outcome.written
        return outcome
