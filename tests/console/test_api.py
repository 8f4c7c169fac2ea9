"""The JSON API: what each caller may read and do, and what is answered otherwise."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from hashlib import sha256
from random import Random
from threading import Thread
from types import UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import httpx2
import msgspec
import pytest
import rfc8785
import uvicorn
from httpx2 import Client, Response
from msgspec import Struct
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from config.settings import Settings
from console.api.commands import FOR_SYSTEMS, FOR_THE_CLOCK
from console.app import app
from console.web import tokens
from console.web.command_ids import new_id
from scheduler.counters import RequestMetrics
from states import policy
from states.accounts import account as accounts_law
from states.accounts import credentials as credentials_law
from states.accounts import deputies as deputies_law
from states.accounts.account import OPERATOR, GrantRole, OpenAccount
from states.acts import ACTS
from states.custody import confidential, confirmed_time, seals, tables
from states.papers import issue, template
from states.rulebook.clauses import cite
from states.vocabulary import CLOCK, Opaque
from storage import queries
from storage.database.database import Database
from storage.ledger.chain import GENESIS
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from tests.college import EDITION, OPENED, RULEBOOK, ManualClock
from workflow import wiring
from workflow.engine import Engine

from .web import ASSESSING, SECURITY, Console, Inside, console

OPERATIONS = {
    ("GET", "/units"), ("GET", "/assessments"), ("GET", "/assessments/{year}/{unit}"),
    ("GET", "/assessments/{year}/{unit}/result"), ("GET", "/to-dos"), ("GET", "/entries"), ("POST", "/commands"),
}  # fmt: skip
"""Method and path of all that the API does (docs/api.md)."""

SELF_REPORT: dict[str, Any] = {
    "report": {"sha256": "0" * 64, "size": 10, "media_type": "application/pdf"},
    "self_scores": {key: str(element.points) for key, element in RULEBOOK.forms_by_kind["college"].elements.items()},
}


def system(college: Console, *roles: str, unit: str | None = None, language: str = "zh") -> Client:
    """A calling system with an account of its own, that brings its token."""
    id_ = f"oa-{uuid4().hex[:8]}"
    stream = f"account/{id_}"
    college.engine.submit(stream, OpenAccount(unit=unit and Opaque(unit)), OPERATOR, f"open-{id_}")
    for role in roles:
        college.engine.submit(stream, GrantRole(role=Opaque(role)), SECURITY, f"grant-{id_}-{role}")
    token = tokens.issue_token(college.engine, id_, 30, OPERATOR, f"token-{id_}")
    return bringing(college, token, language)


def bringing(college: Console, token: str, language: str = "zh") -> Client:
    return college.client(language, "/api/v1", authorization=f"Bearer {token}")


def submission(act: str, command: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"act": act, "stream": "assessment/2026/u-1", "command_id": new_id("oa"), "command": command, **more}


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """What an error says, once it is one of this kind."""
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["detail"]
    return told


# --- who may read ---------------------------------------------------------------------------------

READS = {
    "/units": "unit office working_group assessor leading_group committee discipline organization",
    "/assessments": "unit office working_group assessor leading_group committee discipline organization",
    "/assessments/2026/u-1": "unit office working_group assessor leading_group committee discipline organization",
    "/assessments/2026/u-2": "office working_group assessor leading_group committee discipline organization",
    "/to-dos": "unit office working_group assessor leading_group committee discipline organization",
    "/entries": "committee discipline",
}
"""Who may read what, for a system of unit u-1."""


def test_every_operation_that_reads_is_for_the_roles_in_the_table_of_views(college: Console) -> None:
    for role in ASSESSING:
        client = system(college, role, unit="u-1" if role == "unit" else None)
        for path, allowed in READS.items():
            assert client.get(path).status_code == (200 if role in allowed.split() else 403), (role, path)


def test_a_unit_reads_of_itself_only(college: Console) -> None:
    client = system(college, "unit", unit="u-1")
    assert [unit["unit"] for unit in client.get("/units").json()["units"]] == ["u-1"]
    assert [one["unit"] for one in client.get("/assessments").json()["assessments"]] == ["u-1"]
    told = problem(client.get("/assessments/2026/u-2"), 403, "OfAnotherUnit")
    assert "您只能查阅本部门的内容" in told["detail"]
    assert told["clause"] == "本系统默认·查阅权限"


def test_an_assessment_says_where_it_stands_and_what_the_caller_may_do(college: Console) -> None:
    read = system(college, "unit", unit="u-1").get("/assessments/2026/u-1").json()
    assert (read["stage"], read["version"], read["next"]["act"]) == ("opening", 1, "submit_self_report")
    assert read["open_acts"] == ["submit_self_report", "assign"]
    assert read["due"].keys() >= {"self_report", "meeting"}


def test_an_assessment_that_was_never_opened_is_not_found(college: Console) -> None:
    told = problem(system(college, "office", language="en").get("/assessments/2025/u-1"), 404, "NotThere")
    assert "assessment/2025/u-1" in told["detail"]


def test_a_result_before_scoring_is_not_found(college: Console) -> None:
    problem(system(college, "office").get("/assessments/2026/u-1/result"), 404, "NotThere")
    problem(system(college, "unit", unit="u-1").get("/assessments/2026/u-1/result"), 403, "NotForYou")


def test_a_caller_reads_the_to_dos_of_its_own_roles(college: Console) -> None:
    (one,) = system(college, "unit", unit="u-1", language="en").get("/to-dos").json()["to_dos"]
    assert (one["stream"], one["act"], one["title"]) == ("assessment/2026/u-1", "submit_self_report", "Self-evaluation")
    assert system(college, "committee").get("/to-dos").json() == {"to_dos": []}


def test_entries_come_page_by_page_and_each_digest_is_of_its_body(college: Console) -> None:
    client, read, after = system(college, "discipline"), [], 0
    while after is not None:
        answer = client.get("/entries", params={"after": after, "limit": 7})
        read += answer.json()["entries"]
        after = answer.json()["next"]
    assert [one["number"] for one in read] == list(range(1, college.engine.ledger.head().number + 1))
    link = GENESIS
    for one in read:
        body = json.loads(one["body"])
        assert rfc8785.dumps(body) == one["body"].encode()
        assert (body["previous"], sha256(one["body"].encode()).hexdigest()) == (link, one["digest"])
        link = one["digest"]


# --- commands -------------------------------------------------------------------------------------


def test_a_command_sent_several_times_is_done_once(college: Console) -> None:
    client, asked = (
        system(college, "unit", unit="u-1"),
        submission("submit_self_report", SELF_REPORT, expected_version=1),
    )
    first, again = (client.post("/commands", json=asked) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == {"stream": "assessment/2026/u-1", "version": 2, "number": first.json()["number"],
                            "kind": "SelfReportSubmitted", "repeated": False}  # fmt: skip
    assert again.json() == {**first.json(), "repeated": True}
    assert college.assessment().stage == "self_report"


def test_a_command_for_another_version_is_refused(college: Console) -> None:
    asked = submission("submit_self_report", SELF_REPORT, expected_version=9)
    problem(system(college, "unit", unit="u-1").post("/commands", json=asked), 409, "StaleForm")


def test_a_command_id_answers_for_one_act(college: Console) -> None:
    asked = submission("submit_self_report", SELF_REPORT)
    client = system(college, "unit", unit="u-1")
    assert client.post("/commands", json=asked).status_code == 200
    other = {
        **submission("complete_task", {"task": "filed", "done_on": "2026-11-02"}),
        "command_id": asked["command_id"],
    }
    problem(client.post("/commands", json=other), 409, "IdTaken")


@pytest.mark.parametrize(("language", "said"), [("zh", "请转交其办理"), ("en", "Ask them to do it")])
def test_a_command_that_is_not_the_callers_is_refused_in_its_language_and_leaves_an_entry(
    college: Console, language: str, said: str
) -> None:
    client = system(college, "committee", language=language)
    answer = client.post("/commands", json=submission("submit_self_report", SELF_REPORT))
    told = problem(answer, 403, "NotYours")
    assert said in told["detail"]
    assert cite(told["clause"]).render(language) in told["detail"]
    assert answer.headers["content-language"] == language
    assert fact_of(college.engine.ledger.stream("access")[-1]).refusal == "NotYours"  # type: ignore[attr-defined]


def test_a_command_for_a_unit_the_caller_may_not_look_at_says_nothing_of_it(college: Console) -> None:
    client = system(college, "unit", unit="u-2")
    problem(client.post("/commands", json=submission("submit_self_report", SELF_REPORT)), 403, "OfAnotherUnit")


def test_a_stream_that_is_not_for_systems_is_refused(college: Console) -> None:
    client = system(college, "office")
    for stream in ("account/office", "vault/v-1", "access", "nowhere/1", "assessment", "assessment/2026/张三", ""):
        asked = {**submission("submit_self_report", SELF_REPORT), "stream": stream}
        assert client.post("/commands", json=asked).status_code == 409, stream


def test_a_system_has_no_act_that_takes_a_person_or_is_the_clocks() -> None:
    left = set(ACTS) - set(FOR_SYSTEMS)
    assert left == {
        *accounts_law.ROLES_OF_ACT, *credentials_law.ROLES_OF_ACT, *confidential.ROLES_OF_ACT, *confirmed_time.ROLES_OF_ACT, *seals.ROLES_OF_ACT, *deputies_law.ROLES_OF_ACT, *tables.ROLES_OF_ACT, *issue.ROLES_OF_ACT, *template.ROLES_OF_ACT, "record_veto", "lift_veto", "remind", "escalate", "lapse_reminders",
        "raise_veto", "note_stale_score", "remind_of_check", "escalate_check",
    }  # fmt: skip


def test_the_acts_of_the_clock_are_those_that_the_rulebook_gives_to_it_alone() -> None:
    alone = {act for act in ACTS if policy.entitled_roles(act, None, None, RULEBOOK)[0] == (CLOCK.role,)}
    assert {act for act in alone if not policy.is_outside_rulebooks(act)} == FOR_THE_CLOCK


# --- what is not there, too large, or broken -------------------------------------------------------


def test_an_unknown_path_or_method_is_a_problem_too(college: Console) -> None:
    problem(system(college, "office").get("/nothing"), 404, "UnknownOperation")
    answer = system(college, "office").get("/commands")
    problem(answer, 405, "UnknownOperation")
    assert answer.headers["allow"] == "POST"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(college: Console) -> None:
    answer = system(college, "office").post("/commands", content=b"x" * (2**20 + 1))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_an_unexpected_error_has_a_number_and_its_words_are_in_no_answer_and_no_log(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("what nobody should read")

    client, page = system(college, "office"), college.sign_in("office")
    monkeypatch.setattr(queries, "assessments", broken)
    monkeypatch.setattr(queries, "years", broken)
    with capture_logs() as log:
        answers = [str(problem(client.get("/assessments"), 500, "UnexpectedError")), page.get("/").text]
    failures = [line for line in log if line["event"] == "failed"]
    assert len(failures) == 2
    for answer, line in zip(answers, failures, strict=True):
        assert line["reference"] in answer
        assert (line["error"], line["at"].partition(":")[0]) == ("RuntimeError", "test_api.py")
        assert "what nobody" not in f"{answer}{line}"


def test_every_answer_is_counted_under_the_path_as_described(settled: Database) -> None:
    engine, count = Engine(Ledger(settled), ManualClock(OPENED), EDITION, wiring.command_log()), RequestMetrics()
    client = Client(transport=Inside(app(engine, Settings(), count)), base_url="https://localhost/api/v1")
    for path in ("/assessments/2026/u-1", "/assessments/2026/u-2", "/nothing"):
        client.get(path)
    counted = generate_latest(count.registry).decode()
    (line,) = [line for line in counted.splitlines() if line.startswith("kaohe_request_seconds_count")]
    assert (
        line
        == """kaohe_request_seconds_count{method="GET",path="/api/v1/assessments/{year}/{unit}",status="401"} 2.0"""
    )


# --- the description, and whatever may be sent -----------------------------------------------------


def test_the_description_names_every_call_and_every_act_and_each_reference_leads_somewhere(college: Console) -> None:
    described = college.client().get("/api/v1/openapi.json").json()
    named = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert named == OPERATIONS
    forms = described["paths"]["/commands"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert len(forms["oneOf"]) == len(FOR_SYSTEMS)
    for reference in re.findall(r'"\$ref": ?"#/components/(\w+)/(\w+)"', json.dumps(described)):
        assert reference[1] in described["components"][reference[0]]


def test_every_command_made_by_chance_gets_an_answer_in_words(settled: Database) -> None:
    """Bodies made of each command's own types, by a seed: whatever they hold, the answer is a sentence."""
    streams = ("assessment/2026/u-1", "case/c-1", "year/2026", "roster", "year/9999")
    with console(settled, api_per_minute=10_000) as college:
        clients = [system(college, role) for role in ("office", "working_group", "committee", "assessor")]
        for act in FOR_SYSTEMS:
            random = Random(act)
            for _ in range(TRIES[settled.dialect]):
                command = made(ACTS[act].command, random)
                asked = {**submission(act, command), "stream": random.choice(streams)}
                answer = random.choice(clients).post("/commands", content=msgspec.json.encode(asked))
                assert answer.status_code in (200, 403, 409, 422), (asked, answer.text)


