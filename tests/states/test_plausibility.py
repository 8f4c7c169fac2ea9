"""What a case says of a person can be so, or is refused with the clause; what is unusual is taken with a stated reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from states.cases.case import RecordCase, ReviseCase
from states.records.case import CASE, Sanction
from states.refusals import SeveralFaults
from states.stream_kinds import initial_state
from states.vocabulary import Words

from .counted import made_of
from .law import DISCIPLINE, REASON, RULEBOOK, World, body, pending, refused, sanction

FIELDS = RULEBOOK.records[CASE].fields
BLANK = World(initial_state("case/c-1"))
REMARK = Words("任教工党支部组织委员")

PARTY = ("party_warning", "party_serious_warning", "party_post_removal", "party_probation", "party_expulsion")
PUBLIC = ("gov_warning", "demerit", "major_demerit", "lower_post_grade", "demotion", "post_removal", "dismissal")
POSTS = ("suspension", "transfer", "ordered_resignation", "office_removal", "rank_reduction")

# Plain, with a remark (R), or never (-), by standing.
LADDERS: dict[tuple[str, ...], dict[str, str]] = {
    PARTY: {"cadre": "-", "staff": "-", "student": "-"},
    PUBLIC: {"student_member": "-", "student": "-"},
    POSTS: {"party_member": "R", "staff": "R", "student_member": "-", "student": "-"},
    ("demotion", "post_removal"): {"party_member": "R", "staff": "R"},
    ("party_post_removal",): {"party_member": "R", "student_member": "R"},
    ("reminder_talk", "circulated_criticism", "admonition", "duty_talk", "under_investigation", "retention"): {"student": "R"},
}  # fmt: skip


def expected(outcome: str, standing: str) -> str:
    found = [marks[standing] for outcomes, marks in LADDERS.items() if outcome in outcomes and standing in marks]
    return found[-1] if found else "plain"


def one(outcome: str, standing: Any, **changes: Any) -> Sanction:
    make = pending if outcome in RULEBOOK.open_options[CASE] else sanction
    return make(outcome, standing=standing, **changes)


OUTCOMES = sorted({o for outcomes in LADDERS for o in outcomes})


@pytest.mark.parametrize("standing", FIELDS["standing"].options)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_is_for_the_standings_of_its_ladder(outcome: str, standing: str) -> None:
    wanted = expected(outcome, standing)
    plain, remarked = one(outcome, standing), one(outcome, standing, remark=REMARK)
    if wanted == "plain":
        BLANK.decide(RecordCase(**body(plain)), DISCIPLINE)
        return
    title, called = (
        FIELDS[field].options[key].title.text for field, key in (("outcome", outcome), ("standing", standing))
    )
    refusal = refused(BLANK, RecordCase(**body(plain)), DISCIPLINE, "Implausible", title, called, "p-1")
    assert refusal.details["clause"] in {rule.clause for rule in RULEBOOK.records[CASE].rule}
    assert ("说明" in refusal.render("zh")) == ("Remark" in refusal.render("en")) == (wanted == "R")
    if wanted == "R":
        BLANK.decide(RecordCase(**body(remarked)), DISCIPLINE)
    else:
        refused(BLANK, RecordCase(**body(remarked)), DISCIPLINE, "Implausible", title, called)


def test_a_revision_is_asked_the_same() -> None:
    world = BLANK.do(RecordCase(**body(pending())), DISCIPLINE)
    revised = ReviseCase(**body(one("party_warning", "staff")), reason=REASON)
    refused(world, revised, DISCIPLINE, "Implausible", "p-1")


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ([sanction("party_warning", instead_of="admonition")], "Implausible", ["被代替的处理应当更重"]),
        ([sanction("demerit", instead_of="demerit")], "Implausible", []),
        ([sanction("admonition"), sanction("admonition")], "Implausible", ["同一日期登记了两次"]),
        ([sanction("admonition"), sanction("demerit", standing="staff")], "Implausible", ["身份以行为发生时为准"]),
        ([sanction("party_expulsion", effective_on=date(2026, 9, 1)), sanction("party_warning")], "Implausible", []),
        ([sanction("dismissal", effective_on=date(2026, 9, 1)), sanction("demotion")], "Implausible", []),
    ],
    ids=["lighter replaced", "same replaced", "twice", "two standings", "after expulsion", "after dismissal"],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(given: list[Sanction], code: str, says: list[str]) -> None:
    refusal = refused(BLANK, RecordCase(**body(*given)), DISCIPLINE, code, "p-1")
    for words in says:
        assert words in refusal.render("zh")


@pytest.mark.parametrize(
    "given",
    [
        [sanction("admonition"), sanction("demerit", standing="staff", remark=REMARK)],
        [sanction("party_expulsion", effective_on=date(2026, 9, 1)), sanction("party_warning", remark=REMARK)],
        [sanction("party_expulsion"), sanction("dismissal")],
        [sanction("admonition"), sanction("admonition", effective_on=date(2026, 10, 9))],
        [sanction("party_serious_warning", standing="party_member", instead_of="party_post_removal")],
    ],
    ids=["two standings, said why", "review, said why", "both ladders", "two talks", "in place of a heavier"],
)
def test_what_may_be_right_is_taken(given: list[Sanction]) -> None:
    BLANK.decide(RecordCase(**body(*given)), DISCIPLINE)


def test_no_decision_takes_effect_before_the_act() -> None:
    early = RecordCase(**body(sanction("admonition"), acted_on=date(2026, 10, 9)))
    refused(BLANK, early, DISCIPLINE, "TooEarly", "2026-10-08", "2026-10-09")
    BLANK.decide(RecordCase(**body(sanction("admonition"), acted_on=date(2026, 10, 8))), DISCIPLINE)
    still = pending(effective_on=date(2026, 10, 1))
    BLANK.decide(RecordCase(**body(still), acted_on=date(2026, 10, 8)), DISCIPLINE)


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = RecordCase(
        **body(
            one("party_warning", "staff"),
            sanction("dismissal", "p-2", standing="student", instead_of="admonition"),
            sanction("demerit", "p-3", document=None),
            acted_on=date(2026, 12, 1),
        )
    )
    with pytest.raises(SeveralFaults) as caught:
        BLANK.decide(wrong, DISCIPLINE)
    assert caught.value.details["count"] == 5
    for language, words in (
        ("zh", ["p-1", "p-2", "文号", "晚于今天"]),
        ("en", ["p-1", "p-2", "document", "later than today"]),
    ):
        assert all(word in caught.value.render(language) for word in words)


def test_a_remark_changes_no_result() -> None:
    plain = sanction("demotion")
    assert replace(plain, remark=REMARK) != plain
    world = BLANK.do(RecordCase(**body(replace(plain, remark=REMARK))), DISCIPLINE)
    assert made_of(world.state).counted == made_of(BLANK.do(RecordCase(**body(plain)), DISCIPLINE).state).counted
