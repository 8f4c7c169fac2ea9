"""A one-time link opened by many at once: it succeeds once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest

from console.web import credentials
from states.accounts.account import OPERATOR
from tests.console.web import Console, hidden

PASSWORDS = [
    f"harbour quilt seventeen {word}" for word in ["one", "two", "three", "four", "five", "six", "seven", "eight"]
]


def test_a_link_used_eight_times_at_once_succeeds_once_and_says_so_seven_times(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_ = credentials.hash_password
    # All that are let in together have looked at the link before the first of them uses it up.
    monkeypatch.setattr(credentials, "hash_password", lambda password: (sleep(0.1), hash_(password))[1])
    path = credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    browsers = [college.client() for _ in PASSWORDS]
    forms = [hidden(browser.get(path).text) for browser in browsers]
    together = Barrier(len(PASSWORDS))

    def choose(number: int) -> int:
        together.wait(30)
        asked = {**forms[number], "password": PASSWORDS[number], "again": PASSWORDS[number]}
        answer = browsers[number].post(path, data=asked)
        assert answer.status_code == 303 or "这个链接已使用或已过期" in answer.text
        return answer.status_code

    with ThreadPoolExecutor(len(PASSWORDS)) as crowd:
        answers = list(crowd.map(choose, range(len(PASSWORDS))))
    assert Counter(answers) == {303: 1, 410: 7}
    chosen = PASSWORDS[answers.index(303)]
    assert college.events("office").count("link_used") == 1
    assert college.signs_in(browsers[answers.index(303)], "office", chosen).status_code == 303
