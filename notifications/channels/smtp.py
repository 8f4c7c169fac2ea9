"""Mail: one letter, handed to one server that relays it, within a bounded time.

What the server does with it afterwards, and whether it is read, is not known here. A failure before the final dot
of the letter is `NotSent`; silence after it is `MaybeSent`.
"""

from __future__ import annotations

import re
import select
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from typing import Literal
from unicodedata import category

from config.clock import Clock
from config.settings import MAIL_ADDRESS
from config.texts import UnreadableText, text_of
from states.vocabulary import Text

from .bounded_connection import BoundedConnection
from .message import Attachment, FailureCause, MaybeSent, Message, NotSent, redact
from .smtp_refusals import MINUTE, SETTINGS_OF_STEP, SmtpVerdict, classify, sending_limit_of

Security = Literal["starttls", "tls", "none"]
Reply = tuple[int, bytes]

TITLE = Text(zh="邮件", en="Mail")
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
FORM = SMTP.clone(cte_type="7bit")
"""CRLF at the end of lines, and only ASCII on the line: not every server offers 8BITMIME."""

MECHANISMS = ("CRAM-MD5", "PLAIN", "LOGIN")
NOT_UNDERSTOOD = (500, 501, 502, 503, 504)
"""The answers of servers that know no initial response. RFC 4954 section 4: a client must not rely on one."""

