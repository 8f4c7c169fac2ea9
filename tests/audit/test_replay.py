"""The replay finds everything that was done to a ledger, names the entry, and finds nothing where nothing was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import cycle
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.defect_sentences import SENTENCES
from audit.replay import replay
from audit.report import Report
from states.assessment import Assessment
from states.records.case import Case
from states.records.routine_check import RoutineCheck
from states.stream_kinds import State, fold, initial_state
from storage.ledger.chain import GENESIS, StoredEntry, decode
from storage.ledger.facts import fact_of
from storage.ledger.projection import AGENDA, assessment_row, record_row, routine_check_row
from tests.audit.copies import EVERY, Body, Copy, better, find_defects


def test_a_sound_ledger_has_no_defect(ledger: Copy) -> None:
    report = replay(ledger)
    assert report.defects == ()
    assert report.ok
    assert report.entries == len(ledger.rows)
    assert report.streams == len({row[1] for row in ledger.rows})


def test_a_quick_replay_of_a_sound_ledger_has_no_defect(ledger: Copy) -> None:
    assert replay(ledger, quick=True).ok


def test_an_empty_ledger_has_no_defect() -> None:
    assert replay(Copy([], [], {}, (0, GENESIS, None))) == Report(0, 0, ())


def test_progress_is_told_how_many_entries_were_read(ledger: Copy) -> None:
    told: list[int] = []
    replay(ledger, told.append)
    assert told == [len(ledger.rows)]


# What was done to the bytes


@EVERY
@given(data=st.data())
def test_any_flipped_byte_of_a_body_is_found_at_its_entry(ledger: Copy, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(ledger.rows)))
    body = bytearray(ledger.rows[number - 1][4].encode())
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    defects = find_defects(ledger.with_body(number, bytes(body)))
    assert (number, "digest") in defects
    assert min(n for n, _ in defects if n) == number


def test_every_flipped_byte_of_one_body_is_found(ledger: Copy) -> None:
    """Its lowest bit, its highest, or all of them, in turn."""
    number = ledger.first("AssessmentOpened")
    short = ledger.rechained(1, ledger.bodies()[: number + 1]).changed(projected=[])
    body = short.rows[number - 1][4].encode()
    for at, mask in zip(range(len(body)), cycle((0x01, 0x80, 0xFF)), strict=False):
        flipped = body[:at] + bytes([body[at] ^ mask]) + body[at + 1 :]
        assert (number, "digest") in find_defects(short.with_body(number, flipped))


@EVERY
@given(data=st.data())
def test_a_dropped_entry_is_one_gap(ledger: Copy, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(ledger.rows)))
    defects = find_defects(ledger.changed(rows=ledger.rows[: number - 1] + ledger.rows[number:]))
    assert [d for d in defects if d[1] in ("missing", "link", "head", "order", "digest")] == [(number, "missing")]


@EVERY
@given(data=st.data())
def test_swapped_entries_are_found(ledger: Copy, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(ledger.rows) - 1))
    second = data.draw(st.integers(first + 1, len(ledger.rows)))
    rows = list(ledger.rows)
    rows[first - 1], rows[second - 1] = rows[second - 1], rows[first - 1]
    assert (first, "missing") in find_defects(ledger.changed(rows=rows))


@EVERY
@given(data=st.data())
def test_entries_whose_contents_were_exchanged_are_found(ledger: Copy, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(ledger.rows) - 1))
    second = data.draw(st.integers(first + 1, len(ledger.rows)))
    one, other = ledger.rows[first - 1], ledger.rows[second - 1]
    exchanged = ledger.with_row(first, (first, *other[1:])).with_row(second, (second, *one[1:]))
    defects = find_defects(exchanged)
    assert {(first, "columns"), (first, "link"), (second, "columns")} <= set(defects)


@EVERY
@given(data=st.data())
def test_a_duplicated_entry_is_found_and_not_used(ledger: Copy, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(ledger.rows)))
    again = data.draw(st.integers(number, len(ledger.rows)))
    row = ledger.rows[number - 1]
    assert find_defects(ledger.changed(rows=[*ledger.rows[:again], row, *ledger.rows[again:]])) == [(number, "order")]


@EVERY
@given(data=st.data())
def test_an_edit_with_its_own_digest_made_again_breaks_the_next_link(ledger: Copy, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(ledger.rows)))
    forged = ledger.forged(number, lambda body: body.update(command=body["command"] + ".forged"))
    defects = find_defects(ledger.with_row(number, forged.rows[number - 1]))
    last = number == len(ledger.rows)
    assert defects == [(number, "head") if last else (number + 1, "link")]


@EVERY
@given(data=st.data())
def test_an_edited_column_is_found(ledger: Copy, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(ledger.rows)))
    at = data.draw(st.integers(1, 3))
    row: list[Any] = list(ledger.rows[number - 1])
    row[at] = {1: "roster", 2: 77, 3: "ScoreReturned"}[at]
    if row[at] != ledger.rows[number - 1][at]:
        assert find_defects(ledger.with_row(number, tuple(row))) == [(number, "columns")]


def test_an_edited_digest_is_found_at_its_entry_and_at_the_next_link(ledger: Copy) -> None:
    row = ledger.rows[9]
    assert find_defects(ledger.with_row(10, (*row[:5], "0" * 64))) == [(10, "digest"), (11, "link")]


def test_bytes_that_are_no_text_are_found(ledger: Copy) -> None:
    assert (5, "unreadable") in find_defects(ledger.with_body(5, b"\xff\xfe"))


def test_a_body_that_is_not_canonical_is_found(ledger: Copy) -> None:
    body = ledger.rows[4][4].replace('"actor":', '"actor": ', 1)
    forged = rehashed(ledger, 5, body.encode())
    assert find_defects(forged) == [(5, "form")]


@pytest.mark.parametrize("zone", ["", "+00:00", "+08:00"])
def test_a_time_that_is_not_written_in_utc_is_found(ledger: Copy, zone: str) -> None:
    last = len(ledger.rows)
    body = json.loads(ledger.rows[-1][4])
    body["happened_at"] = body["happened_at"].replace("Z", zone)
    raw = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    moved = [(last, "happened")] if zone == "+08:00" else []
    assert find_defects(rehashed(ledger, last, raw)) == [(last, "form"), *moved]


def rehashed(ledger: Copy, number: int, raw: bytes) -> Copy:
    """One body replaced byte for byte; what follows is linked to it again."""
    body = json.loads(raw)
    rest = ledger.forged(number, lambda b: b.update(body))
    digest = sha256(raw).hexdigest()
    row = (number, body["stream"], body["version"], body["kind"], raw.decode(), digest)
    done = rest.with_row(number, row)
    if number == len(ledger.rows):
        return done.changed(end=(number, digest, body["recorded_at"]))
    tail = done.bodies(number + 1)
    return Copy.rechained(done, number + 1, tail)


# What was done to what stands beside the ledger


@EVERY
@given(data=st.data())
def test_an_edited_projection_is_found(ledger: Copy, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ledger.projected) - 1))
    row = ledger.projected[at][1]
    column = data.draw(st.sampled_from(sorted(set(row) - {"stream", AGENDA})))
    other = {bool: not row[column], int: 4711, str: "edited", type(None): "edited"}[type(row[column])]
    report = replay(ledger.with_projection(at, **{column: other}))
    assert [(d.stream, d.code) for d in report.defects] == [(row["stream"], "projection")]
    assert column in report.defects[0].en


def test_a_command_id_taken_away_given_to_another_or_planted_is_found(ledger: Copy) -> None:
    """Asked again under such an id, something would be done twice, or pass for done."""
    ids = ledger.named()
    first, second = ids[0], ids[1]
    assert find_defects(ledger.changed(ids=ids[1:])) == [(first[1], "command")]
    swapped = [(first[0], *second[1:]), (second[0], *first[1:]), *ids[2:]]
    assert find_defects(ledger.changed(ids=swapped)) == [(first[1], "command"), (second[1], "command")]
    for planted in ((first[1], first[2]), (first[1], second[2]), (9999, 9999), (0, 0)):
        assert find_defects(ledger.changed(ids=[*ids, ("planted", *planted)])) == [(None, "command_surplus")]
    refused = ledger.first("RefusedCommand")
    assert find_defects(ledger.changed(ids=[*ids, ("planted", refused, refused)])) == [(None, "command_surplus")]


def test_a_missing_projection_is_found(ledger: Copy) -> None:
    stream = ledger.projected[0][1]["stream"]
    (defect,) = replay(ledger.changed(projected=ledger.projected[1:])).defects
    assert (defect.stream, defect.code) == (stream, "projection_missing")


def test_a_projection_of_nothing_is_found(ledger: Copy) -> None:
    table, row = ledger.projected[0]
    surplus = (table, {**row, "stream": "assessment/2026/nobody"})
    (defect,) = replay(ledger.changed(projected=[*ledger.projected, surplus])).defects
    assert (defect.stream, defect.code) == ("assessment/2026/nobody", "projection_surplus")


def test_a_projection_put_back_to_an_earlier_state_is_found(ledger: Copy) -> None:
    number = ledger.first("MeetingHeld")
    early = ledger.rechained(1, ledger.bodies()[:number])
    stream = early.rows[-1][1]
    at = next(i for i, (_, row) in enumerate(ledger.projected) if row["stream"] == stream)
    row = {**ledger.projected[at][1], "number": number, "version": early.rows[-1][2], "stage": "meeting"}
    row |= {"score": None, "grade": None, "vetoed": False}
    (defect,) = replay(ledger.with_projection(at, **row)).defects
    assert (defect.stream, defect.code) == (stream, "projection")


def test_a_projection_put_back_to_where_its_assessment_seemed_over_is_found(ledger: Copy) -> None:
    """What is finished is let go of when its row says so; here entries follow, and it is read once more."""
    at, row = next((i, row) for i, (table, row) in enumerate(ledger.projected) if row.get("stage") == "circulation")
    stream = row["stream"]
    first = min(r[0] for r in ledger.rows if r[1] == stream and r[3] == "Circulated")
    assert first < max(r[0] for r in ledger.rows if r[1] == stream)
    (defect,) = replay(ledger.with_projection(at, number=first)).defects
    assert (defect.stream, defect.code) == (stream, "projection")
    assert f"number is {first}, should be {row['number']}" in defect.en


@EVERY
@given(data=st.data())
def test_an_edited_rulebook_is_found_and_not_used(ledger: Copy, data: st.DataObject) -> None:
    ((digest, (id_, source)),) = ledger.stored_rulebooks.items()
    at = data.draw(st.integers(0, len(source) - 1))
    edited = source[:at] + ("x" if source[at] != "x" else "y") + source[at + 1 :]
    assert find_defects(ledger.changed(stored_rulebooks={digest: (id_, edited)})) == [
        (None, "rulebook"),
        (1, "rulebook_missing"),
    ]


def test_a_rulebook_under_another_id_is_found(ledger: Copy) -> None:
    ((digest, (_, source)),) = ledger.stored_rulebooks.items()
    assert find_defects(ledger.changed(stored_rulebooks={digest: ("other", source)})) == [
        (None, "rulebook"),
        (1, "rulebook_missing"),
    ]


def test_a_rulebook_that_cannot_be_read_is_found(ledger: Copy) -> None:
    kept = {**ledger.stored_rulebooks, sha256(b"no = rulebook").hexdigest(): ("no", "no = rulebook")}
    assert find_defects(ledger.changed(stored_rulebooks=kept)) == [(None, "rulebook")]


def test_a_rulebook_that_is_gone_is_told_once_and_the_rest_is_still_checked(ledger: Copy) -> None:
    without = ledger.changed(stored_rulebooks={}).with_projection(0, stage="approval")
    assert [code for _, code in find_defects(without)] == ["rulebook_missing", "projection"]


@pytest.mark.parametrize(("at", "value"), [(1, "0" * 64), (2, "2026-01-01T00:00:00Z"), (0, 3)])
def test_an_edited_head_is_found(ledger: Copy, at: int, value: Any) -> None:
    assert ledger.end
    end = [*ledger.end[:at], value, *ledger.end[at + 1 :]]
    assert find_defects(ledger.changed(end=tuple(end))) == [(len(ledger.rows), "head")]


def test_a_head_that_is_gone_is_found(ledger: Copy) -> None:
    assert find_defects(ledger.changed(end=None)) == [(len(ledger.rows), "head")]


def test_entries_cut_off_the_end_are_found(ledger: Copy) -> None:
    size = len(ledger.rows)
    defects = replay(ledger.changed(rows=ledger.rows[: size - 3])).defects
    assert [(d.number, d.en) for d in defects if d.code == "missing"] == [
        (size - 2, f"Entries {size - 2} to {size} are missing.")
    ]


@pytest.mark.parametrize("said", [(5, 6), (0, 0), (-5, -5), ("x", "x"), (None, None)])
def test_a_row_of_the_table_of_commands_that_has_no_form_is_found(ledger: Copy, said: Any) -> None:
    """SQLite holds what it is given."""
    assert find_defects(ledger.changed(ids=[*ledger.named(), ("planted", *said)])) == [(None, "command_surplus")]


@pytest.mark.parametrize("number", [-(10**9), 0, 10**9])
def test_a_body_that_gives_itself_another_number_is_found(ledger: Copy, number: int) -> None:
    last = len(ledger.rows)
    body = {**ledger.bodies(last)[0], "number": number}
    raw = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    row = (*ledger.rows[-1][:4], raw.decode(), sha256(raw).hexdigest())
    end = (last, row[5], ledger.end[2]) if ledger.end else None
    defects = find_defects(ledger.with_row(last, row).changed(end=end))
    assert defects[0] == (last, "columns")
    assert {code for _, code in defects} <= {"columns", "projection"}


# A ledger that is written while it is read


class Growing(Copy):
    """A reader of a ledger to which somebody adds entries between the rows and the entries, and at the end."""

    def __init__(self, sound: Copy, early: Copy, seen: int) -> None:
        super().__init__(sound.rows, early.projected, sound.stored_rulebooks, sound.end)
        self._early, self._seen, self._heads = early, seen, 0

    def head(self) -> Any:
        self._heads += 1
        return self._early.end if self._heads == 1 else self.end

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        return (row for row in self.rows if after < row[0] and (after or row[0] <= self._seen))


def test_a_ledger_that_grows_while_it_is_read_has_no_defect(ledger: Copy) -> None:
    """The projections were read at entry 120, the entries first up to 200, and then to the end."""
    early = ledger.rechained(1, ledger.bodies()[:120])
    assert early.rows == ledger.rows[:120]
    early = early.changed(projected=list(projections_of(early)))
    growing = Growing(ledger, early, 200)
    report = replay(growing)
    assert report.defects == ()
    assert report.entries == len(ledger.rows)


def projections_of(ledger: Copy) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows this ledger makes, by the same functions the engine uses."""
    states: dict[str, tuple[State, int]] = {}
    for row in ledger.rows:
        entry = decode(row[4])
        before = states.get(entry.stream, (initial_state(entry.stream), 0))[0]
        states[entry.stream] = fold(before, fact_of(entry), entry), entry.number
    for state, number in states.values():
        if isinstance(state, Assessment):
            yield "assessment", assessment_row(state, number, datetime(1970, 1, 1, tzinfo=UTC))
        elif isinstance(state, Case):
            yield "record", record_row(state, number)
        elif isinstance(state, RoutineCheck):
            yield "routine_check", routine_check_row(state, number, datetime(1970, 1, 1, tzinfo=UTC))


