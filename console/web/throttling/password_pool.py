"""The threads that hash passwords. They are few, and other threads make the pages.

Hashing one password takes 64 MiB and several processors for a tenth of a second. So sign-ins have a separate queue.
When it is full, the answer comes at once: try again later. This costs nothing.
"""

from __future__ import annotations

from asyncio import get_running_loop, wrap_future
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from states.user_errors import UserError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

THREADS = 2
# The difference is reserved for known browsers (`devices.py`), so that a flood from unknown browsers cannot keep the
# college from signing in.
MAX_UNKNOWN_CALLS, MAX_CALLS = 16, 40
"""The most calls that run or wait at once: from unknown browsers, and from all browsers."""
RETRY_AFTER = 5
"""The seconds after which the browser may try again. The threads empty a full queue in less time."""


class PoolFull(UserError):
    """The queue is full."""

    zh = "此刻登录的人过多，本次提交未成功，也不计入失败次数。请在 {seconds} 秒后重试。"
    en = (
        "Too many people are signing in at this moment. Nothing was done, and it does not count as a failure. Try "
        "again in {seconds} seconds."
    )


class PasswordPool:
    """The pool of one application. Only its event loop may call it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords")
        self._count = 0

    async def run(
        self,
        is_known: bool,
        call: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Run the call in one of the threads and return its result.

        `is_known`: the browser is known. Raises `PoolFull`.
        """
        if self._count >= (MAX_CALLS if is_known else MAX_UNKNOWN_CALLS):
            raise PoolFull(seconds=RETRY_AFTER)
        self._count += 1
        future = self._threads.submit(partial(call, *args, **kwargs))
        loop = get_running_loop()
        # The count falls when the thread has finished, not when the client closes its connection: that does not stop
        # the thread.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._count_down))
        return await wrap_future(future)

    def _count_down(self) -> None:
        self._count -= 1
