"""`kaohe init`, `kaohe account link`, `kaohe serve`, and the demonstration's own console: real processes, real HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from httpx2 import Client
from typer.testing import CliRunner

from config.clock import SystemClock
from config.settings import Settings
from console.app import app
from console.cli.app import app as command_line
from console.server import listen
from console.web import sessions
from console.web.credentials import set_passwords
from demo.second_year import PASSWORD as SAMPLE_PASSWORD
from demo.second_year import run_second_year
from demo.year import run
from states.accounts.account import OPERATOR, OpenAccount
from states.records.account import ADMINISTRATORS, Account
from storage.database.database import Database
from storage.sign_in import accounts
from tests.attack.served import answers
from tests.college import EDITION
from tests.warm import Program
from workflow import wiring

from .web import PASSWORD, Inside, hidden

HOUSE = Path(__file__).parents[2]
PATIENCE = 60.0


def kaohe(*words: object) -> str:
    done = CliRunner().invoke(command_line, [str(word) for word in words])
    assert done.exit_code in (0, 1), done.output
    return done.output


def test_init_appoints_three_administrators_each_with_a_link_and_nobody_has_a_password(url: str) -> None:
    said = kaohe("init", "--database", url)
    assert len(re.findall(r"/welcome/[\w-]{43}", said)) == 3
    with wiring.read_only_engine(url, EDITION) as engine:
        rows = accounts.accounts(engine.ledger.database)
        assert [row.password for row in rows] == [None] * 3
        states = [engine.state(f"account/{row.id}") for row in rows]
    assert {role for state in states if isinstance(state, Account) for role in state.roles} == set(ADMINISTRATORS)


def test_init_makes_the_vaults_key_and_doctor_tells_its_state(tmp_path: Path) -> None:
    file, key = tmp_path / "college.db", tmp_path / "college.vault.key"
    assert str(key) in kaohe("init", "--database", file).replace("\n", "")
    assert key.stat().st_mode & 0o777 == 0o600
    assert b"\x02" in file.read_bytes()
    assert "encrypted names, addresses" in kaohe("doctor", "--database", file, "--lang", "en")
    key.rename(tmp_path / "elsewhere.key")
    assert "由别的密钥加密" in kaohe("doctor", "--database", file).replace("\n", "")
    with wiring.read_only_engine(str(file), EDITION) as engine:
        assert accounts.names(engine.ledger.database)["system-admin"] == "system-admin"


def test_init_is_done_once(url: str) -> None:
    kaohe("init", "--database", url)
    again = kaohe("init", "--database", url, "--lang", "en")
    assert "There are accounts already" in again
    assert "/welcome/" not in again


def test_a_token_is_issued_listed_and_revoked_at_the_machine(url: str) -> None:
    kaohe("init", "--database", url)
    with wiring.compose_engine(url, SystemClock(), EDITION) as engine:
        engine.submit("account/oa", OpenAccount(), OPERATOR, "open-oa")
    said = kaohe("tokens", "new", "oa", "--days", 10, "--database", url, "--lang", "en")
    (token,) = re.findall(r"kaohe_[\w-]{43}", said)
    (listed,) = json.loads(kaohe("tokens", "list", "--json", "--database", url))
    assert listed["account"] == "oa"
    assert token not in str(listed)
    assert listed["token"] in kaohe("tokens", "list", "--database", url)
    assert "Revoked" in kaohe(
        "tokens", "revoke", "oa", listed["token"], "--reason", "更换", "--database", url, "--lang", "en"
    )
    assert json.loads(kaohe("tokens", "list", "--json", "--database", url)) == []


def test_an_administrator_gets_no_token(url: str) -> None:
    kaohe("init", "--database", url)
    done = CliRunner().invoke(command_line, ["tokens", "new", "system-admin", "--database", url])
    assert (done.exit_code, "个人登录使用" in done.output) == (2, True)


def test_an_administrator_is_let_in_again_at_the_machine(url: str) -> None:
    kaohe("init", "--database", url)
    assert re.search(r"/welcome/[\w-]{43}", kaohe("account", "link", "audit-admin", "--database", url))
    assert CliRunner().invoke(command_line, ["account", "link", "nobody", "--database", url]).exit_code == 2


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def served(url: str, folder: Path, *words: str) -> Iterator[tuple[Program, str]]:
    """The console in a process of its own, once it answers. What it says is in a file of the folder."""
    port = free_port()
    log = folder / f"serve-{port}.log"
    command = ["serve", "--port", str(port), "--database", url, *words]
    child = Program(command, {**os.environ, "PYTHONPATH": str(HOUSE)}, folder, log)
    try:
        until(lambda: answers(port) or child.poll() is not None)
        assert child.poll() is None, log.read_text("utf-8", "replace")
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.end()


def until(so: Callable[[], bool]) -> None:
    """Wait until it is so; fail after a minute."""
    ends = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_serve_runs_pages_and_clock_and_ends_both_when_told_to(url: str, tmp_path: Path) -> None:
    kaohe("init", "--database", url)
    with served(url, tmp_path) as (child, base), httpx2.Client(base_url=base, trust_env=False, verify=False) as client:
        until(lambda: client.get("/healthz/clock").status_code == 200)
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
    with Database.open(url) as database:
        from storage import lease

        assert lease.read(database).until is None, "the daemon gave its lease up in an orderly end"


@pytest.mark.parametrize(
    "words", ["serve --port {taken}", "serve --port {free} --metrics-port {taken}", "demo --port {taken}"]
)
def test_a_port_that_is_taken_is_said_before_anything_is_done(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with listen("127.0.0.1", 0) as door:
        taken = door.getsockname()[1]
        asked = [*words.format(taken=taken, free=free_port()).split(), "--database", "kaohe.db"]
        told = CliRunner().invoke(command_line, asked)
    assert (told.exit_code, f"127.0.0.1:{taken}" in told.output) == (2, True)
    assert "网页：" not in told.output


def test_serve_without_the_clock_leaves_it_to_another_process(url: str, tmp_path: Path) -> None:
    with Database.open(url), served(url, tmp_path, "--no-daemon") as (child, base):
        page = httpx2.get(f"{base}/sign-in", trust_env=False, verify=False)
        assert "<h1>登录</h1>" in page.text
        assert "server" not in page.headers
        assert httpx2.get(f"{base}/healthz", trust_env=False, verify=False).json()["clock"] == "silent"
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0


def test_counters_are_there_on_loopback_when_asked_for(new_url: Callable[[str], str], tmp_path: Path) -> None:
    port = free_port()
    with served(new_url("sqlite"), tmp_path, "--no-daemon", "--metrics-port", str(port)) as (_, base):
        httpx2.get(f"{base}/sign-in", trust_env=False, verify=False)
        counted = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, verify=False).text
        assert 'kaohe_request_seconds_count{method="GET",path="/sign-in",status="200"} 1.0' in counted
        assert httpx2.get(f"{base}/metrics", trust_env=False, verify=False).status_code == 404


@pytest.fixture
def year_under_way(url: str) -> Iterator[tuple[Client, dict[str, str]]]:
    """The console of the demonstration's college, and who signs in as what."""
    run(url, EDITION, 2026, 8, 1, lambda *_: None)
    engine, roles = run_second_year(url, EDITION, 2026, 8, 1, set_passwords)
    with engine:
        yield (
            Client(
                transport=Inside(app(engine, Settings(second_factor="optional"))),
                base_url="https://localhost",
                follow_redirects=True,
            ),
            roles,
        )