# What is told


def test_every_defect_is_told_in_both_languages(ledger: Copy) -> None:
    number = ledger.first("Scored")
    report = replay(ledger.forged(number, better))
    zh, en = report.lines("zh"), report.lines("en")
    assert zh[-1].startswith(f"复核 {report.entries} 条台账记录")
    assert en[-1].startswith(f"{report.entries} entries in {report.streams} streams replayed")
    assert en[2].startswith(f"entry {number} assessment/")
    assert zh[2].startswith(f"第 {number} 号 assessment/")
    assert "原样保留" in zh[-2], "what to do next stands before the verdict"
    assert "keep it as it is" in en[-2]
    assert len(zh) == len(en) == 4 + len(report.defects)


def test_what_a_replay_cannot_vouch_for_is_said_first_and_no_defect_only_where_there_is_none(ledger: Copy) -> None:
    sound, broken = replay(ledger), replay(ledger.changed(end=None))
    narrowed = broken.select(1, 1, lambda _stream: False).select(2, 2, lambda stream: stream == "roster")
    for language, none in (("zh", "无缺陷"), ("en", "no defect")):
        for report in (sound, broken, narrowed):
            lines = report.lines(language)
            assert lines[:2] == [one.render(language) for one in report.caveats()]
            assert [none in line for line in lines] == [False] * (len(lines) - 1) + [report is sound]
    assert "no seal vouches for it" in sound.lines("en")[-1]
    assert list(sound.as_json())[:3] == ["vouched", "not_vouched", "defects"]


