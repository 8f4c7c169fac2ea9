"""The loader: an edition is read whole or refused with every fault, its file, its key and a sentence."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from config.rulebooks import (
    DEFAULT_EDITION_ID,
    FileFault,
    RulebookFault,
    load_edition,
    parse_edition,
    shipped_editions,
)
from states.rulebook.clauses import cite
from states.rulebook.measure_in_words import measure_in_words
from states.rulebook.questions import questions
from tests.config.broken import ALL, GRADES, NUMBERS, SUMS, Broken

FILE = shipped_editions()[DEFAULT_EDITION_ID]
TEXT = FILE.read_text(encoding="utf-8")


def faults(source: bytes) -> tuple[FileFault, ...]:
    with pytest.raises(RulebookFault) as refused:
        parse_edition(source, "broken.toml")
    return refused.value.faults


def test_each_way_to_break_a_rulebook_has_a_name_of_its_own() -> None:
    assert len({b.name for b in ALL}) == len(ALL)


@pytest.mark.parametrize("broken", ALL, ids=lambda b: b.name)
def test_a_broken_rulebook_is_refused_with_file_key_and_sentence(broken: Broken) -> None:
    assert broken.of(TEXT) != TEXT.encode()
    found = faults(broken.of(TEXT))
    assert {f.file for f in found} == {"broken.toml"}
    at_key = [f for f in found if f.key == broken.key]
    assert any(broken.zh in f.zh and broken.en in f.en for f in at_key), found


@pytest.mark.parametrize("broken", ALL, ids=lambda b: b.name)
def test_no_fault_is_left_in_the_checker_s_own_words(broken: Broken) -> None:
    for fault in faults(broken.of(TEXT)):
        assert "不合要求" not in fault.zh
        assert "Input should" not in fault.en


def test_every_fault_is_told_not_only_the_first() -> None:
    text = TEXT
    for broken in (SUMS[2], NUMBERS[0]):
        text = broken.of(text).decode()
    assert {f.key for f in faults(text.encode())} == {SUMS[2].key, NUMBERS[0].key}


def test_misfits_between_parts_are_told_together() -> None:
    text = GRADES[0].of(TEXT).decode().replace('due = "12-15"', 'due = "12-25"')
    keys = {f.key for f in faults(text.encode())}
    assert keys == {"scale.unit", "stage.site_inspection.due"}


def test_a_refused_rulebook_speaks_both_languages_line_by_line() -> None:
    with pytest.raises(RulebookFault) as refused:
        parse_edition(GRADES[0].of(TEXT), "broken.toml")
    assert refused.value.render("zh").splitlines()[0] == "办法文件有 1 处错误，未启用："
    assert (
        refused.value.render("zh")
        .splitlines()[1]
        .startswith("- broken.toml: scale.unit: graded_by = 69.5 时没有一行成立")
    )
    assert refused.value.render("en").splitlines()[0] == "The rulebook is not used; faults found: 1"
    assert (
        refused.value.render("en")
        .splitlines()[1]
        .startswith("- broken.toml: scale.unit: no row holds for graded_by = 69.5")
    )


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(RulebookFault) as refused:
        load_edition(tmp_path / "none.toml")
    (fault,) = refused.value.faults
    assert fault.file == str(tmp_path / "none.toml")
    assert (fault.key, "无法读取" in fault.zh, "cannot be read" in fault.en) == ("", True, True)


def test_a_folder_is_no_rulebook(tmp_path: Path) -> None:
    with pytest.raises(RulebookFault, match="cannot be read"):
        load_edition(tmp_path)


def test_a_file_in_no_encoding_says_which_were_tried() -> None:
    (fault,) = faults(b"\xff\xff" + TEXT.encode())
    assert "GB18030" in fault.zh
    assert "UTF-16" in fault.en


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_an_edition_saved_again_by_a_program_on_windows_is_the_same_edition(encoding: str) -> None:
    """A mark, another encoding or CRLF changes neither what it says nor its digest, by which it is pinned."""
    own = parse_edition(TEXT.encode(), "own")
    again = parse_edition(TEXT.replace("\n", "\r\n").encode(encoding), "again")
    assert (again.pin, again.source) == (own.pin, TEXT)


@pytest.mark.parametrize(
    "source", [b"", b"\x00", b"\xef\xbb\xbfformat = 1", b"[" * 5000, b"a = [" * 5000, b"format = 1"]
)
def test_whatever_the_bytes_nothing_but_a_rulebook_fault_comes_out(source: bytes) -> None:
    assert faults(source)


@pytest.mark.parametrize("at", range(0, TEXT.count("\n"), 61))
def test_a_rulebook_that_lost_a_line_is_read_or_refused_and_nothing_else(at: int) -> None:
    lines = TEXT.splitlines(keepends=True)
    refused: tuple[FileFault, ...] = ()
    try:
        parse_edition("".join(lines[:at] + lines[at + 1 :]).encode(), "broken.toml")
    except RulebookFault as told:
        refused = told.faults
    assert all(f.zh and f.en for f in refused)


def test_an_edition_is_pinned_by_the_digest_of_its_bytes() -> None:
    edition = load_edition(FILE)
    assert edition.digest == sha256(FILE.read_bytes()).hexdigest()
    assert edition.pin == f"liuzhou-2021@{edition.digest}"
    assert edition.source.encode() == FILE.read_bytes()


def test_one_changed_comment_is_another_edition() -> None:
    assert parse_edition(f"{TEXT}# \n".encode(), "x").pin != load_edition(FILE).pin


def test_a_kept_edition_is_read_from_its_source_as_from_its_file() -> None:
    edition = load_edition(FILE)
    assert parse_edition(edition.source.encode(), "database") == edition


def test_every_shipped_file_is_named_after_the_edition_in_it() -> None:
    assert {load_edition(path).rulebook.id: path for path in shipped_editions().values()} == shipped_editions()
    assert DEFAULT_EDITION_ID in shipped_editions()


def test_an_edition_with_an_alternative_that_would_not_load_is_found_before_it_is_first_used() -> None:
    """The alternative is not chosen, so the file loads; on the day on which somebody chooses it, it would not."""
    text = TEXT.replace('means = "unit_now"', 'means = "unit_then"')
    assert parse_edition(text.encode(), "broken.toml")
    with pytest.raises(RulebookFault) as refused:
        parse_edition(text.encode(), "broken.toml", under_every_reading=True)
    faults = refused.value.faults
    assert {fault.key for fault in faults} == {"reading.attribution.alternative.unit_now"}
    fault = next(one for one in faults if "item-5" in one.en)
    assert "with unit_now this rulebook would not load: ladder.item-5.answers cannot be 'unit_then'" in fault.en
    assert "如果选 unit_now，这份办法不能使用：ladder.item-5.answers 不能是 'unit_then'" in fault.zh


def test_the_shipped_edition_can_be_used_under_every_alternative() -> None:
    assert load_edition(FILE, under_every_reading=True) == load_edition(FILE)


def test_a_rulebook_without_a_reading_that_the_program_follows_has_our_default() -> None:
    """It is said in words like any other, and asked of the institution."""
    start = TEXT.index('[[reading]]\nkey = "open_cases"')
    without = TEXT[:start] + TEXT[TEXT.index("[[reading]]", start + 1) :]
    rulebook = parse_edition(without.encode(), "shorter.toml").rulebook
    assert rulebook.readings["open_cases"].value == "mark"
    assert "open_cases" not in {reading.key for reading in rulebook.reading}
    (line,) = [line for line in measure_in_words(rulebook) if line.location == "reading.open_cases"]
    assert cite(line.clause).en == "our default"
    (question,) = [one for one in questions(rulebook.readings.values()) if one.key == "open_cases"]
    assert set(question.answers) == {"mark", "block"}


MEASURES = sorted((Path(__file__).parents[1] / "measures").glob("*.toml"))


@pytest.mark.parametrize("file", MEASURES, ids=lambda file: file.stem)
def test_an_invented_measure_is_a_whole_rulebook_under_every_reading(file: Path) -> None:
    edition = load_edition(file, under_every_reading=True)
    assert edition.rulebook.id == file.stem


def test_the_key_in_which_a_rulebook_keeps_where_its_readings_stood_is_not_for_files() -> None:
    found = faults(TEXT.replace("format = 1\n", "format = 1\nreading_locations = {}\n", 1).encode())
    assert {fault.key for fault in found} == {"reading_locations"}


def test_a_deadline_that_the_clock_must_count_is_refused_if_the_clock_may_not_set_it() -> None:
    due, given = 'due = { days = 30, roll = "stay" }', 'by = ["office", "leading_group", "clock"]'
    command = TEXT.partition('command = "move_deadline"')[2]
    assert due in TEXT
    assert command.partition("by = ")[2].startswith(given.removeprefix("by = "))
    counted = TEXT.replace(due, "due = { working_days = 30 }")
    assert parse_edition(counted.encode(), "counted.toml").rulebook.tasks["talk"].due
    before, _, after = counted.partition('command = "move_deadline"')
    told = faults((before + 'command = "move_deadline"' + after.replace(given, 'by = ["office"]', 1)).encode())
    assert [fault.key for fault in told] == ["notice_days", "task.talk.due"]
    assert "count this deadline by the calendar: add clock to `by`" in told[1].en


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("at_least = 60, below = 70", "at_least = 60, below = 69.5", "scale.unit"),
        ('of = ["total"]', 'of = ["totel"]', "value.graded_by"),
        ('points = 24\nclause = "附件1 1"\n', 'points = 23\nclause = "附件1 1"\n', "form.annex-1.item.a1-1"),
    ],
)
def test_a_fault_of_the_results_hides_none_of_a_task(old: str, new: str, key: str) -> None:
    before, _, talk = TEXT.replace(old, new).partition('[[task]]\nkey = "talk"\n')
    assert TEXT.count(old) == 1
    assert 'of = "grade"' in talk
    talk = talk.replace('by = ["discipline"]', 'by = ["dean"]', 1).replace('of = "grade"', 'of = "grdae"', 1)
    found = {fault.key for fault in faults(f'{before}[[task]]\nkey = "talk"\n{talk}'.encode())}
    assert {key, "task.talk.by", "task.talk"} <= found
