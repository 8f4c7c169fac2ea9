"""The form and the page of a democratic evaluation with two ballots and voter groups."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from storage.database.database import Database
from tests.conftest import NewUrl
from tests.entered import VOTES, edition

from .walk import HOME, send, text, walk
from .web import Console, console, hidden, settle


def settle_ballots(url: str) -> None:
    settle(url, edition(VOTES))


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The small college under a measure with two ballots, on each database."""
    with Database.open(new_url(dialect, settle_ballots)) as database, console(database, edition(VOTES)) as made:
        walk(made, until="record_ballot")
        yield made


def test_each_ballot_is_counted_by_group_and_shown_by_group(college: Console) -> None:
    college.clock.at = college.clock.at.replace(month=11, day=27)
    client = college.sign_in("working_group")
    page = client.get(f"{HOME}/record_ballot").text
    names = re.findall(r'name="(ballot\.[^"]+)"', page)
    assert "ballot.weighted.served.team.good" in names
    assert "ballot.weighted.staff.u-1-m1.fair" in names
    assert page.count('<table class="cards" data-paste>') == 2, "one table a ballot: their options differ"
    best = ("satisfied", "good", "issued", "returned", "valid")
    typed = {name: "19" if name.rpartition(".")[2] in best else "0" for name in names}
    wrong = typed | {"ballot.weighted.served.team.fair": "3"}
    answer = send(client, "record_ballot", {"held_on": "2026-11-26", **wrong})
    assert answer.status_code == 409
    assert 'href="#ballot.weighted.served.team.valid"' in answer.text
    right = {**hidden(answer.text), "held_on": "2026-11-26", **typed, "_do": "confirm"}
    assert client.post(f"{HOME}/record_ballot", data=right).status_code == 303
    assert "分组测评 · 服务对象 · 领导班子" in text(client.get(HOME).text)
