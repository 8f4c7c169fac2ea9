"""Mail: sends one letter to one server, which relays it, within a limited time.

Nothing here shows what the server does with the letter afterwards, or whether anybody reads it. A failure before the
final dot of the letter, or a refusal after it, is `NotSent`. If no answer comes after the dot, that is `MaybeSent`.

Also here: how a message becomes a letter with headers. Not here: what a refusal is about (`smtp_refusals.py`).
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
from config.texts import UnreadableText, text_of
from config.typed import MAIL_ADDRESS
from states.vocabulary import Text

from .bounded_connection import BoundedConnection
from .message import Attachment, FailureCause, MaybeSent, Message, NotSent, redact
from .smtp_refusals import MINUTE, SETTINGS_OF_STEP, SmtpVerdict, classify, sending_limit_of

Security = Literal["starttls", "tls", "none"]
Reply = tuple[int, bytes]

TITLE = Text(zh="邮件", en="Mail")
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
LETTER_POLICY = SMTP.clone(cte_type="7bit")
"""The format of letters: lines end in CRLF and have only ASCII, because not every server offers 8BITMIME."""

AUTH_MECHANISMS = ("CRAM-MD5", "PLAIN", "LOGIN")
"""The mechanisms of AUTH that we know, in the order in which they are tried."""
NO_INITIAL_RESPONSE_CODES = (500, 501, 502, 503, 504)
"""The answers of servers that do not support an initial response of AUTH (RFC 4954 section 4)."""

_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class Smtp:
    """The channel `mail`.

    `sender`, `reply_to`: addresses with or without a name. `origin`: our domain. `security`: with "starttls" and "tls"
    the certificate is verified, by the authorities in `ca_file` if there is one, and nothing is sent to a server
    without TLS. `step`, `total`: the seconds for one wait, and for the whole letter. Raises `OSError` (`ssl.SSLError`)
    if `ca_file` cannot be read.
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
        default_limit = sending_limit_of(host)
        self.per_minute, self.per_day = per_minute or default_limit.per_minute, per_day or default_limit.per_day

    def send(self, message: Message) -> None:
        """Send the message to the server. Raises `NotSent` or `MaybeSent`."""
        letter = self._letter(message)
        with (
            BoundedConnection(self._total, self._step) as connection,
            closing(_SmtpSession(connection, self._host, self._origin)) as session,
        ):
            self._transmit(session, letter, connection, message)
            self._expect_success("END", self._final_reply(session, connection, message), message)
            with suppress(OSError):
                session.putcmd("QUIT")

    def _transmit(self, session: _SmtpSession, letter: bytes, connection: BoundedConnection, message: Message) -> None:
        """Do the whole conversation to the final dot, and send the letter. Raises `NotSent` if it fails."""
        step = ""
        try:
            for step, execute in self._steps(session, message.to):
                self._expect_success(step, execute(), message)
            session.send(letter)
            # An answer before the final dot can only be a refusal.
            if session.has_input():
                raise self._refused("LETTER", *session.getreply(), message)
            session.send(b".\r\n")
        except (OSError, ValueError) as error:
            raise self._not_sent(step, error, connection, message) from None

    def _final_reply(self, session: _SmtpSession, connection: BoundedConnection, message: Message) -> Reply:
        """The reply to the whole letter. Raises `MaybeSent` if there is none that can be understood."""
        try:
            code, reply_text = session.getreply()
        except OSError as error:
            raise MaybeSent(TITLE, self._reason("END", error, connection, message)) from None
        if code // 100 not in (2, 4, 5):
            raise MaybeSent(TITLE, self._reason("END", reply_text, connection, message))
        return code, reply_text

    def _letter(self, message: Message) -> bytes:
        """The bytes to transmit, without the final dot.

        Raises `NotSent` with the cause `letter` if the message is no valid letter.
        """
        _check_headers(message)
        mail = EmailMessage(policy=LETTER_POLICY)
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
            for attachment in message.attachments:
                _attach(mail, attachment)
            # RFC 5321 section 4.5.2: a dot at the beginning of a line is doubled.
            return re.sub(rb"(?m)^\.", b"..", mail.as_bytes())
        except ValueError:
            raise _invalid_letter(Text(zh="内容无法写成邮件", en="it cannot be written as a letter")) from None

    def _steps(self, session: _SmtpSession, to: str) -> Iterator[tuple[str, Callable[[], Reply]]]:
        """The steps of the conversation before the letter, each with a function that executes it."""
        context = self._context if self._security == "tls" else None
        yield "CONNECT", lambda: session.open(self._host, self._port, context)
        yield "EHLO", session.ehlo
        if self._security == "starttls":
            yield "STARTTLS", lambda: session.starttls(context=self._context)
            yield "EHLO", session.ehlo
        if self._user:
            yield "AUTH", lambda: (235, session.log_in(self._user, self._password))
        yield "MAIL", lambda: session.mail(self._sender.addr_spec)
        yield "RCPT", lambda: session.rcpt(to)
        yield "DATA", lambda: session.docmd("DATA")

    def _expect_success(self, step: str, reply: Reply, message: Message) -> None:
        """Raise `NotSent` if the reply to a step is no success."""
        code, reply_text = reply
        if code // 100 != (3 if step == "DATA" else 2):
            raise self._refused(step, code, reply_text, message)

    def _not_sent(self, step: str, error: Exception, connection: BoundedConnection, message: Message) -> NotSent:
        if isinstance(error, smtplib.SMTPResponseException):
            return self._refused(step, error.smtp_code, error.smtp_error, message)
        why = self._reason(step, error, connection, message)
        if step in SETTINGS_OF_STEP:
            return NotSent(TITLE, why, cause="ours", setting=SETTINGS_OF_STEP[step], retry_after=MINUTE)
        return NotSent(TITLE, why)

    def _refused(self, step: str, code: int, reply_text: bytes | str, message: Message) -> NotSent:
        text = redact(reply_text, *self._secrets(message))
        verdict = classify(step, code, _without_address(text, message.to))
        return NotSent(
            TITLE, f"{step}: {code} {text}", cause=_cause(verdict), setting=verdict.settings, retry_after=verdict.wait
        )

    def _reason(self, step: str, error: object, connection: BoundedConnection, message: Message) -> Text:
        """The step and the error, without a secret or an address."""
        if not connection.seconds_left or isinstance(error, TimeoutError):
            return Text(zh=f"{step}：超时，对方没有应答", en=f"{step}: no answer in time")
        if isinstance(error, UnicodeError):  # Its text would quote the password.
            return Text(zh=f"{step}：含有非 ASCII 字符", en=f"{step}: not ASCII")
        text = redact(error, *self._secrets(message)) or type(error).__name__
        return Text(zh=f"{step}：{text}", en=f"{step}: {text}")

    def _secrets(self, message: Message) -> list[str]:
        """Texts that a server may repeat in its answer: our password, also as AUTH encodes it, and the recipient."""
        if not self._password:
            return ["", message.to]
        user, password = self._user.encode(), self._password.encode()
        encoded = (b64encode(raw).decode() for raw in (password, b"\0%b\0%b" % (user, password)))
        return [self._password, *encoded, message.to]


