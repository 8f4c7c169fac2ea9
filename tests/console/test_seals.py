"""Keys, seals and the witness at the command line: the whole way, and every refusal in its sentence."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from audit.reader import DatabaseReader
from audit.seals import high_water
from audit.seals.keys import Key
from audit.seals.notes import parse_note
from audit.seals.proofs import parse_inclusion_proof
from console.cli.app import app
from states.custody.seals import EndGivenUp, SealMade
from storage.database.database import Database
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from tests.audit.test_sealing import cut, tamper

pytestmark = pytest.mark.one_database  # `tests/audit` seals both

RUN = CliRunner()


NEXT_YEAR = datetime.now(UTC).year + 1
"""The first year whose deadlines are still to come, whenever the suite runs."""


@pytest.fixture
def bare(new_url: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own and an empty ledger, which the settings name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAOHE_DATABASE", new_url("sqlite"))
    monkeypatch.setenv("KAOHE_ORIGIN", "college.edu.cn")
    monkeypatch.setenv("KAOHE_SEAL_KEY", "seal.key")
    return tmp_path


@pytest.fixture
def here(url: str, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with a ledger in which a year is open; once of each kind."""
    monkeypatch.setenv("KAOHE_DATABASE", url)
    opened(NEXT_YEAR, "abcd")
    return bare


def kaohe(*words: object, code: int = 0) -> str:
    """One command that ends as it should; all it printed."""
    done = RUN.invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


def last(said: str) -> str:
    return said.strip().splitlines()[-1]


@pytest.fixture
def log(here: Path) -> str:
    """The verifier key of a ledger that is sealed."""
    key = last(kaohe("keys", "new", "seal.key"))
    kaohe("audit", "seal")
    return key


@pytest.fixture
def witness(log: str) -> str:
    """The verifier key of a witness both sides know."""
    key = last(kaohe("audit", "witness", "init", "w", "--log", log, "--name", "audit.college.edu.cn/w"))
    kaohe("keys", "trust", key)
    return key


def opened(year: int, units: str = "x") -> None:
    """Some entries more: a year opened for units of these names."""
    unit = (
        '[[unit]]\nunit = "u-{0}"\ntitle = "样例学院{0}"\nunit_kind = "college"\nstaff = 3\n'
        'heads = [{{ person = "p-{0}", position = "书记" }}]\n'
    )
    Path("roster.toml").write_text("".join(unit.format(name) for name in units), "utf-8")
    kaohe("year", "open", year, "--roster", "roster.toml")


def test_from_the_first_key_to_a_witnessed_seal_and_back(here: Path, log: str, witness: str) -> None:
    """Seal, prove, cosign, accept, replay: by files alone, as two offices would."""
    kaohe("audit", "proof", "-o", "asked.txt")
    line = last(kaohe("audit", "witness", "cosign", "w", "asked.txt"))
    Path("line.txt").write_text(line + "\n", "utf-8")
    for _ in range(2):
        assert "audit.college.edu.cn/w" in kaohe("audit", "accept", "line.txt")
    opened(NEXT_YEAR + 1)
    kaohe("audit", "seal")
    kaohe("audit", "proof", "-o", "asked.txt")
    assert Path("asked.txt").read_text("utf-8").startswith("old ")
    kaohe("audit", "witness", "cosign", "w", "asked.txt", "-o", "line.txt")
    kaohe("audit", "accept", "line.txt")
    first, second = json.loads(kaohe("audit", "seals", "--json"))
    assert [one["signed_by"][1:] for one in (first, second)] == [["audit.college.edu.cn/w"]] * 2
    report = json.loads(kaohe("audit", "replay", "--expect", "asked.txt", "--key", log, "--key", witness, "--json"))
    assert report["vouched"] == {
        "seals": 2, "sealed": second["entries"], "witnessed": second["entries"], "claimed": [],
        "witnesses": ["audit.college.edu.cn/w"], "unsealed": 2, "elsewhere": 4, "unopened": 0,
        "keys": [{"key": log, "role": "log", "source": "given"}, {"key": witness, "role": "witness", "source": "given"}],
    }  # fmt: skip
    without = json.loads(kaohe("audit", "replay", "--json"))["vouched"]
    assert (without["witnessed"], without["claimed"]) == (0, ["audit.college.edu.cn/w"])
    assert "audit.college.edu.cn/w" in kaohe("audit", "seals")


def cut_off(database: Database, number: int) -> None:
    """The ledger as it was when it had so many entries, but for its seals."""
    cut(database, number)
    body = json.loads(list(DatabaseReader(database).entries())[-1][4])
    tamper(
        database,
        f"UPDATE head SET recorded_at = '{body['recorded_at']}'",
        f'DELETE FROM command WHERE "last" > {number}',
    )


