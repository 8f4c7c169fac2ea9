"""What is too long is never cut: how much may be written is said at the field, and what is over is refused there, whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.web import request

from .walk import ELEMENTS, FILE, HOME, STEPS, day, send, text, walk
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

TEMPLATES = Path(request.__file__).parent / "templates"


def test_no_field_cuts_what_is_typed() -> None:
    """`maxlength` cuts a paste in silence."""
    found = [path.name for path in TEMPLATES.glob("*.html") if "maxlength" in path.read_text("utf-8")]
    assert not found


def test_a_field_says_how_much_may_be_written_and_how_much_is(college: Console) -> None:
    page = college.sign_in("office").get(f"{HOME}/move_deadline").text
    assert "最多 500 字，已写 0 字" in text(page)
    answer = send(college.sign_in("office"), "move_deadline", {"stage": "scoring", "reason": "会议改期。"})
    assert (answer.status_code, "最多 500 字，已写 5 字" in text(answer.text)) == (409, True)
    english = send(
        college.sign_in("office", "en"), "move_deadline", {"stage": "scoring", "reason": "The day was moved"}
    )
    assert "Up to 500 characters, 17 used" in text(english.text)


def test_what_is_over_is_told_at_its_field_and_stands_there_whole(college: Console) -> None:
    long = "因" * 499 + "\n为" + "长"
    typed = {"stage": "scoring", "due": "2026-12-22", "reason": long}
    answer = send(college.sign_in("office"), "move_deadline", typed)
    assert answer.status_code == 409
    wrong = answer.text.partition('id="reason-wrong">')[2].partition("</p>")[0]
    assert "最多 500 字，已写 502 字，请删去 2 字" in wrong
    assert long in answer.text
    assert college.assessment().version == 1
    fits = {**typed, "reason": long[:500].replace("\n", "\r\n")}
    assert send(college.sign_in("office"), "move_deadline", fits).status_code == 303, "a line end is one character"


def test_a_remark_in_a_row_is_told_in_its_row(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    one, other = list(ELEMENTS)[:2]
    typed = {**dict(STEPS[4][3]), f"remark.{one}": "长" * 501, f"remark.{other}": "长" * 500}
    answer = send(college.sign_in("working_group"), "review_documents", typed, {"evidence": FILE})
    assert answer.status_code == 409
    assert f'id="remark.{one}-wrong"' in answer.text
    assert f'id="remark.{other}-wrong"' not in answer.text
    assert "长" * 501 in answer.text
