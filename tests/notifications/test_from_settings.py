"""What the settings make of the channels, and which settings cannot work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.settings import BadSetting, Settings
from notifications.channels.from_settings import channels_from_settings
from notifications.channels.message import Channel, MaybeSent, Message, NotSent, redact
from states.vocabulary import Text

from .conftest import Authority
from .servers import CLOCK, answers, hook, mail_server

SECRETS = {
    "KAOHE_SMTP_PASSWORD": "p4ss-w0rd", "KAOHE_WECOM_URL": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=w3com-key",
    "KAOHE_DINGTALK_URL": "https://oapi.dingtalk.com/robot/send?access_token=d1ng-token", "KAOHE_DINGTALK_SECRET": "SECd1ng",
    "KAOHE_FEISHU_URL": "https://open.feishu.cn/open-apis/bot/v2/hook/f31shu-id", "KAOHE_FEISHU_SECRET": "SECf31shu",
}  # fmt: skip
MAIL = {"KAOHE_SMTP_HOST": "smtp.college.edu.cn", "KAOHE_SMTP_FROM": "考核办 <kaohe@college.edu.cn>"}
ALL = {**MAIL, **SECRETS, "KAOHE_SMTP_USER": "kaohe"}
HIDDEN = ("p4ss-w0rd", "w3com-key", "d1ng-token", "SECd1ng", "f31shu-id", "SECf31shu")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours in the environment."""
    for name in [name for name in os.environ if name.startswith("KAOHE_")]:
        monkeypatch.delenv(name)


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_without_settings_there_is_no_channel() -> None:
    assert channels_from_settings(Settings(), CLOCK) == {}


def test_each_channel_that_is_set_up_is_made_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = channels_from_settings(settings(monkeypatch, **ALL), CLOCK)
    assert {name: channel.per_minute for name, channel in channels.items()} == {
        "mail": None, "wecom": 20, "dingtalk": 20, "feishu": 100,
    }  # fmt: skip
    assert [channel.name for channel in channels.values()] == list(channels)


@pytest.mark.parametrize("name", ["KAOHE_WECOM_URL", "KAOHE_DINGTALK_URL", "KAOHE_FEISHU_URL"])
def test_one_channel_does_not_need_another(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    made = channels_from_settings(settings(monkeypatch, **{name: SECRETS[name]}), CLOCK)
    assert list(made) == [name.split("_")[1].lower()]


def test_what_is_set_up_sends(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    with mail_server(authority.localhost) as mail, hook(answers(200, b'{"errcode":0}')) as robot:
        made = channels_from_settings(
            settings(
                monkeypatch,
                KAOHE_SMTP_HOST="localhost", KAOHE_SMTP_PORT=str(mail.port), KAOHE_SMTP_CA_FILE=str(authority.file),
                KAOHE_SMTP_FROM="kaohe@college.edu.cn", KAOHE_SMTP_USER="kaohe", KAOHE_SMTP_PASSWORD="p4ss-w0rd",
                KAOHE_ORIGIN="college.edu.cn", KAOHE_WECOM_URL=robot.url(), KAOHE_WEBHOOK_PRIVATE=" 127.0.0.1 ,Robot.test",
            ),
            CLOCK,
        )  # fmt: skip
        for channel in made.values():
            channel.send(Message("i", "a@b.cn", "题", "文"))
    assert mail.heard[0] == "EHLO"
    assert b"Message-ID: <i@college.edu.cn>" in mail.letters[0]
    assert len(robot.heard) == 1


def test_a_further_host_is_allowed_by_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    url = {"KAOHE_FEISHU_URL": "https://robots.college.edu.cn/f31shu-id"}
    with pytest.raises(BadSetting, match="KAOHE_FEISHU_URL"):
        channels_from_settings(settings(monkeypatch, **url), CLOCK)
    assert "feishu" in channels_from_settings(
        settings(monkeypatch, **url, KAOHE_WEBHOOK_HOSTS="a.cn,robots.college.edu.cn"), CLOCK
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"KAOHE_SMTP_HOST": "smtp.college.edu.cn"}, "KAOHE_SMTP_FROM"),
        ({**MAIL, "KAOHE_SMTP_HOST": "smtp.college.edu.cn:465"}, "KAOHE_SMTP_HOST"),
        ({**MAIL, "KAOHE_SMTP_FROM": "考核办"}, "KAOHE_SMTP_FROM"),
        ({**MAIL, "KAOHE_SMTP_FROM": "kaohe@college.edu.cn\r\nBcc: x@y.cn"}, "KAOHE_SMTP_FROM"),
        ({**MAIL, "KAOHE_SMTP_REPLY_TO": "nobody"}, "KAOHE_SMTP_REPLY_TO"),
        ({**MAIL, "KAOHE_SMTP_USER": "kaohe"}, "KAOHE_SMTP_USER"),
        ({**MAIL, "KAOHE_SMTP_PASSWORD": "p4ss-w0rd"}, "KAOHE_SMTP_USER"),
        ({**MAIL, "KAOHE_SMTP_USER": "kaohe", "KAOHE_SMTP_PASSWORD": "p4ss-w0rd码"}, "KAOHE_SMTP_PASSWORD"),
        (
            {**MAIL, "KAOHE_SMTP_USER": "u", "KAOHE_SMTP_PASSWORD": "p4ss-w0rd", "KAOHE_SMTP_SECURITY": "none"},
            "KAOHE_SMTP_PASSWORD",
        ),
        ({**MAIL, "KAOHE_SMTP_CA_FILE": "/no/such/file.pem"}, "KAOHE_SMTP_CA_FILE"),
        ({"KAOHE_SMTP_FROM": "kaohe@college.edu.cn"}, "KAOHE_SMTP_FROM"),
        ({"KAOHE_SMTP_PASSWORD": "p4ss-w0rd"}, "KAOHE_SMTP_PASSWORD"),
        ({"KAOHE_DINGTALK_SECRET": "SECd1ng"}, "KAOHE_DINGTALK_SECRET"),
        ({"KAOHE_FEISHU_SECRET": "SECf31shu"}, "KAOHE_FEISHU_SECRET"),
        ({"KAOHE_WEBHOOK_HOSTS": "https://a.cn"}, "KAOHE_WEBHOOK_HOSTS"),
        ({"KAOHE_WEBHOOK_PRIVATE": "a.cn/x"}, "KAOHE_WEBHOOK_PRIVATE"),
        ({"KAOHE_ORIGIN": "柳州职业技术学院"}, "KAOHE_ORIGIN"),
        ({"KAOHE_ORIGIN": "a.cn>\r\n"}, "KAOHE_ORIGIN"),
        ({"KAOHE_CONSOLE_URL": "javascript:alert(1)"}, "KAOHE_CONSOLE_URL"),
        ({"KAOHE_CONSOLE_URL": "https://a.cn/ x"}, "KAOHE_CONSOLE_URL"),
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        settings(monkeypatch, **environment)
    assert f"设置 {named} 不能使用：" in refused.value.render("zh")
    assert f"The setting {named} cannot be used: " in refused.value.render("en")
    assert [one for one in HIDDEN if one in str(refused.value) + repr(refused.value)] == []


@pytest.mark.parametrize(("name", "value"), [("SMTP_PORT", "70000"), ("SMTP_PORT", "x"), ("SMTP_SECURITY", "ssl")])
def test_a_value_of_the_wrong_kind_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name.lower()):
        settings(monkeypatch, **ALL, **{f"KAOHE_{name}": value})


