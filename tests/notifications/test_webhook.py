"""The way out to a robot: only where it may go, in time or not at all, and nothing of the URL is ever said."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
import traceback
from http.server import BaseHTTPRequestHandler
from time import monotonic
from typing import Any

import pytest

from config.settings import BadSetting
from notifications.channels.message import MaybeSent, NotSent
from notifications.channels.webhook import MAX_ANSWER_BYTES, HostPolicy, Webhook, WebhookAnswer, is_public_address
from states.vocabulary import Text

from .conftest import Authority
from .servers import CLOCK, Does, HookServer, answers, hook, slowly

TITLE = Text(zh="机器人", en="The robot")
LOCAL = HostPolicy(private=("127.0.0.1", "localhost"))
KEY = "K3Y-0f-the-robot"
KNOWN = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
TOTAL = 0.6


def webhook(url: str, guard: HostPolicy = LOCAL, **given: Any) -> Webhook:
    """A webhook with short patience."""
    return Webhook(TITLE, url, setting="KAOHE_WECOM_URL", guard=guard, clock=CLOCK, **{"total": TOTAL, **given})


def post(does: Does, **given: Any) -> WebhookAnswer:
    """What comes of a POST to a server that behaves like this."""
    with hook(does) as server:
        return webhook(server.url(), **given).post(b"{}", {})


def judged(status: int, body: bytes = b"", **headers: str) -> NotSent:
    """What is made of a status."""
    with hook(answers(status, body, **headers)) as server:
        made = webhook(server.url())
        answer = made.post(b"{}", {})
        with pytest.raises(NotSent) as failed:
            made.check_status(answer)
    assert KEY not in str(failed.value)
    return failed.value


# --- what is sent ---------------------------------------------------------------------------------


def test_a_post_says_what_it_was_given_and_adds_to_the_query() -> None:
    with hook(answers(200, b'{"errcode":0}')) as server:
        answer = webhook(server.url()).post(b'{"a":1}', {"sign": "a+/="})
    ((path, headers, body),) = server.heard
    assert (path, body) == (f"/send?key={KEY}&sign=a%2B%2F%3D", b'{"a":1}')
    assert headers["Content-Type"] == "application/json"
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert answer == WebhookAnswer(200, b'{"errcode":0}', None)


def test_over_tls_the_certificate_is_looked_at(authority: Authority) -> None:
    ours = ssl.create_default_context(cafile=authority.file)
    with hook(answers(200, b"{}"), authority.localhost) as server:
        made = webhook(server.url(scheme="https", host="localhost"), context=ours)
        assert made.post(b"{}", {}).status == 200
        with pytest.raises(NotSent, match="certificate"):
            webhook(server.url(scheme="https", host="localhost")).post(b"{}", {})
    with hook(answers(200), authority.stranger) as server, pytest.raises(NotSent, match="certificate"):
        webhook(server.url(scheme="https", host="localhost"), context=ours).post(b"{}", {})
    assert server.heard == []


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with hook(answers(502)) as proxy, hook(answers(200, b"{}")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url("/"))
        assert webhook(server.url()).post(b"{}", {}).status == 200
    assert proxy.heard == []


# --- what comes back ------------------------------------------------------------------------------


def test_a_redirect_is_not_followed() -> None:
    with hook(answers(200)) as private:
        failed = judged(302, Location=private.url("/admin"))
    assert private.heard == []
    assert failed.cause == "ours"
    assert "KAOHE_WECOM_URL" in failed.render("zh")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_in_trouble_is_tried_again(status: int) -> None:
    assert not judged(status).permanent


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refusal_is_about_what_we_say_or_about_where_we_knock(status: int) -> None:
    failed = judged(status, f"no such robot: {KEY}\r\nnone".encode())
    assert failed.cause == ("letter" if status in (400, 413) else "ours")
    assert failed.why.zh == f"HTTP {status} no such robot: … none"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999999999999999", 3600.0),
        ("9" * 5000, 3600.0),
        ("Fri, 20 Nov 2026 01:03:03 GMT", 59.543211),
        ("Fri, 20 Nov 2026 00:00:00 GMT", 0.0),
        ("Fri, 20 Nov 9999 00:00:00 GMT", 3600.0),
        ("Fri, 20 Nov 2026 01:03:03 -0000", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_wait_that_is_asked_for_is_kept_to_within_an_hour(said: str, meant: float | None) -> None:
    failed = judged(429, Retry_After=said)
    assert not failed.permanent
    assert failed.retry_after == (None if meant is None else pytest.approx(meant))


def test_of_ten_megabytes_only_the_first_are_read() -> None:
    def does(request: BaseHTTPRequestHandler) -> None:
        answers(200)(request)
        for _ in range(160):
            request.wfile.write(b"x" * MAX_ANSWER_BYTES)

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(160):
            request.wfile.write(b"x" * MAX_ANSWER_BYTES)

    for each in (answers(200, b"x" * 10_000_000), endless):
        assert len(post(each, total=5.0).body) == 65536


def test_a_server_that_keeps_the_line_open_is_not_waited_for() -> None:
    def does(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}")
        server_of(request).over.wait(4)

    before = monotonic()
    with hook(does) as server:
        SERVERS[server.port] = server
        assert webhook(server.url(), total=5.0).post(b"{}", {}).body == b"{}"
        assert monotonic() - before < 2


# --- what does not come back ----------------------------------------------------------------------

SERVERS: dict[int, HookServer] = {}


def server_of(request: BaseHTTPRequestHandler) -> HookServer:
    return SERVERS[request.server.server_address[1]]


def hang(request: BaseHTTPRequestHandler) -> None:
    server_of(request).over.wait(4)


def drip_header(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in slowly(server_of(request).over):
        request.wfile.write(b"x")


def drip_lines(request: BaseHTTPRequestHandler) -> None:
    for _ in slowly(server_of(request).over):
        request.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def vanish(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def babble(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"who is there?\r\n\r\n")


@pytest.mark.parametrize("does", [hang, drip_header, drip_lines, vanish, babble])
def test_no_answer_to_all_of_it_leaves_it_open(does: Does) -> None:
    with hook(does) as server:
        SERVERS[server.port] = server
        before = monotonic()
        with pytest.raises(MaybeSent) as failed:
            webhook(server.url()).post(b"{}", {})
        assert monotonic() - before < TOTAL + 1
    assert len(server.heard) == 1
    assert KEY not in str(failed.value)


def test_a_reset_right_after_the_whole_request_leaves_it_open_however_soon_it_comes() -> None:
    for _ in range(20):
        with hook(vanish) as server:
            with pytest.raises(MaybeSent):
                webhook(server.url()).post(b"{}", {})
            assert [body for _, _, body in server.heard] == [b"{}"]


def test_an_answer_that_drips_is_left_when_the_time_is_up() -> None:
    def does(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in slowly(server_of(request).over):
            request.wfile.write(b"{")

    with hook(does) as server:
        SERVERS[server.port] = server
        before = monotonic()
        answer = webhook(server.url()).post(b"{}", {})
        assert answer.status == 200
        assert len(answer.body) < 1000
        assert monotonic() - before < TOTAL + 1


def test_a_connection_that_dies_within_the_request_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/{KEY}"
        with pytest.raises(NotSent) as failed:  # nobody reads: the request does not fit into the line
            webhook(url).post(b"x" * 20_000_000, {})
    assert not failed.value.permanent


def test_nobody_there_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/{KEY}"
    with pytest.raises(NotSent) as failed:
        webhook(url).post(b"{}", {})
    assert not failed.value.permanent
    assert KEY not in str(failed.value)


def test_a_name_nobody_knows_sent_nothing() -> None:
    with pytest.raises(NotSent) as failed:
        webhook("https://robot.invalid/x", HostPolicy(hosts=("robot.invalid",)), total=3.0).post(b"{}", {})
    assert not failed.value.permanent


# --- where it may go ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/send?key=K3Y",
        "https://qyapi.weixin.qq.com@evil.example/K3Y",
        "https://K3Y:K3Y@qyapi.weixin.qq.com/",
        "https://qyapi.weixin.qq.com.evil.example/K3Y",
        "https://qyapi.weixin.qq.com./K3Y",
        "https://127.0.0.1/K3Y",
        "http://qyapi.weixin.qq.com/K3Y",
        "ftp://qyapi.weixin.qq.com/K3Y",
        "file:///etc/K3Y",
        "qyapi.weixin.qq.com/K3Y",
        "https:///K3Y",
        "https://qyapi.weixin.qq.com:x/K3Y",
        "https://[::1/K3Y",
        "https://qyapi.weixin.qq.com/K3Y#x",
        "https://qyapi.weixin.qq.com/K3Y\r\nHost: evil",
        "https://qyapi.weixin.qq.com/K3Y x",
        "https://企业微信.cn/K3Y",
        "K3Y",
    ],
)
def test_a_url_that_is_not_allowed_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        webhook(url, HostPolicy())
    said = "".join(traceback.format_exception(refused.value)).partition("BadSetting")[2]
    assert "KAOHE_WECOM_URL" in said
    assert "K3Y" not in said + repr(refused.value)


def test_a_host_that_is_private_is_not_therefore_spoken_to_without_tls() -> None:
    """`http` is for loopback only, and that is seen when the socket opens."""
    with pytest.raises(NotSent, match="address that is not gone to"):
        webhook("http://10.0.0.1/", HostPolicy(private=("10.0.0.1",))).post(b"{}", {})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "100::1",
    ],
)  # fmt: skip
def test_an_address_not_of_the_open_internet_is_not_gone_to(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "101.91.40.24", "172.32.0.1", "2408:8756::1", "2606:4700::1111"])
def test_an_address_of_the_open_internet_is(address: str) -> None:
    assert is_public_address(address)


def leads_to(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> list[str]:
    """Names lead to these addresses, another list each time they are looked up. Gives what is then connected to."""
    asked, gone_to = iter(rounds), list[str]()

    def look_up(_host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in next(asked)]

    def connect(_socket: socket.socket, address: tuple[str, int]) -> None:
        gone_to.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return gone_to


def test_a_known_host_that_leads_to_a_private_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    gone_to = leads_to(monkeypatch, ["10.1.2.3"])
    with pytest.raises(NotSent) as failed:
        webhook(KNOWN, HostPolicy()).post(b"{}", {})
    assert gone_to == []
    assert "KAOHE_WEBHOOK_PRIVATE" in failed.value.render("zh")


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    gone_to = leads_to(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(NotSent):
        webhook(KNOWN, HostPolicy()).post(b"{}", {})
    assert gone_to == []


def test_a_name_that_changes_its_mind_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when looked at, private when connected to: what was looked at is what is connected to."""
    gone_to = leads_to(monkeypatch, ["8.8.8.8", "8.8.4.4"], ["127.0.0.1"])
    with pytest.raises(NotSent):
        webhook(KNOWN, HostPolicy()).post(b"{}", {})
    assert gone_to == ["8.8.8.8", "8.8.4.4"]


