"""The daemon seals: when it is owed, without holding anything else up, and the witness is written to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.seals import cosigning, proofs, sealing
from audit.seals.keys import Key
from audit.seals.witness import Witness
from config.settings import BadSetting, Settings
from console.seal_files import unwrap_letter
from notifications.letter_text import write_letter
from notifications.notices.notice import Notice
from scheduler import wiring
from storage import lease, seals
from storage.database.database import Database
from storage.post import deliveries
from tests.college import moment
from tests.scheduler.running_college import RunningCollege, running

NAME = "college.example/kaohe"
FRIDAY, SATURDAY, MONDAY = moment(11, 6, 10), moment(11, 7, 10), moment(11, 9, 10)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "seal.key"
    sealing.create_key(path, NAME)
    return path


@pytest.fixture
def made(database: Database, key: Path) -> Iterator[RunningCollege]:
    """A college whose ledger was sealed when its year was opened."""
    with running(database, seal_key=key) as made:
        yield made


def sealed(made: RunningCollege) -> list[int]:
    return [row.number for row in seals.seals_after(made.database)]


def test_the_ledger_is_sealed_at_the_first_tick_and_once_a_day_where_anything_was_added(made: RunningCollege) -> None:
    first = sealed(made)
    assert len(first) == 1
    assert made.tick().sealed == 0
    made.report()
    done = made.tick(FRIDAY)
    assert (done.sealed, sealed(made)) == (made.ledger.head().number, [*first, done.sealed])
    assert made.counted("kaohe_sealed") == done.sealed
    made.case()
    assert made.tick(moment(11, 6, 11)).sealed == 0
    assert made.tick(SATURDAY).sealed
    assert made.tick(MONDAY).sealed == 0
    assert made.replayed() == []


def test_a_key_that_cannot_be_used_fails_the_sealing_and_stops_nothing_else(made: RunningCollege, key: Path) -> None:
    before = sealed(made)
    key.chmod(0o644)
    done = made.tick(FRIDAY)
    assert done.failed == ("seal",)
    assert (done.written, done.gathered > 0, bool(done.delivered)) == (1, True, True)
    (failure,) = made.log.events("part failed")
    assert failure["part"] == "seal"
    assert "chmod 600" in str(failure["reason"])
    assert made.counted("kaohe_failures_total", part="seal") == 1
    assert sealed(made) == before
    key.chmod(0o600)
    assert made.tick(FRIDAY).failed == ()
    assert len(sealed(made)) == 2


def test_an_old_database_put_back_fails_the_sealing_at_every_tick_until_somebody_sees_to_it(
    made: RunningCollege, key: Path, tmp_path: Path
) -> None:
    from storage.backup.copying import copy_database

    with copy_database(made.database, tmp_path / "old.db") as old:
        made.report()
        made.tick(FRIDAY)
        back = RunningCollege(old, FRIDAY, seal_key=key)
        for _ in range(2):
            assert back.tick().failed == ("seal",)
        said = [str(line["reason"]) for line in back.log.events("part failed")]
        assert all("这是旧本" in one or "不是密钥旁所记" in one for one in said), said
        back.close()


# What the witness hears


def test_the_witness_is_mailed_each_new_seal_with_the_proof_from_the_last_one_signed(
    made: RunningCollege, tmp_path: Path
) -> None:
    """From the letter alone, and the folder of its own, the witness signs; the line is taken back."""
    made.tick(FRIDAY)
    log = seals.keys(made.database)[0].key
    witness = Witness.begin(tmp_path / "w", "audit.example/w", Key.parse(log))
    cosigning.trust_witness(made.database, str(witness.signer.key), FRIDAY)
    for at, number in enumerate(sealed(made)[-1:]):
        (mail,) = made.mail.to("@witness")[at:]
        assert f"已封存 {number} 条" in mail.subject
        assert "请登录" not in mail.body
        note = witness.cosign(proofs.parse_consistency_proof(unwrap_letter(mail.body.encode())), FRIDAY)
        assert cosigning.accept_cosignature(made.database, str(note).encode())[0] == number
    made.report()
    made.tick(MONDAY)
    asked = proofs.parse_consistency_proof(unwrap_letter(made.mail.to("@witness")[-1].body.encode()))
    assert asked.old == sealed(made)[-2]
    witness.cosign(asked, MONDAY)


def test_a_seal_is_told_once_and_only_the_newest_that_waits(made: RunningCollege) -> None:
    told = len(made.mail.to("@witness"))
    for at in (moment(11, 6, 19), SATURDAY, moment(11, 8, 12)):
        made.case(name=f"c-{at.day}-{at.hour}")
        made.tick(at)
    made.tick(moment(11, 8, 13))
    made.tick(MONDAY)
    mails = made.mail.to("@witness")[told:]
    assert len(mails) == 1
    assert f"已封存 {sealed(made)[-1]} 条" in mails[0].subject
    assert mails[0].body.count("BEGIN KAOHE SEAL") == 1


def test_a_daemon_that_died_between_sealing_and_telling_tells_at_its_next_tick(
    database: Database, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(database) as other:
        sealing.Sealer(database, key).seal(other.clock.now())
        back = RunningCollege(database, FRIDAY, seal_key=key, owner="d-2", clock=other.clock)
        lease.release(database, "d-1")
        number = sealed(other)[-1]
        back.tick()
        assert [one.stream for one in deliveries.search(database, recipient="witness")] == [f"seal/{number}"]
        back.close()


def test_without_a_witness_seals_are_made_and_nobody_is_told(database: Database, key: Path) -> None:
    with running(database, seal_key=key, witness=False) as made:
        assert made.tick(FRIDAY).sealed
        assert deliveries.search(database, recipient="witness") == []


# What is printed of a seal


@pytest.mark.parametrize(("language", "said"), [("zh", "台账封存 64 条，指纹 ab12"), ("en", "sealed over 64 entries")])
def test_a_circulation_names_the_seal_it_is_under(language: str, said: str) -> None:
    """After everything else: it is for those who check, not for those who read."""
    values = {"unit": "u", "year": 2026, "document": "1号", "replaces": None, "resolution": None, "grade": None}
    under = {**values, "seal": {"number": 64, "fingerprint": "ab12 cd34"}}
    assert said in write_letter([Notice("circulated", "unit", "u", under)], language).body.splitlines()[-1]
    assert said not in write_letter([Notice("circulated", "unit", "u", dict(values))], language).body


def test_a_letter_of_a_circulation_is_sent_with_the_first_seal_over_its_entry(made: RunningCollege) -> None:
    number = sealed(made)[-1]
    shown = wiring.covering_seal(made.database, number)
    assert shown is not None
    assert shown["number"] == number
    assert len(str(shown["fingerprint"]).split()) == 5
    assert wiring.covering_seal(made.database, number + 1) is None


def test_a_letter_of_seals_alone_asks_nobody_to_sign_in() -> None:
    seal = Notice("sealed", "witness", "", {"origin": NAME, "number": 7, "fingerprint": "ab12", "asked": "x\n"})
    other = Notice("stale_score", "office", "u", {"unit": "u", "year": 2026})
    for language, asks in (("zh", "请登录"), ("en", "Please sign in")):
        assert asks not in write_letter([seal], language).body
        assert asks in write_letter([seal, other], language).body


# Settings


@pytest.mark.parametrize(
    "given",
    [
        {"witness_mail": "w@college.example"},
        {"witness_mail": "w@college.example", "seal_key": Path("seal.key")},
        {"witness_mail": "nonsense", "seal_key": Path("k"), "smtp_host": "mail.example", "smtp_from": "k@c.example"},
    ],
)
def test_a_witness_that_could_never_be_written_to_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings(**given)
    assert "KAOHE_WITNESS_MAIL" in caught.value.render("zh")
