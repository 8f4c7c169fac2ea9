"""Checks that the daemon and the post did all that was due: openings, reminders, vetoes, notices and letters.

It reads the ledger and the deliveries, and computes from the numbers of the rulebook what was due. It does not use the
code of the daemon: the time of a reminder step is its deadline, some working days before or after, at the rulebook's hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from config.calendars import WorkingDays
from notifications.contacts import Contact
from notifications.notices.assessments import assessment_notices
from notifications.outbox import inbox_of
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.cases.vetoes import VetoLifted, VetoRaised
from states.deadlines.dates import add_working_days, default_deadlines
from states.deadlines.reminders import ReminderFact, RemindersLapsed
from states.records.case import Case
from states.rulebook.stages import Reminders
from states.stages.circulation import Circulated
from states.stream_kinds import fold, initial_state
from storage import queries
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of
from storage.post import deliveries
from tests.college import CHINA, EDITION
from tests.scheduler.running_college import PEOPLE, RunningCollege

RULEBOOK = EDITION.rulebook
AT = time.fromisoformat(RULEBOOK.remind_at)
DAYS = WorkingDays()

Rung = tuple[str, date, str]
"""A stage or task, its deadline, and the name of the reminder step."""


def unaccounted(
    made: RunningCollege,
    year: int,
    ticks: Sequence[datetime],
    recipients: Sequence[Contact] = PEOPLE,
    channel: str = "mail",
) -> list[str]:
    """The faults of a year: what was due by the last of the `ticks`, and was neither done once nor skipped with a reason.

    `recipients` are the contacts that existed all the time; they get notices by `channel`. Empty if there is no fault.
    """
    until = max(ticks)
    faults = [*_unopened(made, year, ticks), *_unposted(made, until)]
    for row in queries.assessments(made.database, year):
        entries = list(made.ledger.stream(row.stream))
        state = made.engine.state(row.stream)
        assert isinstance(state, Assessment)
        faults += [
            f"{row.stream}: {fault}"
            for fault in (*_reminder_faults(state, entries, ticks), *_vetoes(made, state, entries))
        ]
        faults += [f"{row.stream}: {fault}" for fault in _notice_faults(made, entries, recipients, channel)]
    return faults


def _unopened(made: RunningCollege, year: int, ticks: Sequence[datetime]) -> Iterator[str]:
    """A year of which a tick saw the day of opening, while every deadline left time, has an assessment for each unit."""
    opening = date.fromisoformat(f"{year}-{RULEBOOK.open_on}")
    last = add_working_days(
        default_deadlines(RULEBOOK, year, DAYS.is_working)["self_report"], -RULEBOOK.notice_days, DAYS.is_working
    )
    if any(opening <= tick.astimezone(CHINA).date() <= last for tick in ticks):
        opened = [row.unit for row in queries.assessments(made.database, year)]
        roster = made.engine.state("roster")
        yield from (f"{year}: {unit} is not opened" for unit in roster.units if unit not in opened)  # type: ignore[union-attr]


def _reminder_faults(state: Assessment, entries: Sequence[Entry], ticks: Sequence[datetime]) -> Iterator[str]:
    """Each named reminder step that came while its step was waited for stands in the ledger once; none before its time.

    After a pause each role waits a working day for the one below it: who is above is not lost within three days of ticks.
    """
    until = max(ticks)
    spoken: Counter[Rung] = Counter()
    for entry in entries:
        fact = fact_of(entry)
        if isinstance(fact, ReminderFact | RemindersLapsed):
            names = fact.step_names if isinstance(fact, RemindersLapsed) else (fact.step_name, *fact.superseded)
            mine = [(fact.stage, fact.due, step_name) for step_name in names if "w" not in step_name]
            spoken.update(mine)
            yield from (f"{step_name} was too early" for step_name in mine if _moment(step_name) > entry.recorded_at)
    yield from (f"{step_name} {number} times" for step_name, number in spoken.items() if number > 1)
    if state.stage not in (UNOPENED, WITHDRAWN):
        for stage, due, reminders, done in _timed(state):
            for step_name in [(stage, due, name) for _, name, _ in reminders.numbered]:
                days = {tick.astimezone(CHINA).date() for tick in ticks if tick >= _moment(step_name)}
                waits = done is None and step_name[2].startswith("up") and len(days) < 3
                if _moment(step_name) <= min(done or until, until) and step_name not in spoken and not waits:
                    yield f"{step_name} was lost"


def _timed(state: Assessment) -> Iterator[tuple[str, date, Reminders, datetime | None]]:
    """What had to be done so far: its deadline, its reminders, and when it was done, if it was."""
    done = {step.stage: step.at for step in state.steps}
    for stage in RULEBOOK.stage:
        if stage.kind in state.due and stage.reminders is not None:
            yield stage.kind, state.due[stage.kind], stage.reminders, done.get(stage.kind)
        if stage.kind not in done:
            return
    notice = state.fact(Circulated)
    for task in RULEBOOK.task:
        if notice is not None and task.key in state.tasks and task.due and task.due.days and task.reminders:
            due = notice.circulated_on + timedelta(days=task.due.days)
            yield task.key, due, task.reminders, state.tasks[task.key]


def _moment(step_name: Rung) -> datetime:
    """`-5` is five working days before the deadline, `0` the day, `+3` the third working day after, `up+3` the one after that."""
    _, due, name = step_name
    left, day = int(name.removeprefix("up")) + name.startswith("up"), due
    while left:
        day += timedelta(days=1 if left > 0 else -1)
        left -= (1 if left > 0 else -1) * DAYS.is_working(day)
    return datetime.combine(day, AT, CHINA).astimezone(UTC)


def _vetoes(made: RunningCollege, state: Assessment, entries: Sequence[Entry]) -> Iterator[str]:
    """A case that brings a veto has it raised, once; one that is gone has it lifted, once."""
    facts = [fact_of(entry) for entry in entries]
    if state.stage == WITHDRAWN:
        return
    standing = {veto.id for veto in state.vetoes}
    for stream in queries.records_of_unit(made.database, state.unit):
        case = made.engine.state(stream)
        assert isinstance(case, Case)
        sanctions = case.body.sanctions if case.body and not case.rescinded else ()
        wanted = any(s.fields["outcome"] == "demotion" and s.effective_on.year == state.year for s in sanctions)
        raised = sum(isinstance(f, VetoRaised) and f.veto == stream for f in facts)
        lifted = sum(isinstance(f, VetoLifted) and f.veto == stream for f in facts)
        if (stream in standing) != wanted or raised - lifted != wanted or raised > 1:
            yield f"{stream}: wanted {wanted}, raised {raised}, lifted {lifted}"


def _unposted(made: RunningCollege, until: datetime) -> Iterator[str]:
    """The post has read the ledger to its end, and nothing that could have gone out still waits."""
    if deliveries.cursor(made.database) != made.ledger.head().number:
        yield "the post has not read the whole ledger"
    for one in deliveries.search(made.database, ("queued", "claimed", "failed", "unknown"), limit=10**6):
        if one.next_at is None or one.next_at <= until:
            yield f"{one.number}.{one.item} to {one.recipient} was left lying"


def _notice_faults(
    made: RunningCollege, entries: Sequence[Entry], recipients: Sequence[Contact], channel: str
) -> Iterator[str]:
    """Each notice of each entry lies in its inbox, and went to each who hears it or says why not."""
    state = initial_state(entries[0].stream)
    lying = {
        (d.number, d.item, d.recipient, d.channel): d
        for d in deliveries.search(made.database, stream=entries[0].stream, limit=10**6)
    }
    wanted = set()
    for entry in entries:
        fact = fact_of(entry)
        state = fold(state, fact, entry)
        assert isinstance(state, Assessment)
        for item, notice in enumerate(assessment_notices(fact, state, RULEBOOK)):
            wanted.add((entry.number, item, inbox_of(notice), "inbox"))
            wanted.update((entry.number, item, one.account, channel) for one in recipients if one.receives(notice))
    yield from (f"{key} was not made" for key in sorted(wanted - lying.keys()))
    yield from (f"{key} was made of nothing" for key in sorted(lying.keys() - wanted))
    for key, one in lying.items():
        if one.next_at is None and not (one.sent_at if one.state == "sent" else one.response):
            yield f"{key} ended as {one.state} without a reason"


def letters(made: RunningCollege, sent: Sequence[str]) -> list[str]:
    """What is wrong with the letters: `sent` are the ids handed over. One a day for each, and one that is confidential; each handed over once."""
    twice = [f"{id_} was sent {number} times" for id_, number in Counter(sent).items() if number > 1]
    went = [d for d in deliveries.search(made.database, ("sent",), limit=10**6) if d.channel != "inbox"]
    unknown = [f"{d.message} is said to be sent and was not" for d in went if d.message not in sent]
    a_day: dict[tuple[str, date, bool], set[str | None]] = {}
    for one in went:
        assert one.sent_at is not None
        day = one.sent_at.astimezone(CHINA).date()
        a_day.setdefault((one.recipient, day, one.confidential), set()).add(one.message)
    flood = [f"{who} had {len(ids)} letters on {day}" for (who, day, _), ids in a_day.items() if len(ids) > 1]
    return [*twice, *unknown, *flood]
