"""The reasons why a sign-in at a provider fails, as sentences for the person who tried."""

from __future__ import annotations

from states.user_errors import UserError
from states.vocabulary import Text


class SignInFailed(UserError):
    """The provider did not confirm anybody, or its answer cannot be trusted. `why` is one of the texts below."""

    zh = "统一身份认证未成功：{why}。请从登录页重新开始；仍不成功请联系系统管理员。"
    en = (
        "Single sign-on did not work: {why}. Start again from the sign-in page. If it fails again, contact the system "
        "administrator."
    )


class UnboundSubject(UserError):
    """The provider confirmed a subject that is bound to no account."""

    zh = "统一身份认证成功，但 {subject} 没有对应的账号。请把此标识告诉系统管理员，由其绑定账号。"
    en = (
        "You signed in as {subject}, but no account here is linked to it. Give this identifier to the system "
        "administrator, who will link it to your account."
    )


NOT_STARTED_HERE = Text(
    zh="离开登录页过久，或不是从本浏览器发起", en="you were away too long, or did not begin in this browser"
)
DENIED = Text(zh="对方未予认证", en="the institution did not confirm you")
UNRELIABLE = Text(zh="对方的答复不可信", en="the answer from single sign-on cannot be trusted")
NO_ANSWER = Text(zh="对方服务器未应答", en="the institution's server does not answer")
NO_REAUTHENTICATION = Text(zh="对方没有要求您重新登录", en="the institution did not ask you to sign in again")
CLIENT_REFUSED = Text(
    zh="对方不接受本系统的身份（请系统管理员核对 KAOHE_OIDC_CLIENT_ID 和 KAOHE_OIDC_CLIENT_SECRET）",
    en=(
        "the institution does not accept this system (the system administrator should check KAOHE_OIDC_CLIENT_ID and "
        "KAOHE_OIDC_CLIENT_SECRET)"
    ),
)