_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class Smtp:
    """The channel `mail`. `sender` and `reply_to` are addresses with or without a name; `origin` is our domain.

    `starttls` and `tls` insist: the certificate is verified, by the authorities of `ca_file` if given, and a server that offers
    no TLS gets nothing. Raises `OSError` (`ssl.SSLError`) for a `ca_file` that cannot be read.
    """

    name = "mail"

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: Security = "starttls",
        user: str = "",
        password: str = "",
        sender: str,
        reply_to: str = "",
        origin: str,
        ca_file: str | None = None,
        per_minute: int | None = None,
        per_day: int | None = None,
        clock: Clock,
        step: float = 10.0,
        total: float = 30.0,
    ) -> None:
        self._host, self._port, self._security = host, port or PORTS[security], security
        self._user, self._password = user, password
        self._sender, self._reply_to = _address(sender), _address(reply_to) if reply_to else None
        self._origin, self._clock = origin, clock
        self._context = ssl.create_default_context(cadata=_certificates(ca_file) if ca_file else None)
        self._step, self._total = step, total
        known = sending_limit_of(host)
        self.per_minute, self.per_day = per_minute or known.per_minute, per_day or known.per_day

    def send(self, message: Message) -> None:
        """Hand the letter to the server. Raises `NotSent` or `MaybeSent`."""
        letter = self._letter(message)
        with (
            BoundedConnection(self._total, self._step) as line,
            closing(_SmtpSession(line, self._host, self._origin)) as talk,
        ):
            self._hand_over(talk, letter, line, message)
            self._expect("END", self._answer(talk, line, message), message)
            with suppress(OSError):
                talk.putcmd("QUIT")

    def _hand_over(self, talk: _SmtpSession, letter: bytes, line: BoundedConnection, message: Message) -> None:
        """Everything up to the final dot. If it fails, nothing was sent."""
        at = ""
        try:
            for at, step in self._steps(talk, message.to):
                self._expect(at, step(), message)
            talk.send(letter)
            if talk.spoken_to():  # the server speaks only to refuse: the answer to the letter comes after the dot
                raise self._refused("LETTER", *talk.getreply(), message)
            talk.send(b".\r\n")
        except (OSError, ValueError) as error:
            raise self._not_sent(at, error, line, message) from None

    def _answer(self, talk: _SmtpSession, line: BoundedConnection, message: Message) -> Reply:
        """The answer to the whole letter. Raises `MaybeSent` if there is none, or none that can be understood."""
        try:
            code, words = talk.getreply()
        except OSError as error:
            raise MaybeSent(TITLE, self._said("END", error, line, message)) from None
        if code // 100 not in (2, 4, 5):
            raise MaybeSent(TITLE, self._said("END", words, line, message))
        return code, words

    def _letter(self, message: Message) -> bytes:
        """The letter as it goes over the line, up to the final dot. Raises `NotSent` (permanent) if it cannot be written."""
        _fit_for_headers(message)
        mail = EmailMessage(policy=FORM)
        try:
            mail["From"], mail["To"], mail["Subject"] = self._sender, message.to, message.subject
            if self._reply_to:
                mail["Reply-To"] = self._reply_to
            mail["Date"] = self._clock.now()
            mail["Message-ID"] = f"<{message.id}@{self._origin}>"
            mail["Auto-Submitted"] = "auto-generated"
            mail.set_content(message.body)
            if message.html is not None:
                mail.add_alternative(message.html, subtype="html")
            for one in message.attachments:
                _attach(mail, one)
            return re.sub(rb"(?m)^\.", b"..", mail.as_bytes())
        except ValueError:
            raise _unwritable(Text(zh="内容无法写成邮件", en="it cannot be written as a letter")) from None

    def _steps(self, talk: _SmtpSession, to: str) -> Iterator[tuple[str, Callable[[], Reply]]]:
        yield "CONNECT", lambda: talk.call(self._host, self._port, self._context if self._security == "tls" else None)
        yield "EHLO", talk.ehlo
        if self._security == "starttls":
            yield "STARTTLS", lambda: talk.starttls(context=self._context)
            yield "EHLO", talk.ehlo
        if self._user:
            yield "AUTH", lambda: (235, talk.log_in(self._user, self._password))
        yield "MAIL", lambda: talk.mail(self._sender.addr_spec)
        yield "RCPT", lambda: talk.rcpt(to)
        yield "DATA", lambda: talk.docmd("DATA")

    def _expect(self, at: str, reply: Reply, message: Message) -> None:
        code, words = reply
        if code // 100 != (3 if at == "DATA" else 2):
            raise self._refused(at, code, words, message)

    def _not_sent(self, at: str, error: Exception, line: BoundedConnection, message: Message) -> NotSent:
        if isinstance(error, smtplib.SMTPResponseException):
            return self._refused(at, error.smtp_code, error.smtp_error, message)
        said = self._said(at, error, line, message)
        if at in SETTINGS_OF_STEP:
            return NotSent(TITLE, said, cause="ours", setting=SETTINGS_OF_STEP[at], retry_after=MINUTE)
        return NotSent(TITLE, said)

    def _refused(self, at: str, code: int, words: bytes | str, message: Message) -> NotSent:
        said = redact(words, *self._secrets(message))
        verdict = classify(at, code, _without(said, message.to))
        return NotSent(
            TITLE, f"{at}: {code} {said}", cause=_cause(verdict), setting=verdict.settings, retry_after=verdict.wait
        )

    def _said(self, at: str, error: object, line: BoundedConnection, message: Message) -> Text:
        """The step and the error, without a secret or an address."""
        if not line.seconds_left or isinstance(error, TimeoutError):
            return Text(zh=f"{at}：超时，对方没有应答", en=f"{at}: no answer in time")
        if isinstance(error, UnicodeError):  # its words would quote the password
            return Text(zh=f"{at}：含有非 ASCII 字符", en=f"{at}: not ASCII")
        words = redact(error, *self._secrets(message)) or type(error).__name__
        return Text(zh=f"{at}：{words}", en=f"{at}: {words}")

    def _secrets(self, message: Message) -> list[str]:
        """What a server may repeat in its answer: our password, plain or in base64, and the recipient."""
        user, password = self._user.encode(), self._password.encode()
        written = (b64encode(each).decode() for each in (password, b"\0%b\0%b" % (user, password)) if password)
        return [self._password, *written, message.to]


def _without(said: str, address: str) -> str:
    """A server's words without the parts of an address: a name such as `spam.li` must not decide what a refusal is about."""
    parts = "|".join(re.escape(part) for part in address.split("@") if part)
    return re.sub(rf"(?<![\w.-])({parts})(?![\w-])", "…", said, flags=re.IGNORECASE) if parts else said


