"""个别谈话 on its form: each member ticked, or the reason; what was typed stays in a form that is refused."""

from __future__ import annotations

import pytest

from .test_rulebook import said
from .walk import HOME, day, send, walk
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

TYPED = {"held_on": "2026-12-03", "talked.u-1-h1": "1", "with_staff": "5"}


def test_a_member_left_out_without_a_reason_is_named_and_nothing_typed_is_lost(college: Console) -> None:
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    answer = send(college.sign_in("working_group"), "record_interviews", TYPED)
    assert answer.status_code == 409
    assert "缺少班子成员的谈话或未谈话的原因 u-1-m1（第七条（二）3）" in answer.text
    assert 'name="talked.u-1-h1" value="1" aria-label="' in answer.text
    assert answer.text.count(" checked") == 1


def test_why_a_member_was_not_talked_with_stands_on_the_page_of_the_assessment(college: Console) -> None:
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    client = college.sign_in("working_group")
    both = send(client, "record_interviews", TYPED | {"talked.u-1-m1": "1", "untalked.u-1-m1": "病假"})
    assert both.status_code == 409
    assert "同一成员既勾选了已谈话，又写了未谈话的原因" in both.text
    assert send(client, "record_interviews", TYPED | {"untalked.u-1-m1": "病假"}).status_code == 303
    assert "已谈话 1 人；未谈话：副院长（病假）" in said(college, "working_group", HOME)
    assert "1 interviewed; not: 副院长 (病假)" in said(college, "working_group", HOME, "en")
