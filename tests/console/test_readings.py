"""保密查阅: who read what about whom is told, by person and unit, erasures too; never what a value says."""

from __future__ import annotations

from pathlib import Path

import pytest

from states.vocabulary import Actor, Opaque
from storage.master_key import MasterKey
from storage.people import Person
from storage.vault.vault import Vault
from workflow import confidential
from workflow.people import erase_person, store_people

from .auditors import words
from .web import SECURITY, Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

NOTES = "谈话对象认为班子成员能够履行一岗双责。"
RECORDER, READER = Actor("working_group", "working_group"), Actor("discipline", "discipline")


@pytest.fixture
def kept(college: Console, tmp_path: Path) -> Console:
    """Notes about two people: one's were read, the other's erased."""
    store = Vault(college.database, MasterKey.create(tmp_path / "vault.key"))
    one, other = (
        confidential.store(college.engine, store, RECORDER, "interview_notes", about, NOTES.encode(), units=(about[:3],)) for about in ("u-1-h1", "u-2-m1")
    )  # fmt: skip
    confidential.read(college.engine, store, READER, one.id, "核对信访反映")
    confidential.erase(college.engine, SECURITY, [other.id], "本人申请删除")
    return college


def test_each_reading_says_who_of_whom_and_why_and_not_what(kept: Console) -> None:
    page = kept.sign_in("audit_admin").get("/audit/readings").text
    said = words(page)
    assert "样例·discipline" in said
    assert "核对信访反映" in said
    assert "谈话记录" in said
    assert "本人申请删除" in said
    assert "（已删除）" in said
    assert NOTES not in page


def test_a_reading_names_the_person_as_the_directory_does_and_is_found_by_the_name(kept: Console) -> None:
    office = Actor("office", "office")
    known = {"u-1-h1": "样例·0001", "u-2-m1": "样例·0002", "u-2-h1": "样例·0002"}
    store_people(kept.engine, [Person(id=Opaque(id_), name=name) for id_, name in known.items()], office)
    client = kept.sign_in("committee")
    page = client.get("/audit/readings").text
    assert "样例·0001" in words(page)
    assert "u-1-h1" not in words(page)
    found = client.get("/audit/readings?about=样例·0001").text
    assert found.count('<th scope="row"') == 2
    assert client.get("/audit/readings?about=u-1-h1").text.count('<th scope="row"') == 2
    several = client.get("/audit/readings?about=样例·0002")
    assert (several.status_code, "有 2 人同名" in several.text, 'value="样例·0002"' in several.text) == (
        409,
        True,
        True,
    )
    assert "没有“样例·九九”" in client.get("/audit/readings?about=样例·九九").text
    erase_person(kept.engine, "u-1-h1", SECURITY)
    after = words(client.get("/audit/readings").text)
    assert ("样例·0001" in after, "〔已删除〕" in after) == (False, True)


def test_readings_are_found_by_deed_reader_person_and_unit(kept: Console) -> None:
    client = kept.sign_in("committee")

    def shown(query: str) -> int:
        return client.get(f"/audit/readings?{query}").text.count('<th scope="row"')

    assert shown("") == 4
    assert shown("deed=ValueRead") == 1
    assert shown("deed=Erased") == 1
    assert shown("actor=working_group") == 2
    assert shown("about=u-2-m1") == 2
    assert shown("unit=u-2") == 2
    assert shown("unit=u-1&deed=ValueRead") == 1
    assert shown("deed=ValueRead&about=u-2-m1") == 0
