"""`kaohe vault`, as typed: its key, what lies there, erasing; what a value says is never printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.clock import SystemClock
from console.cli.app import app
from states.vocabulary import Actor
from storage.master_key import MasterKey
from storage.vault import vault
from storage.vault.vault import Vault
from workflow import confidential, wiring

RUN = CliRunner()
SAID = "谈话对象反映情况"


def kaohe(*words: object) -> Any:
    return RUN.invoke(app, ["vault", *(str(word) for word in words)])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Two values about one person; their ids."""
    monkeypatch.setenv("KAOHE_DATABASE", str(tmp_path / "kaohe.db"))
    monkeypatch.setenv("KAOHE_VAULT_KEY", str(tmp_path / "vault.key"))
    assert kaohe("init", tmp_path / "vault.key").exit_code == 0
    with wiring.compose_engine(str(tmp_path / "kaohe.db"), SystemClock()) as engine:
        store = Vault(engine.ledger.database, MasterKey.read(tmp_path / "vault.key"))
        group = Actor("recorder-1", "working_group")
        yield [confidential.store(engine, store, group, "interview_notes", "p-1", SAID.encode()).id for _ in range(2)]


def test_what_lies_there_is_listed_and_not_shown(kept: list[str]) -> None:
    told = kaohe("status")
    assert told.exit_code == 0
    assert "谈话记录" in told.output
    assert SAID not in told.output


def test_a_person_is_erased_by_the_security_administrator(kept: list[str]) -> None:
    refused = kaohe("erase", "--about", "p-1", "--actor", "sec-1")
    assert refused.exit_code == 2, "no reason was given"
    done = kaohe("erase", "--about", "p-1", "--actor", "sec-1", "--reason", "保存期限已满")
    assert (done.exit_code, "已删除 2 项" in done.output) == (0, True)
    assert "没有可删除的内容" in kaohe("erase", "--about", "p-1", "--actor", "sec-1", "--reason", "再次").stderr
    assert "没有指明要删除什么" in kaohe("erase", "--actor", "sec-1", "--reason", "再次").stderr


def test_the_key_is_changed(kept: list[str], tmp_path: Path) -> None:
    done = kaohe("rotate", tmp_path / "new.key")
    assert (done.exit_code, "2 项内容" in done.output) == (0, True)
    again = kaohe("rotate", tmp_path / "newer.key")
    assert again.exit_code == 2
    assert "另一把密钥" in again.stderr.replace("\n", "")
    assert not (tmp_path / "newer.key").exists()


def test_what_no_entry_names_is_swept_away(kept: list[str], tmp_path: Path) -> None:
    with wiring.compose_engine(str(tmp_path / "kaohe.db"), SystemClock()) as engine:
        store = Vault(engine.ledger.database, MasterKey.read(tmp_path / "vault.key"))
        store.add("name", None, b"x", datetime(2026, 1, 1, tzinfo=UTC))
        assert "已清理 1 项" in kaohe("sweep").output
        assert {one.id for one in vault.list_items(engine.ledger.database)} == set(kept)


def test_a_key_that_is_not_there_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAOHE_DATABASE", str(tmp_path / "kaohe.db"))
    monkeypatch.delenv("KAOHE_VAULT_KEY", raising=False)
    assert "kaohe vault init" in kaohe("rotate", tmp_path / "new.key").stderr
    assert "台账不受影响" in kaohe("rotate", tmp_path / "new.key", "--key", tmp_path / "no.key").stderr.replace(
        "\n", ""
    )
