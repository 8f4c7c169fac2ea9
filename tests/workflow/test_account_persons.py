"""A member has one account in the whole ledger: the engine and the replay find the other one, in one form and over time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from states.accounts.account import OPERATOR, AssignPerson, CloseAccount, GrantRole, OpenAccount, PersonTaken
from states.records.account import SECURITY, SYSTEM
from states.vocabulary import Actor, Command, Opaque, Words
from storage.database.database import Database
from tests.college import College
from tests.conftest import NewUrl
from workflow.engine import Accepted, Answer, Submission

SYS, SEC = Actor("sys", SYSTEM), Actor("sec", SECURITY)
REASON = Words("按任职文件")
P1, P2 = Opaque("p-1"), Opaque("p-2")


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[College]:
    with Database.open(new_url(dialect)) as database:
        made = College(database)
        for id_, role in (("sys", SYSTEM), ("sec", SECURITY)):
            made.engine.submit(f"account/{id_}", OpenAccount(), OPERATOR, f"open-{id_}")
            made.engine.submit(f"account/{id_}", GrantRole(role=Opaque(role)), OPERATOR, f"grant-{id_}")
        yield made
        made.close()


def submit(college: College, *commands: tuple[str, Command, Actor]) -> list[Answer]:
    """Submit the commands in one transaction."""
    head = college.ledger.head().number
    return college.engine.submit_many([
        Submission(f"account/{id_}", command, actor, f"{head}-{n}") for n, (id_, command, actor) in enumerate(commands)
    ])  # fmt: skip


def names(answers: list[Answer]) -> list[str]:
    return ["done" if isinstance(answer, Accepted) else answer.code for answer in answers]


def test_two_accounts_in_one_form_are_not_of_one_person(college: College) -> None:
    two = submit(college, ("a-1", OpenAccount(person=P1), SYS), ("a-2", OpenAccount(person=P1), SYS))
    assert names(two) == ["done", "PersonTaken"]
    assert isinstance(two[1], PersonTaken)
    assert "a-1" in two[1].render("zh")
    assert college.replayed() == []


def test_a_person_gets_another_account_only_after_the_first_is_closed_or_given_up(college: College) -> None:
    assert names(submit(college, ("a-1", OpenAccount(person=P1), SYS), ("a-2", OpenAccount(), SYS))) == ["done"] * 2
    assign = AssignPerson(person=P1, reason=REASON)
    assert names(submit(college, ("a-2", assign, SEC))) == ["PersonTaken"]
    with pytest.raises(PersonTaken):
        college.engine.preview("account/a-2", assign, SEC)
    given_up = ("a-1", AssignPerson(person=None, reason=REASON), SEC)
    assert names(submit(college, given_up, ("a-2", assign, SEC))) == ["done", "done"]
    assert names(submit(college, ("a-1", assign, SEC))) == ["PersonTaken"]
    closed = ("a-2", CloseAccount(reason=REASON), SYS)
    assert names(submit(college, closed, ("a-3", OpenAccount(person=P1), SYS))) == ["done", "done"]
    assert college.replayed() == []


def test_the_replay_finds_a_second_account_of_a_person(college: College, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the engine had not asked: somebody wrote the entry past it."""
    submit(college, ("a-1", OpenAccount(person=P1), SYS))
    with monkeypatch.context() as patch:
        patch.setattr("states.accounts.account.check_only_account", lambda *_: None)
        assert names(submit(college, ("a-2", OpenAccount(person=P1), SYS))) == ["done"]
        assert names(submit(college, ("a-3", OpenAccount(person=P2), SYS))) == ["done"]
    (defect,) = college.replayed()
    assert "p-1" in defect
    assert "a-1" in defect
