"""Who hears for a role, and what a file of contacts may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from notifications.contacts import Contact, ContactsFileError, contact_of_row, read_contacts
from notifications.notices.notice import Notice
from storage.database.database import Database
from storage.post.contacts import all_contacts, replace_all

ROLES = {role.key: role for role in load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook.role}

GOOD = """
[[contact]]
account = "wang-1"
roles = ["unit"]
unit = "u-1"
email = "wang@college.example"

[[contact]]
account = "office-1"
roles = ["office", "discipline"]
language = "en"
channels = ["mail"]
email = "o'brien+kaohe@college.example"

[[contact]]
account = "committee-1"
roles = ["committee"]
channels = []
"""


def file(tmp_path: Path, text: str | bytes) -> Path:
    """A file of contacts."""
    path = tmp_path / "contacts.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def somebody(**given: Any) -> Contact:
    return Contact(**{"account": "a-1", "roles": ("unit",), "unit": "u-1", "email": "a@b.example", **given})


def test_a_file_is_read_as_it_says(tmp_path: Path) -> None:
    wang, office, committee = read_contacts(file(tmp_path, GOOD), ROLES)
    assert wang == Contact(account="wang-1", roles=("unit",), unit="u-1", email="wang@college.example")
    assert (wang.language, wang.channels) == ("zh", ("mail",))
    assert (office.roles, office.language) == (("office", "discipline"), "en")
    assert committee.address("mail") is None


def one(**changes: str) -> str:
    """A contact's lines, some of them other, or (empty) gone."""
    lines = {
        "account": 'account = "a-1"', "roles": 'roles = ["unit"]', "unit": 'unit = "u-1"',
        "email": 'email = "a@b.example"', **changes,
    }  # fmt: skip
    return "[[contact]]\n" + "\n".join(lines.values()) + "\n"


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("[[contact", "格式有误", "Expected"),
        (b"\xff\xff", "不是可读的文本文件", "not a text file"),
        ("", "格式有误", "contact"),
        (one(account=""), "account", "account"),
        (one(account='account = ""'), "不能用作账号", "cannot be an account"),
        (one(account='account = "Wang Wei"'), "不能用作账号", "cannot be an account"),
        (one(account='account = "group"'), "不能用作账号", "cannot be an account"),
        (one() + one(), "a-1 出现两次", "a-1 is there twice"),
        (one(roles='roles = ["dean"]'), "dean", "no rulebook has: dean"),
        (one(roles="roles = []"), "（空）", "no rulebook has"),
        (one(unit=""), "未写 unit", "none is named"),
        (one(x='channels = ["wecom"]'), "wecom 不是个人渠道", "wecom is no personal channel"),
        (one(email=""), "email 缺失，或不是 name@college.edu.cn 这样的地址", "missing or no address"),
        (one(email='email = "nobody"'), "email 缺失，或不是 name@college.edu.cn 这样的地址", "missing or no address"),
        (
            one(email='email = "a@b.example, c@d.example"'),
            "email 缺失，或不是 name@college.edu.cn 这样的地址",
            "missing or no address",
        ),
        (
            one(email='email = "a@b.example\\nBcc: c@d.example"'),
            "email 缺失，或不是 name@college.edu.cn 这样的地址",
            "missing or no address",
        ),
        (
            one(email='email = "王@b.example"'),
            "email 缺失，或不是 name@college.edu.cn 这样的地址",
            "missing or no address",
        ),
        (one(x='language = "fr"'), "格式有误", "fr"),
        (one(x='phone = "13800000000"'), "格式有误", "phone"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, text: str | bytes, zh: str, en: str
) -> None:
    """With the file's name, what is wrong, and where its format is written down."""
    with pytest.raises(ContactsFileError) as caught:
        read_contacts(file(tmp_path, text), ROLES)
    for language, words in (("zh", zh), ("en", en)):
        said = caught.value.render(language)
        assert "contacts.toml" in said
        assert words in said
        assert "docs/operating.md" in said


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContactsFileError, match="cannot be read"):
        read_contacts(tmp_path / "contacts.toml", ROLES)


def test_a_contact_is_kept_as_it_was_read(database: Database, tmp_path: Path) -> None:
    found = read_contacts(file(tmp_path, GOOD), ROLES)
    replace_all(database, [one.row() for one in found])
    assert [contact_of_row(row) for row in all_contacts(database)] == sorted(found, key=lambda c: c.account)


def test_a_new_list_takes_the_place_of_the_old_one(database: Database) -> None:
    """Who is no longer in it is forgotten, address and all."""
    replace_all(database, [somebody(account="a-1").row(), somebody(account="a-2").row()])
    replace_all(database, [somebody(account="a-3").row()])
    assert [row.account for row in all_contacts(database)] == ["a-3"]


@pytest.mark.parametrize(
    ("who", "to", "about", "hears"),
    [
        (somebody(), "unit", "u-1", True),
        (somebody(), "unit", "u-2", False),
        (somebody(), "office", "u-1", False),
        (somebody(roles=("office",), unit="u-9"), "office", "u-1", True),
        (somebody(roles=("unit", "discipline")), "discipline", "u-2", True),
    ],
)
def test_a_role_hears_of_every_unit_and_a_unit_of_itself(who: Contact, to: str, about: str, hears: bool) -> None:
    assert who.receives(Notice("reminder", to, about, {})) is hears


def test_the_heir_of_a_unit_that_ended_hears_of_it() -> None:
    notice = Notice("reminder", "unit", "u-2", {})
    assert somebody().receives(notice, successors=("u-1",))
    assert not somebody().receives(notice, successors=("u-3",))


def test_an_address_is_given_only_for_a_channel_that_is_wanted() -> None:
    assert somebody().address("mail") == "a@b.example"
    assert somebody(channels=()).address("mail") is None
    assert somebody().address("wecom") is None
