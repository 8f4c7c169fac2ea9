"""Classifies the refusals of mail servers: whether a refusal is about a setting, the rate, the address or the letter.

A table of known refusals decides (`KNOWN_REFUSALS`). If none matches, the step of the conversation and the code decide:
before the recipient is named, a refusal cannot be about the letter. Also here: the sending limits of mail providers.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

RefusalReason = Literal["login", "sender", "source", "pace", "quota", "greylist", "full", "mailbox", "content"]

SETTINGS_OF_REASON: dict[RefusalReason, str] = {
    "login": "KAOHE_SMTP_USER, KAOHE_SMTP_PASSWORD",
    "sender": "KAOHE_SMTP_FROM",
    "source": "KAOHE_SMTP_HOST",
    "pace": "KAOHE_SMTP_PER_MINUTE",
    "quota": "KAOHE_SMTP_PER_DAY",
}
"""The settings to check for a reason. Reasons that are not here are not about our settings."""

MINUTE, HOUR = 60.0, 3600.0
"""In seconds."""
STEPS_BEFORE_LETTER = ("CONNECT", "EHLO", "STARTTLS", "AUTH")
"""The steps of the conversation before a letter begins."""


class KnownRefusal(Struct, frozen=True):
    """One known refusal.

    `code` and `text_pattern` are regular expressions: `code` must match the whole code, the other a part of the text.
    `wait`: the seconds until the next attempt. `source`: where the refusal is documented.
    """

    provider: str
    code: str
    text_pattern: str
    about: RefusalReason
    wait: float
    source: str


class SmtpVerdict(Struct, frozen=True):
    """The reason of a refusal (None: unknown), the settings to check (or empty), the seconds to wait (or None)."""

    about: RefusalReason | None
    settings: str
    wait: float | None


RFC4954 = "RFC 4954 section 6"
NETEASE = "biecuoliao.com/pa/MBRrwEM.html (退信代码说明)"
ALIYUN = "sh-aliyun.com Products 87 (SMTP/MTA 退信错误); help.aliyun.com 36612"
QQ = "qiao.yimirj.com 2261 (向qq邮箱群发邮件被退信)"
ANTISPAM = "blog.sina.com.cn 8dc13ec50101fxxr (退信代码)"
GMAIL = "knowledge.workspace.google.com gmail-smtp-errors-and-codes"
COREMAIL = "icoremail.vip support cate 84 (退信提示)"
MISSING = "dbmailserver.com/tui-xin-address-not-exist.htm"
POSTFIX = "postfix.org/postconf.5.html"
EXCHANGE = "learn.microsoft.com Exchange Online: non-delivery reports, sending limits"

KNOWN_REFUSALS = (
    # The login was refused.
    KnownRefusal("any", "53[0458]", "", "login", 10 * MINUTE, RFC4954),
    KnownRefusal("any", "454", r"auth|log ?in|password|credential|\b4\.7\.0\b|认证|登录|密码|授权", "login", 10 * MINUTE, RFC4954),
    KnownRefusal("Exchange", "550", r"5\.7\.(57|64|139)\b|client not authenticated|basic authentication is disabled", "login", 10 * MINUTE, EXCHANGE),
    KnownRefusal("Aliyun", "52[346]", r"authenticat|passwd|base64", "login", 10 * MINUTE, ALIYUN),
    KnownRefusal("NetEase", "451|550|535", r"too much fail authentication|authentication failed", "login", 30 * MINUTE, NETEASE),
    KnownRefusal("any", "5\\d\\d|451", r"authentication (is )?required|must authenticate|auth error|please log ?in|请先登录|需要(身份)?(认证|验证)", "login", 10 * MINUTE, ANTISPAM),
    # The sender's address.
    KnownRefusal("NetEase, Coremail", "553", r"mail from must equal authorized user", "sender", HOUR, "issues of Laravel, msmtp, GitLab quoting smtp.163.com"),
    KnownRefusal("QQ, Tencent Exmail", "501|550", r"mail from address must be same as authorization user", "sender", HOUR, "projects quoting smtp.qq.com and smtp.exmail.qq.com"),
    KnownRefusal("QQ", "550", r'the "from" header is (missing|invalid)', "sender", HOUR, "qq-email-setup.md quoting smtp.qq.com"),
    KnownRefusal("Aliyun", "440", r"mail from account doesn.t conform", "sender", HOUR, ALIYUN),
    KnownRefusal("Aliyun", "501|502|450", r"mail ?from\W.*(non-local account|is a local account|mailbox unavailable)", "sender", HOUR, ALIYUN),
    KnownRefusal("Aliyun", "541", r"isn.t allowed to send", "sender", HOUR, ALIYUN),
    KnownRefusal("Exchange", "5\\d\\d", r"5\.7\.60\b|sendasdenied|send as this sender|5\.1\.8\b|5\.7\.708\b", "sender", HOUR, EXCHANGE),
    KnownRefusal("Postfix", "5\\d\\d|450", r"sender address rejected", "sender", HOUR, POSTFIX + "#reject_sender_login_mismatch"),
    KnownRefusal("Coremail", "5\\d\\d", r"fake sender|sender is rejected|null sender", "sender", HOUR, COREMAIL),
    KnownRefusal("any", "5\\d\\d", r"host denies the sender|mail from invalid|sender is unvalidated|发件人.*(不匹配|不一致|不合法|拒绝)|与(认证|登录)(账号|用户)不(一致|符)", "sender", HOUR, ANTISPAM),
    KnownRefusal("any", "5\\d\\d", r"\b5\.7\.2[0-7]\b|\b(spf|dkim|dmarc)\b|unauthenticated (e-?mail|sender)", "sender", HOUR, "RFC 7372 section 3; RFC 7505 section 4.2; " + GMAIL),
    # Our own address.
    KnownRefusal("NetEase", "421", r"HL:(REP|MEP)|IP is rejected", "source", HOUR, NETEASE),
    KnownRefusal("NetEase", "4\\d\\d|5\\d\\d", r"DT:RBL|WM:BL[IU]", "source", HOUR, NETEASE),
    KnownRefusal("Coremail", "5\\d\\d", r"IP is (rejected|hangup)|invalid IP|IP in blacklist", "source", HOUR, COREMAIL),
    KnownRefusal("any", "5\\d\\d", r"black ?ip|rbl deny|blacklist(ed)?|blocklist|spamhaus|client host rejected|helohost error|smtpport check|发信ip|IP.*(黑名单|被禁止)", "source", HOUR, ANTISPAM),
    KnownRefusal("any", "5\\d\\d|454", r"relay(ing)? (access )?(is )?(denied|not permitted|not allowed)|unable to relay|denies relay|openrelay|中继", "source", HOUR, ANTISPAM),
    # The rate, and the number a day.
    KnownRefusal("QQ, Tencent Exmail", "550|450|451|452|421", r"(domain|sender|connection|ip)? ?frequency (is )?limited|频率", "pace", 10 * MINUTE, QQ),
    KnownRefusal("NetEase", "421", r"HL:(ICC|IFC)", "pace", 10 * MINUTE, NETEASE),
    KnownRefusal("NetEase", "45[01]|55\\d", r"(MI|RP):(DMC|SFQ|CEL|CCL|DRC|QRC|MQ)", "pace", 15 * MINUTE, NETEASE),
    KnownRefusal("Gmail, Exchange", "550|552|554|450|452", r"daily (user )?sending (limit|quota)|sending quota|5\.4\.5\b|5\.1\.90\b|5\.7\.705\b|relay limit exceeded|当日.*上限|每日.*限|日发信量|发信数?量?超(过)?限", "quota", HOUR, GMAIL),
    KnownRefusal("Aliyun", "50[45]", r"RCPTs?\b.*maximum threshold", "quota", HOUR, ALIYUN),
    KnownRefusal("any", "4\\d\\d|55[0-4]", r"too many (message|mail|email|recipient|connection|concurrent|request|rcpt|same size)|too (fast|much|frequent)|rate.?limit|limit(s)? exceeded|exceeded.*(rate|limit)|throttl|reached its limit|submission rate|4\.3\.2.*concurrent|out of allow RCPT", "pace", 10 * MINUTE, POSTFIX + "#smtpd_client_message_rate_limit; " + EXCHANGE),
    KnownRefusal("Aliyun", "454|554", r"behaviou?r spam", "pace", HOUR, ALIYUN),
    # Temporary.
    KnownRefusal("Postfix", "4\\d\\d", r"gr[ea]y-?list|try (again|it) (later|in)|please retry|灰名单|稍后(再|重)", "greylist", 5 * MINUTE, "RFC 6647; postfix.org/SMTPD_POLICY_README.html"),
    KnownRefusal("NetEase", "451", r"DT:SPM", "greylist", 5 * MINUTE, NETEASE),
    # The mailbox.
    KnownRefusal("any", "4\\d\\d|55[0-4]", r"\b[45]\.2\.2\b|mailbox (is )?full|quota exceeded|over quota|space not enough|exceeded storage|容量|已满", "full", HOUR, "RFC 3463 section 3.3; " + ALIYUN),
    KnownRefusal("any", "5\\d\\d", r"\b5\.1\.(1|2|3|10)\b", "mailbox", 0, "RFC 3463 section 3.2; RFC 7505 section 5"),
    KnownRefusal("Gmail", "550", r"\b5\.2\.1\b.*(disabled|inactive)", "mailbox", 0, GMAIL),
    KnownRefusal("any", "55[0-4]", r"(no such|unknown|invalid|unavailable mail) (user|mailbox|recipient|account)|(user|mailbox|account|recipient|address)\W.{0,80}?(not (found|known|exist)|unknown|do(e)?s\W?n.t exist|does not exist|is disabled|invalid)|user unknown|mailbox (not found|unavailable)|not user of this server|RC:(LD|NE)|用户不存在|收件人(地址)?不存在|(邮箱|地址|帐号|账号)不存在|无此用户", "mailbox", 0, MISSING),
    # The letter.
    KnownRefusal("NetEase", "5\\d\\d", r"DT:(SPM|SUM)|MI:(SPB|NHD)", "content", 0, NETEASE),
    KnownRefusal("any", "5\\d\\d", r"spam|virus|content|message (is )?too (long|large|big)|size|垃圾|病毒|内容|过大", "content", 0, ANTISPAM),
)  # fmt: skip
"""The first that matches counts. So refusals about our settings come first, and refusals about the letter last."""


def classify(step: str, code: int, text: str) -> SmtpVerdict:
    """The verdict on a refusal with this code and text at a step of the conversation."""
    for refusal in KNOWN_REFUSALS:
        is_match = re.fullmatch(refusal.code, str(code)) and re.search(refusal.text_pattern, text, re.IGNORECASE)
        if is_match and _can_occur(refusal, step):
            return SmtpVerdict(refusal.about, SETTINGS_OF_REASON.get(refusal.about, ""), refusal.wait or None)
    if step in STEPS_BEFORE_LETTER:
        return SmtpVerdict(None, SETTINGS_OF_STEP[step], MINUTE)
    if code == 421 and step not in ("LETTER", "END"):
        # RFC 5321 section 3.8: with 421 the server closes the connection, so this is not about the letter.
        return SmtpVerdict("source", SETTINGS_OF_REASON["source"], MINUTE)
    if code >= 500:
        if step == "MAIL":
            return SmtpVerdict("sender", SETTINGS_OF_REASON["sender"], HOUR)
        return SmtpVerdict("content", "", None)
    return SmtpVerdict(None, "", None)


def _can_occur(refusal: KnownRefusal, step: str) -> bool:
    """Whether a refusal can occur at this step. A mailbox or letter is not refused before the sender is accepted."""
    is_about_letter = refusal.about in ("mailbox", "content", "full", "greylist")
    return not is_about_letter or step not in (*STEPS_BEFORE_LETTER, "MAIL")


SETTINGS_OF_STEP = {
    "CONNECT": "KAOHE_SMTP_HOST, KAOHE_SMTP_PORT, KAOHE_SMTP_SECURITY",
    "EHLO": "KAOHE_SMTP_SECURITY, KAOHE_ORIGIN",
    "STARTTLS": "KAOHE_SMTP_SECURITY, KAOHE_SMTP_CA_FILE",
    "AUTH": "KAOHE_SMTP_USER, KAOHE_SMTP_PASSWORD, KAOHE_SMTP_SECURITY",
}
"""The settings to check if one of the steps before a letter fails."""


class SendingLimit(Struct, frozen=True):
    """The number of letters that one account may send in a minute and in 24 hours; None: no limit is known."""

    per_minute: int | None
    per_day: int | None


SENDING_LIMITS = (
    (
        "gmail.com",
        SendingLimit(20, 500),
        "developer.nylas.com cookbook gmail-smtp-settings: 500 a day for a personal account",
    ),
    ("office365.com", SendingLimit(30, 10_000), EXCHANGE),
    ("outlook.com", SendingLimit(20, 300), EXCHANGE),
    ("163.com", SendingLimit(10, 200), "no figure published; " + NETEASE + " MI:SFQ counts a quarter of an hour"),
    ("126.com", SendingLimit(10, 200), "as 163.com"),
    ("yeah.net", SendingLimit(10, 200), "as 163.com"),
    (
        "exmail.qq.com",
        SendingLimit(20, 500),
        "the figures are confidential: ydadm.com/news_in/335 quoting exmail.qq.com",
    ),
    ("qq.com", SendingLimit(10, 200), "the figures are confidential: " + QQ),
    ("qiye.aliyun.com", SendingLimit(20, 500), "no figure published; " + ALIYUN),
    ("mxhichina.com", SendingLimit(20, 500), "as qiye.aliyun.com"),
)
"""Cautious limits by the end of the server's name, with their sources. A setting overrides each of them."""


def sending_limit_of(host: str) -> SendingLimit:
    """The limits of the provider of this host.

    They have no figures if the provider is unknown, such as the college's own server.
    """
    name = host.lower().rstrip(".")
    for end, limit, _source in SENDING_LIMITS:
        if name == end or name.endswith(f".{end}"):
            return limit
    return SendingLimit(None, None)
