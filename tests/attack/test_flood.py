"""A flood of sign-ins from everywhere: it has its own line, and nobody's work stands in it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from console.web.throttling import devices
from console.web.throttling.password_pool import MAX_CALLS, MAX_UNKNOWN_CALLS, RETRY_AFTER, PasswordPool, PoolFull
from storage.database.database import Database
from tests.attack.served import Served, served
from tests.console.web import PASSWORD, console, hidden


def flood(running: Served, count: int, seconds: float) -> list[httpx2.Response]:
    """What so many wrong sign-ins, each from an address of its own, are answered."""
    with ExitStack() as stack:
        browsers = [stack.enter_context(running.client()) for _ in range(8)]
        forms = [hidden(browser.get("/sign-in").text, "/sign-in") for browser in browsers]
        began = time.monotonic()

        def one(number: int) -> httpx2.Response:
            time.sleep(max(0.0, began + seconds * number / count - time.monotonic()))
            at = number % 8
            sent = {**forms[at], "account": "office", "password": "wrong", "code": ""}
            from_ = {"x-forwarded-for": f"198.51.{number // 250}.{number % 250}"}
            return browsers[at].post("/sign-in", data=sent, headers=from_)

        with ThreadPoolExecutor(count) as crowd:
            return list(crowd.map(one, range(count)))


@pytest.mark.one_database
def test_a_flood_of_sign_ins_ends_at_its_bound_and_neither_pages_nor_a_known_browser_wait_for_it(
    college_url: str, tmp_path: Path
) -> None:
    """Threads hang on no database."""
    with Database.open(college_url) as database, console(database) as college:
        college.knows("office")
        known = devices.remember(database, "", "office", college.clock.now())
    with served(college_url, tmp_path, proxy="127.0.0.1") as running, running.client("committee") as browser:
        answers: list[httpx2.Response] = []
        crowd = threading.Thread(target=lambda: answers.extend(flood(running, 100, 0.5)))
        crowd.start()
        time.sleep(0.5)
        entered = running.signs_in("office", PASSWORD, device=known)
        assert browser.get("/").status_code == 200
        crowd.join()
    assert (entered.status_code, entered.headers.get("location")) == (303, "/")
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[503] > 0
    assert set(statuses) <= {403, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert (refused.headers["retry-after"], "此刻登录的人过多" in refused.text) == (str(RETRY_AFTER), True)


def test_strangers_leave_places_to_those_who_are_known() -> None:
    gate = threading.Event()

    async def crowd() -> None:
        pool = PasswordPool()
        line = [asyncio.ensure_future(pool.run(False, gate.wait)) for _ in range(MAX_UNKNOWN_CALLS)]
        await asyncio.sleep(0)
        with pytest.raises(PoolFull):
            await pool.run(False, gate.wait)
        line += [asyncio.ensure_future(pool.run(True, gate.wait)) for _ in range(MAX_CALLS - MAX_UNKNOWN_CALLS)]
        await asyncio.sleep(0)
        with pytest.raises(PoolFull):
            await pool.run(True, gate.wait)
        gate.set()
        await asyncio.gather(*line)
        await asyncio.sleep(0.1)
        assert await pool.run(False, gate.wait)

    asyncio.run(crowd())
