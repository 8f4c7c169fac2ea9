"""The engine, on both databases: one way in, one transaction, safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from config.clock import VirtualClock
from config.rulebooks import DEFAULT_EDITION_ID, parse_edition, shipped_editions
from scheduler import rounds
from states.assessment import Assessment, ScoreSheet
from states.cases.case import RecordCase, RescindCase, ReviseCase
from states.cases.vetoes import LiftVeto, RecordVeto
from states.deadlines.dates import default_deadlines
from states.deadlines.reminders import MoveDeadline
from states.records.case import Sanction
from states.refusals import (
    IdTaken,
    Incomplete,
    Malformed,
    NotKnown,
    NotNow,
    NotThere,
    NotYours,
    OtherUnit,
    OutcomeChanged,
    Personal,
    SamePerson,
    StaleForm,
)
from states.result.basis import counted_lines
from states.result.inputs import inputs_of
from states.stages.democratic_evaluation import RecordBallot
from states.stages.opening import OpenAssessment, UndoStep, Withdraw
from states.stages.self_report import SubmitSelfReport
from states.vocabulary import Actor, Digest, Document, Opaque, Words
from states.year.roster import RegisterUnit
from storage import queries
from storage.database.database import Database
from storage.database.sqlite import DRIVER
from storage.ledger.facts import fact_of
from tests.college import College, unit
from workflow import wiring
from workflow.editions import EditionChanged
from workflow.engine import Accepted, Engine, Submission
from workflow.year import move_deadline, open_year

OFFICE = Actor("office-1", "office")
STREAM = "assessment/2026/u1"
OWN = Actor("acct-u1", "unit", "u1")


def report(engine: Engine, digest: str = "a" * 64) -> SubmitSelfReport:
    """A self-report with full self-scores."""
    table = engine.editions.in_force.rulebook.forms_by_kind["college"]
    document = Document(sha256=Digest(digest), size=1000, media_type="application/pdf")
    return SubmitSelfReport(report=document, self_scores={k: e.points for k, e in table.elements.items()})


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine whose year 2026 is open for two units."""
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as made:
        open_year(made, 2026, [unit("u1"), unit("u2")], OFFICE, lambda _day: True)
        yield made


def version(engine: Engine, stream: str = STREAM) -> int:
    """How many entries the stream has."""
    return engine.state(stream).version


def test_a_command_becomes_one_entry_that_names_who_what_when_and_the_edition(engine: Engine) -> None:
    """The deed and its record are one."""
    answer = engine.submit(STREAM, report(engine), OWN, "c-1")
    entry = engine.ledger.stream(STREAM)[-1]
    assert (entry.number, entry.kind, entry.actor, entry.role, entry.home, entry.command) == (
        answer.number, "SelfReportSubmitted", "acct-u1", "unit", "u1", "program/acct-u1/c-1",
    )  # fmt: skip
    assert entry.rulebook == engine.editions.in_force.pin
    assert entry.recorded_at == datetime(2026, 11, 2, 1, tzinfo=UTC)
    assert fact_of(entry) == engine.state(STREAM).steps[-1].fact  # type: ignore[union-attr]


def test_the_same_command_id_gives_the_first_answer_and_writes_nothing(engine: Engine) -> None:
    """A double click, or a commit whose answer was lost."""
    first = engine.submit(STREAM, report(engine), OWN, "c-1")
    head = engine.ledger.head()
    again = engine.submit(STREAM, report(engine), OWN, "c-1")
    assert again == Accepted(first.stream, first.version, first.number, first.kind, repeated=True)
    assert engine.ledger.head() == head


def test_a_stale_form_is_refused_in_words(engine: Engine) -> None:
    """Somebody was quicker: somebody else or the same person, never who."""
    seen = version(engine)
    engine.submit(STREAM, report(engine), OWN, "c-1", expected_version=seen)
    with pytest.raises(StaleForm) as refused:
        engine.submit(STREAM, UndoStep(reason=Words("更正")), OWN, "c-2", expected_version=seen)
    assert "已由您本人（在另一窗口）办理" in refused.value.render("zh")
    with pytest.raises(StaleForm) as refused:
        other = Actor("u1-b", "unit", OWN.unit)
        engine.submit(STREAM, UndoStep(reason=Words("更正")), other, "c-3", expected_version=seen)
    assert "已由他人办理" in refused.value.render("zh")
    assert OWN.id not in str(refused.value)


