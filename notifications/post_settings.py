"""What the post is made with: its hours and letterhead, and the log it writes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from .contacts import Contact
from .hours import SendingHours
from .letter_text import Letterhead


class PostLog(Protocol):
    """The log of the post. No event has an address or a text of a notice in it."""

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...


class PostSettings(Struct, frozen=True, kw_only=True):
    """When the post sends, and what every letter has in common.

    `beside` are contacts that come from a setting and are in no table. `covering` gives what is printed of the seal over an entry, by the
    entry's number; None where no seal covers it yet.
    """

    hours: SendingHours
    is_working: Callable[[date], bool]
    letterhead: Letterhead = Letterhead()
    beside: Sequence[Contact] = ()
    covering: Callable[[int], Mapping[str, object] | None] = lambda _number: None
