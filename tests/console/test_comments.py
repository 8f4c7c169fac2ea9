"""意见: who works on an assessment writes to the others; the department reads none; the ledger knows that, and not what."""

from __future__ import annotations

from httpx2 import Client, Response
from sqlalchemy import text as sql

from audit.tables.all_tables import check_tables
from states.accounts.account import MoveAccount
from states.custody.tables import RowsNoted
from states.vocabulary import Opaque, Words
from storage.ledger.facts import fact_of
from storage.papers import comments
from storage.papers.comments import comments_of

from .every_form import Page
from .walk import HOME, day, text
from .web import SECURITY, Console, hidden

STREAM = "assessment/2026/u-1"
COMMENT = "自评材料缺第三项的佐证，请先问张主任"
PATH = f"{HOME}/comments"


def write(client: Client, words: str = COMMENT, **form: str) -> Response:
    return client.post(PATH, data={**hidden(client.get(HOME).text, PATH), "text": words, **form})


def section(page: str) -> str:
    return text("<main" + page.partition('<section id="comments"')[2].partition("</section>")[0])


def test_a_comment_is_shown_with_its_author_and_time_to_those_who_work_on_the_assessment(college: Console) -> None:
    college.clock.at = day("11-16")
    answer = write(college.sign_in("office"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}#comments")
    for account in ("working_group", "assessor", "leading_group", "committee", "office"):
        page = college.sign_in(account).get(HOME).text
        assert f"样例·office 2026-11-16 10:00 {COMMENT}" in section(page), account
        assert "意见 1" in text(page), account


def test_the_department_and_those_with_no_part_in_the_assessment_read_no_comment(college: Console) -> None:
    write(college.sign_in("office"))
    for account in ("unit-1", "discipline", "organization"):
        client = college.sign_in(account)
        page = client.get(HOME)
        assert page.status_code == 200, account
        assert "comments" not in page.text, account
        assert COMMENT not in page.text, account
        assert client.get(PATH).status_code == 403, account
    assert college.sign_in("system_admin").get(PATH).status_code == 403


def test_nobody_reads_comments_on_the_own_department_in_any_role(college: Console) -> None:
    write(college.sign_in("office"))
    moved = MoveAccount(unit=Opaque("u-1"), reason=Words("调入"))
    college.engine.submit("account/assessor", moved, SECURITY, "move-1")
    client = college.sign_in("assessor")
    assert COMMENT not in client.get(HOME).text
    refused = client.get(PATH)
    assert refused.status_code == 403
    assert "回避" in refused.text
    form = hidden(client.get("/account").text)
    assert client.post(PATH, data={**form, "text": COMMENT}).status_code == 403
    assert len(comments_of(college.database, STREAM)) == 1


def test_the_ledger_notes_that_there_is_a_comment_and_never_its_text(college: Console) -> None:
    write(college.sign_in("office"))
    (one,) = comments_of(college.database, STREAM)
    (entry,) = college.engine.ledger.stream("table/comment")
    fact = fact_of(entry)
    assert isinstance(fact, RowsNoted)
    assert [(row.key, row.digest) for row in fact.rows] == [(one.id, one.digest)]
    assert (entry.actor, entry.role) == ("office", "office")
    assert [len(college.engine.ledger.stream(STREAM)), one.text] == [1, COMMENT]
    assert one.digest == comments.digests(college.database)[one.id]


def test_a_form_that_is_sent_twice_adds_one_comment(college: Console) -> None:
    client = college.sign_in("office")
    form = {**hidden(client.get(HOME).text, PATH), "text": COMMENT}
    assert [client.post(PATH, data=form).status_code for _ in range(2)] == [303, 303]
    assert len(comments_of(college.database, STREAM)) == 1


def test_its_author_withdraws_a_comment_and_the_time_stays(college: Console) -> None:
    college.clock.at = day("11-16")
    client = college.sign_in("office")
    write(client)
    (one,) = comments_of(college.database, STREAM)
    path = f"{PATH}/{one.id}/withdraw"
    other = college.sign_in("working_group")
    assert path not in other.get(HOME).text
    refused = other.post(path, data=hidden(other.get(HOME).text, PATH))
    assert (refused.status_code, "只有作者可以撤回" in refused.text) == (409, True)
    college.clock.at = day("11-17")
    client = college.sign_in("office")
    assert client.post(path, data=hidden(client.get(HOME).text, path)).status_code == 303
    shown = section(client.get(HOME).text)
    assert "样例·office 2026-11-16 10:00 〔已撤回〕 2026-11-17 10:00" in shown
    assert COMMENT not in shown
    with college.database.reading() as connection:
        assert connection.execute(sql("SELECT text FROM comment")).scalar_one() is None
    assert client.post(path, data=hidden(client.get(HOME).text, PATH)).status_code == 303
    assert len(college.engine.ledger.stream("table/comment")) == 2


def test_an_empty_and_a_long_comment_are_refused_at_the_field_and_no_word_is_lost(college: Console) -> None:
    client = college.sign_in("office")
    for words in ("", "很长" * 300):
        page = Page(write(client, words))
        assert page.lacks("text") == "", page.block
        assert words in page.html
    assert comments_of(college.database, STREAM) == []


def test_the_replay_finds_a_comment_that_was_deleted_and_one_that_nobody_wrote(college: Console) -> None:
    client = college.sign_in("office")
    write(client)
    write(client, "第二条")
    first, second = comments_of(college.database, STREAM)
    assert [one for one in check_tables(college.database).defects if one.stream == "table/comment"] == []
    with college.database.writing() as connection:
        connection.execute(sql("DELETE FROM comment WHERE id = :id"), {"id": first.id})
        connection.execute(sql("UPDATE comment SET author = 'assessor' WHERE id = :id"), {"id": second.id})
        connection.execute(
            sql("INSERT INTO comment (id, stream, author, at) VALUES ('c-x', :stream, 'office', :at)"),
            {"stream": STREAM, "at": "2026-11-16 10:00:00"},
        )
    found = [one.code for one in check_tables(college.database).defects if one.stream == "table/comment"]
    assert sorted(found) == ["row_changed", "row_missing", "row_surplus"]
