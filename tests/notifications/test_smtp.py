"""Mail: what is sent is what is read, and every way to fail says whether it was sent."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from time import monotonic, sleep
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from notifications.channels.message import MaybeSent, Message, NotSent
from notifications.channels.smtp import Smtp

from .conftest import Authority
from .servers import CLOCK, mail_server

# The server does not see that all of its talk is TLS already.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

MESSAGE = Message("kaohe.4711-2", "post-17@college.edu.cn", "考核提醒：自查自评报告", "请于11月20日前提交。\n.\n..完\n")
PASSWORD = "correct horse"
STEP, TOTAL = 0.3, 0.8
BEFORE = ("CONNECT", "EHLO", "STARTTLS", "AUTH")
"""The steps that are about the account and not about the letter."""
STEPS = (*BEFORE, "MAIL", "RCPT", "DATA")


def channel(port: int, authority: Authority, **given: Any) -> Smtp:
    """A channel to a server here, with short patience."""
    values: dict[str, Any] = {
        "user": "kaohe", "password": PASSWORD, "sender": "考核办公室 <kaohe@college.edu.cn>", "origin": "college.edu.cn",
        "ca_file": str(authority.file), "clock": CLOCK, "step": STEP, "total": TOTAL, **given,
    }  # fmt: skip
    return Smtp("localhost", port, **values)


def fails(authority: Authority, at: str, does: str | bytes, message: Message = MESSAGE) -> NotSent | MaybeSent:
    """How sending fails with a server that does something at a step."""
    with mail_server(authority.localhost, at, does) as server:
        before = monotonic()
        with pytest.raises((NotSent, MaybeSent)) as failed:
            channel(server.port, authority).send(message)
        assert monotonic() - before < TOTAL + 1
    assert at in failed.value.why.zh
    return failed.value


def until(so: Callable[[], object]) -> None:
    """Wait for what another thread does, two seconds at most."""
    begun = monotonic()
    while not so() and monotonic() < begun + 2:
        sleep(0.01)


# --- a server as it should be ---------------------------------------------------------------------


class Handler:
    """Keeps what it is given; refuses whom it does not know."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 OK"


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module", params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, authority: Authority) -> Iterator[tuple[Handler, Controller]]:
    """A real mail server that asks for TLS and a password, once of each kind."""
    tls = {"tls_context": authority.localhost} if request.param == "starttls" else {"ssl_context": authority.localhost}
    controller = Controller(
        handler := Handler(), hostname="127.0.0.1", port=free_port(), authenticator=authenticate, auth_required=True,
        require_starttls=request.param == "starttls", auth_require_tls=request.param == "starttls", **tls,
    )  # fmt: skip
    controller.security = request.param
    controller.start()
    yield handler, controller
    controller.stop()


def sent(server: tuple[Handler, Controller], authority: Authority, message: Message, **given: Any) -> EmailMessage:
    """The message as another program reads it, once a real server has it."""
    handler, controller = server
    channel(controller.port, authority, security=controller.security, **given).send(message)
    content = handler.taken[-1].content
    assert isinstance(content, bytes)
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def text(part: EmailMessage | None) -> str:
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_chinese_letter_is_read_as_it_was_written(server: Any, authority: Authority) -> None:
    read = sent(server, authority, MESSAGE, reply_to="kaohe-office@college.edu.cn")
    assert read["Subject"] == MESSAGE.subject
    assert text(read.get_body(("plain",))) == MESSAGE.body
    assert read["From"].addresses[0].display_name == "考核办公室"
    assert read["To"] == MESSAGE.to
    assert read["Reply-To"] == "kaohe-office@college.edu.cn"
    assert read["Message-ID"] == "<kaohe.4711-2@college.edu.cn>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Date"].datetime == datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    assert (server[0].taken[-1].mail_from, server[0].taken[-1].rcpt_tos) == ("kaohe@college.edu.cn", [MESSAGE.to])


