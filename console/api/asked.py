"""What may be asked of the API: a command by its act, with the fields of the command itself.

The types are made of the commands in `states/`: nothing is said twice, and a new act is callable, decoded and described.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Union

import msgspec
from msgspec import Meta, Struct

from states import policy
from states.chart import ACTS
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, Command

PROVED = frozenset(("record_veto", "lift_veto"))
"""Acts for which a person proves again who it is: not for systems."""

Year = Annotated[int, Meta(ge=2000, le=2200)]
Version = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Submission(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command for one stream. Sent again with the same `command_id` it is done once and answered alike.

    `expected_version` is the version of the stream the caller looked at; left out, it is not held against the stream.
    """

    stream: Annotated[str, Meta(max_length=200, examples=["assessment/2026/u-1"])]
    command_id: Annotated[str, Meta(min_length=1, max_length=200)]
    expected_version: Version | None = None
    command: Command


class OfAssessments(Struct, frozen=True):
    """Which assessments: of a year (without it, the last there is), of a unit."""

    year: Year | None = None
    unit: str | None = None


class OfOne(Struct, frozen=True):
    """A special assessment of the unit, by its occasion."""

    occasion: str | None = None


class OfEntries(Struct, frozen=True):
    """Entries after a number, so many at most."""

    after: Version = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


def acts(rulebook: Rulebook) -> tuple[str, ...]:
    """The acts a system may ask for, of those the rulebook gives to anybody but the clock."""
    return tuple(
        name
        for name in ACTS
        if not policy.is_outside_rulebooks(name)
        and name not in PROVED
        and set(policy.entitled(name, None, None, rulebook)[0]) - {CLOCK.role}
    )


@cache
def submission(act: str) -> type[Struct]:
    """The form of one act: its name, and the fields of its command."""
    command = ACTS[act].command
    named: list[Any] = [("command", command)]
    return msgspec.defstruct(
        f"{command.__name__}Submission", named, bases=(Submission,), tag_field="act", tag=act,
        namespace={"__doc__": command.__doc__}, frozen=True, kw_only=True, forbid_unknown_fields=True,
    )  # fmt: skip


def any_submission(rulebook: Rulebook) -> Any:
    """The form of any act: told apart by `act`."""
    return Union[tuple(map(submission, acts(rulebook)))]  # noqa: UP007
