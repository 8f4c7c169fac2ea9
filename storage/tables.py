"""The rows, as dumb carriers: a table class validates nothing, what goes in was validated by the core.

`entry` and `rulebook` are only ever added to (triggers, `migrations/`). `command` says what a command id was
answered with. `assessment`, `case_record` and `routine_check` are projections: they can be dropped and folded again from the
ledger, and `number` and `version` say up to which entry they were. `head` is one row, and the pen is its lock.

`seal`, `cosignature` and `seal_key` are only ever added to as well. They vouch for the ledger and are no part of it.

`document` and `document_part` keep the bytes behind the digests that facts name.

`delivery`, `contact`, `cursor`, `lease` and `holidays` are the clock's and the post's working memory: they change, and
nothing of the ledger rests on them.

Text columns have no length: PostgreSQL would hold them to it and SQLite would not.
Scores are whole hundredths: SQLite would keep a NUMERIC as a binary fraction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC, on both databases. Refuses a time that does not say its zone.

    SQLite has no such type: there it is text of one fixed width, so that it sorts as the moments do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP WITH TIME ZONE, or text on SQLite."""
        here = String() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(here)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What is sent to the database. ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds")[:26] + "Z" if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The moment as read, aware, in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


class HeadRow(SQLModel, table=True):
    """The one row that knows where the ledger ends. `recorded_at` is the last entry's, as its body has it."""

    __tablename__ = "head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    digest: str
    recorded_at: str | None = None


class EntryRow(SQLModel, table=True):
    """One entry: `body` is the bytes that were hashed, the other columns repeat parts of it for indexing."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("stream", "version", name="entry_stream_version"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str
    version: int
    kind: str
    body: str = Field(sa_type=Text)
    digest: str


class CommandRow(SQLModel, table=True):
    """What a command id was answered with: its first and last entry."""

    __tablename__ = "command"

    id: str = Field(primary_key=True)
    first: int
    last: int


class RulebookRow(SQLModel, table=True):
    """The source of every rulebook an entry names, kept by the digest of its bytes."""

    __tablename__ = "rulebook"

    digest: str = Field(primary_key=True)
    id: str
    source: str = Field(sa_type=Text)


class AssessmentRow(SQLModel, table=True):
    """Where one assessment stands, as folded up to entry `number`. `score` is in hundredths of a point."""

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_year_unit", "year", "unit"),)

    stream: str = Field(primary_key=True)
    number: int
    version: int
    year: int
    unit: str
    unit_kind: str
    occasion: str | None = None
    stage: str
    score: int | None = None
    grade: str | None = None
    vetoed: bool = False
    stale: bool = False
    withdrawn: bool = False
    next_due_at: datetime | None = Field(
        default=None, sa_column=Column("next_due_at", UtcDateTime, nullable=True, index=True)
    )


class CaseRow(SQLModel, table=True):
    """Where one disciplinary case stands, as folded up to entry `number`. No narrative, no names."""

    __tablename__ = "case_record"

    stream: str = Field(primary_key=True)
    number: int
    version: int
    unit: str = Field(index=True)
    unit_now: str | None = Field(default=None, index=True)
    status: str


class RoutineCheckRow(SQLModel, table=True):
    """Where one routine check stands, as folded up to entry `number`. `checked_on` is a day, as 2026-05-12. No finding, no names."""

    __tablename__ = "routine_check"

    stream: str = Field(primary_key=True)
    number: int
    version: int
    unit: str = Field(index=True)
    checked_on: str
    status: str
    next_due_at: datetime | None = Field(
        default=None, sa_column=Column("next_due_at", UtcDateTime, nullable=True, index=True)
    )


class DeliveryRow(SQLModel, table=True):
    """One notice for one recipient by one channel: notice number `item` of entry `number`, of a `kind` and about a `unit` ("" for none).

    `said` is the notice as JSON. `next_at` is when it is to be tried next; None once it is finished. A claim moves
    it on, so that a claim whose owner died is simply due again. `message` is what it went out in, and keeps it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_recipient", "channel", "recipient", "sent_at"),
        Index("delivery_pace", "channel", "tried_at"),
        Index("delivery_inbox", "channel", "recipient", "number"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    item: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    recipient: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    stream: str
    kind: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    unit: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    said: str = Field(sa_type=Text)
    confidential: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: str
    message: str | None = Field(default=None, index=True)
    attempts: int = 0
    told: str | None = None
    made_at: datetime = Field(sa_column=Column("made_at", UtcDateTime, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column("sent_at", UtcDateTime, nullable=True))
    next_at: datetime | None = Field(default=None, sa_column=Column("next_at", UtcDateTime, nullable=True, index=True))
    tried_at: datetime | None = Field(default=None, sa_column=Column("tried_at", UtcDateTime, nullable=True))


class InboxRow(SQLModel, table=True):
    """Up to which entry an account has read its inbox."""

    __tablename__ = "inbox"

    account: str = Field(primary_key=True)
    number: int


class PauseRow(SQLModel, table=True):
    """A channel that waits until `ends_at` because of our setting or our pace: nothing of it is sent before.

    `setting` is what to look at and `why` what the channel said; `tries` counts the tries since `began_at` that ended so.
    """

    __tablename__ = "pause"

    channel: str = Field(primary_key=True)
    setting: str
    why: str = Field(sa_type=Text)
    began_at: datetime = Field(sa_column=Column("began_at", UtcDateTime, nullable=False))
    ends_at: datetime = Field(sa_column=Column("ends_at", UtcDateTime, nullable=False))
    tries: int


class ContactRow(SQLModel, table=True):
    """How an account wants to hear of things, and for which roles it does. An address is personal: never in an entry.

    `roles` and `channels` are words with a space between.
    """

    __tablename__ = "contact"

    account: str = Field(primary_key=True)
    roles: str
    unit: str | None = None
    language: str
    channels: str
    email: str | None = None


class CursorRow(SQLModel, table=True):
    """Up to which entry somebody has read the ledger; its lock is theirs."""

    __tablename__ = "cursor"

    name: str = Field(primary_key=True)
    number: int


class LeaseRow(SQLModel, table=True):
    """Who does a job that one does for all: its owner until `until` (the database's time), and its last sign of life.

    `term` grows with each change of owner. `beat_at` is the owner's own clock; `failed` names what had failed by then.
    """

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    owner: str | None = None
    term: int = 0
    until: datetime | None = Field(default=None, sa_column=Column("until", UtcDateTime, nullable=True))
    beat_at: datetime | None = Field(default=None, sa_column=Column("beat_at", UtcDateTime, nullable=True))
    failed: str | None = None


class HolidaysRow(SQLModel, table=True):
    """One year's table of days off and worked weekends, as imported (`config/calendars.py` has its form)."""

    __tablename__ = "holidays"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=Text)


class SealRow(SQLModel, table=True):
    """A seal over the first `number` entries: its signed `note`, as it went out.

    `root` repeats the note's (base 64). `edge` is the tree's right edge (base 64 of its hashes one after the other): what
    the next seal goes on from.
    """

    __tablename__ = "seal"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: str
    edge: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_column=Column("made_at", UtcDateTime, nullable=False))


