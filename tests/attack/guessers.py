"""Attempts to sign in without a page, and the functions of processes that guess, or call the API, at the same time."""

from __future__ import annotations

import gc
from datetime import datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from config.clock import SystemClock
from config.rulebooks import default_edition
from console.web import credentials
from console.web.credentials import WrongSignIn
from console.web.throttling.attempts import TooManyAttempts
from console.web.throttling.rate_limit import RateLimit
from storage.database.database import Database
from workflow import wiring
from workflow.engine import Engine

ELSEWHERE, WRONG = "203.0.113.9", "wrong"


def guess(engine: Engine, address: str, now: datetime, password: str = WRONG, device: str = "") -> str:
    """One attempt to sign in as `office`, without a page. Returns the account's id or the code of the refusal."""
    try:
        return credentials.authenticate(engine, "office", password, "", address, now, device).id
    except (WrongSignIn, TooManyAttempts) as wrong:
        return wrong.code


def guesses_of_a_process(url: str, ready: Barrier, answers: Queue[Any]) -> None:
    with wiring.compose_engine(url, SystemClock(), default_edition()) as engine:
        now = SystemClock().now()
        ready.wait(30)
        answers.put([guess(engine, ELSEWHERE, now) for _ in range(10)])


def calls_of_a_process(url: str, ready: Barrier, answers: Queue[Any]) -> None:
    with Database.open(url) as database:
        rate = RateLimit(database, 40)
        # A collection of everything that the tests made would hold the write lock for longer than a count waits.
        gc.freeze()
        ready.wait(30)
        answers.put([rate.count_call("oa", datetime(2026, 11, 2, 9, 0, 5).astimezone()) for _ in range(40)])