def test_a_letter_sent_twice_has_one_id(server: Any, authority: Authority) -> None:
    first, second = (sent(server, authority, MESSAGE)["Message-ID"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "subject",
    [
        "x" * 300,
        "柳州职业技术学院2026年度落实党风廉政建设责任制考核：" * 8,
        "2026 年度 self-report 提醒 (third step) — 还有 3 天，过期后按第八条（三）处理",
        "emoji 😀 与 全角　空格",
        "",
    ],
)
def test_every_subject_comes_out_as_it_went_in(authority: Authority, subject: str) -> None:
    with mail_server(authority.localhost) as server:
        channel(server.port, authority).send(Message("i", MESSAGE.to, subject, "x\n"))
    read = message_from_bytes(server.letters[0], policy=policy.default)
    assert read["Subject"] == subject
    assert max(map(len, server.letters[0].splitlines())) < 998


def test_a_letter_with_a_page_has_both_and_is_seven_bit(server: Any, authority: Authority) -> None:
    body = "\n".join(("长" * 2000, ".", "end"))
    read = sent(server, authority, Message("i-" + "9" * 90, MESSAGE.to, "题", body, "<p>页 &amp; 面</p>"))
    assert text(read.get_body(("plain",))).rstrip("\n") == body
    assert text(read.get_body(("html",))).rstrip("\n") == "<p>页 &amp; 面</p>"
    assert read["Message-ID"] == f"<i-{'9' * 90}@college.edu.cn>"
    assert server[0].taken[-1].content.isascii()


def test_a_mailbox_that_is_not_there_is_refused_for_good(server: Any, authority: Authority) -> None:
    with pytest.raises(NotSent) as refused:
        sent(server, authority, Message("i", "nobody@college.edu.cn", "题", "文"))
    assert refused.value.permanent
    assert "RCPT: 550 5.1.1 no such mailbox" in refused.value.why.zh


def test_a_full_mailbox_is_tried_again(server: Any, authority: Authority) -> None:
    with pytest.raises(NotSent) as refused:
        sent(server, authority, Message("i", "full@college.edu.cn", "题", "文"))
    assert not refused.value.permanent


def test_a_wrong_password_is_ours_to_mend_and_the_letter_waits(server: Any, authority: Authority) -> None:
    with pytest.raises(NotSent) as refused:
        sent(server, authority, MESSAGE, password="wrong password")
    assert not refused.value.permanent
    assert "KAOHE_SMTP_PASSWORD" in refused.value.render("zh")
    assert "AUTH: 535" in refused.value.why.zh


def test_without_a_password_where_one_is_asked_for_the_letter_waits(server: Any, authority: Authority) -> None:
    with pytest.raises(NotSent) as refused:
        sent(server, authority, MESSAGE, user="", password="")
    assert not refused.value.permanent
    assert "KAOHE_SMTP_USER" in refused.value.render("en")


# --- who is spoken to -----------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_of_another_name_gets_neither_password_nor_letter(authority: Authority, security: str) -> None:
    with (
        mail_server(authority.stranger, smtps=security == "tls") as server,
        pytest.raises(NotSent) as refused,
    ):
        channel(server.port, authority, security=security).send(MESSAGE)
    assert not refused.value.permanent
    assert "certificate" in refused.value.why.zh
    assert "AUTH" not in server.heard
    assert "MAIL" not in server.heard


def test_an_authority_we_do_not_know_is_not_believed(authority: Authority) -> None:
    with mail_server(authority.localhost) as server, pytest.raises(NotSent) as refused:
        channel(server.port, authority, ca_file=None).send(MESSAGE)
    assert server.heard == ["EHLO", "STARTTLS"]
    assert "KAOHE_SMTP_CA_FILE" in refused.value.render("en")


def test_a_server_that_offers_no_tls_gets_nothing(authority: Authority) -> None:
    with (
        mail_server(authority.localhost, "EHLO", b"250-mail.test\r\n250 AUTH PLAIN") as server,
        pytest.raises(NotSent) as refused,
    ):
        channel(server.port, authority).send(MESSAGE)
    assert server.heard == ["EHLO"]
    assert "STARTTLS" in refused.value.why.zh


def test_without_security_there_is_no_tls(authority: Authority) -> None:
    with mail_server(authority.localhost) as server:
        channel(server.port, authority, security="none", user="", password="").send(MESSAGE)
    assert server.heard[:4] == ["EHLO", "MAIL", "RCPT", "DATA"]


def test_a_server_is_greeted_with_our_domain_and_not_with_this_machines_name(authority: Authority) -> None:
    with mail_server(authority.localhost) as server:
        channel(server.port, authority).send(MESSAGE)
    assert server.greeted == ["college.edu.cn"] * 2


def test_a_line_that_begins_with_a_dot_arrives_with_it(authority: Authority) -> None:
    with mail_server(authority.localhost) as server:
        channel(server.port, authority).send(Message("i", MESSAGE.to, "s", "a\n.\n.b\n"))
    assert server.letters[0].endswith(b"\r\na\r\n..\r\n..b\r\n.\r\n")


# --- every way to fail, at every step -------------------------------------------------------------


@pytest.mark.parametrize("at", STEPS)
@pytest.mark.parametrize("does", ["drop", "hang"])
def test_a_connection_that_ends_before_the_letter_sent_nothing(authority: Authority, at: str, does: str) -> None:
    failed = fails(authority, at, does)
    assert isinstance(failed, NotSent)
    assert not failed.permanent


@pytest.mark.parametrize("at", [*STEPS, "END"])
def test_a_four_is_tried_again(authority: Authority, at: str) -> None:
    failed = fails(authority, at, b"421 4.3.2 come back later")
    assert isinstance(failed, NotSent)
    assert not failed.permanent
    assert "421 4.3.2 come back later" in failed.why.zh


@pytest.mark.parametrize("at", [*STEPS, "END"])
def test_a_five_is_for_good_where_it_is_about_the_letter(authority: Authority, at: str) -> None:
    failed = fails(authority, at, b"554 5.7.1 not here")
    assert isinstance(failed, NotSent)
    assert (failed.cause == "ours") == (at in (*BEFORE, "MAIL"))
    assert failed.permanent == (failed.cause == "letter")


def test_an_answer_that_is_none_sent_nothing(authority: Authority) -> None:
    failed = fails(authority, "MAIL", b"what?")
    assert isinstance(failed, NotSent)
    assert not failed.permanent


@pytest.mark.parametrize("does", ["drop", "hang", "drip", b"what?", b"354 go on"])
def test_silence_after_the_final_dot_leaves_it_open(authority: Authority, does: str | bytes) -> None:
    assert isinstance(fails(authority, "END", does), MaybeSent)


def test_a_connection_that_ends_within_the_letter_sent_nothing(authority: Authority) -> None:
    long = Message("i", MESSAGE.to, "题", "长" * 2_000_000)
    with mail_server(authority.localhost, "LETTER", "drop") as server, pytest.raises(NotSent) as failed:
        channel(server.port, authority, total=5.0).send(long)
    assert not failed.value.permanent
    assert server.letters == []


def test_a_server_that_gives_up_before_the_final_dot_is_not_given_it(authority: Authority) -> None:
    """It said 354 and thought better of it."""
    thought_better = b"354 go on\r\n421 4.3.2 shutting down"
    with mail_server(authority.localhost, "DATA", thought_better) as server, pytest.raises(NotSent) as failed:
        channel(server.port, authority).send(MESSAGE)
    assert not failed.value.permanent
    assert "421 4.3.2 shutting down" in failed.value.why.zh


def test_a_letter_that_is_refused_while_it_is_sent_gets_no_final_dot(authority: Authority) -> None:
    long = Message("i", MESSAGE.to, "题", "长" * 2_000_000)
    with mail_server(authority.localhost, "LETTER", b"452 4.3.1 no room") as server:
        with pytest.raises(NotSent, match="LETTER: 452") as failed:
            channel(server.port, authority, total=60.0).send(long)
        until(lambda: server.letters)
    assert not failed.value.permanent
    assert not server.letters[0].endswith(b"\r\n.\r\n")


@pytest.mark.parametrize("at", ["CONNECT", "STARTTLS", "MAIL"])
def test_a_server_that_drips_is_left_when_the_time_is_up(authority: Authority, at: str) -> None:
    """Every byte comes within the step; only the whole has an end."""
    failed = fails(authority, at, "drip")
    assert isinstance(failed, NotSent)
    assert "超时" in failed.render("zh")


def test_a_tls_handshake_that_drips_is_left_when_the_time_is_up(authority: Authority) -> None:
    with mail_server(authority.localhost, "CONNECT", "drip tls") as server, pytest.raises(NotSent) as failed:
        before = monotonic()
        channel(server.port, authority, security="tls").send(MESSAGE)
    assert monotonic() - before < TOTAL
    assert "超时" in failed.value.render("zh")


def test_nobody_there_sent_nothing(authority: Authority) -> None:
    with pytest.raises(NotSent) as failed:
        channel(free_port(), authority).send(MESSAGE)
    assert not failed.value.permanent
    assert "KAOHE_SMTP_HOST" in failed.value.render("en")


def test_a_name_that_is_looked_up_for_ever_is_given_up(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    done = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list[Any](filter(None, [done.wait(10) and None])))
    before = monotonic()
    with pytest.raises(NotSent) as failed:
        channel(25, authority).send(MESSAGE)
    done.set()
    assert monotonic() - before < TOTAL
    assert "CONNECT" in failed.value.why.zh


def test_the_server_is_left_politely_and_a_hang_there_costs_nothing(authority: Authority) -> None:
    with mail_server(authority.localhost, "QUIT", "hang") as server:
        before = monotonic()
        channel(server.port, authority).send(MESSAGE)
        assert monotonic() - before < STEP
    assert len(server.letters) == 1


# --- what may not be written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        Message("i\r\nBcc: x@y.cn", MESSAGE.to, "题", "文"),
        Message("a b", MESSAGE.to, "题", "文"),
        Message("编号", MESSAGE.to, "题", "文"),
        Message("i", "a@b.cn\r\nRCPT TO:<x@y.cn>", "题", "文"),
        Message("i", "a@b.cn, c@d.cn", "题", "文"),
        Message("i", "名 <a@b.cn>", "题", "文"),
        Message("i", "", "题", "文"),
        Message("i", MESSAGE.to, "题\r\nBcc: x@y.cn", "文"),
        Message("i", MESSAGE.to, "题\nx", "文"),
        Message("i", MESSAGE.to, "题\u2028x", "文"),
        Message("i", MESSAGE.to, "题\0x", "文"),
        Message("i", MESSAGE.to, "题", "\ud800"),
    ],
    ids=str,
)
def test_what_would_break_out_of_a_header_is_refused_before_anybody_is_called(
    authority: Authority, message: Message
) -> None:
    with pytest.raises(NotSent) as refused:
        channel(free_port(), authority).send(message)
    assert refused.value.permanent
    assert "Bcc" not in str(refused.value)