class CosignatureRow(SQLModel, table=True):
    """One more signature line under the seal `number`: a witness's, brought back."""

    __tablename__ = "cosignature"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: str = Field(primary_key=True, sa_type=Text)


class SealKeyRow(SQLModel, table=True):
    """A verifier key: of the ledger's own seals after entry `since` ("log"), or of a witness ("witness").

    `note` is how a key was handed on to this one, signed by both; the first has none.
    """

    __tablename__ = "seal_key"

    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(unique=True)
    role: str
    since: int
    note: str | None = Field(default=None, sa_type=Text)
    made_at: datetime = Field(sa_column=Column("made_at", UtcDateTime, nullable=False))


class AccountRow(SQLModel, table=True):
    """What is personal of an account, or secret: replaced and erased freely. Its roles are in the ledger.

    `password` is an argon2id hash, None where nobody signs in by one; `totp` the shared secret (base 32), `totp_at` the
    last time step it was used for. `channel` is how the account wants to hear of things.
    """

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    name: str
    language: str
    password: str | None = None
    password_at: datetime | None = Field(default=None, sa_column=Column("password_at", UtcDateTime, nullable=True))
    totp: str | None = None
    totp_at: int | None = None


class IdentityRow(SQLModel, table=True):
    """Whom a provider of sign-ins means by a subject: somebody is the pair, never the subject alone.

    `digest` is how entries name the row: the SHA-256 of its `salt`, provider and subject.
    """

    __tablename__ = "identity"

    provider: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    account: str = Field(index=True)
    salt: str
    digest: str = Field(unique=True)


class SessionRow(SQLModel, table=True):
    """One browser signed in. `token` is the SHA-256 of the cookie's; `proved_at` when the person last proved who it is.

    `ticket` is the SHA-256 of the CAS ticket by which the provider ends the session; None for other ways to sign in.
    """

    __tablename__ = "session"

    token: str = Field(primary_key=True)
    account: str = Field(index=True)
    provider: str
    address: str
    agent: str
    made_at: datetime = Field(sa_column=Column("made_at", UtcDateTime, nullable=False))
    seen_at: datetime = Field(sa_column=Column("seen_at", UtcDateTime, nullable=False))
    proved_at: datetime = Field(sa_column=Column("proved_at", UtcDateTime, nullable=False))
    ticket: str | None = None


class LinkRow(SQLModel, table=True):
    """A one-time link: the SHA-256 of what it ends with, whose it is, until when. Gone once used."""

    __tablename__ = "link"

    token: str = Field(primary_key=True)
    account: str = Field(index=True)
    until: datetime = Field(sa_column=Column("until", UtcDateTime, nullable=False))


class TokenRow(SQLModel, table=True):
    """A calling system's token: its SHA-256, whose it is, and what the ledger calls it. Until when is the ledger's to say."""

    __tablename__ = "token"

    digest: str = Field(primary_key=True)
    account: str
    token: str


