"""What may never be in an entry, for every field of every kind of fact."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Struct

from states import privacy
from states.acts import ACTS, FACTS
from states.refusals import Malformed, Personal, Refusal
from states.titles import FIELD_TITLES
from states.vocabulary import Digest, Fact, Opaque, Text, Words

from .law import DAYS, DIGEST, GROUP, check_sentence, inspection, reached, refused

Path = tuple[str, ...]


def fields(kind: type[Struct]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in kind.__struct_fields__}


def marked(kind: type[Struct], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a fact where a marked string may stand, found from the types alone."""
    for name, hint in fields(kind).items():
        yield from _marked(hint, (*path, name))


def _marked(hint: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if hint in (Opaque, Digest, Words):
        yield path, hint
    elif isinstance(hint, type) and issubclass(hint, Struct):
        yield from marked(hint, path)
    elif get_origin(hint) in (tuple, dict, typing.Union, types.UnionType):
        for part in get_args(hint):
            if part not in (Ellipsis, type(None)):
                yield from _marked(part, path)


def made(kind: type[Struct], at: Path, value: str) -> Any:
    """A struct of this kind with `value` at the place `at`, and harmless values elsewhere."""
    told = {}
    for name, hint in fields(kind).items():
        inside = at[:1] == (name,)
        told[name] = _made(hint, at[1:] if inside else (), value if inside else None)
    return kind(**told)


def _made(hint: Any, at: Path, value: str | None) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (typing.Union, types.UnionType):
        wanted = [p for p in parts if p is not type(None)]
        return _made(wanted[0], at, value) if value is not None else None
    if origin is tuple:
        # The harmless one comes first: every item is looked at.
        return (_made(parts[0], (), None), _made(parts[0], at, value)) if value is not None else ()
    if origin is dict:
        return {"a": _made(parts[1], (), None), "b": _made(parts[1], at, value)}
    if origin is Literal:
        return parts[0]
    if isinstance(hint, type) and issubclass(hint, Struct):
        return made(hint, at, value) if value is not None else made(hint, (), "")
    if value is not None:
        return value
    harmless: dict[Any, Any] = {
        Opaque: "x-1", Digest: DIGEST, Words: "属实", str: "x", int: 1, bool: False, Decimal: Decimal(1),
        date: date(2026, 1, 1), datetime: datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return harmless[hint]


PLACES = [(name, path, hint) for name, kind in FACTS.items() for path, hint in marked(kind)]


def of(*wanted: Any) -> list[Any]:
    return [pytest.param(FACTS[n], p, id=f"{n}.{'.'.join(p)}") for n, p, h in PLACES if h in wanted]


def refuse(kind: type[Fact], path: Path, value: str, code: str) -> None:
    fact = made(kind, path, value)
    with pytest.raises(Refusal) as caught:
        privacy.check(fact)
    assert caught.value.code == code
    assert caught.value.details["clause"] == privacy.CLAUSE
    what = caught.value.details["what"]
    assert isinstance(what, Text)
    assert FIELD_TITLES[path[-1]].zh in what.zh, "a field is called by its title, never by its key"
    assert FIELD_TITLES[path[-1]].en in what.en
    check_sentence(caught.value)


def test_the_places_are_found() -> None:
    """The walk above is not empty by mistake: these are known to be there."""
    found = {(name, *path) for name, path, _ in PLACES}
    assert {
        ("MeetingHeld", "minutes", "sha256"), ("InterviewsHeld", "notes", "commitment"),
        ("DocumentsReviewed", "findings", "remark"), ("DocumentsReviewed", "findings", "evidence", "sha256"),
        ("CaseRecorded", "sanctions", "document"), ("AssessmentOpened", "heads", "position"),
        ("MemberSubstituted", "joins", "person"), ("BallotVoided", "sheets", "subject"), ("YearOpened", "units"),
    } <= found  # fmt: skip
    assert len(found) >= 60


@pytest.mark.parametrize("name", FACTS)
def test_a_harmless_fact_passes(name: str) -> None:
    privacy.check(made(FACTS[name], (), ""))


# -- words -----------------------------------------------------------------------------------------

PHONES = [
    "13800138000", "电话13800138000。", "138 0013 8000", "138-0013-8000", "+8613800138000", "86 13800138000",
    "+86-199-0013-8000", "１３８００１３８０００",
]  # fmt: skip
IDENTITIES = [
    "450203199001011234", "45020319900101123X", "身份证 45020319900101123x，", "450203 19900101 1234",
    "４５０２０３１９９００１０１１２３Ｘ",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path"), of(Words))
def test_no_free_text_of_any_fact_carries_a_phone_or_identity_number(kind: type[Fact], path: Path) -> None:
    for value in (*PHONES, *IDENTITIES):
        refuse(kind, path, value, "Personal")


@pytest.mark.parametrize(("kind", "path"), of(Words))
def test_free_text_is_there_and_short_and_can_be_shown(kind: type[Fact], path: Path) -> None:
    for value in ("", "  ", "\n", "字" * 501, "a\x00b", "a\x1bb", "\ud800"):
        refuse(kind, path, value, "Malformed")
    for value in ("字", "字" * 500, "两行\n和\t制表"):
        privacy.check(made(kind, path, value))


@pytest.mark.parametrize(
    "words",
    ["柳职院党字〔2021〕8号", "2026年12月31日", "1380013800", "138001380001", "23800138000", "得分 89.995",
     "4502031990010112345", "2026-0001-00012", "12800138000"],
)  # fmt: skip
def test_document_numbers_dates_and_other_numbers_are_no_personal_data(words: str) -> None:
    privacy.check(made(FACTS["StepUndone"], ("reason",), words))


# -- ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "path"), of(Opaque))
def test_an_id_of_any_fact_is_of_its_form_and_can_be_no_name(kind: type[Fact], path: Path) -> None:
    for value in ("", "张三", "Zhang", "zhang san", "-x", "a" * 65, "x\n", "a/b", "a@b.c", "é"):
        refuse(kind, path, value, "Malformed")
    for value in ("x", "0", "p-1.2_3", "a" * 64, "0d9c13a8-1381-2345-6789-1f3800138000"):
        privacy.check(made(kind, path, value))


@pytest.mark.parametrize(("kind", "path"), of(Opaque))
def test_an_id_of_any_fact_is_no_phone_or_identity_number(kind: type[Fact], path: Path) -> None:
    for value in ("13800138000", "138-0013-8000", "p-13800138000", "450203199001011234", "p.45020319900101123x"):
        refuse(kind, path, value, "Personal")


@pytest.mark.parametrize(("kind", "path"), of(Digest))
def test_a_digest_of_any_fact_is_a_digest(kind: type[Fact], path: Path) -> None:
    for value in ("", "ab", "AB" * 32, "ab" * 31 + "zz", "ab" * 33, "ab" * 32 + "\n"):
        refuse(kind, path, value, "Malformed")
    privacy.check(made(kind, path, "0f" * 32))


# -- what is not marked ----------------------------------------------------------------------------

CLOSED = {
    # plain strings a rulebook, a check or the clock closes: what each is held to
    "unit_kind": "the rulebook's kinds", "stage": "the rulebook's stages", "step": "the rulebook's stages", "step_name": "the ladder", "to": "the ladder", "roles": "the rulebook's roles",
    "superseded": "the ladder", "step_names": "the ladder", "grade": "the score's", "outcome": "the rulebook's outcomes",
    "instead_of": "the rulebook's outcomes", "elements": "the annexes", "reasons": "the annexes",
    "veto": "the vetoes there are", "sources": "what changed", "task": "the result's tasks", "window": "the result's windows", "request": "the open requests", "element": "the form's elements", "evidence": "the form's elements",
    "verdicts": "what was handed in", "fits": "a closed list", "decision": "a closed list",
    "tasks": "the grade's tasks", "media_type": "a media type", "fields": "the rulebook's options", "record": "the rulebook's kinds", "finding": "the rulebook's findings", "degree": "a closed list",
    "due": "the rulebook's stages", "self_scores": "the annex", "marks": "the annex", "findings": "the annex",
    "counts": "the rulebook's options", "inputs": "read", "results": "computed", "candidates": "read", "places": "computed",
    "standing": "the rulebook's standings", "order": "the ties there are", "act": "an act's name", "stream": "checked by its name",
    "refusal": "a class's name", "value": "a closed list", "way": "a closed list", "of": "checked by its name",
    "self_levels": "the rulebook's levels", "levels": "the rulebook's levels", "ballot": "the rulebook's ballots",
    "group": "the ballot's groups", "item": "the rulebook's items", "numbers": "the rulebook's values",
    "earlier": "the rulebook's values", "earlier_grades": "the scale's grades", "grades": "the scale's grades",
    "begins": "a time of day", "ends": "a time of day, or a digest",
}  # fmt: skip


def plain(kind: type[Struct]) -> Iterator[str]:
    """Every field that can hold a string nobody marked."""
    for name, hint in fields(kind).items():
        flat = str(hint)
        if hint is str or "str" in flat.replace("struct", "") or get_origin(hint) is Literal:
            yield name
        for part in (hint, *get_args(hint), *(p for a in get_args(hint) for p in get_args(a))):
            if (
                isinstance(part, type)
                and issubclass(part, Struct)
                and name not in ("inputs", "results", "candidates", "places")
            ):
                yield from plain(part)


@pytest.mark.parametrize("name", FACTS)
def test_every_string_of_a_fact_is_marked_or_closed_by_its_own_check(name: str) -> None:
    """A new unmarked field must be marked, or named above with what closes it."""
    assert set(plain(FACTS[name])) <= set(CLOSED)


def test_decide_looks_at_every_fact_it_makes() -> None:
    world = reached("document_review").on(DAYS["site_inspection"])
    refused(
        world, inspection(world, observation=Words("联系 13800138000")), GROUP, "Personal", FIELD_TITLES["observation"]
    )
    refused(world, inspection(world, inspectors=("张三",)), GROUP, "Malformed", FIELD_TITLES["inspectors"])


def test_a_personal_refusal_is_of_consequence_and_does_not_repeat_what_was_written() -> None:
    world = reached("document_review").on(DAYS["site_inspection"])
    refusal = refused(world, inspection(world, observation=Words("联系 13800138000")), GROUP, "Personal")
    assert refusal.grave
    assert "13800138000" not in refusal.render("zh") + refusal.render("en")
    assert not Malformed.grave
    assert Personal.grave


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_written_and_read_back_the_same(name: str) -> None:
    fact = made(FACTS[name], (), "")
    assert msgspec.json.decode(msgspec.json.encode(fact), type=FACTS[name]) == fact


@pytest.mark.parametrize("act", ACTS)
def test_a_command_knows_no_field_beside_its_own(act: str) -> None:
    command = ACTS[act].command
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"surprise": 1}, command)
