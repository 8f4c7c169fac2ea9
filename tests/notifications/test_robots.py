"""The robots of three platforms: their forms, their signatures, their limits, and what their answers mean."""

from __future__ import annotations

import json
import traceback
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels import dingtalk, feishu
from notifications.channels.dingtalk import Dingtalk
from notifications.channels.feishu import Feishu
from notifications.channels.message import MaybeSent, Message, NotSent
from notifications.channels.robot import OMISSION_MARK, Robot, fit_to_limit
from notifications.channels.webhook import HostPolicy
from notifications.channels.wecom import Wecom

from .servers import CLOCK, answers, hook

MESSAGE = Message("kaohe.4711-2", "", "考核提醒", "有 1 项待办，截止 11 月 20 日，请登录考核系统查看。")
SECRET = "SECthis-is-a-secret"
KEY = "K3Y-0f-the-robot"
ROBOTS: list[type[Robot]] = [Wecom, Dingtalk, Feishu]
OK = {Wecom: b'{"errcode":0,"errmsg":"ok"}', Dingtalk: b'{"errcode":0,"errmsg":"ok"}', Feishu: b'{"code":0,"msg":"success","data":{}}'}  # fmt: skip


def robot(kind: type[Robot], url: str, secret: str = "") -> Robot:
    return kind(url, secret, clock=CLOCK, guard=HostPolicy(private=("127.0.0.1",)), total=2.0)


def posted(kind: type[Robot], message: Message = MESSAGE, secret: str = "") -> tuple[dict[str, list[str]], Any]:
    """What a robot posts: the query, and the body."""
    with hook(answers(200, OK[kind])) as server:
        robot(kind, server.url(f"/robot/send?access_token={KEY}"), secret).send(message)
    ((path, _, body),) = server.heard
    return parse_qs(urlsplit(path).query), json.loads(body)


def fails(kind: type[Robot], code: int, words: str = "no", status: int = 200, **headers: str) -> NotSent:
    """What is made of a platform's error code."""
    said = {"code": code, "msg": words} if kind is Feishu else {"errcode": code, "errmsg": words}
    with hook(answers(status, json.dumps(said).encode(), **headers)) as server, pytest.raises(NotSent) as failed:
        robot(kind, server.url(f"/robot/send/{KEY}?access_token={KEY}"), SECRET).send(MESSAGE)
    shown = "".join(traceback.format_exception(failed.value)) + repr(failed.value) + str(failed.value)
    assert KEY not in shown
    assert SECRET not in shown
    assert str(code) in failed.value.why.zh
    return failed.value


# --- form -----------------------------------------------------------------------------------------


def test_wecom_takes_a_text() -> None:
    query, body = posted(Wecom)
    assert body == {"msgtype": "text", "text": {"content": f"{MESSAGE.body}\n〔{MESSAGE.short_id}〕"}}
    assert query == {"access_token": [KEY]}


def test_dingtalk_takes_a_text_and_its_signature_in_the_url() -> None:
    query, body = posted(Dingtalk, secret=SECRET)
    stamp = "1795136523456"
    assert body == {"msgtype": "text", "text": {"content": f"{MESSAGE.body}\n〔{MESSAGE.short_id}〕"}}
    assert query == {"access_token": [KEY], "timestamp": [stamp], "sign": [dingtalk.sign(int(stamp), SECRET)]}


def test_feishu_takes_a_text_and_its_signature_beside_it() -> None:
    query, body = posted(Feishu, secret=SECRET)
    stamp = "1795136523"
    assert body == {
        "timestamp": stamp, "sign": feishu.sign(int(stamp), SECRET),
        "msg_type": "text", "content": {"text": f"{MESSAGE.body}\n〔{MESSAGE.short_id}〕"},
    }  # fmt: skip
    assert query == {"access_token": [KEY]}


@pytest.mark.parametrize("kind", [Dingtalk, Feishu])
def test_without_a_secret_nothing_is_signed(kind: type[Robot]) -> None:
    query, body = posted(kind)
    assert "sign" not in query
    assert "sign" not in body


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_message_sent_twice_carries_one_mark(kind: type[Robot]) -> None:
    texts = {json.dumps(posted(kind)[1], ensure_ascii=False) for _ in range(2)}
    assert len(texts) == 1
    assert f"〔{MESSAGE.short_id}〕" in texts.pop()