class FailedAttemptRow(SQLModel, table=True):
    """How often in a row signing in failed (from an address, at an account from an address …), and when last.

    `what` is what is counted (`console/web/throttling/attempts.py`), `account` the digest of the name that was typed.
    """

    __tablename__ = "failure"

    what: str = Field(primary_key=True)
    account: str = Field(index=True)
    count: int
    at: datetime = Field(sa_column=Column("at", UtcDateTime, nullable=False))


class DeviceRow(SQLModel, table=True):
    """A browser somebody signed in with: the SHA-256 of its device cookie, the account, and when last. It signs nobody in."""

    __tablename__ = "device"

    digest: str = Field(primary_key=True)
    account: str = Field(primary_key=True, index=True)
    at: datetime = Field(sa_column=Column("at", UtcDateTime, nullable=False))


class RateRow(SQLModel, table=True):
    """How many calls were given out to a caller of the API in a minute, counted from 1970, to all processes together."""

    __tablename__ = "rate"

    caller: str = Field(primary_key=True)
    minute: int
    count: int


class SecurityLogRow(SQLModel, table=True):
    """One line of the security log: what happened at the doors. Only ever added to, and deleted when it is old enough.

    `digest` is over the line and the digest of the line before (`security_log.py`).
    """

    __tablename__ = "security"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = ""
    at: datetime = Field(sa_column=Column("at", UtcDateTime, nullable=False, index=True))
    event: str
    account: str | None = None
    address: str
    what: str


class SecurityHeadRow(SQLModel, table=True):
    """The one row that knows where the security log begins and ends. Its lock is the log's.

    `first` is the first line kept, `before` the digest of the line before it; `number` and `digest` are the last line's.
    """

    __tablename__ = "security_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first: int
    before: str
    number: int
    digest: str


class DocumentRow(SQLModel, table=True):
    """One document that was handed in, by the SHA-256 of its bytes. The names of its files are in `attachment`."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True)
    size: int
    media_type: str
    kept_at: datetime = Field(sa_column=Column("kept_at", UtcDateTime, nullable=False))


class DocumentPartRow(SQLModel, table=True):
    """Some of a document's bytes: part `place`, counted from 0."""

    __tablename__ = "document_part"

    sha256: str = Field(primary_key=True, foreign_key="document.sha256")
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    data: bytes


class VaultRow(SQLModel, table=True):
    """A confidential value: of what kind, about whom, its key `wrapped` by the key `master`, itself `sealed` by its own."""

    __tablename__ = "vault"

    id: str = Field(primary_key=True)
    value: str
    about: str | None = Field(default=None, index=True)
    master: str
    wrapped: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_column=Column("made_at", UtcDateTime, nullable=False))


class UploadRow(SQLModel, table=True):
    """Which account uploaded a document: only then may its form name it."""

    __tablename__ = "upload"

    account: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")


class AttachmentRow(SQLModel, table=True):
    """A file under the entry that names it, by the entry's command id. `name` is the file's, sealed (`sealed.py`); it never changes."""

    __tablename__ = "attachment"

    command: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")
    stream: str = Field(index=True)
    name: str = Field(sa_type=Text)


class DraftRow(SQLModel, table=True):
    """What an account has typed into a form so far: `fields` is a JSON list of pairs. Gone once it is accepted."""

    __tablename__ = "draft"

    account: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    fields: str = Field(sa_type=Text)
    at: datetime = Field(sa_column=Column("at", UtcDateTime, nullable=False))


class VerificationRow(SQLModel, table=True):
    """One replay that was asked for on a page: by whom, when, how far it got, and what it answered.

    `beat_at` is its last sign of life. `expected` names the seals it was held against; `report` is the replay's as JSON, `fault`
    why there is none, in both languages (`bilingual.py`).
    """

    __tablename__ = "verification"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    asked_by: str
    asked_at: datetime = Field(sa_column=Column("asked_at", UtcDateTime, nullable=False))
    expected: str
    size: int
    read: int = 0
    beat_at: datetime = Field(sa_column=Column("beat_at", UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column("finished_at", UtcDateTime, nullable=True))
    report: str | None = Field(default=None, sa_type=Text)
    fault: str | None = None


METADATA: MetaData = SQLModel.metadata
"""The declared schema, which the migrations must amount to."""

HEAD, ENTRY, COMMAND, RULEBOOK, ASSESSMENT, CASE_RECORD, ROUTINE_CHECK = (
    METADATA.tables[name]
    for name in ("head", "entry", "command", "rulebook", "assessment", "case_record", "routine_check")
)
SEAL, COSIGNATURE, SEAL_KEY = (METADATA.tables[name] for name in ("seal", "cosignature", "seal_key"))
VAULT = METADATA.tables["vault"]
DELIVERY, CURSOR, LEASE, PAUSE, VERIFICATION = (
    METADATA.tables[name] for name in ("delivery", "cursor", "lease", "pause", "verification")
)

PROJECTIONS: dict[str, Table] = {
    "assessment": ASSESSMENT, "case_record": CASE_RECORD, "routine_check": ROUTINE_CHECK,
}  # fmt: skip
"""The tables `Pen.project` writes, by name."""