TRIES = {"postgresql": 12, "sqlite": 3}
"""PostgreSQL takes less for a text and a number than SQLite does."""

NASTY = ("", " ", "u-1", "meeting", "a" * 600, "张三", "13800138000", "\u202e", "\ud7ff", "0" * 64, "'--", "=1+1")


def made(kind: Any, random: Random) -> Any:
    """A value of a type as JSON would have it, likely an unlikely one."""
    if get_origin(kind) is Annotated or isinstance(kind, NewType):
        return made(get_args(kind)[0] if get_args(kind) else kind.__supertype__, random)
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = get_type_hints(kind)
        return {name: made(hints[name], random) for name in kind.__struct_fields__}
    if get_origin(kind) is Literal:
        return random.choice(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return made(random.choice(get_args(kind)), random)
    if get_origin(kind) is dict:
        return {
            str(made(get_args(kind)[0], random)): made(get_args(kind)[1], random) for _ in range(random.randrange(3))
        }
    if get_origin(kind) in (tuple, list):
        return [made(get_args(kind)[0], random) for _ in range(random.randrange(3))]
    return random.choice(_OF[kind])


_OF: dict[Any, tuple[Any, ...]] = {
    str: NASTY, int: (0, -1, 1, 2**31, 2**63 - 1, 10**30), bool: (True, False), type(None): (None,),
    Decimal: ("0", "-1", "1e400", "1e999999999", "NaN", "-Infinity", "0.001", "100"),
    date: ("0001-01-01", "9999-12-31", "2026-11-02", "2026-12-01", "2024-02-29"),
}  # fmt: skip


# --- real HTTP ------------------------------------------------------------------------------------


@contextmanager
def served(college: Console) -> Iterator[str]:
    """The console over a real socket of this machine; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(college.app, log_level="critical", lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1"
    finally:
        server.should_exit = True
        thread.join()


def test_a_system_reads_and_submits_over_real_http(college: Console) -> None:
    token = system(college, "unit", unit="u-1").headers["authorization"]
    with served(college) as address, httpx2.Client(base_url=address, headers={"authorization": token}) as client:
        (to_do,) = client.get("/to-dos").json()["to_dos"]
        asked = submission(to_do["act"], SELF_REPORT, expected_version=to_do["version"])
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: client.post("/commands", json=asked), range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json()["repeated"] for answer in answers) == [False, *[True] * 7]
        assert client.get("/to-dos").json() == {"to_dos": []}
        gone = client.get("/to-dos", headers={"authorization": "Bearer kaohe_x"})
        assert (gone.status_code, gone.headers["content-type"]) == (401, "application/problem+json")