def test_a_file_that_holds_no_certificates_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", "utf-8")
    made = settings(monkeypatch, **MAIL, KAOHE_SMTP_CA_FILE=str(tmp_path / "ca.pem"))
    with pytest.raises(BadSetting, match="KAOHE_SMTP_CA_FILE"):
        channels_from_settings(made, CLOCK)


def test_no_secret_is_shown_by_anything_that_holds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings(monkeypatch, **ALL)
    channels = channels_from_settings(made, CLOCK)
    shown = (
        f"{made!r} {made} {made.model_dump()} {made.model_dump_json()} {channels!r} {list(map(str, channels.values()))}"
    )
    assert [one for one in HIDDEN if one in shown] == []


def test_a_wrong_value_shows_no_secret_that_stood_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, **ALL, KAOHE_SMTP_PORT="x")
    shown = f"{refused.value} {refused.value!r} {refused.value.errors()}"
    assert [one for one in HIDDEN if one in shown] == []


def test_a_secret_put_into_the_wrong_setting_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, KAOHE_SMTP_SECURITY="p4ss-w0rd", KAOHE_SMTP_PORT="w3com-key")
    assert [one for one in HIDDEN if one in f"{refused.value} {refused.value!r}"] == []


# --- how failing is said --------------------------------------------------------------------------

TITLE = Text(zh="邮件", en="Mail")


@pytest.mark.parametrize(
    "failed",
    [NotSent(TITLE, "why / so"), NotSent(TITLE, "why / so", cause="letter"), MaybeSent(TITLE, "why / so")],
    ids=lambda failed: type(failed).__name__,
)
def test_every_failure_is_a_sentence_in_each_language(failed: NotSent | MaybeSent) -> None:
    """The channel's own words stay whole in both, though they hold what separates languages elsewhere."""
    assert failed.why == Text(zh="why / so", en="why / so")
    assert failed.render("zh").startswith("邮件")
    assert failed.render("zh").endswith("。")
    assert failed.render("en").endswith(".")
    assert all("why / so" in failed.render(language) for language in ("zh", "en"))


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (b"a\r\n b\x00\x1b[31m\xe2\x80\xae c", "a b [31m c"),
        ("x" * 600, "x" * 500),
        ("token=sesame&x", "token=…&x"),
        (b"\xff\xfe", "��"),
        ("", ""),
    ],
)
def test_a_strangers_words_are_one_short_line_without_secrets(words: Any, left: str) -> None:
    assert redact(words, "sesame", "") == left


def test_a_channel_says_its_name_and_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Channel] = channels_from_settings(settings(monkeypatch, **ALL), CLOCK)
    assert set(made) == {"mail", "wecom", "dingtalk", "feishu"}
