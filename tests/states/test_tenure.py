"""The posts of a person in teams, from the entries of the roster: across departments, and after they left."""

from __future__ import annotations

from datetime import date

from states.assessment import Member
from states.vocabulary import Opaque, Words
from states.year.reorganisation import UnitReorganised, UnitRestored
from states.year.roster import RosterFact, UnitChanged, UnitRegistered
from states.year.tenure import Tenure, tenures

FIRST, SECOND, THIRD, LAST = date(2022, 3, 1), date(2023, 9, 1), date(2025, 7, 1), date(2026, 6, 30)


def team(unit: str, *, heads: str = "p-other", members: str = "", post: str = "副院长") -> dict[str, object]:
    def named(person: str, title: str) -> tuple[Member, ...]:
        return (Member(person=Opaque(person), position=Words(title)),) if person else ()

    head_post = post if heads == "p-one" else "院长"
    return {
        "unit": Opaque(unit), "title": Words(f"样例{unit}"), "unit_kind": "college", "staff": 9,
        "heads": named(heads, head_post), "members": named(members, post),
    }  # fmt: skip


def registered(unit: str, **people: str) -> RosterFact:
    return UnitRegistered(**team(unit, **people))  # type: ignore[arg-type]


def changed(unit: str, **people: str) -> RosterFact:
    return UnitChanged(**team(unit, **people))  # type: ignore[arg-type]


def test_a_person_who_changed_departments_keeps_the_posts_of_both() -> None:
    facts = [
        (registered("u-1", members="p-one"), FIRST),
        (registered("u-2"), FIRST),
        (changed("u-1"), SECOND),
        (changed("u-2", heads="p-one", post="处长"), SECOND),
        (changed("u-2"), LAST),
    ]
    assert tenures("p-one", facts) == [
        Tenure("u-2", "处长", True, SECOND, LAST), Tenure("u-1", "副院长", False, FIRST, SECOND),
    ]  # fmt: skip


def test_another_post_in_the_same_team_begins_a_new_line_and_an_unchanged_one_does_not() -> None:
    facts = [
        (registered("u-1", members="p-one"), FIRST),
        (changed("u-1", members="p-one"), SECOND),
        (changed("u-1", members="p-one", post="副书记"), THIRD),
        (changed("u-1", heads="p-one", post="副书记"), LAST),
    ]
    assert tenures("p-one", facts) == [
        Tenure("u-1", "副书记", True, LAST),
        Tenure("u-1", "副书记", False, THIRD, LAST),
        Tenure("u-1", "副院长", False, FIRST, THIRD),
    ]


def test_the_closing_of_a_department_ends_its_posts_on_its_own_day_and_its_restoration_continues_them() -> None:
    closing = UnitReorganised(unit=Opaque("u-1"), since=THIRD, final_year=2025, reason=Words("合并"))
    facts = [(registered("u-1", members="p-one"), FIRST), (closing, LAST)]
    assert tenures("p-one", facts) == [Tenure("u-1", "副院长", False, FIRST, THIRD)]
    restored = UnitRestored(unit=Opaque("u-1"), reason=Words("登记有误"))
    assert tenures("p-one", [*facts, (restored, LAST)]) == [Tenure("u-1", "副院长", False, FIRST)]


def test_a_department_that_was_only_divided_keeps_its_posts() -> None:
    division = UnitReorganised(
        unit=Opaque("u-1"),
        since=THIRD,
        successors=(Opaque("u-2"),),
        continues=True,
        final_year=2025,
        reason=Words("分设"),
    )
    assert tenures("p-one", [(registered("u-1", members="p-one"), FIRST), (division, LAST)]) == [
        Tenure("u-1", "副院长", False, FIRST)
    ]


def test_who_was_in_no_team_has_no_posts() -> None:
    assert tenures("p-nobody", [(registered("u-1", members="p-one"), FIRST)]) == []
