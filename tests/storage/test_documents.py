"""Documents kept by their digests, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import text

from storage.database.database import Database
from storage.papers import documents

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_a_document_of_many_parts_comes_back_to_the_byte(database: Database) -> None:
    data = bytes(range(256)) * 10_000
    digest = documents.store(database, data, "application/pdf", NOW)
    assert digest == sha256(data).hexdigest()
    assert documents.find(database, digest) == (len(data), "application/pdf")
    assert documents.read(database, digest) == data


def test_the_same_document_handed_in_again_is_kept_once(database: Database) -> None:
    for media_type in ("text/plain", "application/pdf"):
        digest = documents.store(database, b"same", media_type, NOW)
    assert documents.find(database, digest) == (4, "text/plain")
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM document_part")) == 1


def test_what_is_not_kept_is_none(database: Database) -> None:
    assert documents.find(database, "0" * 64) is None
    assert documents.read(database, "0" * 64) is None


def test_bytes_that_are_no_longer_what_their_digest_says_are_not_handed_out(database: Database) -> None:
    digest = documents.store(database, b"as it was", "text/plain", NOW)
    with database.writing() as connection:
        connection.execute(text("UPDATE document_part SET data = :data"), {"data": b"edited"})
    assert documents.read(database, digest) is None
