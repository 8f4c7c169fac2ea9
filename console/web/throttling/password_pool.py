"""The threads that hash passwords: few, and apart from those that make pages.

Each hashing takes 64 MiB and several processors for a tenth of a second. So sign-ins wait in a queue of their own, which
is bounded: beyond it the answer is to try again later, at once and at no cost.
"""

from __future__ import annotations

from asyncio import get_running_loop, wrap_future
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from states.user_errors import UserError

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
STRANGERS, ALL = 16, 40
"""How many may run and wait: unknown browsers, and all. The remaining places are for known browsers only."""
RETRY_AFTER = 5
"""Seconds; a full queue takes less."""


class PoolFull(UserError):
    """Too many sign in at this moment."""

    zh = "此刻登录的人过多，本次提交未成功，也不计入失败次数。请在 {seconds} 秒后重试。"
    en = "Too many people are signing in at this moment. Nothing was done, and it does not count as a failure. Try again in {seconds} seconds."


class PasswordPool:
    """The pool of one application. Asked from its event loop only."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords")
        self._count = 0

    async def run(self, known: bool, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the call in one of the threads and return its result. `PoolFull` where the queue is full."""
        if self._count >= (ALL if known else STRANGERS):
            raise PoolFull(seconds=RETRY_AFTER)
        self._count += 1
        done = self._threads.submit(partial(call, *args, **kwargs))
        loop = get_running_loop()
        # The place is free when the thread is, not when the client has gone.
        done.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return await wrap_future(done)

    def _leave(self) -> None:
        self._count -= 1