def test_every_call_looks_at_the_address_again(monkeypatch: pytest.MonkeyPatch) -> None:
    gone_to = leads_to(monkeypatch, ["8.8.8.8"], ["169.254.169.254"])
    made = webhook(KNOWN, HostPolicy())
    for _ in range(2):
        with pytest.raises(NotSent):
            made.post(b"{}", {})
    assert gone_to == ["8.8.8.8"]


def test_a_host_that_is_known_to_be_private_is_gone_to(authority: Authority) -> None:
    ours = ssl.create_default_context(cafile=authority.file)
    with hook(answers(200, b"{}"), authority.localhost) as server:
        url = server.url(scheme="https", host="localhost")
        assert webhook(url, HostPolicy(private=("localhost",)), context=ours).post(b"{}", {}).status == 200
        with pytest.raises(NotSent, match="address that is not gone to"):
            webhook(url, HostPolicy(hosts=("localhost",)), context=ours).post(b"{}", {})
    assert len(server.heard) == 1


# --- what is never said ---------------------------------------------------------------------------


def test_nothing_of_the_url_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"{KEY} /send?key={KEY}".encode()
    with hook(answers(400, echo)) as server:
        made = webhook(server.url(), secret="SEC-cret")
        answer = made.post(b"{}", {"sign": "x"})
        with pytest.raises(NotSent) as failed:
            made.check_status(answer)
    shown = repr(made) + str(made) + "".join(traceback.format_exception(failed.value)) + repr(failed.value.args)
    assert KEY not in shown + caplog.text
    assert made.redact("SEC-cret") == "…"