def test_a_fact_that_is_not_the_expected_one_is_not_recorded(engine: Engine) -> None:
    """What was previewed is compared in the transaction that records it, beside the version."""
    expected = engine.preview(STREAM, report(engine), OWN).digest
    head = engine.ledger.head()
    for digest in ("", "0" * 64):
        with pytest.raises(OutcomeChanged) as refused:
            engine.submit(STREAM, report(engine), OWN, "c-1", expected_fact=digest)
        assert (refused.value.grave, engine.ledger.head()) == (False, head)
    done = engine.submit(STREAM, report(engine), OWN, "c-1", expected_fact=expected)
    again = engine.submit(STREAM, report(engine), OWN, "c-1", expected_fact="")
    assert (done.repeated, again.repeated, again.number) == (False, True, done.number)


def test_a_preview_writes_nothing_and_refuses_as_the_engine_does(engine: Engine) -> None:
    head = engine.ledger.head()
    with pytest.raises(NotNow):
        engine.preview(STREAM, RecordBallot(held_on=date(2026, 11, 1), sheets=()), Actor("r", "working_group"))
    with pytest.raises(NotYours):
        engine.preview(STREAM, report(engine), OFFICE)
    found = engine.preview(STREAM, report(engine), OWN)
    assert found.after is not None
    assert (found.after.stage, engine.state(STREAM).version) == ("self_report", found.after.version - 1)
    assert engine.ledger.head() == head, "a grave attempt is recorded where it is asked for, not where it is previewed"


def test_a_fact_expected_under_another_edition_is_not_recorded(engine: Engine, url: str) -> None:
    """A case is bound by the edition in force: when that is another, what the outcome does may be another."""
    expected = engine.preview("case/c1", case("post_removal"), DISCIPLINE).digest
    source = engine.editions.edition_in_force.source.replace('id = "liuzhou-2021"', 'id = "liuzhou-2027"', 1)
    newer = parse_edition(source.encode(), "newer.toml")
    at = VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))
    with wiring.compose_engine(url, at, newer) as other, pytest.raises(OutcomeChanged):
        other.submit("case/c1", case("post_removal"), DISCIPLINE, "c", expected_fact=expected)


def test_a_refusal_changes_nothing(engine: Engine) -> None:
    """Neither the ledger nor a projection."""
    before, rows = engine.ledger.head(), queries.assessments(engine.ledger.database, 2026)
    with pytest.raises(NotNow):
        engine.submit(STREAM, RecordBallot(held_on=date(2026, 11, 1), sheets=()), Actor("r", "working_group"), "c-1")
    assert engine.ledger.head() == before
    assert [r.model_dump() for r in queries.assessments(engine.ledger.database, 2026)] == [r.model_dump() for r in rows]


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(Actor("x", "assessor"), NotYours), (Actor("x", "unit", "u2"), OtherUnit), (Actor("x", "nobody"), NotYours)],
)
def test_an_attempt_of_consequence_is_recorded_in_access(
    engine: Engine, actor: Actor, refusal: type[Exception]
) -> None:
    """Who tried what where, and which refusal answered it; not what was asked in words."""
    with pytest.raises(refusal):
        engine.submit(STREAM, report(engine), actor, "c-1")
    entry = engine.ledger.stream("access")[-1]
    assert (entry.kind, entry.actor, entry.role) == ("RefusedCommand", "x", actor.role)
    assert fact_of(entry).refusal == refusal.__name__  # type: ignore[attr-defined]
    assert engine.ledger.answer("c-1") is None


def test_many_commands_under_one_pen_are_decided_one_by_one(engine: Engine) -> None:
    """A refused one writes nothing and holds up no other; a later one sees what an earlier one did."""
    answers = engine.submit_many(
        [
            Submission(STREAM, report(engine), OWN, "c-1"),
            Submission(STREAM, report(engine), OWN, "c-2"),
            Submission("assessment/2026/u2", report(engine), Actor("acct-u2", "unit", "u2"), "c-3"),
            Submission(STREAM, UndoStep(reason=Words("更正")), OWN, "c-4"),
        ]
    )
    assert [type(a).__name__ for a in answers] == ["Accepted", "NotNow", "Accepted", "Accepted"]
    state = engine.state(STREAM)
    assert isinstance(state, Assessment)
    assert state.stage == "opening"


