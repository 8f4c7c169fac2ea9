"""The settings, from environment variables `KAOHE_…`, and the checks whether they can be used together.

Also here: `BadSetting`, which other rooms raise too, and the form of a mail address. docs/operating.md lists all
settings. A secret prints as `***`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from shutil import which
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from states.user_errors import UserError
from states.vocabulary import Text

from .typed import MAIL_ADDRESS

NO_SECRET = SecretStr("")
_PROVIDER = re.compile(r"(https://[A-Za-z0-9]|http://(127\.0\.0\.1|localhost)[:/])[!-~]*")
_HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"


class BadSetting(UserError, ValueError):
    """A setting cannot be used, or contradicts another one.

    `why` never quotes the value, because it may be a secret.
    """

    zh = "设置 {setting} 不能使用：{why}。请更正后重新启动；见 docs/operating.md。"
    en = "The setting {setting} cannot be used: {why}. Correct it and start again; see docs/operating.md."


def _split_hosts(hosts: object) -> object:
    """The set of names in a text such as `a.cn, b.cn`. Another type is returned as it is, and pydantic checks it."""
    return {host.strip().lower() for host in hosts.split(",") if host.strip()} if isinstance(hosts, str) else hosts


Hosts = Annotated[frozenset[str], NoDecode, BeforeValidator(_split_hosts)]


class Settings(BaseSettings):
    """All settings with their defaults. An empty value counts as not set.

    Raises `BadSetting` for the first value that cannot be used, and if settings contradict each other. Raises
    pydantic's `ValidationError` if a value has the wrong type. Both are a `ValueError`.
    """

    model_config = SettingsConfigDict(env_prefix="KAOHE_", hide_input_in_errors=True)

    database: str = Field("sqlite:///kaohe.db", description="SQLite path or URL, or a PostgreSQL URL")
    rulebook: Path | None = Field(None, description="the file of the edition in force; without it, the shipped one")
    language: Literal["zh", "en"] = Field("zh", description="the language of the output")
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_form: Literal["json", "console"] = "console"

    origin: str = Field("kaohe.invalid", description="the institution's domain, for the Message-ID of letters")
    console_url: str = Field("", description="the address where people sign in; letters link to it")
    contact: str = Field(
        "",
        pattern=r"^[^\r\n]{0,200}$",
        description="the office's telephone or email address, at the end of every letter",
    )
    proxy: Hosts = Field(frozenset(), description="the reverse proxies whose word on a request's origin is trusted")
    api_per_minute: int = Field(600, ge=1, description="the most API calls of one system in a minute")

    automatic_opening: bool = Field(False, description="whether the clock opens each year by itself on its day")

    second_factor: Literal["optional", "administrators", "everybody"] = Field(
        "administrators", description="who needs a second factor to sign in by password"
    )
    security_log_days: int = Field(
        400, ge=184, description="how long the security log is stored; by law at least 184 days"
    )

    oidc_issuer: str = Field("", description="the OpenID Connect provider people may sign in at")
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = NO_SECRET
    cas_url: str = Field("", description="the CAS 3.0 server people may sign in at, up to and without `/login`")

    help_line: str = Field("", max_length=100, description="the telephone for questions, on a department's first page")
    evidence_quota: int = Field(
        2000, ge=1, le=1_000_000, description="megabytes of evidence that a department may collect in a year"
    )
    light_soon: int = Field(3, ge=0, le=30, description="working days left at which a step's light turns yellow")

    office_converter: Path | None = Field(
        None,
        description="LibreOffice's `soffice`, for old Office files; without it they are refused with how to save them",
    )

    post_opens: str = Field(
        "09:10", pattern=_HOUR, description="the time from which messages are sent, on working days"
    )
    post_closes: str = Field(
        "18:00", pattern=_HOUR, description="the time until which they are sent; later ones wait for the morning"
    )
    ping_url: SecretStr = Field(NO_SECRET, description="the URL of an external dead man's switch, called at every tick")

    smtp_host: str = Field("", description="the server that takes our mail; without it none is sent")
    smtp_port: int | None = Field(None, ge=1, le=65535, description="without it 587, 465 or 25, by `smtp_security`")
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = NO_SECRET
    smtp_from: str = Field("", description="the sender: an address, with or without a name")
    smtp_reply_to: str = Field("", description="the address for answers, if it is not `smtp_from`")
    smtp_per_minute: int | None = Field(
        None, ge=1, description="the most letters in a minute; without it, the provider's limit"
    )
    smtp_per_day: int | None = Field(
        None, ge=1, description="the most letters in 24 hours; without it, the provider's limit"
    )
    smtp_ca_file: Path | None = Field(None, description="certificate authorities to trust instead of the system's")

    seal_key: Path | None = Field(
        None, description="the file of the key that seals the ledger; without it there are no seals"
    )
    vault_key: Path | None = Field(None, description="the file of the key that encrypts confidential data")
    witness_mail: str = Field("", description="the address that gets every seal by mail")

    wecom_url: SecretStr = NO_SECRET
    dingtalk_url: SecretStr = NO_SECRET
    dingtalk_secret: SecretStr = NO_SECRET
    feishu_url: SecretStr = NO_SECRET
    feishu_secret: SecretStr = NO_SECRET
    webhook_hosts: Hosts = Field(frozenset(), description="more hosts of chat robots than the known ones")
    webhook_private: Hosts = Field(frozenset(), description="hosts of chat robots that may have private addresses")

    def __init__(self, **values: Any) -> None:
        # This is not a pydantic validator, because the error of a validator would contain all values, also the secrets.
        super().__init__(**values)
        for name, zh, en in self._faults():
            raise BadSetting(setting=f"KAOHE_{name.upper()}", why=Text(zh=zh, en=en))

    def _faults(self) -> Iterator[tuple[str, str, str]]:
        """Every fault: the field, and the reason in Chinese and in English."""
        if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", self.origin):
            yield "origin", "须为一个域名，如 college.edu.cn", "it must be a domain, such as college.edu.cn"
        if self.post_closes <= self.post_opens:
            yield "post_closes", "须晚于 KAOHE_POST_OPENS", "it must be later than KAOHE_POST_OPENS"
        if self.witness_mail and not _is_address(self.witness_mail):
            yield "witness_mail", "须为一个邮件地址", "it must be an email address"
        for required in ("seal_key", "smtp_host"):
            if self.witness_mail and not getattr(self, required):
                other = f"KAOHE_{required.upper()}"
                yield "witness_mail", f"没有同时设置 {other}", f"{other} must be set, too"
        for robot in ("dingtalk", "feishu"):
            if getattr(self, f"{robot}_secret") and not getattr(self, f"{robot}_url"):
                url = f"KAOHE_{robot.upper()}_URL"
                yield f"{robot}_secret", f"没有同时设置 {url}", f"{url} must be set, too"
        if self.office_converter and not (self.office_converter.is_absolute() and self.office_converter.is_file()):
            yield "office_converter", "须为 soffice 程序的完整路径", "it must be the full path of the program soffice"
        if self.office_converter and not which("bwrap"):
            yield "office_converter", "须安装 bubblewrap（程序 bwrap）", "it needs bubblewrap (the program bwrap)"
        for name in ("webhook_hosts", "webhook_private"):
            if not all(re.fullmatch(r"[a-z0-9.:-]+", host) for host in getattr(self, name)):
                yield (
                    name,
                    "须为主机名，以逗号分隔，不含 https:// 和路径",
                    "it must be host names separated by commas, not URLs",
                )
        yield from self._faults_of_addresses()
        yield from self._faults_of_sign_in()
        yield from self._faults_of_mail() if self.smtp_host else self._mail_without_host()

    def _faults_of_addresses(self) -> Iterator[tuple[str, str, str]]:
        if self.console_url and not re.fullmatch(r"https?://[A-Za-z0-9][!-~]*", self.console_url):
            yield "console_url", "须为 https:// 或 http:// 开头的网址", "it must be a URL with https:// or http://"
        if not all(_is_network(address) for address in self.proxy):
            yield (
                "proxy",
                "须为反向代理的 IP 地址或网段，以逗号分隔，如 127.0.0.1",
                "it must be IP addresses or networks of proxies, separated by commas, such as 127.0.0.1",
            )

    def _faults_of_sign_in(self) -> Iterator[tuple[str, str, str]]:
        for name in ("oidc_issuer", "cas_url"):
            if (url := getattr(self, name)) and not _PROVIDER.fullmatch(url):
                yield name, "须为 https:// 开头的网址", "it must be a URL with https://"
            if url and not self.console_url:
                yield name, "须同时设置 KAOHE_CONSOLE_URL", "KAOHE_CONSOLE_URL must be set, too"
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret.get_secret_value())
        if any(oidc) and not all(oidc):
            yield (
                "oidc_issuer",
                "须与 KAOHE_OIDC_CLIENT_ID、KAOHE_OIDC_CLIENT_SECRET 同时设置",
                "it must be set together with KAOHE_OIDC_CLIENT_ID and KAOHE_OIDC_CLIENT_SECRET",
            )

    def _mail_without_host(self) -> Iterator[tuple[str, str, str]]:
        for name in (
            "smtp_port",
            "smtp_user",
            "smtp_password",
            "smtp_from",
            "smtp_reply_to",
            "smtp_ca_file",
            "smtp_per_minute",
            "smtp_per_day",
        ):
            if getattr(self, name):
                yield name, "没有同时设置 KAOHE_SMTP_HOST", "KAOHE_SMTP_HOST must be set, too"

    def _faults_of_mail(self) -> Iterator[tuple[str, str, str]]:
        password = self.smtp_password.get_secret_value()
        if not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+", self.smtp_host):
            yield (
                "smtp_host",
                "须为一个主机名；端口另设 KAOHE_SMTP_PORT",
                "it must be a host name; set the port as KAOHE_SMTP_PORT",
            )
        if not self.smtp_from:
            yield (
                "smtp_from",
                "设置了 KAOHE_SMTP_HOST，就须有发件地址",
                "KAOHE_SMTP_HOST is set, so mail needs a sender address",
            )
        for name in ("smtp_from", "smtp_reply_to"):
            if (address := getattr(self, name)) and not _is_address(address):
                yield (
                    name,
                    "须为一个邮件地址，前面可有名称：考核办 <kaohe@college.edu.cn>",
                    "it must be an email address; a name may be before it: Assessment office <kaohe@college.edu.cn>",
                )
        if bool(self.smtp_user) != bool(password):
            yield "smtp_user", "须与 KAOHE_SMTP_PASSWORD 同时设置", "it must be set together with KAOHE_SMTP_PASSWORD"
        if not (self.smtp_user + password).isascii():
            yield "smtp_password", "用户名和密码只能用 ASCII 字符", "user and password must be ASCII"
        if self.smtp_security == "none" and password and self.smtp_host not in ("localhost", "127.0.0.1", "::1"):
            yield (
                "smtp_password",
                "KAOHE_SMTP_SECURITY=none 会明文传送密码",
                "KAOHE_SMTP_SECURITY=none would send it in plain text",
            )
        if self.smtp_ca_file and not self.smtp_ca_file.is_file():
            yield "smtp_ca_file", "没有这个文件", "there is no such file"
        if self.smtp_ca_file and self.smtp_security == "none":
            yield (
                "smtp_ca_file",
                "KAOHE_SMTP_SECURITY=none 不用证书",
                "KAOHE_SMTP_SECURITY=none asks for no certificate",
            )


def _is_network(text: str) -> bool:
    """Whether a text is an IP address or a network, but not the network of all addresses."""
    try:
        return ip_network(text).prefixlen > 0
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    address = parseaddr(text)[1]
    return MAIL_ADDRESS.fullmatch(address) is not None and text.isprintable()
