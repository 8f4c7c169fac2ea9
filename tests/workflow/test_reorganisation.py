"""Units that change, through the engine, on both databases: what is opened, what is woken, what is left, and that a replay agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from audit.bundle.dossier import export_dossier
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.seals import keyfiles, sealing
from config.clock import VirtualClock
from config.rulebooks import Edition, default_edition
from scenarios import variant
from scheduler import rounds
from states.accounts.account import OpenAccount, UnitEnded
from states.assessment import Assessment
from states.cases.case import RecordCase
from states.cases.record import EnterRecord, ReviseRecord
from states.records.case import Sanction
from states.records.record import RecordedLine
from states.records.roster import Roster
from states.refusals import Impossible, SplitUnit, UnitRetired
from states.vocabulary import Actor, Command, Opaque, Words
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import ChangeUnit, NewName, RenameUnit
from storage.database.database import Database
from tests import honours
from tests.audit.bundles import bodies, content
from tests.audit.copies import Copy, find_defects
from tests.college import unit
from workflow import wiring
from workflow.reorganisation import final_year, open_items_of
from workflow.year import open_year, register

from .test_engine import OFFICE

WHY = Words("学校〔2026〕19号")
MARCH, NOVEMBER = date(2026, 3, 2), date(2026, 11, 5)


class College:
    """Four units on the roster, under "the unit now"; the year is opened when it is asked for."""

    def __init__(self, url: str, base: Edition | None = None) -> None:
        base = base or default_edition()
        edition = variant.variant_of(base, variant.StoryChanges(readings={"attribution": "unit_now"}), "test")
        self.clock = VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))
        self.engine = wiring.compose_engine(url, self.clock, edition)
        self._commands = 0
        register(self.engine, [unit(f"u{n}") for n in range(1, 5)], OFFICE)

    def do(self, stream: str, command: Command, actor: Actor = OFFICE) -> None:
        self._commands += 1
        self.engine.submit(stream, command, actor, f"t-{self._commands}")

    def ends(self, which: str, *successors: str, since: date = MARCH, last: int = 2025, **more: Any) -> None:
        self.do("roster", ReorganiseUnit(
            unit=Opaque(which), since=since, successors=tuple(map(Opaque, successors)), final_year=last, reason=WHY, **more,
        ))  # fmt: skip

    def opens(self) -> dict[str, str]:
        """What became of each unit when the year was opened for every unit of the roster: `opening`, or the refusal."""
        every = list(self.roster.assessed_in(2026))
        done = open_year(self.engine, 2026, every, OFFICE, lambda _day: True)
        return {stream.rpartition("/")[2]: "opening" for stream in done.opened}

    def case(self, which: str, of: str, now: str | None = None, **more: Any) -> None:
        sanction = Sanction(
            person=Opaque("p-1"),
            fields={"outcome": "demotion", "standing": "party_cadre"},
            effective_on=date(2026, 6, 1),
            document=WHY,
        )
        body = {"unit": Opaque(of), "unit_now": Opaque(now) if now else None, "sanctions": (sanction,)}
        self.do(f"case/{which}", RecordCase(**body, **more))

    def tick(self) -> None:
        rounds.run(self.engine, self.clock.now())

    def vetoes(self, of: str) -> tuple[str, ...]:
        state = self.engine.state(f"assessment/2026/{of}")
        assert isinstance(state, Assessment)
        return tuple(veto.id for veto in state.vetoes)

    @property
    def roster(self) -> Roster:
        state = self.engine.state("roster")
        assert isinstance(state, Roster)
        return state


@pytest.fixture
def college(url: str) -> Iterator[College]:
    made = College(url)
    with made.engine:
        yield made


def test_a_unit_that_ended_before_the_opening_is_not_opened_and_one_that_ended_after_is_gone_on_with(
    college: College,
) -> None:
    college.ends("u1", "u2")
    assert college.opens() == {"u2": "opening", "u3": "opening", "u4": "opening"}
    again = open_year(college.engine, 2026, [unit("u1")], OFFICE, lambda _day: True)
    assert isinstance(again.refused["assessment/2026/u1"], UnitRetired)
    college.clock.advance_to(datetime(2026, 11, 6, 1, tzinfo=UTC))
    college.ends("u3", "u2", since=NOVEMBER, last=final_year(college.engine, NOVEMBER))
    left = open_items_of(college.engine, "u3")
    assert [state.unit for state in left.running] == ["u3"]
    assert left.surplus == ()
    assert open_items_of(college.engine, "u2").is_nothing


def test_the_last_year_is_the_one_whose_round_had_begun(college: College) -> None:
    """第六条: by date, against the day the year was opened on."""
    assert final_year(college.engine, date(2026, 11, 2)) == 2025
    college.opens()
    assert [final_year(college.engine, date(2026, 11, day)) for day in (1, 2, 3)] == [2025, 2026, 2026]
    assert final_year(college.engine, date(2027, 1, 15)) == 2026


def test_an_assessment_of_a_later_year_is_told_of_as_one_to_withdraw(college: College) -> None:
    college.opens()
    college.ends("u1", "u2")
    left = open_items_of(college.engine, "u1")
    assert ([state.unit for state in left.surplus], left.running) == (["u1"], ())


def test_the_clock_raises_and_lifts_a_veto_as_its_unit_is_merged_and_restored(college: College) -> None:
    """Nothing is written into the case: the roster alone says who answers, and the clock looks at once."""
    college.case("c-1", "u1")
    college.opens()
    college.tick()
    assert (college.vetoes("u1"), college.vetoes("u2")) == (("case/c-1",), ())
    college.ends("u1", "u2")
    college.tick()
    assert (college.vetoes("u1"), college.vetoes("u2")) == ((), ("case/c-1",))
    college.do("roster", RestoreUnit(unit=Opaque("u1"), reason=WHY))
    college.tick()
    assert (college.vetoes("u1"), college.vetoes("u2")) == (("case/c-1",), ())


def test_a_case_recorded_after_the_merger_wakes_the_successor(college: College) -> None:
    college.ends("u1", "u2")
    college.ends("u2", "u3")
    college.opens()
    college.tick()
    college.case("c-1", "u1")
    college.tick()
    assert college.vetoes("u3") == ("case/c-1",)


def test_a_case_of_a_split_unit_is_refused_until_it_says_who_took_it_over(college: College) -> None:
    college.case("c-1", "u1")
    college.ends("u1", "u2", "u3")
    assert open_items_of(college.engine, "u1").cases == ("c-1",)
    with pytest.raises(SplitUnit):
        college.case("c-2", "u1")
    college.case("c-2", "u1", now="u3")
    college.opens()
    college.tick()
    assert (college.vetoes("u2"), college.vetoes("u3")) == ((), ("case/c-2",))


def test_a_record_of_a_split_unit_stays_open_until_it_says_who_took_it_over(url: str) -> None:
    college = College(url, honours.edition())
    with college.engine:
        line = RecordedLine(fields={"level": "city", "share": "joint"})
        honour = {"record": "honour", "unit": Opaque("u1"), "acted_on": date(2026, 2, 1), "lines": (line,)}
        college.do("record/e-1", EnterRecord(**honour), OFFICE)
        college.ends("u1", "u2", "u3")
        assert open_items_of(college.engine, "u1").records == ("e-1",)
        assert not open_items_of(college.engine, "u1").is_nothing
        college.do("record/e-1", ReviseRecord(**honour, unit_now=Opaque("u2"), reason=WHY), OFFICE)
        assert open_items_of(college.engine, "u1").records == ()


def test_nobody_is_put_into_a_unit_that_ended(college: College) -> None:
    college.ends("u1", "u2")
    system = Actor("sys", "system_admin")
    with pytest.raises(UnitEnded):
        college.do("account/a-1", OpenAccount(unit=Opaque("u1")), system)
    college.do("account/a-1", OpenAccount(unit=Opaque("u2")), system)


def test_a_roster_file_renames_no_unit(college: College) -> None:
    with pytest.raises(NewName) as refusal:
        register(college.engine, [type(unit("u1"))(**{**asdict(unit("u1")), "title": Words("改名学院")})], OFFICE)
    assert "部门更名" in refusal.value.render("zh")


def everything(college: College) -> None:
    """A roster that lived: renamed, merged, split, divided, restored, with cases and an opened year."""
    college.do("roster", RenameUnit(unit=Opaque("u4"), title=Words("数字学院"), since=MARCH, reason=WHY))
    college.do("roster", ChangeUnit(**{**asdict(unit("u4")), "title": Words("数字学院"), "staff": 21}))
    college.case("c-1", "u1")
    college.ends("u1", "u2", "u3")
    college.case("c-2", "u1", now="u2")
    college.ends("u4", "u3", continues=True)
    college.opens()
    college.ends("u3", "u2", since=date(2026, 11, 2), last=2026)
    college.do("roster", RestoreUnit(unit=Opaque("u3"), reason=WHY))
    college.tick()


def test_a_replay_of_units_that_changed_finds_no_defect_and_each_forgery(college: College, url: str) -> None:
    everything(college)
    with Database.open(url, read_only=True) as database:
        copy = Copy.of(DatabaseReader(database))
    assert replay(copy).defects == ()
    for kind, change, code in (
        ("UnitReorganised", lambda b: b["payload"].update(successors=["u1"]), "refused"),
        ("UnitReorganised", lambda b: b["payload"].update(final_year=2019), "refused"),
        ("UnitReorganised", lambda b: b["payload"].update(since="2031-01-01"), "refused"),
        ("UnitReorganised", lambda b: b.update(role="unit"), "entitled"),
        ("UnitRenamed", lambda b: b["payload"].update(since="2031-01-01"), "refused"),
        ("UnitRestored", lambda b: b["payload"].update(unit="u2"), "refused"),
    ):
        number = copy.first(kind)
        assert (number, code) in find_defects(copy.forged(number, change)), (kind, code)


def test_a_merger_that_was_forged_away_leaves_a_veto_that_does_not_follow(college: College, url: str) -> None:
    college.case("c-1", "u1")
    college.ends("u1", "u2")
    college.opens()
    college.tick()
    with Database.open(url, read_only=True) as database:
        copy = Copy.of(DatabaseReader(database))
    assert replay(copy).defects == ()
    forged = copy.forged(copy.first("UnitReorganised"), lambda b: b["payload"].update(successors=["u3"]))
    assert (copy.first("VetoRaised"), "refused") in find_defects(forged)


def test_a_dossier_has_the_cases_of_the_units_that_were_taken_over(college: College, url: str, tmp_path: Path) -> None:
    college.case("c-1", "u1")
    college.ends("u1", "u2")
    college.opens()
    key = tmp_path / "seal.key"
    sealing.create_key(key, "college.example/kaohe")
    with Database.open(url) as database:
        sealing.Sealer(database, key).seal(college.clock.now())
        for of in ("u2", "u3"):
            path = tmp_path / f"{of}.zip"
            export_dossier(DatabaseReader(database), f"assessment/2026/{of}", path, keyfiles.read(key))
    streams = {
        of: {json.loads(body)["stream"] for body in bodies(content(tmp_path / f"{of}.zip"))} for of in ("u2", "u3")
    }
    assert "case/c-1" in streams["u2"]
    assert "case/c-1" not in streams["u3"]


def test_a_refused_reorganisation_changes_nothing(college: College) -> None:
    before = college.roster
    with pytest.raises(Impossible):
        college.ends("u1", "u1", "u9", last=2001)
    assert college.roster == before