def test_two_engines_on_one_database_see_each_others_entries(engine: Engine, url: str) -> None:
    """What is remembered is caught up when the transaction opens."""
    other = wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 3, tzinfo=UTC)))
    for n in range(3):
        engine.submit(STREAM, report(engine), OWN, f"a-{n}")
        other.submit(STREAM, UndoStep(reason=Words("更正")), OWN, f"b-{n}")
    assert engine.state(STREAM) == other.state(STREAM)
    with pytest.raises(NotNow):
        engine.submit(STREAM, UndoStep(reason=Words("更正")), OWN, "c")
    other.close()


def test_personal_data_never_reaches_an_entry(engine: Engine) -> None:
    """Not a phone number in a reason, not a name for an id."""
    head = engine.ledger.head().number
    with pytest.raises(Personal):
        engine.submit(STREAM, Withdraw(reason=Words("联系 13800001111")), OFFICE, "c-1")
    with pytest.raises(Malformed):
        engine.submit(STREAM, report(engine, digest="not a digest"), OWN, "c-2")
    written = [row[4] for row in engine.ledger.rows(after=head)]
    assert len(written) == 1
    assert "13800001111" not in written[0]


def test_a_command_for_what_was_never_opened_says_what_comes_first(engine: Engine) -> None:
    """Not "no such key"."""
    with pytest.raises(NotThere) as refused:
        engine.submit("assessment/2026/u9", report(engine), Actor("x", "unit", "u9"), "c-1")
    assert "启动考核" in refused.value.render("zh")


def test_an_edition_in_use_may_not_be_edited(engine: Engine, url: str) -> None:
    """Same id, other digest: refused when an engine is made."""
    edition = engine.editions.edition_in_force
    edited = parse_edition(edition.source.replace('remind_at = "09:00"', 'remind_at = "08:00"').encode(), "edited.toml")
    assert edited.digest != edition.digest
    with pytest.raises(EditionChanged) as told:
        wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 3, tzinfo=UTC)), edited)
    assert "liuzhou-2021" in told.value.render("zh")


def test_opening_a_year_again_goes_on_where_it_stopped(engine: Engine) -> None:
    """Idempotent, and new units are taken in."""
    head = engine.ledger.head()
    again = open_year(engine, 2026, [unit("u1"), unit("u2")], OFFICE, lambda _day: True)
    assert (again.opened, len(again.before)) == ((), 2)
    assert engine.ledger.head() == head
    more = open_year(engine, 2026, [unit("u1"), unit("u2"), unit("u3")], OFFICE, lambda _day: True)
    assert more.opened == ("assessment/2026/u3",)


def opening(id_: str, **changes: Any) -> OpenAssessment:
    """The opening of a unit's assessment of 2026, by nobody's round."""
    told = {name: getattr(unit(id_), name) for name in ("unit", "unit_kind", "heads", "members", "staff")}
    due = default_deadlines(
        parse_edition(shipped_editions()[DEFAULT_EDITION_ID].read_bytes(), "r").rulebook, 2026, lambda _day: True
    )
    named = {"title": "采购管理"} if changes.get("occasion") else {}
    return OpenAssessment(**{**told, "year": 2026, "due": due, **named, **changes})


def test_an_assessment_is_opened_in_a_year_that_is_open(engine: Engine) -> None:
    """A special assessment stands outside the annual cycle and waits for no year."""
    with pytest.raises(Incomplete) as refused:
        engine.submit("assessment/2025/u1", opening("u1", year=2025), OFFICE, "c-1")
    assert "2025 年度考核的启动" in refused.value.render("zh")
    special = opening("u1", year=2025, occasion=Opaque("spring"))
    assert engine.submit("assessment/2025/u1/spring", special, OFFICE, "c-2").kind == "AssessmentOpened"


@pytest.mark.parametrize("occasion", [None, Opaque("spring")])
def test_an_assessment_is_opened_for_a_unit_on_the_roster(engine: Engine, occasion: Opaque | None) -> None:
    """As the roster has it by then, those of the same hold included; also where the year was opened without it."""
    stream = "assessment/2026/u9" + (f"/{occasion}" if occasion else "")
    with pytest.raises(Incomplete) as refused:
        engine.submit(stream, opening("u9", occasion=occasion), OFFICE, "c-1")
    assert "u9" in refused.value.render("zh")
    answers = engine.submit_many(
        [
            Submission("roster", RegisterUnit(**asdict(unit("u9"))), OFFICE, "c-2"),
            Submission(stream, opening("u9", occasion=occasion), OFFICE, "c-3"),
        ]
    )
    assert [type(a) for a in answers] == [Accepted, Accepted]


