"""How an account authenticates: by a password, a second factor (TOTP) or a one-time link.

Passwords follow ASVS 6.2: at least twelve characters, any character, no composition rules, no forced change. A
password that is easily guessed is refused, and so is one made of the name of the institution, the system or the
account.

Not here: the throttling of failed attempts (`throttling/`), and sessions (`sessions.py`).
"""

from __future__ import annotations

import base64
import hmac
import re
import struct
from collections.abc import Iterable
from datetime import datetime
from secrets import token_bytes
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct
from zxcvbn import zxcvbn

from states.accounts.account import OPERATOR
from states.accounts.credentials import commitment, holder_actor
from states.accounts.links import LINK_LIFETIME, IssueLink, SetPassword
from states.accounts.passwords import ChangePassword
from states.command_ids import CommandId
from states.records.account import HOLDER, Account
from states.streams import account_stream
from states.user_errors import UserError
from states.vocabulary import Actor, Command, Digest, Text
from storage.database.database import Database
from storage.database.prepared import SideWrite
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow
from storage.vault import account_secrets
from workflow.engine import Accepted, Engine, Submission
from workflow.year import submit_in_batches

from . import sessions
from .command_ids import new_id
from .throttling import attempts, devices

MAX_LENGTH, MIN_LENGTH, MIN_SCORE = 128, 12, 3
"""The most and the fewest characters of a password, and the lowest score of zxcvbn (0 to 4) that is accepted."""
_MAX_JUDGED = 72
"""The most characters that zxcvbn accepts. It judges only the beginning of a longer password."""
_MIN_REMAINDER = 8
"""The fewest characters that a password must have beside well-known words."""
_COMMON_WORDS = ("kaohe", "password", "mima", "woaini", "5201314", "1314520")

HASHER = PasswordHasher()
# If an account has no password, the attempt is compared with this hash. It then takes as long as any other attempt, so
# the time does not show which accounts exist.
DUMMY_HASH = HASHER.hash(token_bytes(16))


class WrongSignIn(UserError):
    """The sign-in failed. The message does not say which part was wrong, so that nobody learns which accounts exist."""

    zh = "账号、密码或动态口令不正确。请核对后重试；忘记密码或手机遗失，请联系系统管理员发放一次性链接。"
    en = (
        "The account, password or code is wrong. Check them and try again. If you have forgotten your password or "
        "lost your phone, ask the system administrator for a one-time link."
    )


class FactorLost(WrongSignIn):
    """The password is right, but the secret of the second factor cannot be read any more, so no code can be checked."""

    zh = "密码正确，但动态口令无法核对：保存它的密钥不在本机，或所存内容与台账不符。请向系统管理员申请一次性链接重设密码，动态口令将随之取消，登录后请重新启用。"
    en = (
        "The password is right, but no code can be checked: the key that encrypts your second factor is not here, or "
        "the stored secret is not the one that the ledger names. Ask the system administrator for a one-time link. "
        "Setting a new password removes the second factor; set it up again after signing in."
    )


class WeakPassword(UserError):
    """A new password is refused."""

    zh = "这个密码不能使用：{why}。可用几个互不相干的词连成一句，长度比花样更重要。"
    en = (
        "This password cannot be used: {why}. A few unrelated words work well. Length matters more than odd characters."
    )


# --- passwords ------------------------------------------------------------------------------------


def hash_password(password: str) -> str:
    """The argon2id hash, with its salt and parameters (RFC 9106, second recommendation: 64 MiB, 3 passes)."""
    return HASHER.hash(password)