def test_an_end_that_is_given_up_is_on_record(here: Path, url: str, log: str) -> None:
    """Both numbers stand in the ledger, under the seal that goes on from there; what is sealed is not given up."""
    opened(NEXT_YEAR + 1)
    with Database.open(url) as database:
        high_water.advance_mark(database, Path("seal.key"))
        known = DatabaseReader(database).size()
        cut_off(database, known - 1)
    assert "kaohe audit seal --end-lost" in kaohe("audit", "seal", code=2).replace("\n", "")
    kaohe("audit", "seal", "--end-lost")
    with Database.open(url, read_only=True) as database:
        given_up, made = [fact_of(one) for one in Ledger(database).stream("seals")][-2:]
        assert given_up == EndGivenUp(known=known, there=known - 1)
        assert isinstance(made, SealMade)
    with Database.open(url) as database:
        cut_off(database, made.number - 1)
        before = DatabaseReader(database).size()
    kaohe("audit", "seal", "--end-lost", code=2)
    with Database.open(url, read_only=True) as database:
        assert DatabaseReader(database).size() == before


def test_a_new_key_is_its_owners_alone_named_after_the_institution_and_never_written_over(bare: Path) -> None:
    key = Key.parse(last(kaohe("keys", "new", "seal.key")))
    assert key.name == "college.edu.cn/kaohe"
    assert [stat.S_IMODE(Path(file).stat().st_mode) for file in ("seal.key", "seal.key.seen")] == [0o600] * 2
    assert last(kaohe("keys", "show")) == str(key)
    assert "已存在" in kaohe("keys", "new", "seal.key", code=2)
    assert "PRIVATE" not in kaohe("keys", "show") + kaohe("keys", "show", "seal.key")


def test_without_a_key_nothing_is_sealed_and_the_way_to_one_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "seal.key" in kaohe("audit", "seal", code=2)
    monkeypatch.delenv("KAOHE_SEAL_KEY")
    assert "kaohe keys new" in kaohe("audit", "seal", code=2)
    assert "kaohe audit seal" in kaohe("audit", "proof", code=2)


def test_a_key_others_may_read_is_refused(log: str) -> None:
    Path("seal.key").chmod(0o640)
    for words in (("audit", "seal"), ("keys", "rotate", "next.key"), ("keys", "show")):
        assert "chmod 600" in kaohe(*words, code=2)


def test_a_seal_is_printed_with_its_number_fingerprint_and_code(log: str) -> None:
    (kept,) = json.loads(kaohe("audit", "seals", "--json"))
    said = kaohe("audit", "seal", "--print", "--qr", "seal.svg")
    assert "没有新记录" in said
    assert f"共 {kept['entries']} 条，指纹 {kept['fingerprint']}" in said
    assert "█" in said or "▀" in said
    assert Path("seal.svg").read_text("utf-8").startswith("<?xml")
    assert kept["root"] == parse_note(kept["note"].encode()).text.splitlines()[2]
    kaohe("audit", "seal", "--qr", "seal.doc", code=2)


def test_an_entry_is_proved_to_somebody_who_has_no_other(log: str, url: str) -> None:
    proof = parse_inclusion_proof(kaohe("audit", "proof", "--entry", 7).encode())
    with Database.open(url) as database:
        bodies = [row[4].encode() for row in DatabaseReader(database).entries()]
    assert [proof.holds(body) for body in bodies[5:8]] == [False, True, False]
    assert "不在最新封存" in kaohe("audit", "proof", "--entry", 10**6, code=2)
    kaohe("audit", "proof", "--entry", 7, "--from", 3, code=2)


def test_a_rotation_is_followed_by_the_witness_and_the_replay(here: Path, witness: str, url: str) -> None:
    kaohe("audit", "proof", "-o", "asked.txt")
    kaohe("audit", "witness", "cosign", "w", "asked.txt")
    kaohe("keys", "rotate", "next.key", "-o", "handover.txt")
    opened(NEXT_YEAR + 1)
    assert "kaohe keys rotate" in kaohe("audit", "seal", code=2)
    kaohe("audit", "seal", "--key-file", "next.key")
    seen = json.loads(kaohe("audit", "seals", "--json"))[0]["entries"]
    kaohe("audit", "proof", "--from", seen, "-o", "asked.txt")
    assert "没有一个可信密钥的签名" in kaohe("audit", "witness", "cosign", "w", "asked.txt", code=2)
    assert last(kaohe("keys", "show", "next.key")) in kaohe("audit", "witness", "follow", "w", "handover.txt")
    kaohe("audit", "witness", "cosign", "w", "asked.txt")
    kaohe("audit", "replay")
    assert [one["role"] for one in json.loads(kaohe("keys", "list", "--json"))] == ["log", "witness", "log"]
    assert "见证" in kaohe("keys", "list")


