"""What mail servers say is about our setting, our pace, the address or the letter: told apart in real conversations."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from notifications.channels.message import NotSent
from notifications.channels.smtp_refusals import KNOWN_REFUSALS, SENDING_LIMITS, classify, sending_limit_of

from .conftest import Authority
from .servers import mail_server
from .test_smtp import MESSAGE, PASSWORD, channel

OURS = [
    ("AUTH", "535 Error: authentication failed", "KAOHE_SMTP_PASSWORD"),
    ("AUTH", "535 5.7.8 Username and Password not accepted", "KAOHE_SMTP_PASSWORD"),
    ("AUTH", "534 5.7.9 Application-specific password required", "KAOHE_SMTP_PASSWORD"),
    ("AUTH", "526 Authentication failure[0]", "KAOHE_SMTP_PASSWORD"),
    ("AUTH", "454 4.7.0 Temporary authentication failure", "KAOHE_SMTP_PASSWORD"),
    ("MAIL", "530 5.7.57 Client not authenticated to send mail", "KAOHE_SMTP_PASSWORD"),
    ("MAIL", "538 5.7.11 Encryption required", "KAOHE_SMTP_PASSWORD"),
    ("MAIL", "553 Mail from must equal authorized user", "KAOHE_SMTP_FROM"),
    ("MAIL", "501 mail from address must be same as authorization user", "KAOHE_SMTP_FROM"),
    ("MAIL", "440 mail from account doesn't conform with authentication", "KAOHE_SMTP_FROM"),
    ("RCPT", "553 5.7.1 <k@x.cn>: Sender address rejected: not owned by user k", "KAOHE_SMTP_FROM"),
    ("END", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "KAOHE_SMTP_FROM"),
    ("END", "550 5.7.26 This mail has been blocked because the sender is unauthenticated", "KAOHE_SMTP_FROM"),
    (
        "END",
        "550 5.7.1 Unauthenticated email from x.cn is not accepted due to domain's DMARC policy",
        "KAOHE_SMTP_FROM",
    ),
    ("RCPT", "550 5.7.23 SPF validation failed", "KAOHE_SMTP_FROM"),
    ("MAIL", "554 nobody knows this refusal", "KAOHE_SMTP_FROM"),
    ("CONNECT", "554 black ip", "KAOHE_SMTP_HOST"),
    ("CONNECT", "421 HL:REP bad history", "KAOHE_SMTP_HOST"),
    ("RCPT", "554 5.7.1 Relay access denied", "KAOHE_SMTP_HOST"),
    ("END", "550 Sender frequency limited", "KAOHE_SMTP_PER_MINUTE"),
    ("END", "550 Connection frequency limited", "KAOHE_SMTP_PER_MINUTE"),
    ("RCPT", "450 MI:DMC 163 smtp1", "KAOHE_SMTP_PER_MINUTE"),
    ("MAIL", "451 MI:SFQ 163 smtp1", "KAOHE_SMTP_PER_MINUTE"),
    ("MAIL", "452 too many messages in this connection", "KAOHE_SMTP_PER_MINUTE"),
    ("END", "552 too many same size mails", "KAOHE_SMTP_PER_MINUTE"),
    ("END", "550 5.4.5 Daily user sending limit exceeded", "KAOHE_SMTP_PER_DAY"),
    ("MAIL", "504 the number of RCPT attempts is achieved the maximum threshold", "KAOHE_SMTP_PER_DAY"),
    ("END", "550 今日发信数量超过当日上限", "KAOHE_SMTP_PER_DAY"),
]
THE_LETTERS = [
    ("RCPT", "550 5.1.1 no such mailbox", "address"),
    ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", "address"),
    ("RCPT", "550 User not found: a@163.com", "address"),
    ("RCPT", "550 RC:NE The email account does not exist.", "address"),
    ("RCPT", "554 RCPT (account) dosn't exist", "address"),
    ("RCPT", "550 Requested action not taken: mailbox unavailable", "address"),
    ("RCPT", "550 用户不存在", "address"),
    ("RCPT", "550 nobody knows this refusal", "letter"),
    ("END", "554 DT:SPM 163 smtp1", "letter"),
    ("END", "552 message is too long", "letter"),
    ("END", "554 5.7.1 policy", "letter"),
    ("RCPT", "452 4.2.2 mailbox full", "passing"),
    ("RCPT", "552 5.2.2 mailbox is full", "passing"),
    ("RCPT", "451 local error", "passing"),
    ("RCPT", "450 4.2.0 <a@b.cn>: Recipient address rejected: Greylisted, see help", "waiting"),
    ("END", "451 DT:SPM, please try again", "waiting"),
]


def refusal(authority: Authority, at: str, said: str, encoding: str = "utf-8") -> NotSent:
    """What a letter comes to with a server that says something at a step."""
    with mail_server(authority.localhost, at, said.encode(encoding)) as server, pytest.raises(NotSent) as refused:
        channel(server.port, authority, total=5.0, step=2.0).send(MESSAGE)
    return refused.value


@pytest.mark.parametrize(("at", "said", "setting"), OURS, ids=[said for _, said, _ in OURS])
def test_a_refusal_of_our_setting_or_our_pace_names_the_setting(
    authority: Authority, at: str, said: str, setting: str
) -> None:
    refused = refusal(authority, at, said)
    assert refused.cause == "ours"
    assert setting in refused.setting
    assert setting in refused.render("zh")
    assert setting in refused.render("en")


@pytest.mark.parametrize(("at", "said", "cause"), THE_LETTERS, ids=[said for _, said, _ in THE_LETTERS])
def test_only_an_address_that_does_not_exist_is_dead_and_other_refusals_wait_for_a_person(
    authority: Authority, at: str, said: str, cause: str
) -> None:
    assert refusal(authority, at, said).cause == cause


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8"])
def test_a_reason_in_gbk_is_read_as_chinese(authority: Authority, encoding: str) -> None:
    refused = refusal(authority, "RCPT", "550 用户不存在\x07\x1b[31m", encoding)
    assert "用户不存在" in refused.why.zh
    assert refused.why.zh.isprintable()
    assert refused.cause == "address"


@pytest.mark.parametrize("old", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("offer", [b"250 AUTH PLAIN LOGIN", b"250 AUTH=PLAIN LOGIN", b"250 auth login plain"])
def test_a_server_that_knows_no_initial_response_is_logged_in_at(authority: Authority, old: str, offer: bytes) -> None:
    """Old ones of Coremail and Exchange; `AUTH=` with an equals sign, and small letters, are theirs too."""
    ehlo = b"250-mail.test\r\n250-STARTTLS\r\n" + offer
    with mail_server(authority.localhost, "EHLO", ehlo, old=old) as server:
        channel(server.port, authority).send(MESSAGE)
    assert len(server.letters) == 1
    given = [b"kaohe", PASSWORD.encode()] if old == "LOGIN" else [b"\0kaohe\0" + PASSWORD.encode()]
    assert server.answers == given


def test_a_wrong_password_is_tried_once_for_each_mechanism_and_no_more(authority: Authority) -> None:
    """Providers close an account after a few wrong ones."""
    with mail_server(authority.localhost, "AUTH", b"535 no") as server, pytest.raises(NotSent):
        channel(server.port, authority).send(MESSAGE)
    assert server.heard.count("AUTH") == 2


def test_what_is_said_before_a_recipient_is_named_is_never_about_the_letter() -> None:
    for at in ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL"):
        for code in (500, 501, 550, 552, 553, 554, 571):
            for words in ("5.1.1 no such user", "spam", "mailbox full", "whatever", ""):
                assert classify(at, code, words).settings, (at, code, words)


def test_every_row_of_the_table_names_its_source_and_is_reached() -> None:
    assert all(row.source and row.provider for row in (*KNOWN_REFUSALS,))
    assert all(source for _, _, source in SENDING_LIMITS)
    reached = {classify(at, int(said[:3]), said[4:]).about for at, said, _ in (*OURS, *THE_LETTERS)}
    assert reached >= {row.about for row in KNOWN_REFUSALS}


@pytest.mark.parametrize(
    ("host", "per_day"),
    [("smtp.gmail.com", 500), ("smtp.163.com", 200), ("smtp.exmail.qq.com", 500), ("a.edu.cn", None)],
)
def test_a_known_provider_has_a_careful_pace_and_a_server_of_ones_own_none(host: str, per_day: int | None) -> None:
    assert sending_limit_of(host).per_day == per_day
    assert sending_limit_of(f"{host}.example.cn").per_day is None


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 <blacklist@rate-limit.test>: Recipient address rejected: User unknown",
        "550 5.1.1 User unknown: blacklist",
        "550 5.1.1 no such user Blacklist here",
        "550 5.1.2 domain rate-limit.test: no such user",
    ],
)
def test_no_address_makes_the_letters_of_all_others_wait(authority: Authority, reply: str) -> None:
    """Everybody types their own address, and a server repeats it in its refusal."""
    message = replace(MESSAGE, to="BlackList@rate-limit.test")
    with mail_server(authority.localhost, "RCPT", reply.encode()) as server, pytest.raises(NotSent) as caught:
        channel(server.port, authority).send(message)
    assert caught.value.cause == "address"