def test_a_server_that_repeats_our_password_is_not_quoted(authority: Authority) -> None:
    from base64 import b64encode

    plain = b64encode(b"\0kaohe\0" + PASSWORD.encode())
    said = b"535 no: " + PASSWORD.encode() + b" " + plain + b"\x07\x1b[31m " + b"z" * 900
    failed = fails(authority, "AUTH", said)
    everything = "".join(traceback.format_exception(failed)) + repr(failed) + str(failed) + str(failed.args)
    assert PASSWORD not in everything
    assert plain.decode() not in everything
    assert "\x1b" not in everything
    assert len(failed.why.zh) <= 500


def test_a_password_that_cannot_be_said_is_not_quoted(authority: Authority) -> None:
    with mail_server(authority.localhost) as server, pytest.raises(NotSent) as failed:
        channel(server.port, authority, password=PASSWORD + "ä").send(MESSAGE)
    assert "not ASCII" in failed.value.why.en
    assert PASSWORD not in "".join(traceback.format_exception(failed.value)) + repr(failed.value)


def test_whose_mail_it_is_stays_out_of_the_words(authority: Authority) -> None:
    failed = fails(authority, "RCPT", f"550 <{MESSAGE.to}> unknown".encode())
    assert MESSAGE.to not in str(failed)


def test_a_channel_shows_nothing_of_itself(authority: Authority) -> None:
    made = channel(25, authority)
    assert PASSWORD not in repr(made) + str(made)
