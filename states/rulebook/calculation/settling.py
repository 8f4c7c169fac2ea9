"""Settling a standing: `settle` orders its candidates, gives the seats, and finds the ties that people must order.

People order a tie only where a rule would otherwise not know what to give (`cuts.py`). Nothing here depends on the
order in which candidates come. Not here: the act of the year that settles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from .lines import Place
from .standings import Candidate, Quota, StandingKind

Rank = tuple[tuple[bool, Decimal], ...]
"""The values by which a candidate is ordered, one after another, each with whether it applies."""


class Cut(Struct, frozen=True):
    """A place after which a rule makes a difference, counted `of_last` or from the best; None: after every place.

    `by`: the place of the rule in the rulebook.
    """

    after: int | None
    of_last: bool
    by: str

    def divides(self, first: int, last: int, size: int) -> bool:
        """Whether it lies between the places `first` and `last` (from the best) of a group of this size."""
        if self.after is None:
            return first < last
        after = size - self.after if self.of_last else self.after
        return first <= after < last


class Tie(Struct, frozen=True):
    """Subjects with the same value, at which the rules `by` look: people order them, with a reason.

    `place`: the first of the places that they share. Nobody of the `units` may order them.
    """

    group: str
    place: int
    candidates: tuple[str, ...]
    by: tuple[str, ...]

    @property
    def units(self) -> frozenset[str]:
        return frozenset(candidate.partition("@")[0] for candidate in self.candidates)


class Settlement(Struct, frozen=True):
    """A standing as it comes out: the place of every candidate by its id, and what keeps it from being settled.

    - `order`: the ids of subjects that people ordered, best first. `unused`: those of them that no tie needs.
    - `ties`: the ties that people must order. `pending`: the candidates that cannot be compared yet.
    """

    candidates: tuple[Candidate, ...]
    order: tuple[str, ...]
    places: dict[str, Place | None]
    ties: tuple[Tie, ...]
    pending: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        return not self.ties and not self.pending


def settle(
    standing: StandingKind,
    candidates: Iterable[Candidate],
    cuts: Collection[Cut] = (),
    order: Sequence[str] = (),
    fixed: Mapping[str, Place | None] | None = None,
) -> Settlement:
    """The order of all candidates, whatever order they come in.

    `cuts`: where rules look (`cuts.py`; quotas need none). `order`: how people ordered the subjects of ties, best
    first. `fixed`: the places that stand, by candidate (`places_that_stand`).
    """
    every_one = tuple(sorted(candidates, key=lambda candidate: candidate.id))
    members: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in every_one:
        if candidate.group is not None and candidate.amount is not None:
            members[candidate.group].append(candidate)
    groups = [_Group(standing, name, of, cuts, order, fixed or {}) for name, of in sorted(members.items())]
    places: dict[str, Place | None] = {candidate.id: None for candidate in every_one}
    for group in groups:
        places.update(group.places())
    needed = {id_ for group in groups for tie in group.ties for id_ in tie.candidates}
    return Settlement(
        candidates=every_one,
        order=tuple(order),
        places=places,
        ties=tuple(tie for group in groups for tie in group.open_ties),
        pending=tuple(candidate.id for candidate in every_one if candidate.is_pending),
        unused=tuple(id_ for id_ in order if id_ not in needed),
    )


def places_that_stand(
    standing: StandingKind, before: Settlement, candidates: Iterable[Candidate], approved: Collection[str]
) -> dict[str, Place | None]:
    """The places that stand when a standing is settled again: of approved results that still have the same value.

    `approved`: the ids of the candidates whose results are approved. So before any approval no place stands.
    """
    if standing.afterwards == "again":
        return {}
    was = {candidate.id: candidate for candidate in before.candidates}
    return {
        candidate.id: before.places[candidate.id]
        for candidate in candidates
        if candidate.id in approved and was.get(candidate.id) == candidate
    }


def moves(before: Settlement, after: Settlement) -> tuple[str, ...]:
    """The candidates whose results must be reckoned again: what the standing says of them is no longer the same."""
    nowhere = object()
    return tuple(id_ for id_, place in after.places.items() if before.places.get(id_, nowhere) != place)


class _Group:
    """The comparable candidates of one group, and the order that people gave to its ties."""

    def __init__(
        self,
        standing: StandingKind,
        name: str,
        members: list[Candidate],
        cuts: Collection[Cut],
        order: Sequence[str],
        fixed: Mapping[str, Place | None],
    ) -> None:
        self._standing, self._name, self._cuts, self._fixed = standing, name, cuts, fixed
        self._size = len(members)
        self._levels: defaultdict[Rank, list[str]] = defaultdict(list)
        for member in _by_rank(sorted(members, key=lambda member: member.id), is_best_first=True):
            self._levels[_rank(member)].append(member.id)
        self._eligible = {
            quota.key: [member for member in members if quota.key in member.among] for quota in standing.quota
        }
        self.ties = tuple(self._find_ties())
        self.open_ties = tuple(tie for tie in self.ties if not set(tie.candidates) <= set(order))
        ordered = {id_ for tie in self.ties if tie not in self.open_ties for id_ in tie.candidates}
        self._positions = {id_: number for number, id_ in enumerate(order) if id_ in ordered}

    def places(self) -> dict[str, Place | None]:
        holders = {quota.key: self._holders(quota) for quota in self._standing.quota}
        best = _rank_amount(next(iter(self._levels)))
        places: dict[str, Place | None] = {}
        for first, level in self._spans():
            is_ordered = all(id_ in self._positions for id_ in level)
            for number, id_ in enumerate(sorted(level, key=self._position) if is_ordered else level):
                place = first + number if is_ordered else first
                last = place if is_ordered else first + len(level) - 1
                seats = tuple(key for key, of_quota in holders.items() if id_ in of_quota)
                places[id_] = self._fixed.get(id_) or Place(
                    place=place,
                    from_last=self._size + 1 - last,
                    level=last - place,
                    size=self._size,
                    best=best,
                    seats=seats,
                )
        return places

    def _spans(self) -> Iterator[tuple[int, list[str]]]:
        """Each value's candidates, best first, with the first of their places."""
        first = 1
        for level in self._levels.values():
            yield first, level
            first += len(level)

    def _find_ties(self) -> Iterator[Tie]:
        if self._standing.ties == "share":
            return
        edges = {quota.key: frozenset(self._edge(quota)) for quota in self._standing.quota}
        for first, level in self._spans():
            cuts = [cut.by for cut in self._cuts if cut.divides(first, first + len(level) - 1, self._size)]
            quotas = [key for key, edge in edges.items() if edge & frozenset(level)]
            looked_at = level if cuts else [id_ for id_ in level if any(id_ in edges[key] for key in quotas)]
            # Where every place stands, nothing is left to order.
            if looked_at and not all(id_ in self._fixed for id_ in looked_at):
                by = (*cuts, *(f"standing.{self._standing.key}.quota.{key}" for key in quotas))
                yield Tie(self._name, first, tuple(looked_at), tuple(dict.fromkeys(by)))

    def _in_order(self, quota: Quota) -> list[Candidate]:
        """Who may have a seat of the quota, in the order in which the seats go to them."""
        is_best_first = quota.from_ == "top"
        sign = 1 if is_best_first else -1
        ordered = sorted(self._eligible[quota.key], key=lambda one: (sign * self._position(one.id), one.id))
        return _by_rank(ordered, is_best_first=is_best_first)

    def _edge(self, quota: Quota) -> list[str]:
        """Those with the same value of whom some have a seat of the quota and others do not, as far as values say."""
        eligible = _by_rank(self._eligible[quota.key], is_best_first=quota.from_ == "top")
        seats = quota.seats(self._size)
        if not 0 < seats < len(eligible) or _rank(eligible[seats - 1]) != _rank(eligible[seats]):
            return []
        return [one.id for one in eligible if _rank(one) == _rank(eligible[seats])]

    def _holders(self, quota: Quota) -> frozenset[str]:
        """Who has a seat of the quota. A place that stands keeps its seats and gets no other."""
        seats = quota.seats(self._size)
        holders = {id_ for id_, place in self._fixed.items() if place is not None and quota.key in place.seats}
        holders &= {one.id for one in self._eligible[quota.key]}
        undecided = frozenset(id_ for id_ in self._edge(quota) if id_ not in self._positions)
        for one in self._in_order(quota)[:seats]:
            if one.id not in undecided and len(holders) < seats:
                holders.add(one.id)
        return frozenset(holders)

    def _position(self, id_: str) -> int:
        return self._positions.get(id_, 0)


def _rank(candidate: Candidate) -> Rank:
    """What a candidate is ordered by. One of the values `then` that does not apply to it comes last."""
    assert candidate.amount is not None, "a candidate without a value belongs to no group"
    return tuple((one is not None, one or Decimal(0)) for one in (candidate.amount, *candidate.then))


def _rank_amount(rank: Rank) -> Decimal:
    return rank[0][1]


def _by_rank(candidates: Sequence[Candidate], *, is_best_first: bool) -> list[Candidate]:
    """In the order of their values. Those with the same keep their order."""
    return sorted(candidates, key=_rank, reverse=is_best_first)