def _without_address(text: str, address: str) -> str:
    """The text of a server without the parts of an address.

    A name such as `spam.li` must not decide what a refusal is about.
    """
    parts = "|".join(re.escape(part) for part in address.split("@") if part)
    return re.sub(rf"(?<![\w.-])({parts})(?![\w-])", "…", text, flags=re.IGNORECASE) if parts else text


class _SmtpSession(smtplib.SMTP):
    """A session over our connection. smtplib would send the machine's name and open a socket without a deadline."""

    def __init__(self, connection: BoundedConnection, host: str, origin: str) -> None:
        super().__init__(local_hostname=origin)
        # smtplib reads `_host` in `starttls`: the certificate must be for this name.
        self._connection, self._host = connection, host

    def open(self, host: str, port: int, context: ssl.SSLContext | None) -> Reply:
        """Connect, at once with TLS if there is a `context`. Returns the server's greeting."""
        self.sock = self._connection.connect(host, port)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
        return self.getreply()

    def log_in(self, user: str, password: str) -> bytes:
        """Log in by the first mechanism that the server accepts.

        Returns its last reply. Raises `SMTPException` if it accepts none. Some servers (old ones of Coremail and
        Exchange) offer a mechanism but refuse it with an initial response. So each mechanism is tried again without
        one.
        """
        self.user, self.password = user, password
        offered = self.esmtp_features.get("auth", "").upper().split()
        refusal: smtplib.SMTPException = smtplib.SMTPNotSupportedError("no mechanism of AUTH that we know is offered")
        for mechanism in (name for name in AUTH_MECHANISMS if name in offered):
            respond: Callable[..., str] = getattr(self, f"auth_{mechanism.lower().replace('-', '_')}")
            for with_initial_response in (True, False):
                try:
                    return self.auth(mechanism, respond, initial_response_ok=with_initial_response)[1]
                except smtplib.SMTPAuthenticationError as error:
                    refusal = error
                    if error.smtp_code not in NO_INITIAL_RESPONSE_CODES:
                        break
        raise refusal

    def getreply(self) -> Reply:
        reply = super().getreply()
        if not self._connection.seconds_left:
            raise TimeoutError  # The reply may have been cut in the middle.
        return reply

    def has_input(self) -> bool:
        """Whether there is something to read, or the connection has ended."""
        assert self.sock is not None
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(0))


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    """Attach a file with its media type and parameters."""
    media_type, *parameters = (part.strip() for part in attachment.media_type.split(";"))
    maintype, _, subtype = media_type.partition("/")
    params = dict(part.split("=", 1) for part in parameters)
    data, name = attachment.data, attachment.name
    if maintype == "text":
        mail.add_attachment(data.decode(), subtype=subtype, filename=name, params=params)
    else:
        mail.add_attachment(data, maintype, subtype, filename=name, params=params)


def _check_headers(message: Message) -> None:
    """Raise `NotSent` if the id, the recipient or the subject cannot be in a header."""
    if not _ID.fullmatch(message.id):
        raise _invalid_letter(Text(zh="编号不能用作 Message-ID", en="its id cannot be a Message-ID"))
    if not MAIL_ADDRESS.fullmatch(message.to):
        why = Text(zh="收件人不是一个邮件地址", en="what it is addressed to is not an address of mail")
        raise NotSent(TITLE, why, cause="address")
    if any(category(character) in ("Cc", "Cs", "Zl", "Zp") for character in message.subject):
        raise _invalid_letter(
            Text(zh="主题含有换行或控制字符", en="its subject holds a line break or a control character")
        )


def _invalid_letter(why: Text) -> NotSent:
    return NotSent(TITLE, why, cause="letter")


def _certificates(file: str) -> str:
    """The PEM certificates of a file.

    They are cut out here, because OpenSSL ignores the first one after a byte order mark. Raises `OSError` if the file
    cannot be read, or `ssl.SSLError` if it has no certificate.
    """
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


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(name, addr_spec=address)
