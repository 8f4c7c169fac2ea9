"""Guessing passwords: what it costs who guesses, and that it costs the right person nothing."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest

from console.web import credentials
from console.web.credentials import WrongSignIn
from console.web.throttling import attempts, devices
from console.web.throttling.attempts import TooManyAttempts
from states.accounts.account import OPERATOR
from storage.sign_in import security_log
from tests.attack.guessers import ELSEWHERE, calls_of_a_process, guess, guesses_of_a_process
from tests.console.web import PASSWORD, Console, hidden
from tests.warm import FORKS

CODE_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_guess_every_quarter_of_an_hour_from_elsewhere_keeps_nobody_out(college: Console) -> None:
    college.knows("office")
    for _ in range(4 * 24):
        guess(college.engine, ELSEWHERE, college.clock.now())
        college.clock.at += timedelta(minutes=15)
    guess(college.engine, ELSEWHERE, college.clock.now())
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303


def test_a_flood_of_guesses_from_everywhere_keeps_nobody_out(college: Console) -> None:
    college.knows("office")
    for number in range(300):
        guess(college.engine, f"198.51.100.{number % 250}", college.clock.now())
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303


def test_a_known_browser_passes_guesses_made_from_its_own_address(college: Console) -> None:
    college.knows("office")
    client = college.client()
    assert college.signs_in(client, "office", PASSWORD).status_code == 303
    for _ in range(40):
        college.signs_in(college.client(), "office", "wrong")
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 429
    assert college.signs_in(client, "office", PASSWORD).status_code == 303


def test_a_fresh_link_passes_guesses_made_from_its_own_address(college: Console) -> None:
    college.knows("office")
    for _ in range(40):
        college.signs_in(college.client(), "office", "wrong")
    path = credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    client, new = college.client(), "harbour quilt seventeen"
    assert client.post(path, data={**hidden(client.get(path).text), "password": new, "again": new}).status_code == 303
    assert college.signs_in(client, "office", new).status_code == 303


def test_a_stolen_device_cookie_is_no_free_pass(college: Console) -> None:
    college.knows("office")
    client = college.client()
    college.signs_in(client, "office", PASSWORD)
    stolen, now = client.cookies[devices.COOKIE], college.clock.now()
    answers = Counter(guess(college.engine, ELSEWHERE, now, device=stolen) for _ in range(50))
    assert answers["WrongSignIn"] == attempts.FREE_FAILURES["device"] + 1 + attempts.FREE_FAILURES["pair"] + 1
    assert answers["TooManyAttempts"] == 50 - answers["WrongSignIn"]
    assert college.signs_in(client, "office", PASSWORD).status_code == 303, "whose cookie it was is at another address"


def test_a_device_cookie_of_ones_own_is_no_pass_to_somebody_elses_account(college: Console) -> None:
    college.knows("office")
    own = devices.remember(college.database, "", "committee", college.clock.now())
    answers = Counter(guess(college.engine, ELSEWHERE, college.clock.now(), device=own) for _ in range(20))
    assert answers["WrongSignIn"] == attempts.FREE_FAILURES["pair"] + 1


def test_a_device_cookie_is_over_once_a_link_is_used(college: Console) -> None:
    token = devices.remember(college.database, "", "office", college.clock.now())
    path = credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    client = college.client()
    client.post(path, data={**hidden(client.get(path).text), "password": PASSWORD, "again": PASSWORD})
    assert not devices.is_known(college.database, token, college.clock.now(), "office")
    assert devices.is_known(college.database, client.cookies[devices.COOKIE], college.clock.now(), "office")


def test_the_database_holds_no_device_cookie(college: Console) -> None:
    college.knows("office")
    client = college.client()
    college.signs_in(client, "office", PASSWORD)
    token = client.cookies[devices.COOKIE]
    with college.database.reading() as connection:
        (kept,) = connection.exec_driver_sql("SELECT digest FROM device").scalars()
    assert token not in kept


def test_a_browser_that_signs_in_again_stays_one_and_an_account_knows_twenty(college: Console) -> None:
    now = college.clock.now()
    first = devices.remember(college.database, "", "office", now)
    assert devices.remember(college.database, first, "office", now) == first
    assert devices.remember(college.database, "planted", "office", now) != "planted"
    for second in range(devices.MAX_DEVICES):
        devices.remember(college.database, "", "office", now + timedelta(seconds=second + 1))
    assert not devices.is_known(college.database, first, now, "office")


@pytest.mark.one_database
def test_an_ipv6_network_counts_as_one_address_and_a_mapped_address_as_itself(college: Console) -> None:
    """How addresses are read hangs on no database."""
    now = college.clock.now()
    answers = Counter(guess(college.engine, f"2001:db8:1:2::{number:x}", now) for number in range(20))
    assert answers["WrongSignIn"] == attempts.FREE_FAILURES["pair"] + 1
    assert guess(college.engine, "2001:db8:1:3::1", now) == "WrongSignIn"
    assert attempts.network_of("::ffff:192.0.2.1") == attempts.network_of("192.0.2.1") == "192.0.2.1"
    assert attempts.network_of("fe80::1%eth0") == "fe80::/64"


def test_guessing_at_many_accounts_from_one_address_waits_too(college: Console) -> None:
    now = college.clock.now()
    answers: Counter[str] = Counter()
    for number in range(50):
        try:
            credentials.authenticate(college.engine, f"account-{number}", "wrong", "", ELSEWHERE, now)
        except (WrongSignIn, TooManyAttempts) as wrong:
            answers[wrong.code] += 1
    assert answers["WrongSignIn"] == attempts.FREE_FAILURES["address"] + 1
    with college.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM failed_attempt").scalar_one()
    assert kept == answers["WrongSignIn"] + 1, "what had to wait leaves no row behind"


def test_a_code_is_guessed_at_slowly_from_however_many_addresses(college: Console) -> None:
    """By somebody who knows the password: no other attempt is counted against the account alone."""
    college.takes("office", CODE_SECRET)
    now = college.clock.now()
    for number in range(attempts.FREE_FAILURES["code"] + 1):
        guess(college.engine, f"198.51.100.{number}", now, PASSWORD)
    right = credentials.totp_code(CODE_SECRET, int(now.timestamp()) // 30)
    with pytest.raises(WrongSignIn):
        credentials.authenticate(college.engine, "office", PASSWORD, right, "198.51.100.200", now)
    later = now + timedelta(minutes=15)
    right = credentials.totp_code(CODE_SECRET, int(later.timestamp()) // 30)
    assert credentials.authenticate(college.engine, "office", PASSWORD, right, "198.51.100.200", later).id == "office"


def test_guesses_from_many_addresses_are_told_to_the_holder_and_to_the_security_log_and_lock_nothing(
    college: Console,
) -> None:
    college.knows("office")
    for number in range(25):
        client = college.client(address=f"198.51.100.{number}")
        college.signs_in(client, "office", "wrong")
        college.signs_in(client, "nobody-here", "wrong")
    told = [row.what for row in security_log.latest_lines(college.database) if row.event == "guessed_at"]
    assert told == ["20", "10", "5"]
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303
    assert "20 个网络地址试猜您的密码" in college.sign_in("office").get("/").text
    assert "from 20 network addresses" in college.sign_in("office", "en").get("/").text
    assert "试猜" not in college.sign_in("committee").get("/").text


def test_an_account_that_is_not_there_is_answered_and_held_up_as_one_that_is(college: Console) -> None:
    college.knows("office")
    seen = []
    for account in ("office", "nobody-here"):
        client = college.client(address=f"192.0.2.{len(account)}")
        answers = [college.signs_in(client, account, "wrong") for _ in range(7)]
        seen.append(
            [(answer.status_code, "不正确" in answer.text, "尝试次数过多" in answer.text) for answer in answers]
        )
    assert seen[0] == seen[1]
    assert (429, False, True) in seen[0]


def test_guesses_sent_all_at_once_wait_as_those_sent_one_by_one(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    monkeypatch.setattr(credentials, "matches_hash", lambda _given, _kept: hashed.append(1) or sleep(0.05))
    now = college.clock.now()
    with ThreadPoolExecutor(20) as crowd:
        answers = Counter(crowd.map(lambda _: guess(college.engine, ELSEWHERE, now), range(20)))
    assert answers["WrongSignIn"] == len(hashed) == attempts.FREE_FAILURES["pair"] + 1


def test_a_right_password_among_a_hundred_at_once_is_not_lost_and_takes_its_count_back(college: Console) -> None:
    college.knows("office")
    now = college.clock.now()
    assert [guess(college.engine, ELSEWHERE, now, PASSWORD) for _ in range(100)] == ["office"] * 100
    with college.database.reading() as connection:
        counts = connection.exec_driver_sql("SELECT count FROM failed_attempt").scalars().all()
    assert set(counts) <= {0}


def of_two_processes(url: str, work: object) -> list[object]:
    """What two processes that begin together answer."""
    ready, answers = FORKS.Barrier(2), FORKS.Queue()
    two = [FORKS.Process(target=work, args=(url, ready, answers)) for _ in range(2)]
    for one in two:
        one.start()
    found = [answer for _ in two for answer in answers.get(timeout=60)]
    for one in two:
        one.join(30)
    return found


def test_guesses_by_two_processes_at_once_are_counted_together(college_url: str) -> None:
    answers = Counter(of_two_processes(college_url, guesses_of_a_process))
    assert answers["WrongSignIn"] == attempts.FREE_FAILURES["pair"] + 1
    assert answers["TooManyAttempts"] == 15


def test_a_callers_rate_holds_over_two_processes(college_url: str) -> None:
    answers = of_two_processes(college_url, calls_of_a_process)
    assert 35 <= answers.count(0) <= 40
    assert all(0 <= wait <= 60 for wait in answers)
