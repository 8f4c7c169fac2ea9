"""Comments: beside the ledger, encrypted, added once, withdrawn by deleting the text, and noted by those who may write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.tables.all_tables import check_tables
from config.clock import VirtualClock
from config.rulebooks import default_edition
from states.refusals import NotYours
from states.vocabulary import Actor
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.papers import comments
from storage.papers.comments import UNREADABLE, WITHDRAWN, comments_of
from storage.vault.vault import use_key
from tests.college import Silent
from tests.storage.raw import everything
from workflow.comments import add_comment, withdraw_comment
from workflow.engine import Engine

OFFICE, UNIT = Actor("office-1", "office"), Actor("u-1-a", "unit", "u-1")
STREAM, OTHER = "assessment/2026/u-1", "assessment/2026/u-2"
TEXT = "样例·欧阳小满说第三项缺佐证"
NOW = datetime(2026, 11, 9, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def engine(database: Database, tmp_path: Path) -> Iterator[Engine]:
    use_key(database, MasterKey.create(tmp_path / "vault.key"))
    made = Engine(Ledger(database), VirtualClock(NOW), default_edition(), Silent())
    yield made
    made.ledger.close()


def test_the_comments_on_an_assessment_come_back_in_their_order_and_no_others(engine: Engine) -> None:
    for number, stream in enumerate((STREAM, STREAM, OTHER)):
        add_comment(engine, stream, f"{TEXT}{number}", OFFICE, NOW + timedelta(minutes=number), f"comment-{number}")
    found = comments_of(engine.ledger.database, STREAM)
    assert [(one.text, one.author, one.at) for one in found] == [
        (f"{TEXT}0", "office-1", NOW),
        (f"{TEXT}1", "office-1", NOW + timedelta(minutes=1)),
    ]
    assert found[0].words.zh == f"{TEXT}0"


def test_neither_the_files_nor_the_entries_show_a_word_of_a_comment(engine: Engine) -> None:
    add_comment(engine, STREAM, TEXT, OFFICE, NOW, "comment-1")
    (one,) = comments_of(engine.ledger.database, STREAM)
    stored = everything(engine.ledger.database)
    entries = "\n".join(row[4] for row in DatabaseReader(engine.ledger.database).entries()).encode()
    assert one.id.encode() in stored
    assert one.id.encode() in entries
    assert "欧阳小满".encode() not in stored + entries


def test_a_ledger_with_comments_replays_and_its_tables_agree_to_the_microsecond(engine: Engine) -> None:
    add_comment(engine, STREAM, TEXT, OFFICE, NOW, "comment-1")
    add_comment(engine, STREAM, TEXT, OFFICE, NOW, "comment-2")
    withdraw_comment(engine, comments_of(engine.ledger.database, STREAM)[0], OFFICE, NOW, "withdraw-1")
    assert replay(DatabaseReader(engine.ledger.database)).defects == ()
    assert check_tables(engine.ledger.database).defects == ()


def test_a_comment_that_is_withdrawn_has_no_text_and_is_withdrawn_once(engine: Engine) -> None:
    database = engine.ledger.database
    add_comment(engine, STREAM, TEXT, OFFICE, NOW, "comment-1")
    withdraw_comment(engine, comments_of(database, STREAM)[0], OFFICE, NOW + timedelta(days=1), "withdraw-1")
    (one,) = comments_of(database, STREAM)
    assert (one.text, one.withdrawn_at, one.words) == (None, NOW + timedelta(days=1), WITHDRAWN)
    withdraw_comment(engine, one, OFFICE, NOW + timedelta(days=2), "withdraw-2")
    assert comments_of(database, STREAM) == [one]
    assert len(engine.ledger.stream("table/comment")) == 2


def test_the_same_command_adds_a_comment_once(engine: Engine) -> None:
    for minutes in (0, 5):
        add_comment(engine, STREAM, TEXT, OFFICE, NOW + timedelta(minutes=minutes), "comment-1")
    (one,) = comments_of(engine.ledger.database, STREAM)
    assert one.at == NOW
    assert comments.digests(engine.ledger.database) == {one.id: one.digest}


def test_a_department_can_note_no_comment_and_then_nothing_is_stored(engine: Engine) -> None:
    with pytest.raises(NotYours):
        add_comment(engine, STREAM, TEXT, UNIT, NOW, "comment-1")
    assert comments_of(engine.ledger.database, STREAM) == []
    assert engine.ledger.stream("table/comment") == []


def test_without_its_key_a_comment_is_there_and_its_text_is_not(engine: Engine, database: Database) -> None:
    add_comment(engine, STREAM, TEXT, OFFICE, NOW, "comment-1")
    (one,) = comments_of(database, STREAM)
    database.key = None
    (without,) = comments_of(database, STREAM)
    assert (without.text, without.words) == (None, UNREADABLE)
    assert without.digest == one.digest
