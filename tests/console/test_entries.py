"""One entry of every kind, as an auditor reads it: titles the forms have, values in words; keys and ids are behind “看原文” only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import insert

from console.web.display.values import FORMATS
from console.web.forms.act_form import form_fields
from states.accounts.attempts import REFUSAL_TITLES
from states.acts import FACTS
from states.refusals import Refusal
from states.titles import FIELD_TITLES, FOR_PROGRAMS
from storage.ledger.chain import encode_canonical
from storage.tables.ledger import EntryRow
from tests.audit import every_kind

from .auditors import visible_html, words
from .walk import RULEBOOK
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

ELEMENT = "a1-1.1.1"
MEANT: dict[str, Any] = {
    "unit": "u-1", "unit_now": "u-2", "units": ["u-1"], "successors": ["u-2"], "home": None, "account": "office", "contact": "office",
    "person": "u-1-h1", "team_report_by": "u-1-h1", "leaves": "u-1-m1", "about": "u-1-h1", "checked_by": ["office"], "stage": "meeting",
    "task": "filed", "deputy": "assessor", "roles": ["office"], "tasks": ["filed"], "finding": next(iter(RULEBOOK.findings)), "unit_kind": "college",
    "outcome": RULEBOOK.records["case"].first.option[0].key, "instead_of": None, "act": "score", "stream": "assessment/2026/u-1", "of": "assessment/2026/u-1",
    "refusal": "NotYours", "role": "office", "to": "office", "step_name": "+3", "step_names": ["-5", "0", "up+w2"], "superseded": ["+1"], "veto": "case/x-1",
    "elements": [ELEMENT], "self_scores": {ELEMENT: "1.5"}, "marks": {ELEMENT: "1.5"}, "token": "教务系统", "subject": "team",
    "counts": dict.fromkeys(RULEBOOK.ballot_paper.titles, 1), "grades": {"unit": "fail"}, "begins": "09:00", "ends": "10:00", "occasion": "x-1",
}  # fmt: skip
"""What stands in fields that name something there is: a unit of the college, a stage, an account."""


def meant(name: str, value: Any) -> Any:
    """A sample in which every id is somebody's."""
    if name == "to" and isinstance(value, list):
        return ["office"]
    if name in MEANT:
        return MEANT[name]
    if name == "findings":
        return {ELEMENT: meant("", value["x"])}
    if name == "due" and isinstance(value, dict):
        return {"meeting": value["x"]}
    if name == "inspectors" and value == ["x-1"]:
        return ["office"]
    if isinstance(value, dict):
        return {key: meant(key, one) for key, one in value.items()}
    return [meant("", one) for one in value] if isinstance(value, list) else value


def written(college: Console) -> Iterator[tuple[int, str]]:
    """One entry of every kind put into the table: its number and its kind."""
    first = college.engine.ledger.head().number + 1
    with college.database.writing() as connection:
        for number, kind in enumerate(every_kind.kinds(), first):
            entry = every_kind.entry(kind, college.engine.editions.in_force.pin, 1000 + number)
            entry["payload"] = {name: meant(name, value) for name, value in entry["payload"].items()}
            stream = (
                entry["stream"]
                .replace("assessment/2026/x-1", "assessment/2026/u-1")
                .replace("account/x-1", "account/office")
            )
            entry |= {"number": number, "previous": "0" * 64, "actor": "office", "home": None, "stream": stream}
            body = bytes(encode_canonical(entry))
            row = {
                "number": number,
                "stream": stream,
                "version": 1000 + number,
                "kind": kind,
                "body": body.decode(),
                "digest": sha256(body).hexdigest(),
            }
            connection.execute(insert(EntryRow).values(row))
            yield number, kind


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_entry_of_every_kind_says_titles_and_words_and_no_key_and_no_id(college: Console, language: str) -> None:
    client = college.sign_in("audit_admin", language)
    numbers = dict(written(college))
    assert set(numbers.values()) == set(FACTS)
    for number, kind in numbers.items():
        page = client.get(f"/audit/entries/{number}").text
        said = words(
            visible_html(page).partition("<h1")[2].partition('<section class="panel" aria-labelledby="chain"')[0]
        )
        said = re.sub(r"样例·\w+|Verify.*|OIDC|\b[KM]B\b", "", said)
        assert ("无法解读" if language == "zh" else "cannot be read") not in said, kind
        assert re.findall(r"[a-z]+_[a-z_]+|\b[ux]-\d\S*|\b0{17,}|[a-z]\w*/\w+|\ba\d-\d\S*", said) == [], (kind, said)
        if language == "zh":
            assert re.findall(r"[A-Za-z]{2,}", said) == [], (kind, said)


def test_every_field_of_every_fact_has_a_title_or_says_nothing_to_people() -> None:
    named = {name.rpartition(".")[2] for name in (*FIELD_TITLES, *FOR_PROGRAMS)}
    assert {f.name for fact in FACTS.values() for f in structs.fields(fact)} - named == set()


def test_every_format_is_of_a_field_that_has_a_title() -> None:
    assert FORMATS.keys() - FIELD_TITLES.keys() == set()


def test_every_refusal_that_leaves_an_entry_is_said_in_words() -> None:
    def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for one in kind.__subclasses__():
            yield from (one, *below(one))

    assert {one.__name__ for one in below(Refusal) if one.grave and one.__module__.startswith("states.")} == set(
        REFUSAL_TITLES
    )


@pytest.mark.parametrize(
    ("act", "name", "title"),
    [
        ("move_deadline", "stage", "步骤或事项"),
        ("enter_record", "record", "登记事项"),
        ("enter_record", "acted_on", "发生日期"),
        ("record_case", "acted_on", "行为日期"),
    ],
)
def test_a_form_asks_in_the_words_in_which_its_entry_tells(act: str, name: str, title: str) -> None:
    assert {field.name: field.title.zh for field in form_fields(act)}[name] == title
