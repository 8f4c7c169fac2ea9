"""The stream of a paper: templates by two people, papers made for good, sealed copies; and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from states import policy
from states.papers.catalogue import PAPERS
from states.papers.history import AdoptTemplate, MakePaper, PaperHistory, ProposeTemplate, ReturnPaper
from states.papers.paper import Paper
from states.refusals import Refusal
from states.stream_kinds import initial_state
from states.streams import paper_stream
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
    return World(initial_state(paper_stream(key)))


def making(template: Document | None = FIRST, **changes: Any) -> MakePaper:
    fields = {"of": OF, "upto": 40, "made_on": date(2026, 11, 2), "template": template, "maker": 1, "paper": LETTER}
    return MakePaper(**{**fields, **changes})


def history(world: World) -> PaperHistory:
    assert isinstance(world.state, PaperHistory)
    return world.state


def test_a_template_is_in_use_once_somebody_else_than_its_proposer_adopts_it() -> None:
    proposed = stream("result-letter").do(ProposeTemplate(template=FIRST), OFFICE)
    assert history(proposed).template is None
    adopted = proposed.do(AdoptTemplate(template=FIRST), OFFICE_2)
    assert (history(adopted).template, history(adopted).proposal) == (FIRST, None)


def test_nobody_adopts_the_template_that_they_proposed_in_whatever_role() -> None:
    proposed = stream("result-letter").do(ProposeTemplate(template=FIRST), OFFICE)
    for actor in (OFFICE, person("committee", OFFICE.id)):
        refused(proposed, AdoptTemplate(template=FIRST), actor, "SamePerson")


def test_a_later_proposal_replaces_the_earlier_one_and_only_the_last_is_adopted() -> None:
    world = stream("result-letter").do(ProposeTemplate(template=FIRST), OFFICE)
    world = world.do(ProposeTemplate(template=SECOND), OFFICE_2)
    refused(world, AdoptTemplate(template=FIRST), COMMITTEE, "OtherProposal")
    assert history(world.do(AdoptTemplate(template=SECOND), COMMITTEE)).template == SECOND


def test_a_template_that_waits_or_is_in_use_is_not_proposed_again() -> None:
    world = stream("result-letter").do(ProposeTemplate(template=FIRST), OFFICE)
    refused(world, ProposeTemplate(template=FIRST), OFFICE_2, "NothingToDo")
    world = world.do(AdoptTemplate(template=FIRST), OFFICE_2)
    refused(world, ProposeTemplate(template=FIRST), OFFICE, "NothingToDo")


def test_a_paper_made_for_good_replaces_the_earlier_one_about_the_same_department_only() -> None:
    other, later = "assessment/2026/u-law", document(sha256="05" * 32, media_type=WORD)
    world = stream("result-letter").do(making(), OFFICE).do(making(of=other), OFFICE).do(making(paper=later), OFFICE_2)
    made = history(world).made
    assert {of: (one.body.paper, one.version) for of, one in made.items()} == {OF: (later, 3), other: (LETTER, 2)}


def test_once_a_template_is_adopted_a_paper_is_made_for_good_in_no_other() -> None:
    world = stream("result-letter").do(ProposeTemplate(template=SECOND), OFFICE)
    world = world.do(making(FIRST), OFFICE).do(AdoptTemplate(template=SECOND), OFFICE_2)
    refused(world, making(FIRST), OFFICE, "OtherTemplate")
    assert history(world.do(making(SECOND), OFFICE)).made[OF].body.template == SECOND


def test_the_sealed_copy_of_a_paper_comes_back_as_pdf_or_ofd_once() -> None:
    made = stream("result-letter").do(making(), OFFICE)
    ofd = document(sha256="06" * 32, media_type="application/ofd")
    world = made.do(ReturnPaper(of=OF, copy=SEALED), OFFICE).do(ReturnPaper(of=OF, copy=ofd), OFFICE_2)
    assert history(world).made[OF].copies == (SEALED, ofd)
    refused(world, ReturnPaper(of=OF, copy=SEALED), OFFICE, "NothingToDo")
    for wrong in (LETTER, document(sha256="07" * 32, media_type="image/png")):
        refused(made, ReturnPaper(of=OF, copy=wrong), OFFICE, "NotASealedCopy")


def test_no_sealed_copy_comes_back_of_a_paper_that_was_not_made_for_good() -> None:
    made = stream("result-letter").do(making(), OFFICE)
    refused(made, ReturnPaper(of="assessment/2026/u-law", copy=SEALED), OFFICE, "NothingMade")


NAMED = [paper for paper in PAPERS.values() if paper.has_persons]


@pytest.mark.parametrize("paper", NAMED, ids=[paper.key for paper in NAMED])
def test_nothing_of_a_paper_with_names_of_people_gets_into_the_ledger(paper: Paper) -> None:
    maker = person(paper.makers(RULEBOOK)[0], unit="u-law")
    of = OF if paper.of == "assessment" else "year/2026"
    refused(stream(paper.key), making(of=of), maker, "NamesNotKept")


def test_every_fault_of_a_paper_made_for_good_is_named_at_once() -> None:
    command = making(None, of="year/2026", upto=0, made_on=date(2026, 11, 3), maker=0)
    refusal = refused(stream("result-letter"), command, OFFICE, "SeveralFaults")
    assert [one.field for one in refusal.faults] == ["of", "template", "upto", "maker", "made_on"]


EVERY_ACT = {
    "propose_template": ProposeTemplate(template=FIRST),
    "adopt_template": AdoptTemplate(template=FIRST),
    "make_paper": making(),
    "return_paper": ReturnPaper(of=OF, copy=SEALED),
}


@pytest.mark.parametrize("act", EVERY_ACT)
@pytest.mark.parametrize("key", ["minutes", "result-letter", "talk-summons"])
def test_a_paper_is_made_by_its_makers_and_its_template_changed_by_them_or_by_who_approves_or_announces(
    key: str, act: str
) -> None:
    makers = {*PAPERS[key].makers(RULEBOOK)}
    expected = makers | {"office", "committee"} if act.endswith("template") else makers
    by, _ = policy.entitled_roles(act, initial_state(paper_stream(key)), EVERY_ACT[act], RULEBOOK)
    assert {*by} == expected
    for role in set(RULEBOOK.roles) - expected:
        refused(stream(key), EVERY_ACT[act], person(role), "NotYours")


def test_nobody_makes_for_good_or_files_what_says_how_their_own_department_was_judged() -> None:
    own = Actor("office-3", "office", UNIT)
    made = stream("result-letter").do(making(), OFFICE)
    for world, command in ((stream("result-letter"), making()), (made, ReturnPaper(of=OF, copy=SEALED))):
        refused(world, command, own, "OwnUnit")
    minutes = stream("minutes")
    maker = Actor("group-3", "working_group", UNIT)
    assert history(minutes.do(making(), maker)).made


@pytest.mark.parametrize("act", EVERY_ACT)
def test_an_act_on_a_paper_that_does_not_exist_is_refused(act: str) -> None:
    with pytest.raises(Refusal) as told:
        stream("no-such-paper").do(EVERY_ACT[act], OFFICE)
    check_sentence(told.value)
