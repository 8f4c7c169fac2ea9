"""Bundles with the documents themselves: each under its digest, and one that is swapped or missing named with the entry."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from audit.bundle import export, verify
from audit.reader import DatabaseDocuments, DatabaseReader
from storage.database.database import Database
from storage.tables.columns import METADATA
from tests.audit.bundles import Content, content, pack
from tests.conftest import NewUrl
from tests.console.walk import FILE, walk
from tests.console.web import Console, console, settle

REPORT = sha256(FILE[1]).hexdigest()


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """Two entries that name one document: a self-report and minutes, handed in on the pages."""
    with Database.open(new_url(dialect, settle)) as database, console(database) as made:
        walk(made, until="record_ballot")
        yield made


@pytest.fixture
def bundle(college: Console, tmp_path: Path) -> Path:
    path = tmp_path / "b.zip"
    reader, documents = DatabaseReader(college.database), DatabaseDocuments(college.database)
    done = export.export_ledger(reader, 2026, path, documents=documents)
    assert (done.cited, done.documents) == (1, 1)
    return path


def naming(college: Console) -> list[int]:
    return [row[0] for row in DatabaseReader(college.database).entries() if f'"sha256":"{REPORT}"' in row[4]]


def test_a_bundle_holds_the_documents_its_entries_name_and_its_own_program_checks_them(
    college: Console, bundle: Path, tmp_path: Path
) -> None:
    files = content(bundle)
    assert files[f"documents/{REPORT}"] == FILE[1]
    program = tmp_path / "verify.py"
    program.write_bytes(files["verify.py"])
    command = [sys.executable, "-I", str(program), str(bundle), "--lang", "en"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, "no defect" in told.stdout) == (0, True), told.stdout
    swapped = {**files, f"documents/{REPORT}": FILE[1] + b"%"}
    command[3] = str(pack(swapped, tmp_path / "swapped.zip"))
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    first, second = naming(college)
    assert told.returncode == 1
    assert f"entry {first}: The document {REPORT[:16]}" in told.stdout
    assert f"so does entry {second}" in told.stdout


def without(files: Content) -> Content:
    return {name: held for name, held in files.items() if name != f"documents/{REPORT}"}


def test_a_missing_document_is_named_with_the_entries_that_name_it(
    college: Console, bundle: Path, tmp_path: Path
) -> None:
    (found,) = verify.check(str(pack(without(content(bundle)), tmp_path / "c.zip"))).defects
    assert (found.code, found.number) == ("document", naming(college)[0])
    assert "缺失" in found.zh


def test_a_list_that_says_otherwise_than_the_entries_and_a_document_nobody_names_are_found(
    bundle: Path, tmp_path: Path
) -> None:
    files = content(bundle)
    emptied = {**files, verify.DOCUMENTS: b"[]\n"}
    assert [one.code for one in verify.check(str(pack(emptied, tmp_path / "c.zip"))).defects] == ["documents"]
    planted = {**files, f"documents/{sha256(b'planted').hexdigest()}": b"planted"}
    assert [one.code for one in verify.check(str(pack(planted, tmp_path / "d.zip"))).defects] == ["document"]


def test_without_them_the_digests_are_listed_and_it_is_said_what_is_not_there(college: Console, tmp_path: Path) -> None:
    done = export.export_ledger(DatabaseReader(college.database), 2026, tmp_path / "b.zip")
    assert (done.cited, done.documents) == (1, 0)
    files = content(tmp_path / "b.zip")
    assert REPORT.encode() in files[verify.DOCUMENTS]
    assert not any(name.startswith("documents/") for name in files)
    outcome = verify.check(str(tmp_path / "b.zip"))
    assert outcome.defects == []
    assert any("1 份文件只有摘要" in zh for zh, _ in outcome.remarks)


def test_a_document_that_is_no_longer_what_its_digest_says_does_not_go_into_a_bundle(
    college: Console, tmp_path: Path
) -> None:
    part = METADATA.tables["document_part"]
    with college.database.writing() as connection:
        connection.execute(update(part).values(data=b"another"))
    reader, documents = DatabaseReader(college.database), DatabaseDocuments(college.database)
    assert export.export_ledger(reader, 2026, tmp_path / "b.zip", documents=documents).documents == 0
    assert verify.check(str(tmp_path / "b.zip")).defects == []