def test_subject_and_address_are_not_posted() -> None:
    body = json.dumps(posted(Wecom, Message("i", "a@b.cn", "主题", "正文"))[1], ensure_ascii=False)
    assert "主题" not in body
    assert "a@b.cn" not in body


# --- signatures -----------------------------------------------------------------------------------


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 by the letter of RFC 2104, to hold ours against."""
    key = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


def test_the_signature_of_dingtalk_is_what_openssl_makes_of_it() -> None:
    """printf '%s\\n%s' $TIME $SECRET | openssl dgst -sha256 -hmac $SECRET -binary | base64"""
    assert dingtalk.sign(1763600523456, SECRET) == "Hp10Tc7dDarW80fFMj0q3LKQ3y9/VyTOppoXfzMx/5w="


def test_the_signature_of_feishu_is_the_one_known_for_its_example() -> None:
    """The platform's own example of a time, with the secret `demo`."""
    assert feishu.sign(1599360473, "demo") == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
    assert feishu.sign(1763600523, SECRET) == "xI5mYyUE1Yq1TcazuaXM7ZHdvbPtC6TVjyhRrTw+lwQ="


@given(st.integers(0, 2**42), st.text(st.characters(codec="utf-8"), max_size=90))
def test_key_and_message_stand_where_each_platform_has_them(time: int, secret: str) -> None:
    from base64 import b64encode

    signed = f"{time}\n{secret}".encode()
    assert dingtalk.sign(time, secret) == b64encode(hmac(secret.encode(), signed)).decode()
    assert feishu.sign(time, secret) == b64encode(hmac(signed, b"")).decode()


# --- size -----------------------------------------------------------------------------------------


@given(st.text(max_size=1200), st.integers(80, 2048))
def test_every_text_fits_in_bytes_and_is_whole_or_says_it_is_not(body: str, limit: int) -> None:
    text = fit_to_limit(Message("i", "", "", body), limit)
    mark = f"\n〔{Message('i', '', '', '').short_id}〕"
    assert len(text.encode()) <= limit
    assert text.endswith(mark)
    kept = text.removesuffix(mark)
    if not kept.endswith(OMISSION_MARK):
        assert len(kept) >= sum(c.isprintable() for c in body)


@pytest.mark.parametrize(("length", "whole"), [(677, True), (678, False)])
def test_the_last_character_that_fits_is_kept(length: int, whole: bool) -> None:
    """2048 bytes: fifteen for the mark in its line, and 677 characters of three."""
    text = posted(Wecom, Message("i", "", "", "长" * length))[1]["text"]["content"]
    assert (OMISSION_MARK not in text) == whole
    assert len(text.encode()) <= 2048


@pytest.mark.parametrize("kind", [Dingtalk, Feishu])
@pytest.mark.parametrize("piece", ["长", '"', "\\", "\n", "😀", "a"])
def test_the_whole_request_stays_within_twenty_thousand_bytes(kind: type[Robot], piece: str) -> None:
    with hook(answers(200, OK[kind])) as server:
        robot(kind, server.url(), SECRET).send(Message("i", "", "", piece * 30_000))
    assert len(server.heard[0][2]) <= 20_000
    assert OMISSION_MARK in server.heard[0][2].decode()


def test_nobody_can_be_called_from_within_a_text() -> None:
    text = fit_to_limit(Message("i", "", "", '<at user_id="all">所有人</at> <@all> \0\x1b\ud800'), 2048)
    assert "<" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("kind", "per_minute"), [(Wecom, 20), (Dingtalk, 20), (Feishu, 100)])
def test_each_platform_has_its_pace(kind: type[Robot], per_minute: int) -> None:
    assert kind.per_minute == per_minute


# --- what answers mean ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "words", "wait"),
    [
        (Wecom, 45009, "api freq out of limit", 60.0),
        (Wecom, -1, "system busy", 30.0),
        (Dingtalk, 130101, "send too fast, exceed 20 times per minute", 600.0),
        (Dingtalk, 410100, "发送速度太快而限流", 600.0),
        (Dingtalk, -1, "系统繁忙", 30.0),
        (Feishu, 11232, "frequency limited psm[lark.oapi.app_platform_runtime]", 60.0),
        (Feishu, 9499, "too many request", 60.0),
    ],
)
def test_a_robot_that_was_too_quick_waits(kind: type[Robot], code: int, words: str, wait: float) -> None:
    failed = fails(kind, code, words)
    assert not failed.permanent
    assert failed.retry_after == wait
    assert words in failed.why.zh