def test_a_unit_is_assessed_by_the_table_of_its_kind_on_the_roster(engine: Engine) -> None:
    """The kind decides the annex; it is not the opener who says it."""
    engine.submit("roster", RegisterUnit(**asdict(unit("u9"))), OFFICE, "c-1")
    with pytest.raises(NotKnown):
        engine.submit("assessment/2026/u9", opening("u9", unit_kind="support"), OFFICE, "c-2")


@pytest.mark.parametrize("id_", ["open-assessment/2026/u1", "by-hand"])
def test_opening_a_year_again_leaves_what_was_withdrawn_on_purpose(url: str, id_: str) -> None:
    """No matter who opened it first; only somebody who means it opens it again."""
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as made:
        open_year(made, 2026, [unit("u2")], OFFICE, lambda _day: True)
        made.submit("roster", RegisterUnit(**asdict(unit("u1"))), OFFICE, "c-1")
        made.submit(STREAM, opening("u1"), OFFICE, id_)
        made.submit(STREAM, Withdraw(reason=Words("误启动")), OFFICE, "c-2")
        again = open_year(made, 2026, [unit("u1"), unit("u2")], OFFICE, lambda _day: True)
        assert (again.opened, again.refused) == ((), {})
        assert made.state(STREAM).stage == "withdrawn"  # type: ignore[union-attr]
        assert made.submit(STREAM, opening("u1"), OFFICE, "c-3").kind == "AssessmentOpened"
        row = next(r for r in queries.assessments(made.ledger.database, 2026) if r.stream == STREAM)
        assert (row.stage, row.withdrawn) == ("opening", False)
        assert STREAM in queries.due_streams(made.ledger.database, datetime(2026, 11, 2, 1, tzinfo=UTC))


def test_a_deadline_moved_for_the_year_is_moved_for_units_taken_in_later_too(engine: Engine) -> None:
    """Not only for those the year was opened with; a special assessment keeps its own."""
    open_year(engine, 2026, [unit("u3")], OFFICE, lambda _day: True)
    engine.submit("assessment/2026/u3/spring", opening("u3", occasion=Opaque("spring")), OFFICE, "c-1")
    answers = move_deadline(engine, 2026, "self_report", date(2026, 11, 27), "设备检修 / maintenance", OFFICE)
    streams = [a.stream for a in answers if isinstance(a, Accepted)]
    assert streams == ["assessment/2026/u1", "assessment/2026/u2", "assessment/2026/u3"]


def test_a_deadline_moved_for_the_year_is_moved_for_each_unit_it_concerns(engine: Engine) -> None:
    """One entry for the year, one for each assessment not past the stage."""
    engine.submit(STREAM, report(engine), OWN, "c-1")
    answers = move_deadline(engine, 2026, "self_report", date(2026, 11, 27), "设备检修 / maintenance", OFFICE)
    assert [a.stream for a in answers if isinstance(a, Accepted)] == ["assessment/2026/u2"]
    moved, kept = engine.state("assessment/2026/u2"), engine.state(STREAM)
    assert isinstance(moved, Assessment)
    assert isinstance(kept, Assessment)
    assert moved.due["self_report"] == date(2026, 11, 27)
    assert kept.due["self_report"] == date(2026, 11, 20)


def test_the_log_has_one_line_per_command_and_no_words_of_it(url: str) -> None:
    """Acts, streams and numbers; never a reason, never a person."""
    lines: list[dict[str, object]] = []

    class Log:
        def info(self, event: str, **values: object) -> None:
            lines.append({"event": event, **values})

    with Database.open(url) as database:
        college = College(database, log=Log())
        open_year(college.engine, 2026, [unit("u1")], OFFICE, lambda _day: True)
        college.engine.submit(STREAM, Withdraw(reason=Words("误启动")), OFFICE, "c-1")
        college.close()
    assert lines[-1] == {"event": "done", "act": "withdraw", "stream": STREAM, "number": 4}
    assert len(lines) == 4


def case(outcome: str = "post_removal") -> RecordCase:
    """A case of u1 whose outcome took effect this year."""
    sanction = Sanction(
        person=Opaque("p-9"), fields={"outcome": outcome, "standing": "party_cadre"}, effective_on=date(2026, 10, 20),
        document=Words("样例〔2026〕1号"),
    )  # fmt: skip
    return RecordCase(unit=Opaque("u1"), sanctions=(sanction,))


DISCIPLINE = Actor("discipline-1", "discipline")