def test_a_lost_key_is_replaced_and_the_replay_wants_to_be_told_of_it(log: str, url: str) -> None:
    Path("seal.key").unlink()
    new = last(kaohe("keys", "rotate", "next.key", "--lost"))
    opened(NEXT_YEAR + 1)
    kaohe("audit", "seal", "--key-file", "next.key")
    assert "不可信" in kaohe("audit", "replay", code=1).replace("\n", "")
    kaohe("audit", "replay", "--key", log, "--key", new)


def test_there_is_no_lost_key_where_nothing_was_sealed(here: Path) -> None:
    assert "kaohe keys new" in kaohe("keys", "rotate", "next.key", "--lost", code=2)


def test_an_old_copy_is_found_by_the_seal_remembered_beside_the_key(log: str, url: str) -> None:
    (kept,) = json.loads(kaohe("audit", "seals", "--json"))
    with Database.open(url) as database:
        tamper(database, "DELETE FROM seal", f"DELETE FROM entry WHERE number > {kept['entries'] - 5}")
    said = kaohe("audit", "replay", code=1).replace("\n", "")
    assert "seal.key.seen 封存了" in said
    assert f"第 {kept['entries'] - 4} 号" in kaohe("audit", "seal", code=2)


@pytest.mark.parametrize("form", [lambda raw: raw.replace(b"\n", b"\r\n"), lambda raw: b"\xef\xbb\xbf" + raw])
def test_a_letter_saved_on_windows_is_read_as_it_was(witness: str, form: Any) -> None:
    asked = kaohe("audit", "proof").encode()
    mail = b"Hello\n\n-----BEGIN KAOHE SEAL-----\n" + asked + b"-----END KAOHE SEAL-----\nBye\n"
    Path("mail.txt").write_bytes(form(mail))
    kaohe("audit", "witness", "cosign", "w", "mail.txt", "-o", "line.txt")
    Path("line.txt").write_bytes(form(Path("line.txt").read_bytes()))
    kaohe("audit", "accept", "line.txt")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("audit", "accept", "nowhere.txt"), "nowhere.txt"),
        (("audit", "witness", "cosign", "w", "nowhere.txt"), "nowhere.txt"),
        (("audit", "witness", "cosign", "other", "seal.key.seen"), "不是一份可读的封存文件"),
        (("audit", "replay", "--expect", "nowhere.txt"), "nowhere.txt"),
        (("audit", "replay", "--key", "nonsense"), "名称+编号+base64"),
        (("keys", "trust", "nonsense"), "整行复制"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(bare: Path, words: tuple[str, ...], said: str) -> None:
    kaohe("keys", "new", "seal.key")
    told = kaohe(*words, code=2)
    assert said in told.replace("\n", "")
    assert "Traceback" not in told


def test_the_ledgers_own_key_is_no_witnesss(log: str) -> None:
    assert "不是见证人的密钥" in kaohe("keys", "trust", log, code=2)


def test_the_doctor_says_how_far_the_seals_reach_and_whether_the_key_is_there(log: str) -> None:
    (kept,) = json.loads(kaohe("audit", "seals", "--json"))
    assert f"封存至第 {kept['entries']} 条" in kaohe("doctor")
    Path("seal.key").unlink()
    assert "seal.key" in kaohe("doctor", code=1)


def test_the_doctor_says_that_nothing_is_sealed_without_a_key(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAOHE_SEAL_KEY")
    assert "KAOHE_SEAL_KEY" in kaohe("doctor")


def test_the_doctor_says_that_a_database_put_back_is_an_old_copy(log: str, url: str) -> None:
    (kept,) = json.loads(kaohe("audit", "seals", "--json"))
    size = kept["entries"]
    with Database.open(url) as database:
        row = list(DatabaseReader(database).entries())[size - 6]
        at = json.loads(row[4])["recorded_at"]
        tamper(
            database, "DELETE FROM seal", f"DELETE FROM entry WHERE number > {row[0]}",
            f"UPDATE head SET number = {row[0]}, digest = '{row[5]}', recorded_at = '{at}'",
        )  # fmt: skip
    said = kaohe("doctor", code=1).replace("\n", "")
    assert f"现有第 1–{row[0]} 号，共应有 {size} 号" in said
