"""The streams of papers: templates by two people, papers made for good, sealed copies; and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from states import policy
from states.papers.catalogue import PAPERS
from states.papers.issue import MakePaper, PapersOfYear, ReturnPaper
from states.papers.paper import Paper
from states.papers.template import AdoptTemplate, PaperTemplate, ProposeTemplate
from states.refusals import Refusal
from states.stream_kinds import initial_state
from states.streams import paper_stream, template_stream
from states.vocabulary import Actor, Document

from .law import COMMITTEE, OFFICE, RULEBOOK, UNIT, World, check_sentence, document, person, refused

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FIRST = document(sha256="01" * 32, media_type=WORD)
SECOND = document(sha256="02" * 32, media_type=WORD)
LETTER = document(sha256="03" * 32, media_type=WORD)
SEALED = document(sha256="04" * 32)
OFFICE_2 = person("office", "office-2")
OF = f"assessment/2026/{UNIT}"


def stream(key: str) -> World:
    """The papers of 2026."""
    return World(initial_state(paper_stream(2026, key)))


def templates(key: str = "result-letter") -> World:
    return World(initial_state(template_stream(key)))


def making(template: Document | None = FIRST, **changes: Any) -> MakePaper:
    fields = {"of": OF, "upto": 40, "made_on": date(2026, 11, 2), "template": template, "maker": 1, "paper": LETTER}
    return MakePaper(**{**fields, **changes})


def made_of(world: World) -> dict[str, Any]:
    assert isinstance(world.state, PapersOfYear)
    return world.state.made


def adopted(world: World) -> Document | None:
    assert isinstance(world.state, PaperTemplate)
    return world.state.adopted


def test_a_template_is_in_use_once_somebody_else_than_its_proposer_adopts_it() -> None:
    proposed = templates().do(ProposeTemplate(template=FIRST), OFFICE)
    assert adopted(proposed) is None
    done = proposed.do(AdoptTemplate(template=FIRST), OFFICE_2)
    assert (adopted(done), done.state.proposal) == (FIRST, None)


def test_nobody_adopts_the_template_that_they_proposed_in_whatever_role() -> None:
    proposed = templates().do(ProposeTemplate(template=FIRST), OFFICE)
    for actor in (OFFICE, person("committee", OFFICE.id)):
        refused(proposed, AdoptTemplate(template=FIRST), actor, "SamePerson")


def test_a_later_proposal_replaces_the_earlier_one_and_only_the_last_is_adopted() -> None:
    world = templates().do(ProposeTemplate(template=FIRST), OFFICE)
    world = world.do(ProposeTemplate(template=SECOND), OFFICE_2)
    refused(world, AdoptTemplate(template=FIRST), COMMITTEE, "OtherProposal")
    assert adopted(world.do(AdoptTemplate(template=SECOND), COMMITTEE)) == SECOND


def test_a_template_that_waits_or_is_in_use_is_not_proposed_again() -> None:
    world = templates().do(ProposeTemplate(template=FIRST), OFFICE)
    refused(world, ProposeTemplate(template=FIRST), OFFICE_2, "NothingToDo")
    world = world.do(AdoptTemplate(template=FIRST), OFFICE_2)
    refused(world, ProposeTemplate(template=FIRST), OFFICE, "NothingToDo")


def test_a_paper_made_for_good_replaces_the_earlier_one_about_the_same_department_only() -> None:
    other, later = "assessment/2026/u-law", document(sha256="05" * 32, media_type=WORD)
    world = stream("result-letter").do(making(), OFFICE).do(making(of=other), OFFICE).do(making(paper=later), OFFICE_2)
    made = made_of(world)
    assert {of: (one.body.paper, one.version) for of, one in made.items()} == {OF: (later, 3), other: (LETTER, 2)}


def test_a_paper_that_came_back_sealed_stays_beside_the_one_that_is_made_after_it() -> None:
    later = document(sha256="05" * 32, media_type=WORD)
    sealed = stream("result-letter").do(making(), OFFICE).do(ReturnPaper(of=OF, copy=SEALED), OFFICE)
    one = made_of(sealed.do(making(paper=later), OFFICE))[OF]
    assert (one.body.paper, one.copies) == (later, ())
    assert [(before.body.paper, before.copies) for before in one.earlier] == [(LETTER, (SEALED,))]


def test_a_word_paper_is_made_for_good_with_its_template_and_in_the_stream_of_its_year() -> None:
    refused(stream("result-letter"), making(None), OFFICE, "WrongTemplate")
    refused(stream("result-letter"), making(of=f"assessment/2025/{UNIT}"), OFFICE, "NotKnown")


def test_the_sealed_copy_of_a_paper_comes_back_as_pdf_or_ofd_once() -> None:
    made = stream("result-letter").do(making(), OFFICE)
    ofd = document(sha256="06" * 32, media_type="application/ofd")
    world = made.do(ReturnPaper(of=OF, copy=SEALED), OFFICE).do(ReturnPaper(of=OF, copy=ofd), OFFICE_2)
    assert made_of(world)[OF].copies == (SEALED, ofd)
    refused(world, ReturnPaper(of=OF, copy=SEALED), OFFICE, "NothingToDo")
    for wrong in (LETTER, document(sha256="07" * 32, media_type="image/png")):
        refused(made, ReturnPaper(of=OF, copy=wrong), OFFICE, "NotASealedCopy")


def test_no_sealed_copy_comes_back_of_a_paper_that_was_not_made_for_good() -> None:
    made = stream("result-letter").do(making(), OFFICE)
    refused(made, ReturnPaper(of="assessment/2026/u-law", copy=SEALED), OFFICE, "NothingMade")


NAMED = [paper for paper in PAPERS.values() if paper.has_persons]


@pytest.mark.parametrize("paper", NAMED, ids=[paper.key for paper in NAMED])
def test_nothing_of_a_paper_with_names_of_people_gets_into_the_ledger(paper: Paper) -> None:
    role = paper.makers(RULEBOOK)[0]
    maker = person(role, unit=UNIT if role == "unit" else "u-law")
    of = OF if paper.of == "assessment" else "year/2026"
    refused(stream(paper.key), making(of=of), maker, "NamesNotKept")


def test_every_fault_of_a_paper_made_for_good_is_named_at_once() -> None:
    command = making(None, of="year/2026", upto=0, made_on=date(2026, 11, 3), maker=0)
    refusal = refused(stream("result-letter"), command, OFFICE, "SeveralFaults")
    assert [one.field for one in refusal.faults] == ["of", "template", "upto", "maker", "made_on"]


ON_TEMPLATE = {
    "propose_template": ProposeTemplate(template=FIRST),
    "adopt_template": AdoptTemplate(template=FIRST),
}
ON_PAPER = {"make_paper": making(), "return_paper": ReturnPaper(of=OF, copy=SEALED)}


@pytest.mark.parametrize("act", [*ON_TEMPLATE, *ON_PAPER])
@pytest.mark.parametrize("key", ["minutes", "result-letter", "talk-summons"])
def test_a_paper_is_made_by_its_makers_and_its_template_changed_by_them_or_by_who_approves_or_announces(
    key: str, act: str
) -> None:
    makers = {*PAPERS[key].makers(RULEBOOK)}
    expected = makers | {"office", "committee"} if act in ON_TEMPLATE else makers
    world, command = (templates(key), ON_TEMPLATE[act]) if act in ON_TEMPLATE else (stream(key), ON_PAPER[act])
    by, _ = policy.entitled_roles(act, world.state, command, RULEBOOK)
    assert {*by} == expected
    for role in set(RULEBOOK.roles) - expected:
        refused(world, command, person(role), "NotYours")


def test_nobody_makes_for_good_or_files_what_says_how_their_own_department_was_judged() -> None:
    own = Actor("office-3", "office", UNIT)
    made = stream("result-letter").do(making(), OFFICE)
    for world, command in ((stream("result-letter"), making()), (made, ReturnPaper(of=OF, copy=SEALED))):
        refused(world, command, own, "OwnUnit")
    minutes = stream("minutes")
    maker = Actor("group-3", "working_group", UNIT)
    assert made_of(minutes.do(making(), maker))


def test_a_department_makes_for_good_only_papers_of_its_own() -> None:
    reports = stream("self-report")
    refused(reports, making(), person("unit", unit="u-law"), "OtherUnit", UNIT)
    own = reports.do(making(), person("unit"))
    refused(own, ReturnPaper(of=OF, copy=SEALED), person("unit", unit="u-law"), "OtherUnit", UNIT)
    assert made_of(own.do(ReturnPaper(of=OF, copy=SEALED), person("unit")))[OF].copies == (SEALED,)


@pytest.mark.parametrize("act", [*ON_TEMPLATE, *ON_PAPER])
def test_an_act_on_a_paper_that_does_not_exist_is_refused(act: str) -> None:
    world = templates("no-such-paper") if act in ON_TEMPLATE else stream("no-such-paper")
    with pytest.raises(Refusal) as told:
        world.do({**ON_TEMPLATE, **ON_PAPER}[act], OFFICE)
    check_sentence(told.value)
