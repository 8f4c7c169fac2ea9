"""The roles of a rulebook by what they do: in every measure the right ones, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.rulebooks import load_edition, shipped_editions
from states.rulebook import roles
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, UNIT_ROLE

FILES = (*shipped_editions().values(), *sorted((Path(__file__).parents[1] / "measures").glob("*.toml")))
MEASURES = {path.stem: load_edition(path).rulebook for path in FILES}
LIUZHOU, CLOUDLADDER, HERONISLE = (MEASURES[key] for key in ("liuzhou-2021", "cloudladder-2031", "heronisle-2031"))


@pytest.mark.parametrize(
    ("rulebook", "organiser", "scorer", "approver"),
    [
        (LIUZHOU, "office", "working_group", "committee"),
        (CLOUDLADDER, "office", "assessor", "committee"),
        (HERONISLE, "office", "office", "committee"),
    ],
)
def test_who_organises_scores_and_approves(rulebook: Rulebook, organiser: str, scorer: str, approver: str) -> None:
    assert (roles.organiser(rulebook), roles.scorer(rulebook), roles.approver(rulebook)) == (
        organiser,
        scorer,
        approver,
    )


def test_an_occasion_that_ends_with_its_score_has_nobody_who_approves() -> None:
    assert roles.approver(CLOUDLADDER.at("midyear")) == ""


def test_the_working_group_visits_and_others_may_see_a_department_too() -> None:
    assert roles.inspectors(LIUZHOU) == ("assessor", "working_group")
    assert set(roles.checkers(LIUZHOU)) == {"working_group", "office", "assessor", "discipline", "leading_group"}
    assert roles.inspectors(HERONISLE) == ("examiner",)


@pytest.mark.parametrize(
    ("rulebook", "keepers", "readers"),
    [
        (LIUZHOU, "unit working_group office assessor discipline leading_group", "working_group office committee leading_group discipline"),
        (CLOUDLADDER, "unit office assessor council", "office assessor committee council"),
        (HERONISLE, "unit office examiner first_review second_review supervision committee",
         "office examiner first_review second_review committee supervision"),
    ],
)  # fmt: skip
def test_confidential_values_are_kept_and_read_by_those_who_do_the_work(
    rulebook: Rulebook, keepers: str, readers: str
) -> None:
    assert set(roles.value_keepers(rulebook)) == set(keepers.split())
    assert set(roles.value_readers(rulebook)) == set(readers.split())


@pytest.mark.parametrize("rulebook", MEASURES.values(), ids=MEASURES)
def test_neither_the_department_nor_the_clock_reads_a_confidential_value(rulebook: Rulebook) -> None:
    assert not {UNIT_ROLE, CLOCK.role} & {*roles.value_readers(rulebook), *roles.superiors(rulebook)}
    assert CLOCK.role not in (*roles.value_keepers(rulebook), *roles.inspectors(rulebook), *roles.checkers(rulebook))


def test_a_letter_reports_to_those_who_decide_and_to_those_who_supervise() -> None:
    assert set(roles.superiors(LIUZHOU)) == {"committee", "leading_group", "discipline"}
    assert set(roles.superiors(HERONISLE)) == {"committee", "supervision"}
