"""Two lists of lines side by side: explanations before and after a change of the facts, or the rules of two editions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct


class LocatedLine(Protocol):
    """A line that has a location, by which it is found in the other list, and a content."""

    @property
    def location(self) -> str: ...

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, without where it stands."""
        ...


Line = TypeVar("Line", bound=LocatedLine)


class LinePair(Struct, Generic[Line], frozen=True):
    """The lines of one location: None where a list has no such line."""

    location: str
    before: Line | None
    after: Line | None

    @property
    def differs(self) -> bool:
        """Whether the two do not say the same. A line that only moved says the same."""
        if self.before is None or self.after is None:
            return True
        return self.before.content != self.after.content


def compare(before: Sequence[Line], after: Sequence[Line]) -> list[LinePair[Line]]:
    """Every line of both, in the order of `after`; a line that is gone stands where it stood in `before`."""
    old = {line.location: line for line in before}
    new = {line.location: line for line in after}
    return [LinePair(location, old.get(location), new.get(location)) for location in _merged(list(old), list(new))]


def _merged(old: list[str], new: list[str]) -> Iterator[str]:
    gone: dict[str, list[str]] = {}
    anchor = ""
    for location in old:
        if location in set(new):
            anchor = location
        else:
            gone.setdefault(anchor, []).append(location)
    yield from gone.get("", ())
    for location in new:
        yield location
        yield from gone.get(location, ())
