"""Two explanations side by side: of two editions, of two sets of readings, or before and after a change of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from .explained_lines import ExplainedLine


class LinePair(Struct, frozen=True):
    """The lines of one place: None where an explanation has no such line."""

    place: str
    before: ExplainedLine | None
    after: ExplainedLine | None

    @property
    def differs(self) -> bool:
        """Whether the two do not say the same. A line that only moved says the same."""
        if self.before is None or self.after is None:
            return True
        return _content(self.before) != _content(self.after)


def compare(before: Sequence[ExplainedLine], after: Sequence[ExplainedLine]) -> list[LinePair]:
    """Every line of both, in the order of `after`; a line that is gone stands where it stood in `before`."""
    old = {line.place: line for line in before}
    new = {line.place: line for line in after}
    return [LinePair(place, old.get(place), new.get(place)) for place in _merged(list(old), list(new))]


def _merged(old: list[str], new: list[str]) -> Iterator[str]:
    gone: dict[str, list[str]] = {}
    anchor = ""
    for place in old:
        if place in set(new):
            anchor = place
        else:
            gone.setdefault(anchor, []).append(place)
    yield from gone.get("", ())
    for place in new:
        yield place
        yield from gone.get(place, ())


def _content(line: ExplainedLine) -> tuple[object, ...]:
    return (line.title, line.sentence, line.amount, line.clause)
