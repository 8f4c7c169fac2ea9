"""Request smuggling: what two servers in a row could read differently is refused, over a real socket."""

from __future__ import annotations

import pytest

from console.web.network.heads import reason_to_refuse
from tests.attack.served import Served, receive_all, status

FORM = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = b"0\r\n\r\n"
ODD = {
    "content-length and transfer-encoding": FORM + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "transfer-encoding and content-length": FORM + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + CHUNKED,
    "two lengths that differ": FORM + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\na=b&c",
    "two lengths alike": FORM + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\na=b&c",
    "a list of lengths": FORM + b"Content-Length: 5, 5\r\n\r\na=b&c",
    "a signed length": FORM + b"Content-Length: +5\r\n\r\na=b&c",
    "a length in other digits": FORM + "Content-Length: ５\r\n\r\na=b&c".encode(),
    "no length": FORM + b"Content-Length: \r\n\r\n",
    "a space before the colon": FORM + b"Content-Length : 5\r\n\r\na=b&c",
    "two transfer-encodings": FORM + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + CHUNKED,
    "another transfer-encoding": FORM + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED,
    "transfer-encoding in HTTP/1.0": FORM.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "a folded header": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-One: a\r\n b\r\n\r\n",
    "a length that is folded": FORM + b"Content-Length:\r\n 5\r\n\r\na=b&c",
    "bare line feeds": b"GET /sign-in HTTP/1.1\nHost: localhost\n\n",
    "one bare line feed": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-One: a\nContent-Length: 5\r\n\r\na=b&c",
    "a bare carriage return": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-One: a\rX-Two: b\r\n\r\n",
    "NUL in a header": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-One: a\0b\r\n\r\n",
    "two hosts": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n",
    "no host": b"GET /sign-in HTTP/1.1\r\n\r\n",
}
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""What is smuggled: if it is answered, too, it was taken for a second request."""


@pytest.mark.one_database
def test_what_two_servers_could_read_differently_is_refused_and_nothing_after_it_is_read(kaohe: Served) -> None:
    """How a request is read hangs on no database."""
    answers = {name: kaohe.talk(said + HIDDEN) for name, said in ODD.items()}
    statuses = {name: status(answer) for name, answer in answers.items()}
    assert set(statuses.values()) == {400}, statuses
    assert {name for name, answer in answers.items() if answer.count(b"HTTP/1.1 ") != 1} == set()
    assert "Traceback" not in kaohe.output()


@pytest.mark.one_database
def test_a_plain_request_in_pieces_is_read_and_so_are_two_on_one_connection(kaohe: Served) -> None:
    """As above."""
    with kaohe.connect(2.0) as line:
        for piece in (b"GET /heal", b"thz HTTP/1.1\r", b"\nHost: localhost\r\n", b"\r", b"\n"):
            line.sendall(piece)
        line.sendall(HIDDEN)
        assert receive_all(line).count(b"HTTP/1.1 200") == 2
    chunked = FORM + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\na=b&c\r\n0\r\n\r\n"
    assert status(kaohe.talk(chunked)) == 403, "read as a form, which has no token"


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "CONTENT-LENGTH"])
def test_the_name_of_a_header_is_read_in_any_case(name: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: a\r\n{name}: 1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert reason_to_refuse(head) is not None
    assert reason_to_refuse(head.replace(b"Transfer-Encoding", b"X-Transfer-Encoding")) is None
