"""A standing: places from both ends, seats of a quota, the ties that people must order, and what changes afterwards."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import groupby, permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from states.rulebook.calculation.cuts import cuts_of
from states.rulebook.calculation.lines import Inputs, Place
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.rows import RuleRow, TableRow
from states.rulebook.calculation.settling import Cut, Settlement, moves, places_that_stand, settle
from states.rulebook.calculation.standings import Candidate, Quota, StandingKind

from .law import BOUNDED

TITLE = {"zh": "名次", "en": "Standing"}
HEAD = {"title": TITLE, "clause": "第十条"}


def quota(**changes: Any) -> dict[str, Any]:
    return {"key": "best", **HEAD, "count": 2, **changes}


def standing(*quotas: dict[str, Any], **changes: Any) -> StandingKind:
    return StandingKind.model_validate({"key": "order", **HEAD, "of": "total", "quota": quotas, **changes})


def candidates(amounts: str, among: tuple[str, ...] = ("best", "last")) -> list[Candidate]:
    """One department for each number: `a`, `b`, `c` …"""
    return [
        Candidate(unit=unit, amount=Decimal(amount), among=among)
        for unit, amount in zip("abcdefgh", amounts.split(), strict=False)
    ]


def ends(settlement: Settlement) -> dict[str, tuple[int, int]]:
    """The places of everybody, from the best and from the last."""
    return {id_: (place.place, place.from_last) for id_, place in settlement.places.items() if place is not None}


def holders(settlement: Settlement, key: str = "best") -> str:
    return "".join(sorted(id_ for id_, place in settlement.places.items() if place is not None and key in place.seats))


# --- places ---------------------------------------------------------------------------------------


def test_a_place_counts_from_the_best_and_from_the_last() -> None:
    settlement = settle(standing(), candidates("70 91.5 88"))
    assert ends(settlement) == {"b": (1, 3), "c": (2, 2), "a": (3, 1)}
    assert settlement.places["a"] == Place(place=3, from_last=1, size=3, best=Decimal("91.5"))
    assert settlement.is_settled


def test_a_tie_that_no_rule_looks_at_shares_its_place_and_needs_nobody() -> None:
    settlement = settle(standing(), candidates("90 80 80 70"))
    assert settlement.is_settled
    assert ends(settlement) == {"a": (1, 4), "b": (2, 2), "c": (2, 2), "d": (4, 1)}
    assert [place.level for place in settlement.places.values() if place] == [0, 1, 1, 0]


def test_a_tie_that_a_rule_divides_must_be_ordered_and_names_the_rule() -> None:
    cut = Cut(after=2, of_last=False, by="task.talk")
    open_ = settle(standing(), candidates("90 80 80 70"), [cut])
    assert [(tie.place, tie.candidates, tie.by) for tie in open_.ties] == [(2, ("b", "c"), ("task.talk",))]
    assert not open_.is_settled
    ordered = settle(standing(), candidates("90 80 80 70"), [cut], order=["c", "b"])
    assert ordered.is_settled
    assert ends(ordered) == {"a": (1, 4), "c": (2, 3), "b": (3, 2), "d": (4, 1)}


@pytest.mark.parametrize(
    ("after", "of_last", "is_tie"),
    [(1, False, False), (2, False, True), (3, False, False), (2, True, False), (3, True, True), (4, True, False)],
)
def test_a_rule_that_ends_beside_a_tie_does_not_look_at_it(after: int, of_last: bool, is_tie: bool) -> None:
    settlement = settle(standing(), candidates("90 80 80 70 60"), [Cut(after, of_last, "scale.unit.good")])
    assert bool(settlement.ties) == is_tie


def test_an_order_of_some_of_a_tie_is_no_order_of_it() -> None:
    cut = Cut(after=1, of_last=False, by="task.talk")
    assert settle(standing(), candidates("80 80 80"), [cut], order=["a", "c"]).ties[0].candidates == ("a", "b", "c")


def test_a_name_in_an_order_that_no_tie_needs_changes_nothing_and_is_reported() -> None:
    settlement = settle(standing(), candidates("90 80 80 70"), order=["c", "b"])
    assert settlement.unused == ("c", "b")
    assert settlement.places == settle(standing(), candidates("90 80 80 70")).places


def test_where_subjects_share_a_place_nobody_is_asked() -> None:
    cut = Cut(after=2, of_last=False, by="task.talk")
    settlement = settle(standing(ties="share"), candidates("90 80 80 70"), [cut])
    assert settlement.is_settled
    assert ends(settlement)["b"] == ends(settlement)["c"] == (2, 2)


def test_a_subject_that_cannot_be_compared_yet_keeps_the_standing_from_being_settled() -> None:
    pending = Candidate(unit="z", is_pending=True)
    settlement = settle(standing(), [*candidates("90 80"), pending])
    assert settlement.pending == ("z",)
    assert not settlement.is_settled


def test_a_subject_to_which_the_value_does_not_apply_has_no_place_and_does_not_count() -> None:
    settlement = settle(standing(), [*candidates("90 80"), Candidate(unit="z"), Candidate(unit="y", group=None)])
    assert settlement.is_settled
    assert settlement.places["z"] is settlement.places["y"] is None
    assert ends(settlement) == {"a": (1, 2), "b": (2, 1)}


def test_each_group_has_an_order_of_its_own() -> None:
    teaching = [Candidate(unit=unit, group="teaching", amount=Decimal(80)) for unit in "ab"]
    services = [Candidate(unit=unit, group="services", amount=Decimal(70)) for unit in "cd"]
    cut = Cut(after=1, of_last=False, by="task.talk")
    settlement = settle(standing(), teaching + services, [cut], order=["b", "a"])
    assert ends(settlement) == {"b": (1, 2), "a": (2, 1), "c": (1, 1), "d": (1, 1)}
    assert [(tie.group, tie.candidates) for tie in settlement.ties] == [("services", ("c", "d"))]


def test_a_tie_names_the_departments_whose_people_may_not_order_it() -> None:
    members = [Candidate(unit="a", person=person, amount=Decimal(80)) for person in ("p-1", "p-2")]
    (tie,) = settle(standing(), members, [Cut(1, False, "task.talk")]).ties
    assert tie.candidates == ("a@p-1", "a@p-2")
    assert tie.units == {"a"}


def then(*values: str) -> list[Candidate]:
    """One department for each pair of numbers, its value and that by which equal ones are ordered: `a`, `b`, `c` …"""
    pairs = (value.split("/") for value in values)
    return [
        Candidate(unit=unit, amount=Decimal(amount), then=(Decimal(of_equal) if of_equal else None,), among=("best",))
        for unit, (amount, of_equal) in zip("abcdefgh", pairs, strict=False)
    ]


def test_equal_ones_are_ordered_by_the_next_value_and_people_only_order_what_is_left() -> None:
    cut = Cut(after=2, of_last=False, by="task.talk")
    settlement = settle(standing(then="order"), then("80/3", "90/1", "80/5", "70/9"), [cut])
    assert settlement.is_settled
    assert ends(settlement) == {"b": (1, 4), "c": (2, 3), "a": (3, 2), "d": (4, 1)}
    assert {place.best for place in settlement.places.values() if place} == {Decimal(90)}
    (tie,) = settle(standing(then="order"), then("80/3", "90/1", "80/3", "80/2"), [cut]).ties
    assert (tie.place, tie.candidates) == (2, ("a", "c"))


def test_one_to_which_the_next_value_does_not_apply_comes_after_the_equal_others() -> None:
    settlement = settle(standing(then="order"), then("80/", "80/0", "80/1"))
    assert ends(settlement) == {"c": (1, 3), "b": (2, 2), "a": (3, 1)}


@pytest.mark.parametrize(("side", "held"), [("top", "bc"), ("last", "ad")])
def test_seats_go_by_the_next_value_too(side: str, held: str) -> None:
    of_side = standing(quota(**{"from": side}), then="order")
    settlement = settle(of_side, then("80/3", "90/1", "80/5", "70/9"))
    assert (settlement.is_settled, holders(settlement)) == (True, held)


# --- seats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "size", "seats"),
    [
        ({"share": Decimal(28), "rounding": "down"}, 6, 1),
        ({"share": Decimal(28), "rounding": "up"}, 6, 2),
        ({"share": Decimal(25), "rounding": "half_up"}, 6, 2),
        ({"share": "100/3", "rounding": "down"}, 6, 2),
        ({"share": Decimal(10), "rounding": "down"}, 6, 0),
        ({"share": Decimal(10), "rounding": "down", "min": 1}, 6, 1),
        ({"count": 3}, 2, 2),
    ],
)
def test_a_quota_is_a_share_of_the_group_or_a_number(rule: dict[str, Any], size: int, seats: int) -> None:
    assert Quota.model_validate({"key": "best", **HEAD, **rule}).seats(size) == seats


@pytest.mark.parametrize(
    "rule",
    [{}, {"share": Decimal(20)}, {"count": 2, "share": Decimal(20), "rounding": "up"}, {"count": 2, "rounding": "up"}],
)
def test_a_quota_that_leaves_its_size_or_its_rounding_open_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Quota.model_validate({"key": "best", **HEAD, **rule})


def test_seats_go_from_the_top_or_from_the_last() -> None:
    rules = standing(quota(), quota(key="last", **{"from": "last"}, count=1))
    settlement = settle(rules, candidates("70 91 88 60"))
    assert holders(settlement) == "bc"
    assert holders(settlement, "last") == "d"


def test_a_seat_that_nobody_else_may_take_stays_empty_or_goes_to_the_next_as_the_rulebook_says() -> None:
    barred = candidates("90", ())
    others = [
        Candidate(unit=unit, amount=Decimal(amount), among=("best",))
        for unit, amount in (("x", 80), ("y", 70), ("z", 60))
    ]
    assert holders(settle(standing(quota()), [*barred, *others])) == "xy"
    everybody = candidates("90")
    assert holders(settle(standing(quota()), [*everybody, *others])) == "ax"


def test_a_tie_at_the_last_seat_is_ordered_among_those_who_may_have_it() -> None:
    one, two, barred, three = candidates("90 80 80 80")
    every_one = [one, two, Candidate(unit="c", amount=Decimal(80)), three]
    open_ = settle(standing(quota()), every_one)
    assert [(tie.candidates, tie.by) for tie in open_.ties] == [(("b", "d"), ("standing.order.quota.best",))]
    assert barred.id not in open_.ties[0].candidates
    assert holders(open_) == "a"
    ordered = settle(standing(quota()), every_one, order=["d", "b"])
    assert ordered.is_settled
    assert holders(ordered) == "ad"
    assert ends(ordered)["b"] == ends(ordered)["d"] == (2, 1)


def test_of_a_tie_at_the_last_seat_from_the_last_the_one_ordered_last_has_it() -> None:
    rules = standing(quota(key="last", count=1, **{"from": "last"}))
    assert holders(settle(rules, candidates("90 70 70"), order=["c", "b"]), "last") == "b"


def test_where_subjects_share_a_place_too_many_for_a_seat_leave_it_empty() -> None:
    assert holders(settle(standing(quota(), ties="share"), candidates("90 80 80 70"))) == "a"


# --- properties -----------------------------------------------------------------------------------

ROUND = st.lists(
    st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from(["x", "x", "y"])), min_size=1, max_size=6
).map(
    lambda drawn: [
        Candidate(unit=f"u{n}", group=group, amount=Decimal(amount), among=("best", "last") if may else ())
        for n, (amount, may, group) in enumerate(drawn)
    ]
)  # fmt: skip
CUTS = st.lists(
    st.builds(Cut, st.one_of(st.none(), st.integers(0, 6)), st.booleans(), st.just("task.talk")), max_size=2
)
RULES = st.builds(
    lambda top, last, ties: standing(
        quota(count=top), quota(key="last", share=Decimal(last), rounding="half_up", count=None, **{"from": "last"}), ties=ties
    ),
    st.integers(1, 4), st.integers(1, 100), st.sampled_from(["ask", "share"]),
)  # fmt: skip


@BOUNDED
@given(RULES, ROUND, CUTS, st.integers(), st.integers(0, 6))
def test_the_order_in_which_subjects_come_changes_nothing(
    rules: StandingKind, of_round: list[Candidate], cuts: list[Cut], seed: int, named: int
) -> None:
    order = [candidate.id for candidate in of_round[:named]]
    shuffled = random.Random(seed).sample(of_round, len(of_round))
    assert settle(rules, shuffled, cuts, order) == settle(rules, of_round, cuts, order)


@BOUNDED
@given(RULES, ROUND, CUTS, st.integers(0, 6))
def test_the_places_from_both_ends_and_those_who_share_them_add_up_to_one_more_than_the_group(
    rules: StandingKind, of_round: list[Candidate], cuts: list[Cut], named: int
) -> None:
    settlement = settle(rules, of_round, cuts, [candidate.id for candidate in of_round[:named]])
    for candidate in of_round:
        place = settlement.places[candidate.id]
        assert place is not None
        group = [other for other in of_round if other.group == candidate.group]
        assert place.size == len(group)
        assert place.place + place.from_last + place.level == place.size + 1
        assert place.place > sum(_amount(other) > _amount(candidate) for other in group)
        assert place.from_last > sum(_amount(other) < _amount(candidate) for other in group)


@BOUNDED
@given(RULES, ROUND, CUTS, st.permutations(range(6)))
def test_where_every_tie_is_ordered_and_looked_at_no_two_share_a_place(
    rules: StandingKind, of_round: list[Candidate], cuts: list[Cut], order: list[int]
) -> None:
    asked = StandingKind.model_validate({**rules.model_dump(by_alias=True), "ties": "ask"})
    settlement = settle(asked, of_round, [*cuts, Cut(None, False, "value.bonus")], [f"u{n}" for n in order])
    assert settlement.is_settled
    for group in ("x", "y"):
        places = sorted(settlement.places[c.id].place for c in of_round if c.group == group)  # type: ignore[union-attr]
        assert places == list(range(1, len(places) + 1))


@BOUNDED
@given(RULES, ROUND, CUTS, st.integers(0, 6))
def test_seats_never_exceed_their_quota_and_go_only_to_those_who_may_have_one(
    rules: StandingKind, of_round: list[Candidate], cuts: list[Cut], named: int
) -> None:
    settlement = settle(rules, of_round, cuts, [candidate.id for candidate in of_round[:named]])
    for rule, group in product(rules.quota, ("x", "y")):
        of_group = [candidate for candidate in of_round if candidate.group == group]
        with_seat = [c for c in of_group if rule.key in settlement.places[c.id].seats]  # type: ignore[union-attr]
        assert len(with_seat) <= rule.seats(len(of_group))
        assert all(rule.key in candidate.among for candidate in with_seat)


@BOUNDED
@given(RULES, ROUND, CUTS)
def test_people_are_asked_exactly_where_their_order_would_change_what_a_rule_gives(
    rules: StandingKind, of_round: list[Candidate], cuts: list[Cut]
) -> None:
    """All strict orders are tried: without a tie to be ordered each gives the same, which is what was settled."""
    asked = StandingKind.model_validate({**rules.model_dump(by_alias=True), "ties": "ask"})
    settlement = settle(asked, of_round, cuts)
    for group in {candidate.group for candidate in of_round}:
        members = [candidate for candidate in of_round if candidate.group == group]
        answers = {_answers(asked, order, cuts) for order in _strict_orders(members)}
        is_asked = any(tie.group == group for tie in settlement.ties)
        assert (len(answers) > 1) == is_asked
        if not is_asked:
            assert answers == {_settled_answers(asked, settlement, members, cuts)}


def _amount(candidate: Candidate) -> Decimal:
    assert candidate.amount is not None
    return candidate.amount


def _strict_orders(members: list[Candidate]) -> list[list[Candidate]]:
    ranked = sorted(members, key=_amount, reverse=True)
    levels = [list(permutations(level)) for _, level in groupby(ranked, key=_amount)]
    return [[one for level in chosen for one in level] for chosen in product(*levels)]


def _answers(rules: StandingKind, order: list[Candidate], cuts: list[Cut]) -> frozenset[tuple[object, ...]]:
    """What every rule gives to each subject in a strict order."""
    answers: set[tuple[object, ...]] = set()
    for number, one in enumerate(order, 1):
        for cut in cuts:
            counted = len(order) + 1 - number if cut.of_last else number
            answers.add((one.id, cut, number if cut.after is None else counted <= cut.after))
    for rule in rules.quota:
        eligible = [one for one in order if rule.key in one.among]
        seats = rule.seats(len(order))
        first = eligible[:seats] if rule.from_ == "top" else eligible[::-1][:seats]
        answers |= {(one.id, rule.key) for one in first}
    return frozenset(answers)


def _settled_answers(
    rules: StandingKind, settlement: Settlement, members: list[Candidate], cuts: list[Cut]
) -> frozenset[tuple[object, ...]]:
    answers: set[tuple[object, ...]] = set()
    for one in members:
        place = settlement.places[one.id]
        assert place is not None
        for cut in cuts:
            counted = place.from_last if cut.of_last else place.place
            answers.add((one.id, cut, place.place if cut.after is None else counted <= cut.after))
        answers |= {(one.id, key) for key in place.seats}
    return frozenset(answers)


# --- what changes afterwards ----------------------------------------------------------------------


def again(rules: StandingKind, before: str, after: str, approved: str, order: tuple[str, ...] = ()) -> Settlement:
    was, now = settle(rules, candidates(before), order=order), candidates(after)
    return settle(rules, now, fixed=places_that_stand(rules, was, now, approved))


def test_before_approval_a_changed_value_moves_everybody_whom_it_concerns() -> None:
    was = settle(standing(quota()), candidates("90 80 70"))
    now = settle(standing(quota()), candidates("60 80 70"))
    assert holders(now) == "bc"
    assert moves(was, now) == ("a", "b", "c")
    assert moves(now, now) == ()
    assert again(standing(quota()), "90 80 70", "60 80 70", "") == now


def test_after_approval_the_other_places_stand_and_a_lost_seat_stays_empty() -> None:
    settlement = again(standing(quota()), "90 80 70", "60 80 70", "abc")
    assert holders(settlement) == "b"
    assert ends(settlement) == {"a": (3, 1), "b": (2, 2), "c": (3, 1)}
    was = settle(standing(quota()), candidates("90 80 70"))
    assert moves(was, settlement) == ("a",)


def test_after_approval_a_better_value_gets_no_seat_that_somebody_has() -> None:
    settlement = again(standing(quota()), "90 80 70", "90 80 95", "abc")
    assert holders(settlement) == "ab"
    assert ends(settlement)["c"] == (1, 3)


def test_after_approval_a_better_value_gets_a_seat_that_is_empty() -> None:
    was = settle(standing(quota()), [*candidates("90"), Candidate(unit="b", amount=Decimal(80))])
    now = [*candidates("90"), Candidate(unit="b", amount=Decimal(85), among=("best",))]
    fixed = places_that_stand(standing(quota()), was, now, ("a", "b"))
    assert holders(settle(standing(quota()), now, fixed=fixed)) == "ab"


def test_the_rulebook_may_say_that_everybody_is_put_in_order_again() -> None:
    settlement = again(standing(quota(), afterwards="again"), "90 80 70", "60 80 70", "abc")
    assert holders(settlement) == "bc"


def test_of_results_that_are_not_approved_yet_no_place_stands() -> None:
    settlement = again(standing(quota()), "90 80 70", "60 80 70", "b")
    assert holders(settlement) == "bc"


def test_a_tie_among_places_that_stand_is_not_asked_about_again() -> None:
    settlement = again(standing(quota(count=1)), "80 80 70", "80 80 60", "abc", ("b", "a"))
    assert settlement.is_settled
    assert holders(settlement) == "b"


def test_a_value_that_becomes_level_with_places_that_stand_is_ordered_by_people() -> None:
    was, now = settle(standing(quota(count=1)), candidates("80 70")), candidates("80 80")
    fixed = places_that_stand(standing(quota(count=1)), was, now, "ab")
    settlement = settle(standing(quota(count=1)), now, fixed=fixed)
    assert [tie.candidates for tie in settlement.ties] == [("a", "b")]


def test_a_result_that_comes_late_is_put_in_order_against_the_places_that_stand() -> None:
    was, now = settle(standing(quota()), candidates("90 80")), candidates("90 80 85")
    settlement = settle(standing(quota()), now, fixed=places_that_stand(standing(quota()), was, now, "ab"))
    assert moves(was, settlement) == ("c",)
    assert ends(settlement)["c"] == (2, 2)
    assert holders(settlement) == "ab"


def test_a_place_that_stands_in_one_group_takes_no_seat_from_another() -> None:
    def of(amounts: dict[str, int]) -> list[Candidate]:
        return [Candidate(unit=u, group=u[0], amount=Decimal(amount), among=("best",)) for u, amount in amounts.items()]

    one = standing(quota(count=1))
    was, now = settle(one, of({"x1": 80, "y1": 60, "y2": 50})), of({"x1": 80, "y1": 65, "y2": 55})
    settlement = settle(one, now, fixed=places_that_stand(one, was, now, ("x1",)))
    assert sorted(id_ for id_, place in settlement.places.items() if place and place.seats) == ["x1", "y1"]


def test_an_empty_seat_is_not_for_a_result_that_others_without_a_seat_precede() -> None:
    """b rose above a and got no seat, because all were taken. Then a withdrew, and c rose to the third place."""
    one = standing(quota(count=1))
    first = settle(one, candidates("80 70 60"))
    risen = candidates("80 90 60")
    second = settle(one, risen, fixed=places_that_stand(one, first, risen, "abc"))
    last = [one for one in candidates("80 90 85") if one.unit != "a"]
    settlement = settle(one, last, fixed=places_that_stand(one, second, last, "abc"))
    assert [holders(each) for each in (first, second, settlement)] == ["a", "a", ""]


# --- in a rulebook --------------------------------------------------------------------------------


def value(key: str, kind: str, **changes: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, **HEAD, **changes}


def of_place(key: str, give: str) -> dict[str, Any]:
    return value(key, "standing", standing="order", give=give)


def grade(key: str, *tests: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, **HEAD, "when": list(tests)}


def rules(*values: dict[str, Any], grades: list[dict[str, Any]] | None = None, **changes: Any) -> ResultRules:
    kinds = [("college", "teaching"), ("school", "teaching"), ("office", None)]
    return ResultRules.model_validate(
        {
            "unit_kind": [{"key": kind, **HEAD, **({"group": group} if group else {})} for kind, group in kinds],
            "form": [{"key": "main", **HEAD, "points": 100, "item": [{"key": "duty", **HEAD, "points": 100}]}],
            "subject": [
                {"key": "unit", "title": TITLE, "is": "unit", "form": {kind: "main" for kind, _ in kinds}, "scale": "unit", "clause": "第二条"},
                {"key": "member", "title": TITLE, "is": "each_member", "clause": "第二条"},
            ],
            "scale": [
                {
                    "key": "unit",
                    "match": "first",
                    "grade": grades
                    or [
                        grade("excellent", {"of": "total", "at_least": 85}, {"of": "seat", "at_least": 1}),
                        grade("good", {"of": "total", "at_least": 60}),
                        grade("fail"),
                    ],
                }
            ],
            "value": [of_place("seat", "seat"), of_place("place", "place"), of_place("from_last", "from_last"), *values],
            "standing": [{"key": "order", **HEAD, "of": "total", "group": "unit_kind.group", "quota": [quota()]}],
            **changes,
        }
    )  # fmt: skip


def inputs(unit: str, mark: int | None, unit_kind: str = "college", **changes: Any) -> Inputs:
    marks = {} if mark is None else {"duty": Decimal(mark)}
    return Inputs(unit=unit, unit_kind=unit_kind, year=2031, marks=marks, **changes)


def test_a_grade_with_a_seat_is_known_once_the_round_is_settled() -> None:
    measure = rules()
    order = measure.standings["order"]
    of_round = [
        inputs("a", 95),
        inputs("b", 90, "school"),
        inputs("c", 88),
        inputs("d", 50, "school"),
        inputs("e", 99, "office"),
    ]
    compared = [one for facts in of_round for one in measure.candidates(order, facts)]
    settlement = settle(order, compared, cuts_of(order, measure))
    assert settlement.is_settled

    def graded(facts: Inputs, **changes: Any) -> str | None:
        again = inputs(facts.unit, int(facts.marks["duty"]), facts.unit_kind, **changes)
        decision = measure.plans[facts.unit_kind].reckon(again)[0].decision
        assert decision is not None
        return decision.grade

    assert [graded(facts) for facts in of_round] == [None, None, None, "fail", None]
    settled = [graded(facts, standings={"order": settlement.places[facts.unit]}) for facts in of_round]
    assert settled == ["excellent", "excellent", "good", "fail", "good"]


@pytest.mark.parametrize(("seats", "of_best", "of_last"), [(("best",), 1, 0), (("last",), 0, 1), ((), 0, 0)])
def test_a_seat_is_one_of_the_quota_that_the_value_names(seats: tuple[str, ...], of_best: int, of_last: int) -> None:
    named = [value(f"of_{key}", "standing", standing="order", give="seat", quota=key) for key in ("best", "last")]
    place = Place(place=2, from_last=3, level=1, size=5, best=Decimal(97), seats=seats)
    measure = rules(*named, of_place("size", "size"), of_place("top", "best"))
    (scope, *_) = measure.plans["college"].scopes(inputs("a", 90, standings={"order": place}))
    keys = ("of_best", "of_last", "seat", "place", "from_last", "size", "top")
    assert [scope.line(key).amount for key in keys] == [of_best, of_last, of_best or of_last, 2, 3, 5, 97]


def test_what_a_standing_says_of_a_subject_is_pending_until_it_is_settled_and_absent_without_a_place() -> None:
    plan = rules().plans["college"]
    states = [plan.scopes(inputs("a", 90, standings=of))[0].line("place").state for of in ({}, {"order": None})]
    assert states == ["pending", "absent"]


def test_only_a_seat_is_of_a_quota() -> None:
    with pytest.raises(ValidationError, match="is written only with give"):
        rules(of_place("first", "place") | {"quota": "best"})


def test_a_department_whose_value_is_not_known_yet_is_pending_in_the_standing() -> None:
    measure = rules()
    (one,) = measure.candidates(measure.standings["order"], inputs("a", None))
    assert (one.is_pending, one.amount) == (True, None)


def test_who_may_have_a_seat_is_asked_of_the_values_of_the_subject() -> None:
    among = [{"of": "duty", "at_least": 70}]
    measure = rules(standing=[{"key": "order", **HEAD, "of": "total", "quota": [quota(among=among)]}])
    order = measure.standings["order"]
    assert [measure.candidates(order, inputs("a", mark))[0].among for mark in (70, 69)] == [("best",), ()]


def test_a_subject_of_which_it_is_not_known_whether_it_may_have_a_seat_is_pending() -> None:
    report = value("report", "given", points=100, by=["office"])
    rule = quota(among=[{"of": "report", "at_least": 70}])
    measure = rules(report, standing=[{"key": "order", **HEAD, "of": "total", "quota": [rule]}])
    (one,) = measure.candidates(measure.standings["order"], inputs("a", 90))
    assert one == Candidate(unit="a", group="", amount=Decimal(90), is_pending=True)


def test_a_standing_with_two_quotas_of_one_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="key best occurs 2 times"):
        standing(quota(), quota())


def test_members_are_compared_within_their_department() -> None:
    voices = value("voice", "given", points=100, by=["office"], **{"for": "member"})
    measure = rules(voices, standing=[{"key": "order", **HEAD, "for": "member", "of": "voice", "group": "unit"}])
    facts = inputs("a", 90, heads=("p-1",), numbers={"voice@p-1": Decimal(88)}, members=("p-2",))
    assert measure.candidates(measure.standings["order"], facts) == [
        Candidate(unit="a", person="p-1", group="a", amount=Decimal(88)),
        Candidate(unit="a", person="p-2", group="a", is_pending=True),
    ]


def test_an_occasion_has_a_standing_of_its_own() -> None:
    form = {"key": "check", **HEAD, "points": 100, "item": [{"key": "halfway", **HEAD, "points": 100}]}
    subject = {"key": "halfyear", "title": TITLE, "is": "unit", "form": {"college": "check"}, "occasion": "midyear"}
    first = value("first", "standing", standing="order", give="place", **{"for": "halfyear"})
    times = value("leads", "how_many", of=["first"], at_most=1, **{"for": "halfyear"})
    data = rules().model_dump(by_alias=True, exclude_none=True)
    of = {"key": "order", **HEAD, "for": "halfyear", "of": "halfway"}
    measure = ResultRules.model_validate(
        {
            **data,
            "form": [*data["form"], form],
            "subject": [*data["subject"], {**subject, "clause": "第四条"}],
            "value": [first, times],
            "standing": [of],
            "scale": [{**data["scale"][0], "grade": [grade("good", {"of": "total", "at_least": 60}), grade("fail")]}],
        }
    )
    facts = Inputs(unit="a", unit_kind="college", year=2031, marks={"halfway": Decimal(70)})
    assert measure.candidates(measure.standings["order"], facts) == [Candidate(unit="a", group="", amount=Decimal(70))]
    assert cuts(measure) == {(1, False, "value.leads")}


def test_a_value_that_a_standing_compares_and_that_reads_its_place_is_a_circle() -> None:
    bonus = value("bonus", "per", of="place", each=-1)
    measure = rules(bonus, standing=[{"key": "order", **HEAD, "of": "bonus", "quota": [quota()]}])
    with pytest.raises(ValueError, match=r"needs itself: .*bonus"):
        _ = measure.plans
    among = [{"of": "grade", "is": ["good"]}]
    measure = rules(standing=[{"key": "order", **HEAD, "of": "total", "quota": [quota(among=among)]}])
    with pytest.raises(ValueError, match=r"needs itself: .*grade"):
        _ = measure.plans


def cuts(measure: ResultRules, *rows: RuleRow) -> set[tuple[int | None, bool, str]]:
    return {(cut.after, cut.of_last, cut.by) for cut in cuts_of(measure.standings["order"], measure, rows)}


def test_a_test_of_a_place_looks_where_its_bound_is() -> None:
    places = [("at_most", 3), ("below", 3), ("at_least", 3), ("above", 3)]
    for (bound, number), after in zip(places, (3, 2, 2, 3), strict=True):
        measure = rules(grades=[grade("good", {"of": "place", bound: number}), grade("fail")])
        assert cuts(measure) == {(after, False, "scale.unit.good")}
    assert cuts(rules()) == set()


def test_limits_bands_and_counts_that_test_a_place_look_at_it() -> None:
    last = value(
        "last",
        "bands",
        row=[
            {"when": [{"of": "duty", "below": 9}], "points": 2, "clause": "第十条"},
            {"of": "place", "clause": "第十条"},
        ],
        match="first",
    )
    assert cuts(rules(last)) == {(None, False, "value.last")}
    bands = value(
        "bonus",
        "bands",
        row=[
            {"when": [{"of": "place", "at_most": 1}], "points": 2, "clause": "第十条"},
            {"points": 0, "clause": "第十条"},
        ],
    )
    count = value("times", "how_many", of=["from_last"], at_most=2)
    once = value("once", "how_many", of=["last_year"], at_most=3)
    earlier = value("last_year", "earlier", back=1, of="from_last")
    assert cuts(rules(bands, count, once, earlier)) == {
        (1, False, "value.bonus"), (2, True, "value.times"), (3, True, "value.once"),
    }  # fmt: skip
    limit = {"key": "late", **HEAD, "when": [{"of": "from_last", "at_most": 1}], "not_above": "good"}
    scale = [{**rules().scale[0].model_dump(by_alias=True, exclude_none=True), "limit": [limit]}]
    assert cuts(rules(scale=scale)) == {(1, True, "scale.unit.late")}


def test_another_standing_looks_at_the_places_that_it_compares_and_that_its_quotas_test() -> None:
    order = {"key": "order", **HEAD, "of": "total"}
    tested = {"key": "other", **HEAD, "of": "duty", "quota": [quota(among=[{"of": "place", "at_most": 4}])]}
    compared = {"key": "last", **HEAD, "of": "from_last"}
    own = value("other_place", "standing", standing="other", give="place")
    times = value("times", "how_many", of=["other_place"], at_most=1)
    measure = rules(own, times, standing=[{**order, "quota": [quota()]}, tested, compared])
    assert cuts(measure) == {(4, False, "standing.other.quota.best"), (None, True, "standing.last")}


def test_a_value_over_the_places_of_members_looks_at_every_tie_among_them() -> None:
    own = value("own_place", "standing", standing="order", give="place", **{"for": "member"})
    voice = value("voice", "given", points=100, by=["office"], **{"for": "member"})
    best = value("best_of_team", "take", take="min", over="team", of=["own_place"])
    order = {"key": "order", **HEAD, "for": "member", "of": "voice", "quota": [quota()]}
    grades = [grade("good", {"of": "total", "at_least": 60}), grade("fail")]
    assert cuts(rules(own, voice, best, standing=[order], grades=grades)) == {(None, False, "value.best_of_team")}


def test_a_value_that_is_made_of_a_place_looks_at_every_tie() -> None:
    assert cuts(rules(value("bonus", "per", of="place", each=-1))) == {(None, False, "value.bonus")}
    (tie,) = settle(standing(), candidates("80 80"), [Cut(None, False, "value.bonus")]).ties
    assert tie.by == ("value.bonus",)


def test_a_member_s_rule_and_a_task_that_read_the_place_of_the_department_look_at_it() -> None:
    row = TableRow.model_validate({"when": [{"of": "from_last", "at_most": 2}], "clause": "第十二条"})
    other = TableRow.model_validate({"when": [{"of": "unit.place", "at_most": 4}], "clause": "第十二条"})
    own = TableRow.model_validate({"when": [{"of": "place", "at_most": 5}], "clause": "第十二条"})
    of_member = [RuleRow("task.note", "member", other), RuleRow("task.other", "member", own)]
    assert cuts(rules(), RuleRow("task.talk", "", row), *of_member) == {(2, True, "task.talk"), (4, False, "task.note")}
