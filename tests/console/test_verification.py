"""立即核验: a replay asked for on a page names what was tampered with, against one's own seal too; one at a time, with proof."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from httpx2 import Client

from audit.seals import sealing
from audit.seals.sealing import Sealer
from console.web import replay_jobs as verifying
from storage import replay_jobs
from tests.audit.test_sealing import tamper
from tests.college import OPENED

from .auditors import move_deadline, words
from .web import Console, hidden

PATH = "/audit/verification"


def asked(client: Client, **form: str) -> str:
    """Ask for a replay, and the page of its answer once it is there."""
    answer = client.post(PATH, data={**hidden(client.get(PATH).text), **form})
    assert answer.status_code == 303, words(answer.text)
    end = monotonic() + 30
    while "正在复核" in (page := client.get(answer.headers["location"]).text):
        assert monotonic() < end
        sleep(0.05)
    return page


def test_a_sound_ledger_has_no_defect_and_the_answer_is_kept_with_who_asked(college: Console) -> None:
    client = college.sign_in("audit_admin")
    entries = college.engine.ledger.head().number
    page = words(asked(client))
    assert "无缺陷" in page
    assert f"{entries} · " in page
    assert "没有有效的封存" in page
    assert "没有提供另存的封存和公钥" in page
    listed = words(college.sign_in("committee").get(PATH).text)
    assert "第 1 次" in listed
    assert "样例·audit_admin" in listed
    assert college.events("audit_admin")[0] == "verification_asked"
    report = client.get(f"{PATH}/1/report.html")
    assert report.headers["content-disposition"] == 'attachment; filename="replay-1.html"'
    assert "无缺陷" in report.text


def test_a_tampered_ledger_is_found_and_the_defect_names_its_entry(college: Console) -> None:
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    tamper(
        college.database, f"UPDATE entry SET body = replace(body, '2026-11-28', '2026-12-01') WHERE number = {number}"
    )
    page = asked(college.sign_in("audit_admin"))
    assert "无缺陷" not in page
    (row,) = (one for one in page.split("<tr") if "正文与摘要不符" in one)
    assert f'href="/audit/entries/{number}"' in row
    assert "assessment/2026/u-1" in page


def test_a_seal_kept_elsewhere_shows_that_everything_was_written_anew(college: Console, tmp_path: Path) -> None:
    """The ledger grows and is sealed, then an older copy is put back: only the seal in one's hand knows."""
    sealing.create_key(tmp_path / "seal.key", "college.example/kaohe")
    client = college.sign_in("audit_admin")
    move_deadline(college, "u-1", date(2026, 11, 28))
    seal = Sealer(college.database, tmp_path / "seal.key").seal(OPENED)
    assert seal is not None
    number = seal.number
    held = words(asked(client, seal=seal.note.replace("\n", "\r\n")))
    assert "无缺陷" in held
    assert "粘贴的封存" in held
    tamper(
        college.database, f"DELETE FROM entry WHERE number >= {number}", "DELETE FROM seal",
        f"UPDATE head SET number = {number - 1}",
    )  # fmt: skip
    page = words(asked(client, seal=seal.note))
    assert f"粘贴的封存 封存了 {number} 条，台账现只有 {number - 1} 条" in page


def test_what_is_no_seal_and_what_is_no_key_is_told_and_nothing_is_begun(college: Console) -> None:
    client = college.sign_in("audit_admin")
    form = hidden(client.get(PATH).text)
    for given in ({"seal": "no seal"}, {"keys": "no key"}):
        answer = client.post(PATH, data={**form, **given})
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    assert replay_jobs.latest(college.database, 1) == []


def test_another_replay_is_not_begun_while_one_is_under_way(college: Console) -> None:
    replay_jobs.begin(college.database, "committee", college.clock.now(), "", 5)
    client = college.sign_in("audit_admin")
    answer = client.post(PATH, data=hidden(client.get(PATH).text))
    assert answer.status_code == 409
    assert "已有一次核验正在进行" in answer.text
    running = client.get(f"{PATH}/1").text
    assert '<meta http-equiv="refresh"' in running
    assert '<meta http-equiv="refresh"' not in client.get(f"{PATH}/1?still").text


def test_who_did_not_prove_lately_who_they_are_is_led_to_do_so(college: Console) -> None:
    client = college.sign_in("audit_admin")
    form = hidden(client.get(PATH).text)
    college.clock.at += timedelta(minutes=20)
    client.get(PATH)
    college.clock.at += timedelta(minutes=20)
    assert 'href="/prove?next=/audit/verification"' in client.get(PATH).text
    assert client.post(PATH, data=form).status_code == 403
    assert replay_jobs.latest(college.database, 1) == []


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_long_ledger_is_replayed_by_a_process_of_its_own(college: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "LONG_LEDGER", 1)
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    tamper(
        college.database, f"UPDATE entry SET body = replace(body, '2026-11-28', '2026-12-01') WHERE number = {number}"
    )
    assert "正文与摘要不符" in asked(college.sign_in("audit_admin"))


def test_a_replay_that_fails_is_told_and_the_next_may_begin(college: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(verifying, "replay", failing)
        page = words(asked(college.sign_in("audit_admin")))
    assert "没有完成" in page
    assert "出错：MemoryError" in page
    assert "无缺陷" in words(asked(college.sign_in("audit_admin")))
