"""Shares of the votes of one ballot, which depend on each other: good and fair together are never above 100 per cent.

The shares must be nested or disjoint: each group of options lies within another, or has no option of it. If two
overlap in part, nothing is known about them here, and they are taken as independent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from states.rulebook.calculation.plan import Plan, SubjectPlan
from states.rulebook.calculation.read_values import VoteValue

from .intervals import Interval, sum_of
from .spans import Span


class SharesOfBallot:
    """The shares that values of one subject take of one ballot, with the same weights of the voters' groups.

    `whole` is what all votes are (100: the shares are in per cent).
    """

    def __init__(self, base: frozenset[str], options: Mapping[str, frozenset[str]], whole: Fraction) -> None:
        self.options, self.whole = options, whole
        # From the smallest: each one's parts are there before it.
        self._sets = sorted({base, *options.values()}, key=len)
        self._parts: dict[frozenset[str], list[frozenset[str]]] = {}
        for outer in self._sets:
            smaller = [part for part in self._sets if part < outer]
            self._parts[outer] = [part for part in smaller if not any(part < other for other in smaller)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SharesOfBallot) and self.options == other.options and self._sets == other._sets

    __hash__ = None  # type: ignore[assignment]

    def examples(self, intervals: Mapping[str, Interval]) -> dict[str, Fraction] | None:
        """A share within each interval, all of the same votes; None if there are no such votes."""
        reach: dict[frozenset[str], Interval] = {}
        for options in self._sets:
            own = Interval(self.whole if options == self._sets[-1] else Fraction(0), self.whole)
            for name, interval in intervals.items():
                if self.options[name] == options:
                    own = own.within(interval)
            reach[options] = own.within(self._sum(options, reach))
            if reach[options].is_empty:
                return None
        shares = {self._sets[-1]: self.whole}
        for options in reversed(self._sets):
            parts = self._parts[options]
            shares.update(_divide(shares[options], {part: reach[part] for part in parts}, self._rest(options)))
        return {name: shares[self.options[name]] for name in intervals}

    def _rest(self, options: frozenset[str]) -> bool:
        """Whether it has options that are in none of its parts."""
        return bool(options.difference(*self._parts[options]))

    def _sum(self, options: frozenset[str], reach: Mapping[frozenset[str], Interval]) -> Interval:
        parts = [reach[part] for part in self._parts[options]]
        return sum_of([*parts, Interval(Fraction(0), None)] if self._rest(options) else parts)


def shares_of_ballots(whole: Plan, plan: SubjectPlan) -> list[SharesOfBallot]:
    """The shares of each ballot that depend on each other."""
    groups: defaultdict[tuple[str, Decimal, object], dict[str, frozenset[str]]] = defaultdict(dict)
    for key, value in plan.values.items():
        # A rounded share is not exactly a share of the same votes.
        is_exact = isinstance(value, VoteValue) and value.decimals is None and value.min is None and value.max is None
        if isinstance(value, VoteValue) and value.share_of and is_exact:
            weights = tuple(sorted(value.weights.items()))
            groups[(value.ballot, value.times, weights)][key] = frozenset(value.share_of)
    return [
        SharesOfBallot(base, options, Fraction(times))
        for (ballot, times, _), options in groups.items()
        if (base := frozenset(whole.ballots[ballot].base)) and _is_nested([base, *options.values()])
    ]


def _is_nested(sets: Sequence[frozenset[str]]) -> bool:
    """Whether any two of them are nested or disjoint, and all lie within the first."""
    return all(one <= sets[0] for one in sets) and all(
        one <= other or other <= one or not one & other for one in sets for other in sets
    )


def _divide(
    share: Fraction, parts: Mapping[frozenset[str], Interval], has_rest: bool
) -> dict[frozenset[str], Fraction]:
    """A share for each part, within its interval: together the whole share, or less if there is a rest."""
    lows = {part: interval.low or Fraction(0) for part, interval in parts.items()}
    highs = {part: interval.high if interval.high is not None else share for part, interval in parts.items()}
    least = sum(lows.values(), Fraction(0))
    free, width = share - least, sum(highs.values(), Fraction(0)) - least
    if not width:
        return lows
    if not has_rest:
        return {part: low + (highs[part] - low) * free / width for part, low in lows.items()}
    # Half of what can be given away stays with the rest, so that no open end is reached. A smaller share is as
    # possible.
    moved = min(free, width) / 2
    tops = {part: low + (highs[part] - low) * moved / width for part, low in lows.items()}
    return {part: _simple(Interval(lows[part], top, parts[part].is_low_open), top) for part, top in tops.items()}


def _simple(interval: Interval, top: Fraction) -> Fraction:
    """A number of the interval with few decimals."""
    example = Span().example(interval)
    return top if example is None else Fraction(example)
