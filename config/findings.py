"""The faults that pydantic finds in a value, as sentences in Chinese and English for the person who wrote the value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from reprlib import repr as short
from typing import Any

from pydantic_core import ErrorDetails

from states.vocabulary import Text

_SENTENCES: Mapping[str, Text] = {
    "missing": Text(zh="缺少 {name}，必须写明", en="{name} is missing and must be given"),
    "extra_forbidden": Text(zh="没有 {name} 这个键，请删去或更正拼写", en="there is no key {name}; remove it or correct its spelling"),
    "literal_error": Text(zh="不能是 {input}，可用：{expected}", en="cannot be {input}; allowed: {expected}"),
    "string_type": Text(zh="必须是带引号的文字，而不是 {input}", en="must be text in quotes, not {input}"),
    "string_too_short": Text(zh="不能为空", en="must not be empty"),
    "string_too_long": Text(zh="最多 {max_length} 个字符", en="has more than {max_length} characters"),
    "string_pattern_mismatch": Text(zh="{input} 不合格式 {pattern}", en="{input} is not of the form {pattern}"),
    "int_type": Text(zh="必须是整数，而不是 {input}", en="must be a whole number, not {input}"),
    "bool_type": Text(zh="必须是 true 或 false，而不是 {input}", en="must be true or false, not {input}"),
    "date_type": Text(zh="必须是日期（如 2021-05-06），而不是 {input}", en="must be a date (like 2021-05-06), not {input}"),
    "decimal_type": Text(zh="必须是数，而不是 {input}", en="must be a number, not {input}"),
    "greater_than": Text(zh="必须大于 {gt}，而不是 {input}", en="must be greater than {gt}, not {input}"),
    "greater_than_equal": Text(zh="不得小于 {ge}，而不是 {input}", en="must be at least {ge}, not {input}"),
    "less_than_equal": Text(zh="不得大于 {le}，而不是 {input}", en="must be at most {le}, not {input}"),
    "too_short": Text(zh="至少要有 {min_length} 项，现有 {actual_length} 项", en="has {actual_length} entries; at least {min_length} needed"),
    "too_long": Text(zh="最多 {max_length} 项", en="must have at most {max_length} entries"),
    "tuple_type": Text(zh="必须是列表，而不是 {input}", en="must be a list, not {input}"),
    "model_type": Text(zh="必须是一个表（含键和值），而不是 {input}", en="must be a table of keys and values, not {input}"),
    "union_tag_invalid": Text(zh="kind 不能是 {tag}，可用：{expected}", en="kind cannot be {tag}; allowed: {expected}"),
    "union_tag_not_found": Text(zh="缺少 kind，必须写明", en="kind is missing and must be given"),
}  # fmt: skip
"""The sentence for each kind of fault.

A kind that is neither here nor in `_SAME_SENTENCE` gets pydantic's own message.
"""

_SAME_SENTENCE = {
    "bool_parsing": "bool_type",
    "date_parsing": "date_type",
    "date_from_datetime_parsing": "date_type",
    "date_from_datetime_inexact": "date_type",
    "decimal_parsing": "decimal_type",
    "dict_type": "model_type",
    "finite_number": "decimal_type",
    "int_from_float": "int_type",
    "int_parsing": "int_type",
    "model_attributes_type": "model_type",
    "string_unicode": "string_type",
}
"""The kinds of fault that share the sentence of another kind."""


def fault_sentence(finding: ErrorDetails) -> Text:
    """The sentence for one fault. It quotes the wrong value, shortened."""
    context, path = finding.get("ctx", {}), finding["loc"]
    expected = str(context.get("expected", context.get("expected_tags", "")))
    values: dict[str, Any] = {
        **context,
        "input": str(finding["input"]) if isinstance(finding["input"], date) else short(finding["input"]),
        "name": path[-1] if path else "",
        "expected": expected.replace(" or ", ", "),
    }
    template = _template(finding["type"], context, finding["msg"])
    return Text(zh=template.zh.format(**values), en=template.en.format(**values))


def _template(kind: str, context: Mapping[str, Any], message: str) -> Text:
    # The pattern `\S` means "not empty", and that fault has its own sentence.
    if context.get("pattern") == r"\S":
        kind = "string_too_short"
    escaped = message.replace("{", "{{").replace("}", "}}")
    return _SENTENCES.get(_SAME_SENTENCE.get(kind, kind), Text(zh=f"不合要求（{escaped}）", en=escaped))
