"""The replay and the seals: what somebody may do to ledger, seals, cosignatures and keys, and by which name it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reader import DatabaseReader, SealTables
from audit.replay import replay
from audit.report import KeySource, Report, SealCoverage
from audit.seals import sealing
from audit.seals.checkpoints import Checkpoint
from audit.seals.key_rotation import sign_handover
from audit.seals.keys import TIMED, Signer
from audit.seals.merkle import Tree
from audit.seals.notes import Note, encode_base64
from audit.seals.seal_checks import EvidenceSeal
from audit.seals.sealing import Sealer
from storage.database.database import Database
from tests.audit.copies import EVERY, MEANWHILE, Copy, live
from tests.audit.test_notes import signer
from tests.audit.test_sealing import tamper

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
NAME = "college.edu.cn/kaohe"
OURS, THEIRS, WITNESS = signer(NAME), signer(NAME, 9), signer("audit.college.edu.cn/w", 2, TIMED)
SIZES = (10, 64, 100)

Change = Callable[[Copy], Copy]


def seal(ledger: Copy, size: int, by: Signer = OURS, name: str = NAME) -> Note:
    """The seal of the first `size` entries."""
    return signed(Checkpoint(name, size, tree(ledger, size).root()), by)


def signed(said: Checkpoint, by: Signer = OURS) -> Note:
    return Note(said.text, (by.sign(said.text),))


def tree(ledger: Copy, size: int) -> Tree:
    made = Tree()
    for row in ledger.rows[:size]:
        made.add(row[4].encode())
    return made


def row(ledger: Copy, size: int, by: Signer = OURS) -> tuple[int, str, str, str, datetime]:
    """A seal as its table has it."""
    made = tree(ledger, size)
    return size, encode_base64(made.root()), encode_base64(b"".join(made.edge)), str(seal(ledger, size, by)), AT


def key(by: Signer, since: int = 0, note: Note | None = None) -> tuple[str, str, int, str | None]:
    return str(by.key), "witness" if by.key.type == TIMED else "log", since, str(note) if note else None


def line(note: Note, by: Signer = WITNESS) -> str:
    return str(by.sign(note.text, AT))


def vouch(ledger: Copy, by: Signer = OURS) -> Copy:
    """Three seals, the middle one cosigned."""
    rows = [row(ledger, size, by) for size in SIZES]
    cosigned = [(64, line(seal(ledger, 64, by)))]
    return ledger.changed(vouching=SealTables(rows, cosigned, [key(by), key(WITNESS)]))


@pytest.fixture(scope="session")
def vouched(ledger: Copy) -> Copy:
    return vouch(ledger)


def having(ledger: Copy, **parts: Any) -> Copy:
    """The ledger with other seals, cosignatures or keys."""
    return ledger.changed(vouching=ledger.vouching._replace(**parts))


def with_seal(ledger: Copy, at: int, kept: tuple[Any, ...]) -> Copy:
    rows = list(ledger.vouching.seals)
    return having(ledger, seals=[*rows[:at], kept, *rows[at + 1 :]])


def codes(report: Report) -> list[str]:
    return [defect.code for defect in report.defects]


def cut(ledger: Copy, number: int) -> Copy:
    """The ledger as it was at an entry, its projections and all."""
    rows = ledger.rows[:number]
    return ledger.changed(rows=rows, end=(number, rows[-1][5], None))


def test_a_sealed_ledger_has_no_defect_and_says_what_is_not_sealed(vouched: Copy) -> None:
    report = replay(vouched, trusted=[OURS.key, WITNESS.key])
    assert report.defects == ()
    keys = KeySource(str(OURS.key), "log", "given"), KeySource(str(WITNESS.key), "witness", "given")
    assert report.coverage == SealCoverage(3, 100, 64, (WITNESS.key.name,), elsewhere=2, keys=keys)
    assert report.unsealed == len(vouched.rows) - 100
    for language in ("zh", "en"):
        said = report.lines(language)[0]
        assert all(str(number) in said for number in (3, 100, 64, report.unsealed))
        assert WITNESS.key.name in said


def test_a_witness_whose_key_only_the_ledger_names_witnesses_nothing_and_the_answer_says_so(vouched: Copy) -> None:
    report = replay(vouched)
    assert report.ok
    assert (report.coverage.witnessed, report.coverage.witnesses) == (0, ())
    assert report.coverage.claimed == (WITNESS.key.name,)
    assert [one.source for one in report.coverage.keys] == ["here", "here"]
    assert any("公钥只见于台账自身" in line for line in report.lines("zh"))
    assert any("comes from the ledger itself, not from you" in line for line in report.lines("en"))
    assert report.as_json()["vouched"]["keys"][0] == {"key": str(OURS.key), "role": "log", "source": "here"}


def test_a_key_that_follows_one_that_was_given_is_said_to_be_handed_on(vouched: Copy) -> None:
    report = replay(rotated(vouched), trusted=[OURS.key])
    assert [one.source for one in report.coverage.keys if one.role == "log"] == ["given", "handed_on"]
    assert not report.coverage.keys_come_from_ledger


def test_all_seals_gone_is_a_defect_where_a_key_was_given(ledger: Copy) -> None:
    bare = having(vouch(ledger), seals=[], cosignatures=[])
    assert replay(bare).ok
    assert codes(replay(bare, trusted=[OURS.key])) == ["seals_gone"]


def test_a_ledger_without_seals_is_reported_as_unsealed(ledger: Copy) -> None:
    report = replay(ledger)
    assert (report.ok, report.coverage.sealed, report.unsealed) == (True, 0, len(ledger.rows))
    assert "没有有效的封存" in report.lines("zh")[0]


# What is done to seals, cosignatures and keys

_NUMBER, _ROOT, _EDGE, _NOTE = range(4)


def with_part(at: int, part: int, value: Any) -> Change:
    def change(ledger: Copy) -> Copy:
        kept = list(ledger.vouching.seals[at])
        kept[part] = value(kept[part]) if callable(value) else value
        return with_seal(ledger, at, tuple(kept))

    return change


def resized(note: str) -> str:
    return note.replace("\n64\n", "\n65\n")


def with_key(at: int, *kept: Any) -> Change:
    def change(ledger: Copy) -> Copy:
        rows = list(ledger.vouching.keys)
        return having(ledger, keys=[*rows[:at], kept, *rows[at + 1 :]])

    return change


def cosigned(*lines: tuple[Any, Any]) -> Change:
    return lambda ledger: having(ledger, cosignatures=lines)


OTHER = signer("audit.college.edu.cn/w", 5, TIMED)

DONE: list[tuple[str, Change, list[str]]] = [
    ("a size changed", with_part(1, _NOTE, resized), ["seal_forged", "cosignature"]),
    ("a signature changed", with_part(0, _NOTE, lambda n: n[:-12] + "AAAA" + n[-8:]), ["seal_forged"]),
    ("a note that is none", with_part(0, _NOTE, "nonsense"), ["seal_unreadable"]),
    ("a note that is no text", with_part(0, _NOTE, 7), ["seal_unreadable"]),
    ("a note with lone surrogates", with_part(0, _NOTE, "\udcff\n\n— a AAAAAAA=\n"), ["seal_unreadable"]),
    ("a handover for a seal", with_part(0, _NOTE, str(sign_handover(OURS, THEIRS, 3))), ["seal_unreadable"]),
    ("moved to another number", with_part(2, _NUMBER, 101), ["seal_misplaced"]),
    ("another root beside it", with_part(0, _ROOT, encode_base64(bytes(32))), ["seal_columns"]),
    ("another edge beside it", with_part(0, _EDGE, encode_base64(bytes(64))), ["seal_columns"]),
    ("an edge that is none", with_part(0, _EDGE, None), ["seal_columns"]),
    ("signed with another key", lambda c: with_seal(c, 2, row(c, 100, THEIRS)), ["seal_foreign"]),
    (
        "another ledger's",
        lambda c: with_seal(c, 2, (*c.vouching.seals[2][:3], str(seal(c, 100, name="other.cn/kaohe")), AT)),
        ["seal_foreign"],
    ),
    (
        "two seals that contradict each other",
        lambda c: with_seal(c, 0, row(c.with_row(3, (*c.rows[2][:4], "{}", "")), 10)),
        ["seal_contradicts"],
    ),
    ("a line that is none", cosigned((64, "nonsense")), ["cosignature"]),
    ("a line that is no text", cosigned((64, None)), ["cosignature"]),
    ("a line under another seal", lambda c: cosigned((100, line(seal(c, 64))))(c), ["cosignature"]),
    ("a line under no seal", lambda c: cosigned((11, line(seal(c, 11))))(c), ["cosignature"]),
    ("a line of nobody known", lambda c: cosigned((64, line(seal(c, 64), OTHER)))(c), ["cosignature"]),
    ("a witness's key that is none", with_key(1, "nonsense", "witness", 0, None), ["seal_key", "cosignature"]),
    ("a witness's key that is no text", with_key(1, None, "witness", 0, None), ["seal_key", "cosignature"]),
    ("a second key nobody handed on to", with_key(1, *key(THEIRS, 80)), ["seal_key", "cosignature"]),
    ("a key that is none", with_key(0, "nonsense", "log", 0, None), ["seal_key", *["seal_foreign"] * 3, "cosignature"]),
    ("a key since nobody knows", with_key(0, str(OURS.key), "log", "x", None),
     ["seal_key", *["seal_foreign"] * 3, "cosignature"]),
    ("no keys any more", lambda c: having(c, keys=[]), [*["seal_foreign"] * 3, "cosignature"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "wanted"), [one[1:] for one in DONE], ids=[one[0] for one in DONE])
def test_what_was_done_to_a_seal_is_found_by_its_name(vouched: Copy, change: Change, wanted: list[str]) -> None:
    report = replay(change(vouched))
    assert codes(report) == wanted
    assert all(defect.zh != defect.en for defect in report.defects)


# What is done to the ledger under the seals


def renamed(ledger: Copy, number: int) -> Copy:
    """One entry changed and every digest after it made to agree, which no chain shows."""
    return ledger.forged(number, lambda body: body.update(command=body["command"].rpartition("/")[0] + "/forged"))


def test_an_entry_rewritten_under_a_seal_is_found_between_the_seals_around_it(vouched: Copy) -> None:
    report = replay(renamed(vouched, 40))
    assert codes(report) == ["seal_root"]
    assert report.coverage.sealed == 10
    assert report.coverage.witnessed == 0
    assert "第 11 至 64 号" in report.defects[0].zh
    assert "2 份" in report.defects[0].zh


def test_an_entry_rewritten_after_the_last_seal_is_not_found_and_is_reported_as_unsealed(vouched: Copy) -> None:
    report = replay(renamed(vouched, 120))
    assert report.ok
    assert report.unsealed == len(vouched.rows) - 100


@EVERY
@given(data=st.data())
def test_every_sealed_entry_rewritten_is_found(vouched: Copy, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 100))
    assert "seal_root" in codes(replay(renamed(vouched, number), quick=True))


def test_a_gap_under_a_seal_is_found_as_one_and_the_seals_after_it_do_not_hold(vouched: Copy) -> None:
    rows = [row for row in vouched.rows if row[0] != 50]
    report = replay(vouched.changed(rows=rows))
    assert {"missing", "seal_root"} <= set(codes(report))
    assert report.coverage.sealed == 10


def test_a_body_that_is_no_text_ends_what_seals_can_show(vouched: Copy) -> None:
    broken: Any = (*vouched.rows[49][:4], 5, vouched.rows[49][5])
    assert "seal_root" in codes(replay(vouched.with_row(50, broken).changed(ids=vouched.named())))


def test_a_ledger_cut_below_a_seal_is_found(vouched: Copy) -> None:
    report = replay(cut(vouched, 70))
    assert codes(report).count("seal_beyond") == 1
    assert "seal_root" not in codes(report)
    assert report.coverage.sealed == 64


def test_a_tail_cut_off_after_the_last_seal_is_reported_as_unsealed(unfinished_ledger: Copy) -> None:
    """Nothing shows that it was ever there: all that can be said is where the sealed part ends."""
    report = replay(cut(vouch(unfinished_ledger), 104), quick=True)
    assert not [code for code in codes(report) if "seal" in code]
    assert report.unsealed == 4
    assert "4 条尚未封存" in report.lines("zh")[0]


def test_a_ledger_and_its_seals_made_anew_are_found_by_a_seal_kept_elsewhere_or_a_trusted_key(vouched: Copy) -> None:
    forged = vouch(renamed(vouched, 40), THEIRS)
    assert replay(forged).ok
    kept = EvidenceSeal(seal(vouched, 64), "drawer.seal")
    assert codes(replay(forged, evidence=[kept])) == ["expected_foreign", "expected_root"]
    assert set(codes(replay(forged, trusted=[OURS.key]))) == {"seal_key", "seal_foreign", "cosignature"}


def test_a_fork_signed_by_the_ledgers_own_key_is_found_by_a_seal_kept_elsewhere(vouched: Copy) -> None:
    forged = vouch(renamed(vouched, 40))
    assert replay(forged).ok
    assert codes(replay(forged, evidence=[EvidenceSeal(seal(vouched, 64), "drawer.seal")])) == ["expected_root"]


def test_an_old_copy_put_back_is_found_by_a_seal_kept_elsewhere(vouched: Copy) -> None:
    old = having(cut(vouched, 70), seals=vouched.vouching.seals[:2])
    report = replay(old, quick=True, evidence=[EvidenceSeal(seal(vouched, 100), "drawer.seal")])
    found = [defect for defect in report.defects if "expected" in defect.code]
    assert [defect.code for defect in found] == ["expected_beyond"]
    assert "drawer.seal 封存了 100 条，台账现只有 70 条" in found[0].zh


def test_a_seal_kept_elsewhere_need_not_be_kept_here(vouched: Copy) -> None:
    assert replay(vouched, evidence=[EvidenceSeal(seal(vouched, 77), "drawer.seal")]).ok


@pytest.mark.parametrize(
    ("handed", "code"),
    [
        (lambda c: Note("nonsense\n", seal(c, 10).signatures), "expected_unreadable"),
        (lambda c: Note(seal(c, 10).text, seal(c, 11).signatures), "expected_forged"),
        (lambda c: seal(c, 10, THEIRS), "expected_foreign"),
        (lambda c: seal(c, 10, name="other.cn/kaohe"), "expected_foreign"),
    ],
)
def test_a_seal_handed_in_that_is_not_genuine_is_said_to_be(
    vouched: Copy, handed: Callable[[Copy], Note], code: str
) -> None:
    report = replay(vouched, evidence=[EvidenceSeal(handed(vouched), "drawer.seal")])
    assert codes(report) == [code]
    assert "drawer.seal" in report.defects[0].en


# Keys that hand on


def rotated(ledger: Copy, after: int = 64, note: Note | None = None) -> Copy:
    """The first two seals by one key and the third by the next."""
    keys = [key(OURS), key(WITNESS), key(THEIRS, after, note or sign_handover(OURS, THEIRS, after))]
    return having(with_seal(ledger, 2, row(ledger, 100, THEIRS)), keys=keys)


def test_a_key_handed_on_signs_the_seals_after_it(vouched: Copy) -> None:
    assert replay(rotated(vouched)).ok
    assert replay(rotated(vouched), trusted=[OURS.key]).ok


def test_an_old_key_signs_nothing_after_it_was_handed_on_and_a_new_one_nothing_before(vouched: Copy) -> None:
    late = with_seal(rotated(vouched), 2, vouched.vouching.seals[2])
    early = with_seal(rotated(vouched), 1, row(vouched, 64, THEIRS))
    assert codes(replay(late)) == ["seal_foreign"]
    assert codes(replay(early)) == ["seal_foreign", "cosignature"]


@pytest.mark.parametrize(
    "note",
    [
        sign_handover(THEIRS, OURS, 64),
        sign_handover(OURS, THEIRS, 63),
        sign_handover(OURS, signer(NAME, 7), 64),
        sign_handover(signer(NAME, 7), THEIRS, 64),
        Note(sign_handover(OURS, THEIRS, 64).text, sign_handover(OURS, THEIRS, 64).signatures[:1]),
        Note(sign_handover(OURS, THEIRS, 64).text, sign_handover(OURS, THEIRS, 64).signatures[1:]),
        sign_handover(OURS, signer("other.cn/kaohe", 9), 64),
    ],
)
def test_a_handover_that_both_keys_did_not_sign_for_hands_nothing_on(vouched: Copy, note: Note) -> None:
    assert codes(replay(rotated(vouched, note=note))) == ["seal_key", "seal_foreign"]


def test_a_new_key_trusted_for_its_own_sake_needs_no_handover(vouched: Copy) -> None:
    """As after the loss of a key."""
    keys = [key(OURS), key(WITNESS), key(THEIRS, 64)]
    lost = having(rotated(vouched), keys=keys)
    assert codes(replay(lost)) == ["seal_key", "seal_foreign"]
    assert replay(lost, trusted=[OURS.key, THEIRS.key]).ok


# The whole way, on both databases


@pytest.fixture
def sound(ledger_url: str, tmp_path: Path) -> Iterator[Database]:
    """A lived year, sealed at its end."""
    with Database.open(ledger_url) as database:
        sealing.create_key(tmp_path / "seal.key", NAME)
        Sealer(database, tmp_path / "seal.key").seal(AT)
        yield database


def test_a_lived_year_is_sealed_whole(sound: Database) -> None:
    report = replay(DatabaseReader(sound))
    assert (report.ok, report.unsealed, report.coverage.seals) == (True, 0, 1)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("UPDATE seal SET note = replace(note, 'college', 'collage')", "seal_foreign"),
        ("UPDATE seal SET number = 3", "seal_misplaced"),
        ("UPDATE seal SET edge = ''", "seal_columns"),
        ("DELETE FROM seal_key WHERE role = 'log'", "seal_foreign"),
    ],
)
def test_what_was_done_to_the_tables_of_seals_is_found(sound: Database, harm: str, code: str) -> None:
    tamper(sound, harm)
    assert code in codes(replay(DatabaseReader(sound)))


def test_bytes_that_are_no_text_in_the_table_of_seals_are_a_defect_and_no_crash(
    new_url: Callable[[str], str], tmp_path: Path
) -> None:
    """SQLite alone keeps such bytes as text."""
    url = new_url("sqlite")
    live(url, MEANWHILE)
    with Database.open(url) as database:
        sealing.create_key(tmp_path / "seal.key", NAME)
        Sealer(database, tmp_path / "seal.key").seal(AT)
        tamper(database, "UPDATE seal SET note = CAST(X'FF' AS TEXT)")
        assert codes(replay(DatabaseReader(database))) == ["seal_unreadable"]
