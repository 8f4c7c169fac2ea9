"""导出与验包: a bundle made on a page is on record, and verifies; one that was changed does not, and what is too large is told so."""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from httpx2 import Client
from openpyxl import load_workbook

from audit.seals import sealing
from audit.seals.sealing import Sealer
from console.web.pages.ledger import exports
from storage.papers.comments import comments_of
from tests.audit.bundles import content, pack
from tests.college import OFFICE, OPENED
from workflow.comments import add_comment

from .auditors import move_deadline, words
from .web import Console, hidden

PATH = "/audit/exports"
STREAM = "assessment/2026/u-1"
COMMENT = "自评材料缺第三项的佐证"


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that seals the ledger and signs the lists of dossiers."""
    sealing.create_key(tmp_path / "seal.key", "college.example/kaohe")
    monkeypatch.setenv("KAOHE_SEAL_KEY", str(tmp_path / "seal.key"))


@pytest.fixture
def sealed(college: Console, tmp_path: Path) -> Console:
    """The college, a deadline moved, everything sealed."""
    move_deadline(college, "u-1", date(2026, 11, 28))
    Sealer(college.database, tmp_path / "seal.key").seal(OPENED)
    return college


def exported(client: Client, **form: str) -> bytes:
    answer = client.post(PATH, data={**hidden(client.get(PATH).text, PATH), **form})
    assert answer.headers["content-type"] == "application/zip", words(answer.text)
    return answer.content


def check(client: Client, data: bytes, **form: str) -> str:
    files = {"bundle": ("bundle.zip", data, "application/zip")}
    return client.post(
        f"{PATH}/check", data={**hidden(client.get(PATH).text, f"{PATH}/check"), **form}, files=files
    ).text


def test_a_year_and_a_dossier_are_exported_on_record_and_verify(sealed: Console) -> None:
    client = sealed.sign_in("audit_admin")
    for form, name in (
        ({"year": "2026"}, "ledger-2026.zip"),
        ({"year": "2026", "unit": "u-1"}, "dossier-2026-u-1.zip"),
    ):
        data = exported(client, **form)
        assert "verify.py" in zipfile.ZipFile(BytesIO(data)).namelist()
        assert "无缺陷" in check(client, data)
        assert [row for row in sealed.events("audit_admin") if row == "bundle_exported"]
        assert name in client.get("/security-log").text


def test_a_bundle_that_was_changed_does_not_verify(sealed: Console, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    client = sealed.sign_in("audit_admin")
    path.write_bytes(exported(client, year="2026"))
    changed = {name: held.replace(b"2026-11-28", b"2026-12-01") for name, held in content(path).items()}
    page = check(client, pack(changed, path).read_bytes())
    assert "无缺陷" not in page
    assert re.search(r"第 \d+ 号", page)


def test_a_dossier_of_what_is_not_sealed_and_a_year_that_was_never_are_refused(college: Console) -> None:
    client = college.sign_in("audit_admin")
    form = hidden(client.get(PATH).text, PATH)
    for given, said in (
        ({"year": "2026", "unit": "u-1"}, "无法出具证明"),
        ({"year": "2031"}, "台账中没有 2031 年度的记录"),
        ({"year": "../..", "unit": "x"}, "请选择年度"),
    ):
        answer = client.post(PATH, data={**form, **given})
        assert answer.status_code == 409
        assert said in answer.text
    assert "bundle_exported" not in college.events()


def test_who_did_not_prove_lately_who_they_are_exports_nothing(college: Console) -> None:
    client = college.sign_in("audit_admin")
    form = hidden(client.get(PATH).text, PATH)
    college.clock.at += timedelta(minutes=20)
    client.get(PATH)
    college.clock.at += timedelta(minutes=20)
    assert 'href="/prove?next=/audit/exports"' in client.get(PATH).text
    assert client.post(PATH, data={**form, "year": "2026"}).status_code == 403
    assert "bundle_exported" not in college.events()


def test_what_is_no_bundle_or_too_large_is_told_so_without_a_path_of_ours(
    college: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = college.sign_in("audit_admin")
    page = check(client, b"no zip")
    assert "不是导出的 zip 文件" in page
    assert "/bundle.zip" not in page
    large = pack({"entries.jsonl": Random(1).randbytes(1 << 19).hex().encode() * 17}, tmp_path / "b.zip")
    assert "kaohe audit verify" in check(client, large.read_bytes())
    monkeypatch.setattr(exports, "MAX_ENTRIES", 1)
    answer = client.post(PATH, data={**hidden(client.get(PATH).text, PATH), "year": "2026"})
    assert "kaohe audit export --year 2026" in answer.text


def test_a_dossier_is_exported_with_the_comments_beside_it_if_wanted(sealed: Console) -> None:
    add_comment(sealed.engine, STREAM, COMMENT, OFFICE, OPENED, "comment-1")
    client = sealed.sign_in("committee")
    assert "verify.py" in zipfile.ZipFile(BytesIO(exported(client, year="2026", unit="u-1"))).namelist()
    both = zipfile.ZipFile(BytesIO(exported(client, year="2026", unit="u-1", comments="1")))
    assert both.namelist() == ["dossier-2026-u-1.zip", "comments-2026-u-1.xlsx"]
    assert "verify.py" in zipfile.ZipFile(BytesIO(both.read("dossier-2026-u-1.zip"))).namelist()
    cells = [cell.value for row in load_workbook(BytesIO(both.read("comments-2026-u-1.xlsx"))).active for cell in row]
    (one,) = comments_of(sealed.database, STREAM)
    assert {"样例·office", COMMENT, one.id, one.digest} <= set(cells)


def test_comments_are_exported_with_no_year_and_by_nobody_who_may_not_read_them(sealed: Console) -> None:
    client = sealed.sign_in("committee")
    form = hidden(client.get("/audit/exports").text, "/audit/exports")
    answer = client.post("/audit/exports", data={**form, "year": "2026", "unit": "", "comments": "1"})
    assert "意见只能随一个部门的卷宗导出" in words(answer.text)
    auditor = sealed.sign_in("audit_admin")
    page = auditor.get("/audit/exports").text
    assert not re.search(r'name="comments"', page)
    form = {**hidden(page, "/audit/exports"), "year": "2026", "unit": "u-1", "comments": "1"}
    assert auditor.post("/audit/exports", data=form).status_code == 403
