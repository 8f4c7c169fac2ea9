"""One transaction, many hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from storage import queries
from storage.database.database import Database
from storage.ledger import chain
from storage.ledger.ledger import Ledger
from storage.ledger.transaction import CommandAnswer

Note = Callable[..., chain.Entry]


def check(ledger: Ledger, size: int) -> Counter[str]:
    """That the whole ledger adds up and has this many entries; how many each stream has."""
    assert ledger.check_tail(10**6).number == size
    rows = list(ledger.rows())
    assert [row[0] for row in rows] == list(range(1, size + 1))
    return Counter(row[1] for row in rows)


def test_eight_threads_write_without_a_gap_and_each_version_once(
    ledger: Ledger, note: Note, row: dict[str, Any]
) -> None:
    def work(thread: int) -> list[int]:
        return [one(thread, step) for step in range(15)]

    def one(thread: int, step: int) -> int:
        stream, command = f"assessment/2026/{step % 3}", f"{thread}-{step}"
        with ledger.transaction([command]) as transaction:
            entry = note(transaction, stream, command=command)
            transaction.record_answer(command, entry.number, entry.number)
            transaction.project(
                "assessment", {**row, "stream": stream, "number": entry.number, "version": entry.version}
            )
        assert ledger.answer(command) == CommandAnswer(entry.number, entry.number)
        assert ledger.stream(stream)[entry.version - 1].number == entry.number
        return entry.number

    with ThreadPoolExecutor(8) as threads:
        numbers = sorted(number for found in threads.map(work, range(8)) for number in found)
    assert numbers == list(range(1, 121))
    assert set(check(ledger, 120).values()) == {40}
    assert [one.version for one in queries.all_assessments(ledger.database)] == [40, 40, 40]


def test_two_ledgers_of_one_process_take_turns(database: Database, note: Note) -> None:
    ledgers = [Ledger(database) for _ in range(2)]

    def work(ledger: Ledger) -> None:
        for _ in range(20):
            with ledger.transaction() as transaction:
                note(transaction)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, ledgers))
    assert check(ledgers[0], 40) == {"assessment/2026/a": 40}
    for ledger in ledgers:
        ledger.close()


FOUR = """
children = []
for hand in range(4):
    child = os.fork()
    if not child:
        ledger = Ledger(Database.open(sys.argv[1]))
        for step in range(25):
            write(ledger, f"year/{step % 2}", f"{hand}-{step}")
        os._exit(0)
    children.append(child)
print(*(os.waitpid(child, 0)[1] for child in children))
"""


def test_four_processes_write_without_a_gap_and_each_version_once(url: str, script: Callable[..., list[str]]) -> None:
    assert script(FOUR, url) == ["0"] * 4
    with Database.open(url) as database:
        assert check(Ledger(database), 100) == {"year/0": 52, "year/1": 48}


def test_a_reader_is_not_held_up_by_the_pen_and_sees_only_what_is_committed(six: Ledger, note: Note) -> None:
    with six.transaction() as transaction, ThreadPoolExecutor(1) as thread:
        note(transaction)
        assert len(thread.submit(lambda: list(six.rows())).result(timeout=5)) == 6