def matches_hash(password: str, stored: str | None) -> bool:
    """Whether `stored` is a hash of the password.

    Without a stored hash it returns False, and takes as long as with one.
    """
    try:
        HASHER.verify(stored or DUMMY_HASH, password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def check_new_password(password: str, repeated: str, words: tuple[str, ...]) -> None:
    """Raise `WeakPassword` if a new password is too short, too long, mistyped, easily guessed or made of `words`."""
    weakness = _weakness(password, repeated, words)
    if weakness is not None:
        raise WeakPassword(why=weakness)


def _weakness(password: str, repeated: str, words: tuple[str, ...]) -> Text | None:
    if len(password) < MIN_LENGTH:
        return Text(zh=f"不足 {MIN_LENGTH} 个字符", en=f"it has fewer than {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        return Text(zh=f"超过 {MAX_LENGTH} 个字符", en=f"it has more than {MAX_LENGTH} characters")
    if password != repeated:
        return Text(zh="两次输入不一致", en="the two are not the same")
    well_known_words = [word.lower() for word in (*words, *_COMMON_WORDS) if len(word) > 2]
    remainder = password.lower()
    for word in well_known_words:
        remainder = remainder.replace(word, "")
    if len(remainder) < _MIN_REMAINDER:
        return Text(
            zh="主要由人人知道的词组成（单位、系统、账号的名称和常用词）",
            en="it is mostly made of well-known words (the name of the institution, the system or the account)",
        )
    if zxcvbn(password[:_MAX_JUDGED], user_inputs=well_known_words)["score"] < MIN_SCORE:
        return Text(
            zh="容易被猜中，属于常见密码或其变化", en="it is easily guessed: a common password or a variation of one"
        )
    return None


def words_of_account(domain: str, account_id: str, name: str) -> tuple[str, ...]:
    """The words that everybody here knows: parts of the institution's domain, the account's id, its holder's name."""
    return tuple(re.split(r"[.\s·_-]+", f"{domain} {account_id} {name}"))


# --- the second factor ----------------------------------------------------------------------------

STEP_SECONDS, DIGITS = 30, 6


def new_secret() -> str:
    """A secret for a second factor: 160 random bits in base 32."""
    return base64.b32encode(token_bytes(20)).decode()


# A shorter secret could be guessed from its digest in the ledger.
SECRET_PATTERN = re.compile(r"[A-Z2-7]{32}")
"""The form of a secret that `new_secret` makes."""


def totp_code(secret: str, step: int) -> str:
    """The code of one time step (RFC 6238 with SHA-1, the only hash that every authenticator app supports)."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    # Dynamic truncation (RFC 4226, section 5.3).
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step of a code: the present one or a neighbour, because clocks differ a little.

    None for a wrong code.
    """
    present = int(now.timestamp()) // STEP_SECONDS
    code = code.replace(" ", "")
    if not code.isascii():
        return None
    steps = (present - 1, present, present + 1)
    return next((step for step in steps if hmac.compare_digest(totp_code(secret, step), code)), None)


def otpauth_uri(secret: str, account_id: str, domain: str) -> str:
    """The URI in the QR code that an authenticator app scans (Google Authenticator's key URI format)."""
    # The label must begin with the issuer: some apps refuse any other.
    issuer = quote(f"考核 {domain}")
    return f"otpauth://totp/{issuer}:{quote(account_id)}?secret={secret}&issuer={issuer}"


# --- authentication -------------------------------------------------------------------------------


def row_with_recorded_secrets(engine: Engine, account_id: str) -> AccountRow | None:
    """An account's row, with only those secrets whose digest is in the account's stream.

    A second factor with another digest becomes `UNREADABLE_FACTOR`.
    """
    # Somebody who can write to the database, but cannot make the engine record an entry, must not be able to set the
    # password of an account.
    row = accounts.account(engine.ledger.database, account_id)
    if row is None:
        return None
    state = state_of(engine, account_id)
    if row.password is not None and commitment(row.password) != state.password:
        row.password = None
    if state.factor is None:
        row.totp = None
    elif row.totp is None or commitment(row.totp) != state.factor:
        row.totp = accounts.UNREADABLE_FACTOR
    return row


def state_of(engine: Engine, account_id: str) -> Account:
    """The state of an account, folded from the ledger."""
    state = engine.state(account_stream(account_id))
    assert isinstance(state, Account)
    return state


def authenticate(
    engine: Engine, typed_id: str, password: str, typed_code: str, address: str, now: datetime, device: str = ""
) -> AccountRow:
    """Check the password of an account and, if it has one, its second factor. Returns the account's row.

    `device` is the browser's device cookie (`throttling/devices.py`). Raises `WrongSignIn`, `FactorLost`,
    `TooManyAttempts`.
    """
    # The attempt is counted before the password is checked. Otherwise a hundred guesses sent at once would all be
    # checked before the first of them counts.
    database, account_id = engine.ledger.database, typed_id.strip().lower()[:64]
    is_known = devices.is_known(database, device, now, account_id)
    attempt = attempts.begin(database, account_id, address, device if is_known else None, now)
    row = row_with_recorded_secrets(engine, account_id)
    # A hash is verified even if there is no row, so that the time does not show which accounts exist (`DUMMY_HASH`).
    is_right = matches_hash(password, row.password if row else None)
    if row is None or not is_right:
        raise WrongSignIn
    if row.totp == accounts.UNREADABLE_FACTOR:
        # The password is right, and no code can be checked. The attempt is not a guess, so it does not count.
        attempts.release(database, attempt)
        raise FactorLost
    if not _is_second_factor_right(database, row, typed_code, now):
        raise WrongSignIn
    attempts.release(database, attempt)
    return row


def _is_second_factor_right(database: Database, row: AccountRow, typed_code: str, now: datetime) -> bool:
    """Whether the code is right, or the account has no second factor.

    Each code is accepted once. Each attempt is counted, and a successful one is released again (`attempts.py`).
    """
    if row.totp is None:
        return True
    attempt = attempts.begin_code(database, row.id, now)
    step = None if attempt is None else matching_step(row.totp, typed_code, now)
    if attempt is None or step is None or not accounts.use_step(database, row.id, step):
        return False
    attempts.release(database, attempt)
    return True


# --- links ----------------------------------------------------------------------------------------


class ShownOnce(UserError):
    """A command that issues a secret was sent twice.

    The first answer has shown the secret; only its digest is stored.
    """

    zh = "本次提交已办理过：{what}只显示一次，不再显示。如未记下，请重新发放，原来的随即失效。"
    en = (
        "This has already been done. {what} is shown only once and cannot be shown again. If you did not write it "
        "down, issue another; the first one then stops working."
    )


PASSWORD_RULE = Text(
    zh=f"至少 {MIN_LENGTH} 个字符。可用几个互不相干的词连成一句；不要用单位、系统或本人的名称。",
    en=f"At least {MIN_LENGTH} characters. A few unrelated words work well. Do not use the name of the institution, "
    "the system or yourself.",
)
"""What a new password must be, for people: beside the field, on a slip and in a letter (`check_new_password`)."""

LINK_TITLE = Text(zh="链接", en="the link")


def refuse_repetition(accepted: Accepted, secret_title: Text) -> None:
    """Raise `ShownOnce` if the command was a repetition: then there is no secret to show."""
    if accepted.repeated:
        raise ShownOnce(what=secret_title)


class SecretIssue(Struct, frozen=True):
    """A command that issues a secret. `beside` writes the rows that belong to the entry, in the same transaction."""

    stream: str
    command: Command
    beside: tuple[SideWrite, ...]


def issue_link(engine: Engine, account_id: str, by: Actor, command_id: CommandId) -> str:
    """Issue a one-time link and return its path. The person who opens it chooses the account's password.

    Raises `ShownOnce` and the engine's `Refusal`.
    """
    issue, path = prepare_link(engine, account_id)
    refuse_repetition(engine.submit(issue.stream, issue.command, by, command_id, beside=issue.beside), LINK_TITLE)
    return path


def prepare_link(engine: Engine, account_id: str) -> tuple[SecretIssue, str]:
    """The command that issues a new link, and the link's path. The link works only after the command was accepted."""
    token, expires_at = sessions.new_token(), engine.clock.now() + LINK_LIFETIME
    digest = sessions.digest(token)
    issue = SecretIssue(
        account_stream(account_id),
        IssueLink(link=digest),
        (account_secrets.link_write(digest, account_id, expires_at),),
    )
    return issue, f"/welcome/{token}"


def account_of_link(engine: Engine, token: str) -> Account | None:
    """The account of a link; None if the link is used, replaced or older than `LINK_LIFETIME`."""
    digest, now = sessions.digest(token), engine.clock.now()
    account_id = accounts.account_of_link(engine.ledger.database, digest, now)
    state = state_of(engine, account_id) if account_id is not None else None
    if state is None or state.link is None or state.link.digest != digest or now - state.link.at > LINK_LIFETIME:
        return None
    return state


def choose_password(engine: Engine, account: Account, token: str, password: str, command_id: str) -> None:
    """Choose a password by a link, which can be used only once.

    Removes the second factor and ends every session. Raises the engine's `Refusal`.
    """
    password_hash = hash_password(password)
    command = SetPassword(link=sessions.digest(token), password=commitment(password_hash))
    beside = [account_secrets.password_write(account.id, password_hash, engine.clock.now())]
    engine.submit(account.stream, command, holder_actor(account), command_id, beside=beside)


def change_password(engine: Engine, account: Account, password: str, session: str, command_id: str) -> None:
    """Change the password and end every session except this one. Raises the engine's `Refusal`."""
    password_hash = hash_password(password)
    command = ChangePassword(password=commitment(password_hash), session=Digest(session))
    beside = [account_secrets.password_write(account.id, password_hash, engine.clock.now())]
    engine.submit(account.stream, command, holder_actor(account), command_id, beside=beside)


def set_passwords(engine: Engine, account_ids: Iterable[str], password: str) -> None:
    """Give these accounts a password, each by a link that is used at once: for the demonstration and for tests."""
    password_hash, now, submissions = hash_password(password), engine.clock.now(), []
    for account_id in account_ids:
        stream, token = account_stream(account_id), sessions.new_token()
        link = sessions.digest(token)
        submissions.append(Submission(stream, IssueLink(link=link), OPERATOR, new_id("link")))
        command = SetPassword(link=link, password=commitment(password_hash))
        beside = (account_secrets.password_write(account_id, password_hash, now),)
        submissions.append(Submission(stream, command, Actor(account_id, HOLDER), new_id("choose"), beside=beside))
    submit_in_batches(engine, submissions)
