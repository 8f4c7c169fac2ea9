"""Mail servers and webhooks for the tests of the channels. Each behaves well, or as badly as a test needs."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from config.clock import VirtualClock

NOW = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC)
CLOCK = VirtualClock(NOW)

WELL = {
    "CONNECT": b"220 mail.test ready",
    "EHLO": b"250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN",
    "STARTTLS": b"220 go on",
    "AUTH": b"235 welcome",
    "MAIL": b"250 ok",
    "RCPT": b"250 ok",
    "DATA": b"354 go on",
    "END": b"250 taken",
}
"""The answers of a well-behaved mail server, by step."""


def slowly(over: Event) -> Iterator[None]:
    """Yields twenty times a second until `over` is set, but at most for four seconds."""
    for _ in range(80):
        if over.wait(0.05):
            return
        yield


class MailServer:
    """A mail server that behaves well until the step `at`, and then does `does`: `drop`, `hang`, `drip`, or an answer.

    `smtps`: it uses TLS from the beginning. `old`: mechanisms of AUTH for which it refuses an initial response.
    """

    def __init__(
        self, tls: ssl.SSLContext, at: str = "", does: str | bytes = b"", *, smtps: bool = False, old: str = ""
    ) -> None:
        self.old = old
        self.answers: list[bytes] = []
        """The client's answers to its questions at sign-in."""
        self.tls, self.at, self.does = tls, at, does
        self.heard: list[str] = []
        """The commands that it got, without their parameters."""
        self.greeted: list[str] = []
        """The names of the client, from EHLO."""
        self.letters: list[bytes] = []
        self.over = Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        if smtps:
            self._listening = tls.wrap_socket(self._listening, server_side=True)
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self.over.is_set():
            with contextlib.suppress(OSError):  # a caller who does not like our certificate, too
                self._talk(self._listening.accept()[0])

    def _talk(self, line: socket.socket) -> None:
        # `self.line` is what is spoken over now: STARTTLS replaces it.
        self.line, at = line, "CONNECT"
        with contextlib.suppress(OSError, EOFError):
            while self._answer(at):
                if at == "STARTTLS":
                    self.line = self.tls.wrap_socket(self.line, server_side=True)
                at = "END" if at == "DATA" and self._letter() else self._command()
        self.line.close()

    def _answer(self, at: str) -> bool:
        """Send the answer of a step. Returns False if the connection ends."""
        if at != self.at:
            self.line.sendall(WELL.get(at, b"221 bye") + b"\r\n")
        elif self.does == "drop":
            # Reset, not closed: nothing that was written before is read any more.
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        elif self.does == "hang":
            return not self.over.wait(4)
        elif self.does == "drip":
            for _ in slowly(self.over):
                self.line.sendall(b"2")
        elif self.does == "drip tls":
            self.line.sendall(b"\x16\x03\x03\x40\x00")  # so many bytes of a handshake to come
            for _ in slowly(self.over):
                self.line.sendall(b"\x02")
        else:
            assert isinstance(self.does, bytes)
            self.line.sendall(self.does + b"\r\n")
        return at != "QUIT"

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self.line.recv(1)
            if not byte:
                raise EOFError
            line += byte
        return line

    def _command(self) -> str:
        verb, _, rest = self._line().decode("latin-1").strip().partition(" ")
        verb = verb.upper()
        self.heard.append(verb)
        if verb == "EHLO":
            self.greeted.append(rest)
        if verb == "AUTH" and self.old:
            return self._old_log_in(rest)
        return verb

    def _old_log_in(self, rest: str) -> str:
        """Sign in as at servers that know no initial response: refuse it, and ask for each answer."""
        mechanism, _, initial = rest.partition(" ")
        if initial or mechanism.upper() not in self.old.upper().split():
            self.line.sendall(b"504 5.5.4 Unrecognized authentication type\r\n")
            return self._command()
        for _ in range(2 if mechanism.upper() == "LOGIN" else 1):
            self.line.sendall(b"334 \r\n")
            self.answers.append(b64decode(self._line()))
        return "AUTH"

    def _letter(self) -> bool:
        if self.at == "LETTER":
            letter = self.line.recv(10)
            if self._answer("LETTER"):
                while piece := self.line.recv(65536):
                    letter += piece
                self.letters.append(letter)
            raise EOFError
        letter = b""
        while not letter.endswith(b"\r\n.\r\n"):
            piece = self.line.recv(65536)
            if not piece:
                raise EOFError
            letter += piece
        self.letters.append(letter)
        return True

    def close(self) -> None:
        """Stop, whatever it is doing."""
        self.over.set()
        self._listening.close()


Does = Callable[[BaseHTTPRequestHandler], None]


class HookServer:
    """A webhook that stores each request and then calls `does` with its handler."""

    def __init__(self, does: Does, tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        """Path, headers and body of every request."""
        self.over = Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.heard.append((self.path, dict(self.headers), body))
                with contextlib.suppress(OSError):
                    does(self)
                self.close_connection = True

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = Thread(target=partial(self._server.serve_forever, 0.02), daemon=True)
        self._thread.start()

    def url(self, path: str = "/send?key=K3Y-0f-the-robot", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def close(self) -> None:
        """Stop, whatever it is doing."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


def answers(status: int, body: bytes = b"", **headers: str) -> Does:
    """Answer like this."""

    def does(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return does


@contextlib.contextmanager
def hook(does: Does, tls: ssl.SSLContext | None = None) -> Iterator[HookServer]:
    """A webhook, for as long as it is wanted."""
    server = HookServer(does, tls)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def mail_server(
    tls: ssl.SSLContext, at: str = "", does: str | bytes = b"", *, smtps: bool = False, old: str = ""
) -> Iterator[MailServer]:
    """A mail server, for as long as it is wanted."""
    server = MailServer(tls, at, does, smtps=smtps, old=old)
    try:
        yield server
    finally:
        server.close()
