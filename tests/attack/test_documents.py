"""Attacks on documents: a digest learnt elsewhere gives nobody the bytes."""

from __future__ import annotations

from hashlib import sha256

from storage.papers import attachments, documents
from tests.console.test_api import SELF_REPORT, submission, system
from tests.console.walk import FILE, HOME, day, marks, send
from tests.console.web import Console, hidden

SECRET = b"what another unit handed in"


def handed_in_by_somebody(college: Console, account: str) -> str:
    """Some bytes that this account handed in with a form of its own; their digest."""
    digest = documents.store(college.database, SECRET, "application/pdf", college.clock.now())
    attachments.record_upload(college.database, account, digest)
    return digest


def test_a_system_that_names_a_digest_gives_nobody_the_document(college: Console) -> None:
    """The API takes a digest without its bytes: somebody who learnt one could name it, then fetch it from the page."""
    college.clock.at = day("11-19")
    digest = handed_in_by_somebody(college, "unit-2")
    report = {"sha256": digest, "size": len(SECRET), "media_type": "application/pdf"}
    asked = submission("submit_self_report", {**SELF_REPORT, "report": report})
    assert system(college, "unit", unit="u-1").post("/commands", json=asked).status_code == 200
    for account in ("unit-1", "office"):
        client = college.sign_in(account)
        assert digest[:8] not in client.get(HOME).text.split("documents/")[1:]
        answer = client.get(f"{HOME}/documents/{digest}")
        assert (answer.status_code, SECRET in answer.content) == (409, False)


def test_a_form_that_names_a_digest_it_did_not_hand_in_is_refused(college: Console) -> None:
    college.clock.at = day("11-19")
    digest = handed_in_by_somebody(college, "unit-2")
    typed = {**marks("self_scores"), "file-report": f"{digest}.{len(SECRET)}.report.pdf"}
    answer = send(college.sign_in("unit-1"), "submit_self_report", typed)
    assert answer.status_code == 409
    assert college.assessment().version == 1


def test_a_draft_that_names_a_digest_gives_no_right_to_it(college: Console) -> None:
    """Neither saving nor bringing back what was typed hands anything in."""
    college.clock.at = day("11-19")
    digest = handed_in_by_somebody(college, "unit-2")
    client = college.sign_in("unit-1")
    typed = {**marks("self_scores"), "file-report": f"{digest}.{len(SECRET)}.report.pdf"}
    assert send(client, "submit_self_report", typed, _do="draft").status_code == 303
    back = hidden(client.get(f"{HOME}/submit_self_report").text)
    assert client.post(f"{HOME}/submit_self_report", data={**back, **typed, "_do": "confirm"}).status_code == 409
    assert client.get(f"{HOME}/documents/{digest}").status_code == 409


def test_somebody_who_hands_in_the_bytes_hands_them_out_to_those_who_see_the_entry(college: Console) -> None:
    college.clock.at = day("11-19")
    digest = sha256(FILE[1]).hexdigest()
    assert (
        send(college.sign_in("unit-1"), "submit_self_report", marks("self_scores"), {"report": FILE}).status_code == 303
    )
    assert college.sign_in("office").get(f"{HOME}/documents/{digest}").content == FILE[1]
    assert college.sign_in("unit-2").get(f"{HOME}/documents/{digest}").status_code == 403