def test_a_command_id_used_for_another_act_is_refused_and_nothing_is_done(engine: Engine) -> None:
    """Neither another stream nor another act gets somebody else's answer; another actor's ids are others."""
    engine.submit("case/c1", case(), DISCIPLINE, "one")
    head = engine.ledger.head()
    for stream, command, actor in (
        ("case/c2", case(), DISCIPLINE),
        ("case/c1", RescindCase(reason=Words("撤销"), document=Words("样例〔2026〕2号")), DISCIPLINE),
    ):
        with pytest.raises(IdTaken):
            engine.submit(stream, command, actor, "one")
    answers = engine.submit_many([Submission(f"case/{n}", case(), DISCIPLINE, "two") for n in (3, 4)])
    assert [type(a).__name__ for a in answers] == ["Accepted", "IdTaken"]
    assert engine.ledger.head().number == head.number + 1


@pytest.mark.parametrize(
    ("stream", "actor", "command_id"),
    [
        ("roster/张三", OFFICE, "c"), ("foo/1", OFFICE, "c"), ("", OFFICE, "c"), (STREAM, Actor("张三", "office"), "c"),
        (STREAM, Actor("a", "office", "\ud800"), "c"), (STREAM, OFFICE, "张三"), (STREAM, OFFICE, "13800001111"),
        (STREAM, OFFICE, ""), (STREAM, Actor("a", "Büro"), "c"),
    ],
)  # fmt: skip
def test_names_of_streams_actors_and_commands_say_nothing_personal(
    engine: Engine, stream: str, actor: Actor, command_id: str
) -> None:
    """An entry names all three; one that is not of its form is refused in words, and written nowhere."""
    head = engine.ledger.head()
    with pytest.raises(Malformed):
        engine.submit(stream, Withdraw(reason=Words("误启动")), actor, command_id)
    assert engine.ledger.head() == head


def test_a_case_recorded_while_a_round_looks_is_not_lost(engine: Engine) -> None:
    """What was found to owe nothing is not put off if the ledger has grown since."""
    seen = engine.ledger.head().number
    engine.submit("case/c1", case(), DISCIPLINE, "late")
    engine.set_due_times({STREAM: None}, seen)
    assert STREAM in queries.due_streams(engine.ledger.database, datetime(2026, 11, 2, 2, tzinfo=UTC))
    rounds.run(engine, datetime(2026, 11, 2, 2, tzinfo=UTC))
    state = engine.state(STREAM)
    assert isinstance(state, Assessment)
    assert [v.id for v in state.vetoes] == ["case/c1"]


def test_an_outcome_of_another_edition_is_for_the_committee_and_stops_no_round(engine: Engine, url: str) -> None:
    """A case recorded under a newer edition whose outcome this one does not list."""
    source = engine.editions.edition_in_force.source.replace('id = "liuzhou-2021"', 'id = "liuzhou-2027"', 1)
    newer = parse_edition(source.replace('"post_removal"', '"post_removal_x"').encode(), "newer.toml")
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC)), newer) as other:
        other.submit("case/c1", case("post_removal_x"), DISCIPLINE, "c")
    rounds.run(engine, datetime(2026, 11, 2, 2, tzinfo=UTC))
    state, context, compiled = engine.context(STREAM, OFFICE)
    assert isinstance(state, Assessment)
    assert compiled.rulebook.id == "liuzhou-2021"
    lines = counted_lines(inputs_of(state, ScoreSheet(marks={}), context), compiled.rulebook)
    assert [(one.line.record, one.effect) for _, _, one in lines] == [("c1", "committee")]


def test_an_assessment_opened_later_stands_under_its_years_edition(engine: Engine, url: str) -> None:
    """The year is bound by what it was opened under, whatever is in force now."""
    source = engine.editions.edition_in_force.source.replace('id = "liuzhou-2021"', 'id = "liuzhou-2027"', 1)
    newer = parse_edition(source.encode(), "newer.toml")
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC)), newer) as other:
        open_year(other, 2026, [unit("u3")], OFFICE, lambda _day: True)
        assert other.ledger.stream("assessment/2026/u3")[0].rulebook == engine.editions.in_force.pin