class _SmtpSession(smtplib.SMTP):
    """A session over our connection. smtplib would ask the machine for its name and open a socket without a deadline."""

    def __init__(self, line: BoundedConnection, host: str, origin: str) -> None:
        super().__init__(local_hostname=origin)
        self._line, self._host = line, host  # `_host` is whose certificate `starttls` asks for

    def call(self, host: str, port: int, context: ssl.SSLContext | None) -> Reply:
        self.sock = self._line.connect(host, port)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
        return self.getreply()

    def log_in(self, user: str, password: str) -> bytes:
        """Log in by the first mechanism that the server accepts. Returns its last answer.

        Some servers (old ones of Coremail and Exchange) offer a mechanism and refuse it with an initial response, so each
        is tried again without. Raises `SMTPException`.
        """
        self.user, self.password = user, password
        offered = self.esmtp_features.get("auth", "").upper().split()
        refused: smtplib.SMTPException = smtplib.SMTPNotSupportedError("no mechanism of AUTH that we know is offered")
        for mechanism in (one for one in MECHANISMS if one in offered):
            answers: Callable[..., str] = getattr(self, f"auth_{mechanism.lower().replace('-', '_')}")
            for at_once in (True, False):
                try:
                    return self.auth(mechanism, answers, initial_response_ok=at_once)[1]
                except smtplib.SMTPAuthenticationError as error:
                    refused = error
                    if error.smtp_code not in NOT_UNDERSTOOD:
                        break
        raise refused

    def getreply(self) -> Reply:
        reply = super().getreply()
        if not self._line.seconds_left:
            raise TimeoutError  # a reply that was cut in the middle is no reply
        return reply

    def spoken_to(self) -> bool:
        """Whether there is something to read, or the connection has ended."""
        assert self.sock is not None
        ears = select.poll()
        ears.register(self.sock, select.POLLIN)
        return bool(ears.poll(0))


def _attach(mail: EmailMessage, one: Attachment) -> None:
    """Attach a file with its media type and parameters."""
    kind, *parameters = (part.strip() for part in one.media_type.split(";"))
    maintype, _, subtype = kind.partition("/")
    params = dict(part.split("=", 1) for part in parameters)
    if maintype == "text":
        mail.add_attachment(one.data.decode(), subtype=subtype, filename=one.name, params=params)
    else:
        mail.add_attachment(one.data, maintype, subtype, filename=one.name, params=params)


def _fit_for_headers(message: Message) -> None:
    if not _ID.fullmatch(message.id):
        raise _unwritable(Text(zh="编号不能用作 Message-ID", en="its id cannot be a Message-ID"))
    if not MAIL_ADDRESS.fullmatch(message.to):
        why = Text(zh="收件人不是一个邮件地址", en="what it is addressed to is not an address of mail")
        raise NotSent(TITLE, why, cause="address")
    if any(category(c) in ("Cc", "Cs", "Zl", "Zp") for c in message.subject):
        raise _unwritable(Text(zh="主题含有换行或控制字符", en="its subject holds a line break or a control character"))


def _unwritable(why: Text) -> NotSent:
    return NotSent(TITLE, why, cause="letter")


def _certificates(file: str) -> str:
    """The PEM blocks of a file. OpenSSL would ignore the first one in a file that begins with a byte order mark."""
    try:
        text = text_of(Path(file).read_bytes(), file)
    except UnreadableText as error:
        raise ssl.SSLError(str(error)) from None
    blocks = re.findall(r"-----BEGIN[^-]*CERTIFICATE-----.*?-----END[^-]*CERTIFICATE-----", text, re.DOTALL)
    if not blocks:
        raise ssl.SSLError("no certificate")
    return "\n".join(blocks)


def _cause(verdict: SmtpVerdict) -> FailureCause:
    if verdict.settings:
        return "ours"
    causes: dict[str | None, FailureCause] = {"greylist": "waiting", "mailbox": "address", "content": "letter"}
    return causes.get(verdict.about, "passing")


def _address(written: str) -> Address:
    name, address = parseaddr(written)
    return Address(name, addr_spec=address)
