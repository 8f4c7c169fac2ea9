"""Confidential values at work: what the ledger says of them, who may do what, and what a crash in between leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.bundle import export, verify
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.seals import sealing
from audit.seals.sealing import Sealer
from config.clock import VirtualClock
from config.rulebooks import default_edition
from states.custody.confidential import ErasedAlready, Value
from states.refusals import NotThere, NotYours
from states.vocabulary import Actor
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.vault import vault
from storage.vault.vault import Vault
from tests.college import Silent, unit
from tests.storage.raw import everything
from workflow import confidential
from workflow.engine import Engine
from workflow.year import open_year

NOTES = "谈话对象认为班子成员能够履行一岗双责。".encode()
GROUP = Actor("recorder-1", "working_group")
DISCIPLINE = Actor("discipline-1", "discipline")
SECURITY = Actor("security-1", "security_admin")


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    made = Engine(Ledger(database), VirtualClock(datetime(2026, 11, 9, 8, tzinfo=UTC)), default_edition(), Silent())
    yield made
    made.ledger.close()


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Vault:
    return Vault(database, MasterKey.create(tmp_path / "vault.key"))


def bodies(engine: Engine) -> str:
    return "\n".join(row[4] for row in DatabaseReader(engine.ledger.database).entries())


def value(engine: Engine, id_: str) -> Value:
    state = engine.state(f"vault/{id_}")
    assert isinstance(state, Value)
    return state


def test_the_ledger_says_that_a_value_was_kept_and_never_what_it_says(engine: Engine, store: Vault) -> None:
    kept = confidential.store(engine, store, GROUP, "interview_notes", "p-u1-h1", NOTES)
    assert value(engine, kept.id).commitment == kept.commitment
    assert kept.commitment in bodies(engine)
    assert NOTES.decode() not in bodies(engine)
    assert replay(DatabaseReader(engine.ledger.database)).ok


def test_every_reading_is_on_record_before_anything_is_shown(engine: Engine, store: Vault) -> None:
    kept = confidential.store(engine, store, GROUP, "interview_notes", "p-u1-h1", NOTES)
    assert confidential.read(engine, store, DISCIPLINE, kept.id, "核实线索") == NOTES
    assert '"kind":"ValueRead"' in bodies(engine)
    vault.destroy(engine.ledger.database, [kept.id])
    with pytest.raises(vault.MissingValue):
        confidential.read(engine, store, DISCIPLINE, kept.id, "再次核实")
    assert bodies(engine).count('"kind":"ValueRead"') == 2, "an attempt that showed nothing is on record too"


@pytest.mark.parametrize("role", ["unit", "assessor", "organization", "security_admin", "system_admin", "audit_admin"])
def test_who_has_no_business_with_a_value_is_refused_and_that_is_recorded(
    engine: Engine, store: Vault, role: str
) -> None:
    kept = confidential.store(engine, store, GROUP, "interview_notes", "p-u1-h1", NOTES)
    with pytest.raises(NotYours):
        confidential.read(engine, store, Actor("somebody", role), kept.id, "好奇")
    assert '"kind":"RefusedCommand"' in bodies(engine)
    assert '"kind":"ValueRead"' not in bodies(engine)


@pytest.mark.parametrize("actor", [GROUP, DISCIPLINE, Actor("office-1", "office"), Actor("s", "system_admin")])
def test_only_the_security_administrator_erases(engine: Engine, store: Vault, actor: Actor) -> None:
    kept = confidential.store(engine, store, GROUP, "interview_notes", "p-u1-h1", NOTES)
    with pytest.raises(NotYours):
        confidential.erase(engine, actor, [kept.id], "到期")
    assert confidential.read(engine, store, GROUP, kept.id, "核对") == NOTES


def test_an_account_that_may_not_keep_a_value_leaves_nothing_in_the_vault(engine: Engine, store: Vault) -> None:
    with pytest.raises(NotYours):
        confidential.store(engine, store, SECURITY, "name", "p-1", b"somebody")
    assert vault.list_items(engine.ledger.database) == []


def test_one_person_is_erased_and_the_ledger_still_replays(engine: Engine, store: Vault) -> None:
    kept = [confidential.store(engine, store, GROUP, "interview_notes", "p-1", NOTES) for _ in range(3)]
    other = confidential.store(engine, store, GROUP, "interview_notes", "p-2", NOTES)
    gone = confidential.erase(
        engine, SECURITY, [one.id for one in vault.list_items(engine.ledger.database, "p-1")], "本人申请"
    )
    assert set(gone) == {one.id for one in kept}
    assert [one.id for one in vault.list_items(engine.ledger.database)] == [other.id]
    with pytest.raises(ErasedAlready) as caught:
        confidential.read(engine, store, GROUP, kept[0].id, "核对")
    assert "已于第 2 版删除" in caught.value.render("zh")
    assert confidential.read(engine, store, GROUP, other.id, "核对") == NOTES
    assert replay(DatabaseReader(engine.ledger.database)).ok


def test_a_lost_key_hinders_no_erasing(engine: Engine, store: Vault, tmp_path: Path) -> None:
    kept = confidential.store(engine, store, GROUP, "name", "p-1", b"somebody")
    (tmp_path / "vault.key").unlink()
    assert confidential.erase(engine, SECURITY, [kept.id], "密钥遗失") == [kept.id]
    assert vault.list_items(engine.ledger.database) == []


def test_a_process_that_dies_between_entry_and_destruction_leaves_it_owed(
    engine: Engine, store: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = confidential.store(engine, store, GROUP, "name", "p-1", b"somebody")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vault, "destroy", dies)
        with pytest.raises(KeyboardInterrupt):
            confidential.erase(engine, SECURITY, [kept.id], "到期")
    assert [one.id for one in confidential.erased_but_present(engine)] == [kept.id]
    confidential.erase(engine, SECURITY, [kept.id], "到期")
    assert confidential.erased_but_present(engine) == []
    assert bodies(engine).count('"kind":"Erased"') == 1


def test_what_no_entry_ever_named_is_swept_away_after_a_day(engine: Engine, store: Vault) -> None:
    named = confidential.store(engine, store, GROUP, "name", "p-1", b"somebody")
    lost = store.add("name", "p-1", b"written before the process died", engine.clock.now())
    assert confidential.sweep(engine, engine.clock.now() + timedelta(hours=1)) == []
    assert confidential.sweep(engine, engine.clock.now() + timedelta(days=2)) == [lost.id]
    assert [one.id for one in vault.list_items(engine.ledger.database)] == [named.id]


def test_a_value_nobody_kept_cannot_be_read_or_erased(engine: Engine, store: Vault) -> None:
    with pytest.raises(NotThere):
        confidential.read(engine, store, GROUP, "v-0", "核对")
    with pytest.raises(NotThere):
        confidential.erase(engine, SECURITY, ["v-0"], "到期")


def test_erasing_one_person_leaves_chain_seals_and_bundles_verifying(
    engine: Engine, store: Vault, tmp_path: Path
) -> None:
    """A bundle made before it and one made after it; and no byte of what was said is left in the database."""
    database = engine.ledger.database
    open_year(engine, 2026, [unit("u-1")], Actor("office-1", "office"), lambda _day: True)
    key = tmp_path / "seal.key"
    kept = confidential.store(engine, store, GROUP, "interview_notes", "p-1", NOTES)
    sealing.create_key(key, "college.example/kaohe")
    for name in ("before", "after"):
        Sealer(database, key).seal(engine.clock.now())
        export.export_ledger(DatabaseReader(database), 2026, tmp_path / f"{name}.zip")
        confidential.erase(engine, SECURITY, [kept.id] if name == "before" else [], "本人申请")
    for name in ("before", "after"):
        assert verify.check(str(tmp_path / f"{name}.zip")).defects == []
    assert replay(DatabaseReader(database)).ok
    assert NOTES not in everything(database)
