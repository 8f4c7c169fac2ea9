"""One act for many units: what is listed as possible is possible, and nothing that was asked for is left out without a word."""

from __future__ import annotations

import re
from typing import Any

from httpx2 import Client

from states.deadlines.reminders import MoveDeadline
from states.vocabulary import Words
from tests.college import OFFICE

from .test_checking import carried, checked
from .walk import day, text, walk
from .web import Console, hidden

PATH = "/together/2026/move_deadline"
BOTH = ["assessment/2026/u-1", "assessment/2026/u-2"]
TYPED = {"stage": "scoring", "due": "2026-12-23", "reason": "统一调整"}


def form(client: Client, path: str = PATH) -> dict[str, Any]:
    return {name: value for name, value in hidden(client.get(path).text).items() if name != "_do"}


def test_a_row_that_changed_since_the_list_was_shown_is_under_what_cannot_be_done(college: Console) -> None:
    client = college.sign_in("office")
    shown = form(client)
    due = day("12-22").date()
    college.engine.submit(BOTH[1], MoveDeadline(stage="scoring", due=due, reason=Words("调整")), OFFICE, "m")
    answer = client.post(PATH, data={**shown, **TYPED, "unit": BOTH, "_do": "preview"})
    assert checked(answer)
    refused = text(answer.text).partition("不能办理 1 个")[2].partition("调整期限 1 个")[0]
    assert "样例学院2" in refused
    assert "此事已由您本人（在另一窗口）办理" in refused
    assert "样例学院1" not in refused
    done = client.post(PATH, data={**carried(answer.text), "_do": "confirm"})
    assert "期限 1 个；不能办理 1 个" in text(done.text)
    assert [college.assessment(unit).due["scoring"] for unit in ("u-1", "u-2")] == [day("12-23").date(), due]


def test_a_row_that_has_moved_on_is_named_on_the_check_page_and_after_it(college: Console) -> None:
    walk(college, until="circulate")
    college.clock.at = day("12-30")
    client, path = college.sign_in("office"), "/together/2026/circulate"
    typed = {"document": "样例党字〔2026〕60号", "circulated_on": "2026-12-30", "unit": BOTH}
    answer = client.post(
        path, data={**form(client, path), **typed, "version-assessment/2026/u-2": "1", "_do": "preview"}
    )
    assert checked(answer)
    assert "样例学院2" in text(answer.text).partition("不能办理 1 个")[2].partition("全校通报 1 个")[0]
    done = client.post(path, data={**carried(answer.text), "_do": "confirm"})
    assert "不能办理 1 个" in text(done.text)
    assert "样例学院2" in text(done.text)
    assert college.assessment().stage == "circulation"


def test_a_row_refused_on_the_check_page_is_not_done_by_the_confirmation(college: Console) -> None:
    """Possible again by then: nobody has seen what it would do."""
    client = college.sign_in("office")
    typed = {**TYPED, "due": "2026-12-23", "unit": BOTH}
    answer = client.post(PATH, data={**form(client), **typed, "_do": "preview"})
    seen = carried(answer.text)
    del seen[f"expected-{BOTH[1]}"]
    done = client.post(PATH, data={**seen, "_do": "confirm"})
    assert "期限 1 个；不能办理 1 个" in text(done.text)
    assert "核对之后" in text(done.text)
    assert college.assessment("u-2").due["scoring"] != day("12-23").date()


def test_the_list_of_acts_counts_the_rows_that_the_page_of_each_act_has(college: Console) -> None:
    walk(college, until="complete_task")
    client = college.sign_in("office")
    listed = re.findall(r'href="/together/2026/(\w+)">.*?data-label="可办部门">(\d+)<', client.get("/together").text)
    assert {"move_deadline", "chase"} <= {act for act, _ in listed}
    rows = {act: client.get(f"/together/2026/{act}").text.count('type="checkbox" name="unit"') for act, _ in listed}
    assert rows == {act: int(count) for act, count in listed}
