"""`kaohe audit export` and `verify`, as typed: what they print, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from audit.seals import sealing
from audit.seals.sealing import Sealer
from config.clock import SystemClock
from console.cli.app import app
from storage import queries
from storage.database.database import Database
from tests.audit.bundles import bodies, content, pack, with_bodies
from tests.audit.copies import live

RUN = CliRunner()


def kaohe(*words: object) -> Any:
    return RUN.invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def college(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose year is over, half of it sealed."""
    path = tmp_path_factory.mktemp("exporting") / "kaohe.db"
    Database.create(str(path)).close()
    live(str(path))
    sealing.create_key(path.with_name("seal.key"), "college.example/kaohe")
    with Database.open(str(path)) as database:
        Sealer(database, path.with_name("seal.key")).seal(SystemClock().now())
    return path


@pytest.fixture(autouse=True)
def here(college: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAOHE_SEAL_KEY", str(college.with_name("seal.key")))
    monkeypatch.delenv("KAOHE_DATABASE", raising=False)
    return tmp_path


def test_a_year_is_exported_and_verified(college: Path) -> None:
    done = kaohe("audit", "export", "--year", 2026, "-o", "y.zip", "--database", college)
    assert done.exit_code == 0, done.output
    assert "已写出 y.zip" in done.output
    for language, said in (("zh", "无缺陷"), ("en", "no defect")):
        checked = kaohe("audit", "verify", "y.zip", "--lang", language)
        assert checked.exit_code == 0
        assert said in checked.output


def test_documents_that_are_not_kept_here_are_told_by_their_number(college: Path) -> None:
    """The sample's documents are digests only, as of another system's."""
    plain = kaohe("audit", "export", "--year", 2026, "-o", "y.zip", "--database", college)
    assert "--with-documents" in plain.output
    done = kaohe("audit", "export", "--year", 2026, "-o", "y.zip", "--with-documents", "--database", college)
    assert "包中有原件 0 份" in done.output
    assert "documents.json" in done.output.replace("\n", "")
    assert "只有摘要" in kaohe("audit", "verify", "y.zip").output


def test_a_units_dossier_is_exported_and_verified(college: Path) -> None:
    with Database.open(str(college), read_only=True) as database:
        unit = next(row.unit for row in queries.assessments(database, 2026))
    done = kaohe("audit", "export", "--year", 2026, "--unit", unit, "-o", "d.zip", "--database", college)
    assert done.exit_code == 0, done.output
    checked = kaohe("audit", "verify", "d.zip", "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["form"] == "dossier"


def test_a_step_the_rules_forbid_is_found_in_a_bundle_whose_every_hash_agrees(college: Path, here: Path) -> None:
    """What `verify.py` cannot see, because it knows no rulebook; it sees that the bundle goes on after its year."""
    kaohe("audit", "export", "--year", 2026, "-o", "y.zip", "--database", college)
    files = content(here / "y.zip")
    last = json.loads(bodies(files)[-1])
    forged = {**last, "role": "unit", "number": last["number"] + 1, "version": last["version"] + 1}
    forged["previous"] = json.loads(files["about.json"])["last"]["digest"]
    body = json.dumps(forged, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    pack(with_bodies(files, [*bodies(files), body]), here / "forged.zip")
    checked = kaohe("audit", "verify", "forged.zip", "--json")
    assert checked.exit_code == 1
    found = json.loads(checked.stdout)["defects"]
    assert {one["number"] for one in found} == {forged["number"]}
    assert {"end"} < {one["code"] for one in found} <= {"end", "entitled", "refused", "illegal"}


def test_what_cannot_be_looked_at_or_made_is_told_in_words_and_exits_with_2(college: Path, here: Path) -> None:
    (here / "x.zip").write_text("rubbish")
    for command, said in (
        (("verify", "x.zip"), "不是导出的 zip 文件"),
        (("verify", "nowhere.zip"), "无法打开"),
        (("verify", "x.zip", "--expect", "x.zip"), "不是封存文件"),
        (("verify", "x.zip", "--key", "rubbish"), "不是公钥"),
        (("export", "--year", 2040, "-o", "y.zip", "--database", college), "2040 年度的记录"),
        (("export", "--year", 2026, "--unit", "nobody", "-o", "y.zip", "--database", college), "nobody"),
        (("export", "--year", 2026, "-o", "no/y.zip", "--database", college), "未能写出"),
    ):
        done = kaohe("audit", *command)
        assert done.exit_code == 2, command
        assert said in done.stderr.replace("\n", ""), command