def test_the_report_is_plain_data(ledger: Copy) -> None:
    told = json.loads(json.dumps(replay(ledger.changed(end=None)).as_json()))
    assert told["ok"] is False
    assert set(told) == {"ok", "entries", "streams", "vouched", "not_vouched", "defects", "left_out"}
    assert set(told["vouched"]) == {
        "seals", "sealed", "witnessed", "witnesses", "unsealed", "elsewhere", "unopened", "keys", "claimed",
    }  # fmt: skip
    assert set(told["defects"][0]) == {"number", "stream", "code", "zh", "en"}


def test_every_sentence_says_the_same_in_both_languages() -> None:
    for code, said in SENTENCES.items():
        names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (said.zh, said.en)]
        assert names[0] == names[1], code


def test_a_clock_that_ran_behind_is_no_defect(ledger: Copy) -> None:
    """The time of the entry before is kept and the reading is recorded beside it: the decision was made by it."""
    bodies = ledger.bodies()
    number = next(b["number"] for b in bodies if b["kind"] == "MeetingHeld" and b["recorded_at"] == before(bodies, b))
    at = datetime.fromisoformat(bodies[number - 1]["recorded_at"]).astimezone(UTC)
    read = (at - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert find_defects(ledger.forged(number, lambda b: b.update(machine_clock=read))) == []


def before(bodies: list[Body], body: Body) -> str:
    recorded_at: str = bodies[body["number"] - 2]["recorded_at"]
    return recorded_at
