"""The ways in which a value is read: from votes, records, findings, earlier results, and the place in a group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from states.rulebook.parts import Key, Keys, Misfit, Misfits, Number

from .lines import ValueLine, Votes
from .numbers import Amount, divide, multiply, total
from .values import Ballots, NamedValue, Scope

ALL_VOTERS = "all"
"""The voter group of a ballot that has none."""


class VoteValue(NamedValue):
    """`vote`: what the voters of a ballot say, group by group with `weights`.

    The points of the options on average, or, with `share_of`, the share of the votes for those options: in a hundred,
    or in so many as `times` says (1: a share from 0 to 1, so that a bound can be 2/3). `weights`: what the voter groups
    count; without them the votes of all groups are counted together, each the same. It reads the team's row of the
    ballot, or the person's own. Without a vote that counts it is pending, as if nobody had voted yet; only if it
    `may_be_absent` it is absent then.
    """

    kind: Literal["vote"]
    ballot: Key
    share_of: Keys = ()
    times: Annotated[Number, Field(gt=0)] = Decimal(100)
    weights: dict[Key, Annotated[Number, Field(gt=0)]] = Field(default_factory=dict)

    def make(self, scope: Scope) -> ValueLine:
        votes, options = scope.inputs.ballots.get(self.ballot, {}), scope.options(self.ballot)
        row = scope.person or "team"
        cast = {group: votes.get(group, {}).get(row) for group in self.weights or options.groups}
        known = {group: counts for group, counts in cast.items() if counts is not None}
        if len(known) < len(cast):
            return ValueLine(self.key, "pending")
        weights = self.weights
        if not weights:
            known, weights = {ALL_VOTERS: _together(known.values())}, {ALL_VOTERS: Decimal(1)}
        groups: list[tuple[str, Amount]] = []
        for group, counts in known.items():
            amount = self._amount(counts, options)
            if amount is not None:
                groups.append((group, amount))
        if not groups:
            return ValueLine(self.key, "absent" if self.may_be_absent else "pending")
        # A group without a valid vote has no say, and its weight is not counted either: it is not a vote of 0.
        weight = total(weights[group] for group, _ in groups)
        weighted = total(multiply(amount, weights[group]) for group, amount in groups)
        how = tuple(part for pair in groups for part in pair)
        return ValueLine(self.key, "known", divide(weighted, weight), how=how)

    def _amount(self, votes: Votes, options: Ballots) -> Amount | None:
        """What one group says; None without a vote that counts."""
        base = sum(votes.get(option, 0) for option in options.base)
        if not base:
            return None
        if self.share_of:
            hits = sum(votes.get(option, 0) for option in self.share_of)
            return divide(multiply(self.times, Decimal(hits)), Decimal(base))
        points = total(multiply(points, Decimal(votes.get(option, 0))) for option, points in options.points.items())
        return divide(points, Decimal(base))


def _together(votes: Iterable[Votes]) -> Votes:
    """The votes of several groups for each option."""
    counts: Counter[str] = Counter()
    for of_group in votes:
        counts.update(of_group)
    return counts


class LadderValue(NamedValue):
    """`ladder`: the points of all lines of records that a ladder counts (加分, 扣分).

    `cap`: the most that they give, or cost, together (封顶).
    """

    kind: Literal["ladder"]
    ladder: Key
    cap: Annotated[Number, Field(gt=0)] | None = None

    def make(self, scope: Scope) -> ValueLine:
        counted, cap = scope.counted(self.ladder), self.cap
        points = total([line.points for line in counted])
        if cap is None or -cap <= points <= cap:
            return ValueLine(self.key, "known", points, counted=counted)
        return ValueLine(self.key, "known", cap if points > 0 else -cap, raw=points, counted=counted)


class FindingValue(NamedValue):
    """`finding`: how many times a finding holds: raised by rows of ladders, or recorded with reasons by the roles `by`."""

    kind: Literal["finding"]
    by: tuple[Key, ...] = ()

    def make(self, scope: Scope) -> ValueLine:
        raised, judged = scope.raised(self.key), self._judged(scope) if scope.inputs.judgements else ()
        return ValueLine(self.key, "known", Decimal(len(raised) + len(judged)), how=judged, counted=raised)

    def _judged(self, scope: Scope) -> tuple[str, ...]:
        key = self.entry(scope)
        return tuple(judgement.id for judgement in scope.inputs.judgements if judgement.finding == key)


class EarlierValue(NamedValue):
    """`earlier`: the value `of` (or the grade) of the same subject `back` rounds ago, or at the occasion of this round.

    Pending until it is known. If there was no such result, the office records that, and then the value is absent. Its
    line names the stream that it was read from, if it was not reported.
    """

    kind: Literal["earlier"]
    of: Key
    back: Annotated[int, Field(strict=True, ge=1, le=5)] | None = None
    occasion: Key | None = None

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if (self.back is None) == (self.occasion is None):
            raise Misfits(Misfit("", "back 与 occasion 写一个", "write back or occasion, one of them"))
        return self

    def make(self, scope: Scope) -> ValueLine:
        key = self.entry(scope)
        if key in scope.inputs.absent:
            return ValueLine(self.key, "absent")
        amount, grade = scope.inputs.earlier.get(key), scope.inputs.earlier_grades.get(key, "")
        if amount is None and not grade:
            return ValueLine(self.key, "pending")
        source = scope.inputs.earlier_sources.get(key)
        return ValueLine(self.key, "known", amount, word=grade, how=(source.stream,) if source is not None else ())


class PlaceValue(NamedValue):
    """`standing`: what a settled standing says of the subject. Pending until it is settled, absent without a place.

    Its place, its place from the last, the size of its group, the best value in it, or 1 if it has a seat of the
    `quota` (else 0). A standing with one quota need not be told which.
    """

    kind: Literal["standing"]
    standing: Key
    give: Literal["place", "from_last", "size", "best", "seat"]
    quota: Key | None = None

    @model_validator(mode="after")
    def _check_quota(self) -> Self:
        if self.quota is not None and self.give != "seat":
            raise Misfits(Misfit("quota", '仅与 give = "seat" 同用', 'is written only with give = "seat"'))
        return self

    def standing_key(self, scope: Scope) -> str:
        """The name of the place in `Inputs.standings`: of the standing or, for a member, `standing@person`."""
        return f"{self.standing}@{scope.person}" if scope.person else self.standing

    def make(self, scope: Scope) -> ValueLine:
        key = self.standing_key(scope)
        if key not in scope.inputs.standings:
            return ValueLine(self.key, "pending")
        place = scope.inputs.standings[key]
        if place is None:
            return ValueLine(self.key, "absent")
        if self.give == "seat":
            has_seat = self.quota in place.seats if self.quota is not None else bool(place.seats)
            return ValueLine(self.key, "known", Decimal(has_seat))
        return ValueLine(self.key, "known", Decimal(getattr(place, self.give)))
