"""What a result rests on besides the sheet, and which of it has changed since the score was made.

A record is named by its id, a recorded finding by its own id, and any other input by the key of its value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from states.records.routine_check import ROUTINE_CHECK
from states.rulebook.calculation.lines import CountedLine, Inputs, Votes
from states.rulebook.calculation.read_values import PlaceValue
from states.rulebook.types import Rulebook

from .result import scopes_of

OPEN = frozenset({"pending", "successor"})
"""The effects of a line that a later record will settle. A question for the committee is not open in this sense."""


def counted_lines(inputs: Inputs, rulebook: Rulebook) -> Iterator[tuple[str, str, CountedLine]]:
    """Every line of a record that has an effect on a result: the subject, its person, and what a ladder made of it."""
    for scope in scopes_of(inputs, rulebook):
        for key in scope.whole.ladders_of(scope.plan):
            for one in scope.counted(key):
                if one.effect != "none":
                    yield scope.plan.subject.key, scope.person, one


def open_records(inputs: Inputs, rulebook: Rulebook) -> tuple[str, ...]:
    """The ids of the records that are not closed yet, in order."""
    lines = (one for _, _, one in counted_lines(inputs, rulebook) if one.effect in OPEN)
    return tuple(dict.fromkeys(one.line.record for one in lines))


def changes(before: Inputs, now: Inputs, rulebook: Rulebook, *, is_approved: bool) -> tuple[str, ...]:
    """The sources whose part in the results is another one now. After the approval, open records change nothing."""
    if before == now:
        return ()
    was, is_now = _basis(before, rulebook, is_approved=is_approved), _basis(now, rulebook, is_approved=is_approved)
    # An approved result rests on the earlier result as it was, until another one is decided: while that one is open
    # again, nothing says that it will change.
    as_before = {key for key in before.earlier_sources if is_approved and key not in is_now}
    return tuple(
        sorted(key for key in was.keys() | is_now.keys() if was.get(key) != is_now.get(key) and key not in as_before)
    )


def _basis(inputs: Inputs, rulebook: Rulebook, *, is_approved: bool) -> dict[str, Hashable]:
    """By source, what it contributes."""
    parts: defaultdict[str, set[Hashable]] = defaultdict(set)
    for subject, person, one in counted_lines(inputs, rulebook):
        # F4: an approved result keeps its 待定 mark. A case that is opened, or closed without effect, does not change it.
        changes_nothing = is_approved and (one.effect in OPEN or one.effect == "repeat")
        # A routine check counts as it was on the day of the score. A later change of it does not make the score stale.
        if one.line.kind != ROUTINE_CHECK and not changes_nothing:
            parts[one.line.record].add((subject, person, *_share(one)))
    basis: dict[str, Hashable] = {record: frozenset(shares) for record, shares in parts.items()}
    basis |= {judgement.id: judgement.finding for judgement in inputs.judgements}
    basis |= dict.fromkeys(inputs.absent, "absent")
    basis |= {key: frozenset(_votes(of_groups)) for key, of_groups in inputs.ballots.items()}
    for of_key in (inputs.levels, inputs.numbers, inputs.earlier, inputs.earlier_grades, inputs.grades):
        basis |= dict(of_key)
    return basis | dict(_places(inputs, rulebook))


def _votes(of_groups: Mapping[str, Mapping[str, Votes]]) -> Iterator[Hashable]:
    """The votes of a ballot, in no order: an entry that was read back has its keys in another one."""
    for group, of_subjects in of_groups.items():
        for subject, counts in of_subjects.items():
            yield group, subject, frozenset(counts.items())


def _places(inputs: Inputs, rulebook: Rulebook) -> Iterator[tuple[str, Hashable]]:
    """By standing, what the rules read of it: another place changes nothing if they only ask for a seat."""
    parts: defaultdict[str, list[Hashable]] = defaultdict(list)
    for scope in scopes_of(inputs, rulebook):
        for key, value in scope.plan.values.items():
            if isinstance(value, PlaceValue):
                line = scope.line(key)
                parts[value.standing_key(scope)].append((scope.plan.subject.key, key, line.state, line.amount))
    yield from ((standing, tuple(read)) for standing, read in parts.items())


def _share(one: CountedLine) -> tuple[Hashable, ...]:
    line = one.line
    since = line.effective_on if one.raises else None
    return (
        line.person,
        tuple(line.fields.items()),
        tuple(line.replaced.items()),
        one.effect,
        one.row,
        one.points,
        one.raises,
        since,
    )
