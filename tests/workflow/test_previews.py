"""What is shown before an act is what is recorded when it is done; and what is resolved outside a transaction is used inside only while it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from config.clock import VirtualClock
from config.rulebooks import default_edition
from scenarios.runner import run
from scenarios.story_file import load
from states import policy
from states.acts import ACTS
from states.assessment import Member
from states.deadlines.review import REVIEW_ACTS
from states.records.roster import Roster, Unit
from states.refusals import OutcomeChanged, Refusal
from states.streams import ROSTER
from states.vocabulary import Actor, Opaque, Words
from states.year.roster import RegisterUnit, RenameUnit
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from workflow import wiring
from workflow.engine import Accepted, Answer, Engine, Submission
from workflow.previews import Preview

SCENARIOS = Path(__file__).parents[1] / "scenarios"
STORIES = (
    "consequences-of-a-pass", "f04-open-case-of-an-earlier-year-marked", "f11-judged-vetoes", "members-who-left", "routine-check-mended",
    "routine-check-of-own-unit", "evidence-is-asked-for", "chase-until-it-is-done", "steps-score-returned", "steps-self-report-returned", "steps-undone", "unit-merged-before-the-opening",
    "veto-rescinded", "withdrawn-and-opened-again", "year-closed-result-reopened",
)  # fmt: skip
"""Enough of them for every act."""
CLOCK = {"remind", "escalate", "lapse_reminders", "raise_veto", "note_stale_score", "remind_of_check", "escalate_check"}
IN_NO_STORY = {
    "post_result",
    "take_step",
    "settle",
    *policy.RECORD_ACTS,
    *REVIEW_ACTS,
    "waive_item",
    "restore_item",
    "correct_routine_check",
    "withdraw_routine_check",
}
"""The shipped edition has no publicity, no other step, no places, no part to waive, no windows and no kind of record to enter; the last two
are confirmed on their pages in tests/console/test_checking.py."""


@pytest.mark.one_database
def test_in_every_story_the_engine_records_the_very_fact_that_was_previewed(
    new_url: Callable[[str], str], dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a decision is handed is made in one place for both (`states/binding.py`), so it is asked on one database."""
    previewed: set[str] = set()
    submit = Engine.submit_many

    def submit_previewed(engine: Engine, asked: Sequence[Submission]) -> list[Answer]:
        if len(asked) == 1:
            asked = [_expecting(engine, asked[0], previewed)]
        answers = submit(engine, asked)
        assert not any(isinstance(answer, OutcomeChanged) for answer in answers), asked
        return answers

    monkeypatch.setattr(Engine, "submit_many", submit_previewed)
    for name in STORIES:
        with Database.open(new_url(dialect)) as database:
            story = load(SCENARIOS / f"{name}.toml")
            edition = story.edition(default_edition())
            clock = VirtualClock(story.start(edition))
            assert run(story, Engine(Ledger(database), clock, edition, wiring.command_log()), clock).ok, name
    final = {name for name, act in ACTS.items() if act.is_final}
    assert final - CLOCK - previewed == IN_NO_STORY


def _expecting(engine: Engine, asked: Submission, previewed: set[str]) -> Submission:
    try:
        found = engine.preview(asked.stream, asked.command, asked.actor)
    except Refusal:
        return asked
    previewed.add(asked.command.act)
    return replace(asked, expected_fact=found.digest)


def test_a_decision_is_out_of_date_once_anything_is_written_or_somebody_else_asks(url: str) -> None:
    """Inside the transaction the engine asks nothing else before it uses what was resolved outside."""
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as engine:
        decision = engine.prepare(ROSTER, RegisterUnit(**asdict(_unit("u1"))), lambda *_: (OFFICE,))
        assert decision.is_current(engine.ledger.head(), OFFICE)
        assert not decision.is_current(engine.ledger.head(), Actor("office-2", "office"))
        engine.submit(ROSTER, RegisterUnit(**asdict(_unit("u2"))), OFFICE, "meanwhile")
        assert not decision.is_current(engine.ledger.head(), OFFICE)
        late = Submission(ROSTER, decision.command, OFFICE, "late", decision=decision)
        assert isinstance(engine.submit_many([late])[0], Accepted)
        roster = engine.state(ROSTER)
        assert isinstance(roster, Roster)
        assert {one.unit for one in roster.current()} == {"u1", "u2"}


def test_several_commands_are_previewed_each_after_those_before_it(url: str) -> None:
    """As they would be done: the second finds what the first would leave. Nothing is written."""
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as engine:
        register = RegisterUnit(**asdict(_unit("u1")))
        rename = RenameUnit(
            unit=Opaque("u1"), title=Words("样例二级学院"), since=date(2026, 11, 1), reason=Words("更名")
        )
        head = engine.ledger.head()
        with pytest.raises(Refusal):
            engine.preview(ROSTER, rename, OFFICE)
        first, second, third = engine.preview_many(
            [(ROSTER, register), (ROSTER, register), (ROSTER, rename)], lambda *_: (OFFICE,)
        )
        assert isinstance(first, Preview)
        assert isinstance(second, Refusal), "it is registered by then"
        assert isinstance(third, Preview)
        assert third.decision.head is None, "it rests on what is not in the ledger, so no transaction may use it"
        assert engine.ledger.head() == head


def _unit(id_: str) -> Unit:
    head = Member(person=Opaque(f"p-{id_}-1"), position=Words("书记"))
    return Unit(unit=Opaque(id_), title=Words(f"样例学院{id_}"), unit_kind="college", heads=(head,), staff=20)


OFFICE = Actor("office-1", "office")
