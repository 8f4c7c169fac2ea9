"""The page 名次 of a year: whom each standing compares, the places as they come out now, ties to order, and what was settled.

Here a standing is settled (`Settle`). A reader does not see the places of their own department. Not here: scoring
again by the places (`pages/assessments/rescoring.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.records.year import Progress, Year
from states.refusals import Refusal
from states.result import places
from states.rulebook.calculation.lines import Place
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.settling import Settlement
from states.rulebook.calculation.standings import Candidate, StandingKind
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text
from states.year.standings import Settle
from storage import queries

from .year import annual_progress, year_of

pages = Pages()


class PlaceRow(Struct, frozen=True):
    """One subject of a standing: its value and its place as they come out now, and the place that was settled before.

    `is_recused`: the reader may not see it, because it is of their own department.
    """

    title: str
    amount: str
    place: Place | None
    settled: Place | None
    is_recused: bool

    @property
    def has_moved(self) -> bool:
        return self.settled is not None and self.settled != self.place


class TieRow(Struct, frozen=True):
    """A tie that people order. `subjects`: of each its id, its title, and the number in its field of the form."""

    group: str
    place: int
    subjects: tuple[tuple[str, str, str], ...]


class StandingView(Struct, frozen=True):
    """One standing as it would be settled now.

    - `is_settled`: it was settled before. `is_current`: settled again now, it would come out the same.
    - `unready`: the departments that cannot be compared yet.
    - `groups`: of each group its title and its rows, best first.
    - `asks`: the titles of the roles that must order its ties, if the user has none of them.
    """

    standing: StandingKind
    is_settled: bool
    is_current: bool
    unready: tuple[str, ...]
    groups: tuple[tuple[str, tuple[PlaceRow, ...]], ...]
    ties: tuple[TieRow, ...]
    asks: tuple[Text, ...]


@pages.get("/standings", view="standings")
def show_latest(request: PageRequest) -> Response:
    years = queries.years(request.database)
    return request.answer.redirect(f"/standings/{years[0] if years else request.today.year}")


@pages.get("/standings/{year:int}", view="standings")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/standings/{year:int}", view="standings")
def settle(request: PageRequest, year: int) -> Response:
    """Settle one standing, with the order that the form gives to its ties."""
    try:
        fields = Fields(request.form, policy.clause_of("settle", request.rulebook))
        reason = fields.words("reason", Text(zh="排定先后的理由", en="the reason for the order"))
        key = request.form.text("standing")
        submit(request, year_stream(year), Settle(standing=key, order=_order(request, key), reason=reason))
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/standings/{year}?done={key}")


def _order(request: PageRequest, standing: str) -> tuple[str, ...]:
    """The ids in the order that the form gives: one tie after another, and in a tie by the numbers that were typed.

    The name of a field is `order.<standing>.<tie>.<id>`. A field without a number is left out.
    """
    prefix = f"order.{standing}."
    numbered = [
        (name.removeprefix(prefix).partition(".")[::2], number)
        for name, value in request.form.items()
        if name.startswith(prefix) and isinstance(value, str) and (number := whole_number(value)) is not None
    ]
    return tuple(id_ for (_, id_), _ in sorted(numbered, key=lambda one: (int(one[0][0]), one[1])))


def _page(request: PageRequest, number: int, refusal: Refusal | None = None) -> Response:
    state, rulebook = year_of(request, number)
    progress = annual_progress(request, number)
    return request.answer.page(
        "standings.html",
        409 if refusal else 200,
        year=state,
        refusal=refusal,
        done=rulebook.standings.get(request.query.get("done", "")),
        shown=[_view(request, standing, state, progress, rulebook) for standing in rulebook.standing],
        may_settle=request.permissions.is_entitled("settle"),
        may_score=request.permissions.is_entitled("score"),
        roles=[request.format.role(role) for role in policy.entitled_roles("settle", None, None, rulebook)[0]],
    )


def _view(
    request: PageRequest, standing: StandingKind, state: Year, progress: Sequence[Progress], rulebook: Rulebook
) -> StandingView:
    unordered = places.settle_now(standing, state, progress, rulebook, ())
    every_tie = unordered.ties
    before = state.standings.get(standing.key)
    order = before.order if before is not None else ()
    if unordered.is_settled or before is None:
        now = unordered
    else:
        now = places.settle_now(standing, state, progress, rulebook, order)
    in_order = Settle(standing=standing.key, order=tuple(id_ for tie in every_tie for id_ in tie.candidates))
    entitled, _ = policy.entitled_roles("settle", None, in_order, rulebook)
    return StandingView(
        standing=standing,
        is_settled=before is not None,
        is_current=places.comes_out_again(standing, state, progress, rulebook, request.roster),
        unready=places.unready(standing, state, progress, rulebook, request.roster),
        groups=tuple(_groups(request, now, before, rulebook, state.year)),
        ties=tuple(
            TieRow(
                group=_group_title(request, tie.group, rulebook),
                place=tie.place,
                subjects=tuple(
                    (id_, _title(request, id_, state.year), _number(request, standing.key, index, id_, order))
                    for id_ in tie.candidates
                ),
            )
            for index, tie in enumerate(every_tie)
        ),
        asks=tuple(map(rulebook.role_title, entitled)) if request.user.roles.isdisjoint(entitled) else (),
    )


def _number(request: PageRequest, standing: str, tie: int, id_: str, order: Sequence[str]) -> str:
    """What was typed for a subject of a tie; before anything is typed, its number in the order that was settled before."""
    typed = request.form.text(f"order.{standing}.{tie}.{id_}")
    return typed or (str(order.index(id_) + 1) if id_ in order and not request.form else "")


def _groups(
    request: PageRequest, now: Settlement, before: Settlement | None, rulebook: Rulebook, year: int
) -> Iterator[tuple[str, tuple[PlaceRow, ...]]]:
    def key(candidate: Candidate) -> str:
        return candidate.group or ""

    def best_first(candidate: Candidate) -> tuple[bool, int, str]:
        place = now.places[candidate.id]
        return place is None, place.place if place is not None else 0, candidate.id

    compared = [candidate for candidate in now.candidates if candidate.group is not None]
    for group, members in groupby(sorted(compared, key=key), key):
        rows = (
            PlaceRow(
                title=_title(request, one.id, year),
                amount=plain(one.amount) if one.amount is not None else "—",
                place=now.places[one.id],
                settled=before.places.get(one.id) if before is not None else None,
                is_recused=not request.permissions.may_view("results", one.unit),
            )
            for one in sorted(members, key=best_first)
        )
        yield _group_title(request, group, rulebook), tuple(rows)


def _title(request: PageRequest, id_: str, year: int) -> str:
    unit, _, person = id_.partition("@")
    name = request.format.text(request.names_of_persons.get(person, person))
    return f"{request.roster.title(unit, year)} {name}".rstrip()


def _group_title(request: PageRequest, group: str, rulebook: Rulebook) -> str:
    """The title of a group: its kinds of department or, of a group of members, their department; empty for the round."""
    kinds = [kind.title.text for kind in rulebook.unit_kind if group in (kind.key, kind.group)]
    return request.format.join(map(request.format.text, kinds)) or (request.roster.title(group) if group else "")
