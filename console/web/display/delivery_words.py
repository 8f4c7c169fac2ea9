"""The words of pages for the state and the channel of a delivery."""

from __future__ import annotations

from states.vocabulary import Text
from storage.post.deliveries import DeliveryState

STATE_WORDS: dict[DeliveryState, tuple[str, Text]] = {
    "queued": ("wait", Text(zh="待发", en="queued")),
    "claimed": ("now", Text(zh="发送中", en="under way")),
    "sent": ("done", Text(zh="已发", en="sent")),
    "failed": ("soon", Text(zh="未成，将重试", en="failed, will be tried again")),
    "unknown": ("soon", Text(zh="不明，将重试", en="unknown, will be tried again")),
    "superseded": ("wait", Text(zh="未发（已有更新）", en="not sent: replaced by a newer notice")),
    "undelivered": ("late", Text(zh="未送达，待处理", en="not delivered: needs attention")),
    "dead": ("late", Text(zh="地址不存在", en="no such address")),
}
"""The light and the word of each state."""

CHANNEL_TITLES = {
    "inbox": Text(zh="站内", en="inbox"),
    "mail": Text(zh="邮件", en="mail"),
    "wecom": Text(zh="企业微信", en="WeCom"),
    "dingtalk": Text(zh="钉钉", en="DingTalk"),
    "feishu": Text(zh="飞书", en="Feishu"),
}
"""The title of each channel; a channel that a later version adds is shown by its key."""
