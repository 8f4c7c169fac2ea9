"""The settings of the post (its hours and letterhead), and the log to which it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from .contacts import Contact
from .hours import SendingHours
from .letter_text import Letterhead


class PostLog(Protocol):
    """The log of the post. No event contains an address or the text of a notice."""

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...


class PostSettings(Struct, frozen=True, kw_only=True):
    """When the post sends, what all letters have in common, contacts from settings, and how the post finds a seal.

    `extra_contacts`: contacts that come from a setting and are in no table. `seal_over`: a function that takes the
    number of an entry and returns the values of the seal over it for the letter; None if no seal covers the entry yet.
    """

    hours: SendingHours
    is_working: Callable[[date], bool]
    letterhead: Letterhead = Letterhead()
    extra_contacts: Sequence[Contact] = ()
    seal_over: Callable[[int], Mapping[str, object] | None] = lambda _number: None