def test_a_database_restored_under_a_running_engine_is_noticed(tmp_path: Path, new_url: Callable[[str], str]) -> None:
    """Memory that does not follow from what is there is dropped."""
    url = new_url("sqlite")
    path = Path(url.removeprefix("sqlite:///"))
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as made:
        open_year(made, 2026, [unit("u1")], OFFICE, lambda _day: True)
        copy = tmp_path / "copy.db"
        _copy(path, copy)
        made.submit(STREAM, report(made), OWN, "c-1")
        _copy(copy, path)
        answer = made.submit(STREAM, report(made, "b" * 64), OWN, "c-2")
        assert (answer.kind, answer.version) == ("SelfReportSubmitted", 2)


def _copy(source: Path, to: Path) -> None:
    """What SQLite's own backup does, into a database that may be open."""
    with DRIVER.connect(source) as one, DRIVER.connect(to) as other:
        one.backup(other)
    one.close()
    other.close()


def test_somebody_who_revised_a_case_into_a_veto_does_not_take_it_away_again(engine: Engine) -> None:
    """Not only its first recorder: everybody who had a hand in it."""
    engine.submit("case/c1", case("gov_warning"), DISCIPLINE, "c-1")
    other = Actor("discipline-2", "discipline")
    body = {name: getattr(case(), name) for name in case().__struct_fields__}
    engine.submit("case/c1", ReviseCase(**body, reason=Words("复审加重")), other, "c-2")
    rescind = RescindCase(reason=Words("撤销"), document=Words("样例〔2026〕2号"))
    with pytest.raises(SamePerson):
        engine.submit("case/c1", rescind, other, "c-3")
    assert engine.submit("case/c1", rescind, Actor("discipline-3", "discipline"), "c-4").kind == "CaseRescinded"


LATER = datetime(2026, 11, 2, 2, tzinfo=UTC)


def standing(engine: Engine, id_: str) -> list[str]:
    """The vetoes that stand against a unit's assessment of 2026."""
    state = engine.state(f"assessment/2026/{id_}")
    assert isinstance(state, Assessment)
    return [v.id for v in state.vetoes]


def test_a_case_that_changes_its_unit_wakes_the_clock_for_both(engine: Engine) -> None:
    """The old unit's veto is lifted and the new one's raised in the next round, also if others are due."""
    engine.submit("case/c1", case(), DISCIPLINE, "c-1")
    rounds.run(engine, LATER)
    assert (standing(engine, "u1"), standing(engine, "u2")) == (["case/c1"], [])
    assert queries.due_streams(engine.ledger.database, LATER) == []
    body = {name: getattr(case(), name) for name in case().__struct_fields__}
    moved = ReviseCase(**{**body, "unit": Opaque("u2")}, reason=Words("更正部门"))
    engine.submit("case/c1", moved, Actor("discipline-2", "discipline"), "c-2")
    assert set(queries.due_streams(engine.ledger.database, LATER)) == {STREAM, "assessment/2026/u2"}
    rounds.run(engine, LATER)
    assert (standing(engine, "u1"), standing(engine, "u2")) == ([], ["case/c1"])


def test_a_case_of_somebody_who_moved_wakes_the_clock_for_the_unit_now_too(engine: Engine) -> None:
    """Which of the two it counts for is the rulebook's to say."""
    rounds.run(engine, LATER)
    sanctions = case().sanctions
    engine.submit(
        "case/c1", RecordCase(unit=Opaque("u1"), unit_now=Opaque("u2"), sanctions=sanctions), DISCIPLINE, "c-1"
    )
    assert set(queries.due_streams(engine.ledger.database, LATER)) == {STREAM, "assessment/2026/u2"}


def test_a_judgement_made_or_lifted_wakes_the_clock(engine: Engine) -> None:
    """Either may undo a result on record, and no deadline would say so."""
    judge = Actor("committee-1", "committee")
    veto = RecordVeto(finding="major_case", reason=Words("重大案件"))
    for command, actor in ((veto, judge), (None, Actor("committee-2", "committee"))):
        rounds.run(engine, LATER)
        assert queries.due_streams(engine.ledger.database, LATER) == []
        lift = LiftVeto(veto=(standing(engine, "u1") or [""])[0], reason=Words("依据已消失"))
        engine.submit(STREAM, command or lift, actor, f"c-{actor.id}")
        assert queries.due_streams(engine.ledger.database, LATER) == [STREAM]


def test_a_deadline_beyond_the_calendar_is_refused(engine: Engine) -> None:
    """A year mistyped, not a date the clock could reckon with."""
    command = MoveDeadline(stage="circulation", due=date(9999, 12, 31), reason=Words("笔误"))
    with pytest.raises(Malformed, match="check the year"):
        engine.submit(STREAM, command, OFFICE, "c-1")
