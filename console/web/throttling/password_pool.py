"""The threads that hash passwords. They are few, and other threads make the pages.

Hashing one password takes 64 MiB and several processors for a tenth of a second. So sign-ins have a queue of their own.
When it is full, the answer is at once to try again later, which costs nothing.
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
# The difference is for known browsers (`devices.py`): a flood from unknown ones cannot keep the college from signing
# in.
STRANGERS, ALL = 16, 40
"""The most calls that run and wait: of unknown browsers, and of all."""
RETRY_AFTER = 5
"""Seconds after which to try again. A full queue needs less."""


class PoolFull(UserError):
    """The queue is full."""

    zh = "此刻登录的人过多，本次提交未成功，也不计入失败次数。请在 {seconds} 秒后重试。"
    en = "Too many people are signing in at this moment. Nothing was done, and it does not count as a failure. Try again in {seconds} seconds."


class PasswordPool:
    """The pool of one application. Only its event loop may call it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords")
        self._count = 0

    async def run(self, known: bool, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the call in one of the threads and return its result. `known`: by a known browser. Raises `PoolFull`."""
        if self._count >= (ALL if known else STRANGERS):
            raise PoolFull(seconds=RETRY_AFTER)
        self._count += 1
        result = self._threads.submit(partial(call, *args, **kwargs))
        loop = get_running_loop()
        # The count falls when the thread has finished, not when the client has gone: a client that goes does not stop
        # the thread.
        result.add_done_callback(lambda _: loop.call_soon_threadsafe(self._count_down))
        return await wrap_future(result)

    def _count_down(self) -> None:
        self._count -= 1