def test_a_longer_wait_that_is_asked_for_is_kept() -> None:
    assert fails(Feishu, 11232, status=429, Retry_After="90").retry_after == 90.0
    assert fails(Feishu, 11232, status=429, Retry_After="5").retry_after == 60.0


@pytest.mark.parametrize(
    ("kind", "code", "words", "mend"),
    [
        (Wecom, 93000, "invalid webhook url, hint: [x]", "KAOHE_WECOM_URL"),
        (Dingtalk, 310000, "keywords not in content", "关键词"),
        (Dingtalk, 310000, "sign not match", "KAOHE_DINGTALK_SECRET"),
        (Dingtalk, 310000, "invalid timestamp", "时间"),
        (Dingtalk, 310000, "ip 1.2.3.4 not in whitelist", "IP"),
        (Dingtalk, 300005, "token is not exist", "KAOHE_DINGTALK_URL"),
        (Dingtalk, 400102, "机器人已停用", "KAOHE_DINGTALK_URL"),
        (Feishu, 19001, "param invalid: incoming webhook access token invalid", "KAOHE_FEISHU_URL"),
        (Feishu, 19021, "sign match fail or timestamp is not within one hour", "KAOHE_FEISHU_SECRET"),
        (Feishu, 19022, "Ip Not Allowed", "IP"),
        (Feishu, 19024, "Key Words Not Found", "关键词"),
        (Feishu, 9499, "Bad Request", "管理员"),
    ],
)
def test_what_an_administrator_has_to_mend_is_said(kind: type[Robot], code: int, words: str, mend: str) -> None:
    failed = fails(kind, code, words)
    assert failed.cause == ("letter" if words == "Bad Request" else "ours")
    assert mend in failed.render("zh")


@pytest.mark.parametrize(
    ("kind", "code", "words", "setting"),
    [
        (Wecom, 45009, "api freq out of limit", "KAOHE_WECOM_URL"),
        (Wecom, 40008, "invalid message type", ""),
        (Dingtalk, 660026, "send too fast", "KAOHE_DINGTALK_URL"),
        (Dingtalk, 310000, "关键词不匹配", "KAOHE_DINGTALK_URL"),
        (Dingtalk, 310000, "Sign not match", "KAOHE_DINGTALK_SECRET"),
        (Feishu, 9499, "bad request: token invalid", "KAOHE_FEISHU_URL"),
    ],
)
def test_settings_pace_and_content_are_told_apart_by_code_and_text(
    kind: type[Robot], code: int, words: str, setting: str
) -> None:
    failed = fails(kind, code, words)
    assert (failed.cause, failed.setting) == ("ours" if setting else "letter", setting)


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_body_in_gbk_is_read_as_chinese(kind: type[Robot]) -> None:
    body = '{"errcode":93,"errmsg":"机器人已停用","code":93,"msg":"机器人已停用"}'.encode("gb18030")
    with hook(answers(200, body)) as server, pytest.raises(NotSent) as failed:
        robot(kind, server.url()).send(MESSAGE)
    assert "机器人已停用" in failed.value.why.zh


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_code_nobody_knows_is_no_success_and_is_tried_again(kind: type[Robot]) -> None:
    assert not fails(kind, 777777, f"the key {KEY} and the secret {SECRET}").permanent


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_known_code_counts_for_more_than_the_status(kind: type[Robot]) -> None:
    assert not fails(kind, {Wecom: 45009, Dingtalk: 130101, Feishu: 11232}[kind], status=400).permanent


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{}", b"[]", b"null", b"0", b'{"errcode":"0","code":"0"}', b'{"errcode":false,"code":null}',
             b'{"errcode":0', b"x" * 70_000, b"\xff"],
)  # fmt: skip
def test_an_answer_that_does_not_say_so_is_not_a_success(kind: type[Robot], body: bytes) -> None:
    with hook(answers(200, body)) as server, pytest.raises(MaybeSent):
        robot(kind, server.url()).send(MESSAGE)


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_status_that_is_none_counts_for_more_than_a_success_in_the_body(kind: type[Robot]) -> None:
    with hook(answers(503, OK[kind])) as server, pytest.raises(NotSent) as failed:
        robot(kind, server.url()).send(MESSAGE)
    assert not failed.value.permanent


def test_another_platforms_success_is_not_ours() -> None:
    with hook(answers(200, OK[Wecom])) as server, pytest.raises(MaybeSent):
        robot(Feishu, server.url()).send(MESSAGE)
