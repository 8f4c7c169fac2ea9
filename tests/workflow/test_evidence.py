"""The folder of evidence: what it takes in, within its room, also when several people of the department add at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest

from config.rulebooks import default_edition
from states.assessment import Assessment
from states.guards import MAX_PER_ELEMENT
from states.refusals import NotKnown, Refusal
from storage.database.database import Database
from storage.papers import documents, evidence
from storage.papers.evidence import EvidenceDetails
from workflow.evidence import DocumentGone, ElementFull, EvidenceFolder, NotNowCollected, QuotaExceeded

FORM = next(iter(default_edition().rulebook.forms_by_kind.values()))
FIRST, SECOND = list(FORM.elements)[:2]
NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
KB = 2**10
PDF = "application/pdf"

Open = Callable[..., EvidenceFolder]


@pytest.fixture
def folder(database: Database) -> Open:
    """The folder of u-1 in a year, with room for `quota` bytes."""

    def open_(quota: int = 100 * KB, year: int = 2026) -> EvidenceFolder:
        return EvidenceFolder(
            database=database, year=year, unit="u-1", state=Assessment(), form=FORM, quota=quota, account="a-1",
            now=NOW, today=date(2026, 6, 1),
        )  # fmt: skip

    return open_


def add(folder: EvidenceFolder, name: str, size: int = KB, element: str = FIRST, note: str = "") -> None:
    folder.add(element, name.encode().ljust(size, b"."), PDF, EvidenceDetails(name=name, note=note))


def names(folder: EvidenceFolder) -> list[str]:
    return [one.name for one in evidence.collected(folder.database, folder.year, folder.unit)]


def test_a_document_that_is_under_the_element_already_counts_once_and_gets_the_new_note(folder: Open) -> None:
    full = folder(quota=2 * KB)
    for name in ("一", "二"):
        add(full, name)
    add(full, "一", note="更正")
    add(full, "一", element=SECOND)
    files = evidence.collected(full.database, 2026, "u-1")
    assert evidence.used_bytes(files) == 2 * KB
    assert {one.details.note for one in files if one.details and (one.element, one.name) == (FIRST, "一")} == {"更正"}
    with pytest.raises(QuotaExceeded, match=r"“三”.*0\.0 MB"):
        add(full, "三")


def test_an_element_takes_fifty_documents_and_one_of_them_again(folder: Open) -> None:
    full = folder(quota=2**20)
    for number in range(MAX_PER_ELEMENT):
        add(full, str(number), 10)
    add(full, "0", 10, note="再次上传")
    with pytest.raises(ElementFull, match="最多 50 份"):
        add(full, "第五十一份", 10)
    add(full, "第五十一份", 10, element=SECOND)
    assert len(names(full)) == MAX_PER_ELEMENT + 1


def test_what_is_refused_is_not_stored(folder: Open) -> None:
    with pytest.raises(QuotaExceeded):
        add(folder(quota=KB), "大", 2 * KB)
    assert documents.all_sizes(folder().database) == {}
    assert names(folder()) == []


def test_two_people_who_add_at_the_same_time_stay_within_the_room_together(folder: Open) -> None:
    shared, start = folder(quota=5 * KB), Barrier(4)

    def add_all(person: int) -> int:
        start.wait()
        refused = 0
        for number in range(3):
            try:
                add(shared, f"{person}-{number}")
            except QuotaExceeded:
                refused += 1
        return refused

    with ThreadPoolExecutor(4) as threads:
        refused = sum(threads.map(add_all, range(4)))
    assert evidence.used_bytes(evidence.collected(shared.database, 2026, "u-1")) == 5 * KB
    assert refused == 12 - 5


def test_the_second_of_two_waits_for_the_first_and_sees_what_it_added(database: Database, folder: Open) -> None:
    details = EvidenceDetails(name="先")
    with ThreadPoolExecutor(1) as threads:
        with evidence.changing(database, 2026, "u-1") as writer:
            writer.put(FIRST, writer.store(b"1" * KB, PDF, NOW), details, "a-2", NOW)
            second = threads.submit(add, folder(quota=KB), "后")
            with pytest.raises(TimeoutError):
                second.result(0.3)
        with pytest.raises(QuotaExceeded):
            second.result(10)
    assert names(folder()) == ["先"]


def test_two_departments_that_store_the_same_bytes_at_the_same_time_both_have_them(database: Database) -> None:
    start = Barrier(2)

    def put(unit: str) -> None:
        start.wait()
        with evidence.changing(database, 2026, unit) as writer:
            writer.put(FIRST, writer.store(b"same" * KB, PDF, NOW), EvidenceDetails(name="汇编"), "a-1", NOW)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(put, ("u-1", "u-2")))
    assert [len(evidence.collected(database, 2026, unit)) for unit in ("u-1", "u-2")] == [1, 1]
    assert list(documents.all_sizes(database).values()) == [4 * KB]


def test_a_document_of_last_year_is_taken_over_within_the_room_and_only_if_it_is_there(folder: Open) -> None:
    database = folder().database
    with evidence.changing(database, 2025, "u-1") as writer:
        old = writer.store(b"1" * KB, PDF, NOW)
        writer.put(FIRST, old, EvidenceDetails(name="上年", note="仍有效"), "a-1", NOW)
    with pytest.raises(QuotaExceeded):
        folder(quota=KB - 1).reuse(FIRST, old)
    with pytest.raises(DocumentGone):
        folder().reuse(SECOND, old)
    folder().reuse(FIRST, old)
    folder(quota=KB).reuse(FIRST, old)
    (one,) = evidence.collected(database, 2026, "u-1")
    assert one.details == EvidenceDetails(name="上年", note="仍有效")


def test_a_document_is_removed_once(folder: Open) -> None:
    add(folder(), "一")
    (one,) = evidence.collected(folder().database, 2026, "u-1")
    folder().remove(FIRST, one.sha256)
    assert names(folder()) == []
    with pytest.raises(DocumentGone):
        folder().remove(FIRST, one.sha256)


@pytest.mark.parametrize(
    ("year", "element", "refusal"),
    [(2025, FIRST, NotNowCollected), (2028, FIRST, NotNowCollected), (2026, "x", NotKnown)],
)
def test_neither_a_wrong_year_nor_an_unknown_element_gets_a_document(
    folder: Open, year: int, element: str, refusal: type[Refusal]
) -> None:
    changes: tuple[Callable[[EvidenceFolder], None], ...] = (
        lambda one: add(one, "一", element=element),
        lambda one: one.reuse(element, "0" * 64),
        lambda one: one.remove(element, "0" * 64),
    )
    for change in changes:
        with pytest.raises(refusal):
            change(folder(year=year))
    assert names(folder(year=year)) == []
