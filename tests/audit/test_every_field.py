"""What an entry says besides its fact, and whether the fact is one: forged in every kind, every hash and seal made to agree.

The forger has the ledger's own key. `verify.py`, which knows no rulebook, and the replay must each name the very entry; where only
the rulebook can tell, the replay alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from audit.bundle import check, export, verify
from audit.replay import replay
from tests.audit import every_kind
from tests.audit.bundles import act_as
from tests.audit.copies import YEAR, Copy, better, score
from tests.audit.every_kind import Body
from tests.audit.test_sealed import OURS, having, key, row

Forge = Callable[[Body], object]


def say(**fields: object) -> Forge:
    return lambda entry: entry.update(fields)


def another_type(entry: Body) -> None:
    """A list where anything else was."""
    for name in list(entry["payload"])[:1]:
        entry["payload"][name] = [[]]


def without_a_field(entry: Body) -> None:
    for name in list(entry["payload"])[-1:]:
        del entry["payload"][name]


FIELDS: dict[str, Forge] = {
    "happened_at, a day early": lambda e: e.update(happened_at=e["happened_at"].replace("-30T", "-29T").replace("12-01T", "11-30T")),
    "happened_at, in other digits": lambda e: e.update(happened_at=e["happened_at"].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))),
    "happened_at, on no day": say(happened_at="2026-11-31T00:00:00Z"),
    "happened_at, a number": say(happened_at=1),
    "machine_clock, later than recorded": say(machine_clock="2026-12-02T00:00:00Z"),
    "machine_clock, in another zone": say(machine_clock="2026-11-30T08:00:00+00:00"),
    "machine_clock, a bool": say(machine_clock=False),
    "actor, another": say(actor="x-2"),
    "actor, a name": lambda e: act_as(e, "张三"),
    "actor, null": say(actor=None),
    "home, a name": say(home="教务处"),
    "home, a number": say(home=1),
    "home, empty": say(home=""),
    "principal, a name": say(principal="张三"),
    "principal, a number": say(principal=1),
    "principal_home, empty": say(principal_home=""),
    "principal_home, a name": say(principal_home="教务处"),
    "role, words": say(role="办公室 主任"),
    "role, null": say(role=None),
    "payload, a field more": lambda e: e["payload"].update(more=1),
    "payload, a field less": without_a_field,
    "payload, another type": another_type,
    "payload, a list": say(payload=[]),
    "version, true": lambda e: e.update(version=True) if e["version"] == 1 else e.update(version="1"),
    "v, true": say(v=True),
    "command, of another door": lambda e: e.update(command=e["command"].replace("program/", "clock/")),
    "kind, unknown": say(kind="Unknown"),
}  # fmt: skip


@pytest.fixture(scope="module")
def pin(ledger: Copy) -> str:
    digest, (id_, _) = next(iter(ledger.stored_rulebooks.items()))
    return f"{id_}@{digest}"


def each(pin: str, forge: Forge) -> Iterator[tuple[int, str, list[Body]]]:
    """For each kind: its number, its name, and all entries with the forged one."""
    sound = every_kind.bodies(pin)
    for at, entry in enumerate(sound):
        changed = deepcopy(entry)
        forge(changed)
        if repr(changed) != repr(entry):  # `true` is 1 to Python
            yield at + 1, entry["kind"], [*sound[:at], changed, *sound[at + 1 :]]


def test_one_entry_of_every_kind_is_in_the_form_the_document_gives_it(ledger: Copy, pin: str, tmp_path: Path) -> None:
    entries = every_kind.bodies(pin)
    export.export_ledger(every_kind.of(ledger, entries), YEAR, tmp_path / "b.zip")
    assert verify.check(str(tmp_path / "b.zip")).defects == []
    assert len(entries) > 60


@pytest.fixture(scope="module")
def already(ledger: Copy, pin: str) -> set[tuple[int | None, str]]:
    """What the replay finds of the entries as they are: that the rules allow none of them."""
    return {(one.number, one.code) for one in replay(every_kind.of(ledger, every_kind.bodies(pin))).defects}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_forged_in_any_kind_is_named_by_the_program_in_the_bundle_and_by_the_replay(
    ledger: Copy, pin: str, already: set[tuple[int | None, str]], tmp_path: Path, field: str
) -> None:
    """All kinds in one ledger, since neither stops at the first."""
    forged = [(number, entries[number - 1]) for number, _, entries in each(pin, FIELDS[field])]
    entries = every_kind.bodies(pin)
    for number, changed in forged:
        entries[number - 1] = changed
    changed_ledger = every_kind.of(ledger, entries)
    export.export_ledger(changed_ledger, YEAR, tmp_path / "b.zip")
    wanted = {number for number, _ in forged}
    assert len(wanted) > 50
    assert wanted - {one.number for one in verify.check(str(tmp_path / "b.zip")).defects} == set()
    assert (
        wanted - {one.number for one in replay(changed_ledger).defects if (one.number, one.code) not in already}
        == set()
    )


# What only the rules can tell


@pytest.fixture(scope="module")
def sealed(ledger: Copy) -> Copy:
    return resealed(ledger)


def resealed(ledger: Copy) -> Copy:
    """Sealed to its end, by its own key."""
    return having(ledger, seals=[row(ledger, len(ledger.rows))], keys=[key(OURS)], cosignatures=[])


def test_a_role_forged_in_any_kind_is_named_by_the_replay_of_a_bundle(sealed: Copy, tmp_path: Path) -> None:
    bodies, wanted = sealed.bodies(), {}
    for body in bodies:
        if body["kind"] not in wanted and body["role"] != "clock" and body["kind"] != "RefusedCommand":
            wanted[body["kind"]] = body["number"]
            body["role"] = "reader"
    export.export_ledger(resealed(sealed.rechained(1, bodies)), YEAR, tmp_path / "b.zip")
    outcome = check.check_bundle(tmp_path / "b.zip")
    assert len(wanted) >= 20
    assert {*wanted.values()} <= {one.number for one in outcome.defects}


def test_a_fail_made_excellent_and_signed_with_the_ledgers_own_key_is_not_sound(sealed: Copy, tmp_path: Path) -> None:
    def excellent(body: Body) -> None:
        score(body).update(grade="excellent", by_row="excellent", score="98", subtotal="98", adjustment="0", limits=[])

    for forge in (excellent, better, lambda body: score(body).update(score=98)):
        number = sealed.first("Scored")
        export.export_ledger(resealed(sealed.forged(number, forge)), YEAR, tmp_path / "b.zip")
        found = [one.number for one in check.check_bundle(tmp_path / "b.zip").defects]
        assert number in found


def test_a_finding_of_the_replay_is_left_out_only_where_the_same_entry_was_reported_for_the_same(
    sealed: Copy, tmp_path: Path
) -> None:
    first, second = [one["number"] for one in sealed.bodies() if one["kind"] == "Scored"][:2]
    bodies = sealed.bodies()
    bodies[first - 1]["payload"]["more"] = 1
    better(bodies[second - 1])
    export.export_ledger(resealed(sealed.rechained(1, bodies)), YEAR, tmp_path / "b.zip")
    found = [(one.number, one.code) for one in check.check_bundle(tmp_path / "b.zip").defects]
    assert [code for number, code in found if number == first] == ["form"]
    assert "score" in [code for number, code in found if number == second]


def test_happened_an_hour_early_is_found_by_the_program_where_no_day_says_it_and_by_the_replay_always(
    ledger: Copy, pin: str, tmp_path: Path
) -> None:
    entries = every_kind.bodies(pin)
    for body in entries:
        body["happened_at"] = body["happened_at"].replace("T08", "T07").replace("T16", "T15")
    export.export_ledger(every_kind.of(ledger, entries), YEAR, tmp_path / "b.zip")
    by_program = {one.number for one in verify.check(str(tmp_path / "b.zip")).defects}
    by_replay = {one.number for one in replay(every_kind.of(ledger, entries)).defects if one.code == "happened"}
    undated = {
        number
        for number, body in enumerate(entries, 1)
        if body["recorded_at"].startswith("2026-12-01T08") and body["happened_at"].startswith("2026-12-01")
    }
    assert by_program == undated
    assert by_replay == set(range(1, len(entries) + 1))


BY_PAGE: dict[str, tuple[Body, bool]] = {
    "as the account is": ({}, True),
    "as its holder": ({"role": "holder"}, True),
    "from a unit it had before": ({"home": "x-1"}, True),
    "in a role it never had": ({"role": "committee"}, False),
    "from a unit it never had": ({"home": "x-9"}, False),
    "from no unit": ({"home": None}, False),
}


@pytest.mark.parametrize("who", BY_PAGE)
def test_who_comes_by_a_page_acts_in_a_role_and_from_a_unit_the_account_had(
    ledger: Copy, pin: str, tmp_path: Path, who: str
) -> None:
    given, allowed = BY_PAGE[who]
    account = [
        every_kind.entry(kind, pin, at) for at, kind in enumerate(("AccountOpened", "RoleGranted", "AccountMoved"), 1)
    ]
    account[1]["payload"] = {"role": "office"}
    account[2]["payload"] = {"reason": "调动", "unit": "x-2"}
    year = every_kind.entry("YearOpened", pin, 1)
    by_page = {**every_kind.entry("ValueRead", pin, 1), "home": "x-2", "command": "web/x-1/read", **given}
    made = every_kind.of(ledger, [*account, year, by_page])
    export.export_ledger(made, YEAR, tmp_path / "b.zip")
    assert [one.code for one in verify.check(str(tmp_path / "b.zip")).defects] == ([] if allowed else ["account"])
    assert [one.number for one in replay(made).defects if one.code == "account"] == ([] if allowed else [5])


DEPUTIES: dict[str, tuple[Body, bool, bool]] = {
    "as was said": ({}, True, True),
    "in another role": ({"role": "committee"}, False, False),
    "for another account": ({"principal": "x-3"}, False, False),
    "for nobody, with a unit": ({"principal": None}, False, False),
    "by another account": ({"actor": "x-3", "command": "program/x-3/read"}, False, False),
    "of a unit that is not the principal's": ({"principal_home": "x-9"}, False, False),
    "of no unit": ({"principal_home": None}, False, False),
    "of the unit that the principal had before": ({"principal_home": "x-1"}, True, False),
    "of a unit that is not the deputy's": ({"home": "x-2"}, True, False),
    "after the period": ({"recorded_at": "2026-12-03T08:00:00Z", "happened_at": "2026-12-03T08:00:00Z"}, True, False),
}
"""What an entry of a deputy says, and whether the program in the bundle and the replay let it stand."""


@pytest.mark.parametrize("what", DEPUTIES)
def test_an_entry_of_a_deputy_stands_only_as_the_principal_said(
    ledger: Copy, pin: str, tmp_path: Path, what: str
) -> None:
    given, for_program, for_replay = DEPUTIES[what]
    assert replay_of_a_deputy(ledger, pin, tmp_path, given) == (for_program, for_replay)


@pytest.mark.parametrize("kind", ["RoleWithdrawn", "DeputyEnded", "AccountClosed"])
def test_an_entry_of_a_deputy_is_found_whose_right_had_ended(ledger: Copy, pin: str, tmp_path: Path, kind: str) -> None:
    assert replay_of_a_deputy(ledger, pin, tmp_path, {}, kind) == (True, False)


def replay_of_a_deputy(ledger: Copy, pin: str, folder: Path, given: Body, ended: str = "") -> tuple[bool, bool]:
    """Whether the program in the bundle and the replay find nothing wrong with the right to an entry of a deputy."""
    kinds = ("AccountOpened", "RoleGranted", "AccountMoved", "DeputyAppointed", *([ended] if ended else []))
    account = [every_kind.entry(kind, pin, at) for at, kind in enumerate(kinds, 1)]
    said = {"deputy": "x-2", "roles": ["office"], "since": "2026-12-01", "until": "2026-12-02"}
    for body, payload in zip(
        account[1:], ({"role": "office"}, {"reason": "调动", "unit": "x-2"}, said, None), strict=False
    ):
        body["payload"] = payload or body["payload"]
    if ended == "RoleWithdrawn":
        account[4]["payload"] = {"reason": "调动", "role": "office"}
    if ended == "DeputyEnded":
        account[4]["payload"] = {"deputy": "x-2"}
    deputy = {**every_kind.entry("AccountOpened", pin, 1), "stream": "account/x-2"}
    year = every_kind.entry("YearOpened", pin, 1)
    entry = every_kind.entry("ValueRead", pin, 1)
    entry |= {"actor": "x-2", "home": "x-1", "principal": "x-1", "principal_home": "x-2", "command": "program/x-2/read"}
    made = every_kind.of(ledger, [*account, deputy, year, entry | given])
    export.export_ledger(made, YEAR, folder / "b.zip")
    by_program = {one.code for one in verify.check(str(folder / "b.zip")).defects}
    assert by_program <= {"deputy"}
    return not by_program, "deputy" not in {one.code for one in replay(made).defects}