def test_the_demonstration_has_somebody_of_every_role_and_work_for_those_who_conduct_and_audit_it(
    year_under_way: tuple[Client, dict[str, str]],
) -> None:
    client, roles = year_under_way
    assert set(roles) == {role.key for role in EDITION.rulebook.role if role.key != "clock"} | set(ADMINISTRATORS)
    waits = {}
    for role, account in roles.items():
        client.cookies.clear()
        form = hidden(client.get("/sign-in").text, "/sign-in")
        page = client.post("/sign-in", data={**form, "account": account, "password": SAMPLE_PASSWORD})
        assert sessions.COOKIE in client.cookies
        assert "<title>首页 · 考核</title>" in page.text or "<title>本部门 · 考核</title>" in page.text, role
        waits[role] = re.search(r"\d+ 件事等您办", page.text) is not None
    assert waits["office"]
    assert waits["working_group"]
    assert waits["audit_admin"], "the ledger is to be verified"


def test_the_demonstration_is_under_way_once_and_only_beside_its_year(url: str) -> None:
    run(url, EDITION, 2026, 4, 1, lambda *_: None)
    numbers = []
    for _ in range(2):
        engine, _roles = run_second_year(url, EDITION, 2026, 4, 1, set_passwords)
        with engine:
            numbers.append(engine.ledger.head().number)
    assert numbers[0] == numbers[1]
    assert PASSWORD != SAMPLE_PASSWORD
