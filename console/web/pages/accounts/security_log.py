"""安全日志: the list of the events in the security log, its filter by account, and its export as a file.

The log has sign-ins, refused access, changes of credentials, replays and exports. Its readers are the audit
administrators. It is not the ledger. Old lines are deleted (`KAOHE_SECURITY_LOG_DAYS`), because they have the network
addresses of people, which are personal data.
"""

from __future__ import annotations

import json

from starlette.responses import Response

from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.vocabulary import Text
from storage.sign_in import security_log

pages = Pages()

EVENTS = {
    "signed_in": Text(zh="登录", en="signed in"),
    "signed_out": Text(zh="退出", en="signed out"),
    "sign_in_failed": Text(zh="登录失败", en="sign-in failed"),
    "guessed_at": Text(zh="多个地址试猜密码（数量）", en="password guessed from several addresses (number)"),
    "proved": Text(zh="确认身份", en="proved identity"),
    "refused": Text(zh="越权访问被拒绝", en="refused: not entitled"),
    "form_refused": Text(zh="表单校验未通过", en="refused: form without its token"),
    "link_requested": Text(zh="申请一次性链接", en="one-time link asked for"),
    "link_confirmed": Text(zh="确认一次性链接的申请", en="one-time link confirmed"),
    "link_issued": Text(zh="发放一次性链接", en="one-time link issued"),
    "link_mailed": Text(zh="用邮件发送一次性链接", en="one-time link sent by email"),
    "token_issued": Text(zh="发放接口令牌", en="token issued"),
    "token_refused": Text(zh="接口令牌无效", en="no valid token"),
    "link_used": Text(zh="使用一次性链接", en="one-time link used"),
    "password_changed": Text(zh="修改密码", en="password changed"),
    "second_factor_set": Text(zh="启用动态口令", en="second factor set up"),
    "second_factor_ended": Text(zh="停用动态口令", en="second factor ended"),
    "sessions_ended": Text(zh="结束会话", en="sessions ended"),
    "identity_proposed": Text(zh="登记统一身份", en="identity proposed"),
    "identity_bound": Text(zh="确认统一身份", en="identity confirmed"),
    "identity_ended": Text(zh="解除统一身份", en="identity ended"),
    "mail_changed": Text(zh="修改通知方式", en="mail changed"),
    "name_erased": Text(zh="删除姓名和联系方式", en="name and address erased"),
    "person_erased": Text(zh="删除人员", en="person erased"),
    "exported": Text(zh="导出表格", en="table exported"),
    "verification_asked": Text(zh="发起台账核验", en="replay of the ledger asked for"),
    "bundle_exported": Text(zh="导出台账或卷宗", en="bundle exported"),
    "bundle_checked": Text(zh="核验导出包", en="bundle checked"),
    "cosignature_taken": Text(zh="收下见证签名", en="witness's signature taken"),
    "log_exported": Text(zh="导出安全日志", en="security log exported"),
}
"""The title of every event that the console writes to the security log."""

PAGE_SIZE = 100
"""The number of lines on a page."""
MAX_EXPORTED_LINES = 1_000_000
"""The number of lines in an export, at most: the latest ones. With one line a minute, this is two years."""


@pages.get("/security-log", view="security_log")
def show(request: PageRequest) -> Response:
    before = whole_number(request.query.get("before", ""))
    account = request.query.get("account", "")[:64]
    lines = security_log.latest_lines(request.database, before=before, account=account, limit=PAGE_SIZE)
    return request.answer.page(
        "security_log.html",
        lines=lines,
        events=EVENTS,
        account=account,
        more=len(lines) == PAGE_SIZE,
        days=request.app.settings.security_log_days,
    )


@pages.get("/security-log.jsonl", view="security_log", reauthenticates=True)
def export(request: PageRequest) -> Response:
    """Send the log as a JSON Lines file, the last line first. The export is logged too."""
    request.log_security("log_exported")
    lines = [
        json.dumps({**row.model_dump(), "at": row.at.isoformat()}, ensure_ascii=False)
        for row in security_log.latest_lines(request.database, limit=MAX_EXPORTED_LINES)
    ]
    headers = {"content-disposition": 'attachment; filename="security-log.jsonl"'}
    return Response("\n".join([*lines, ""]), media_type="application/jsonl; charset=utf-8", headers=headers)
