"""Bytes as Windows programs save them become the text that was typed; what is no text says which encodings were tried."""

from __future__ import annotations

import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

import pytest

from config.texts import UnreadableText, text_of, text_of_reply, toml_of

TYPED = "部门 = 1\n名称，“学院”\n"
SAVED = {
    "UTF-8": TYPED.encode(),
    "UTF-8 with a mark": TYPED.encode("utf-8-sig"),
    "UTF-16 LE (Notepad: Unicode)": BOM_UTF16_LE + TYPED.encode("utf-16-le"),
    "UTF-16 BE": BOM_UTF16_BE + TYPED.encode("utf-16-be"),
    "GBK (Chinese Windows)": TYPED.encode("gbk"),
    "GB18030": TYPED.encode("gb18030"),
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("saved", SAVED)
def test_a_file_reads_as_it_was_typed_whatever_program_saved_it(saved: str, end: str) -> None:
    raw = SAVED[saved]
    codec = {"UTF-16 LE (Notepad: Unicode)": "utf-16-le", "UTF-16 BE": "utf-16-be"}.get(saved, "ascii")
    assert text_of(raw.replace("\n".encode(codec), end.encode(codec)), "a.toml") == TYPED


def test_mixed_line_ends_and_a_missing_last_one_are_read() -> None:
    assert text_of(b"a\r\nb\rc\nd", "a") == "a\nb\nc\nd"


@pytest.mark.parametrize(
    "raw", [b"\xff\xff", b"\xef\xbb\xbf\xff", b"\xff\xfea", b"a\0b", "无".encode("utf-16-le") + b"\0a\0"]
)
def test_what_is_no_text_is_refused_with_a_sentence_that_names_what_was_tried(raw: bytes) -> None:
    with pytest.raises(UnreadableText) as refused:
        text_of(raw, "名册.toml")
    for said in (refused.value.render("zh"), refused.value.render("en")):
        assert all(word in said for word in ("名册.toml", "UTF-8", "UTF-16", "GB18030"))


def test_spaces_and_full_width_signs_between_the_words_are_harmless_and_within_a_string_are_kept() -> None:
    raw = '\u200b[[unit]]\u3000\nstaff\u00a0＝\u3000４０\nheads = [1，2]　# 注释，１\ntitle = "样例\u3000学院，１"\n'.encode()
    assert tomllib.loads(toml_of(raw, "a")) == {"unit": [{"staff": 40, "heads": [1, 2], "title": "样例\u3000学院，１"}]}


def test_an_ordinary_toml_file_is_not_touched() -> None:
    text = 'a = "x # y" # it\'s "so"\nb = \'\'\'\n"\'"\'\'\'\nc = """\n# \\" \u3000\n"""\nd = "\\\\"\n'
    assert toml_of(text.encode(), "a") == text


@pytest.mark.parametrize(
    ("raw", "said"),
    [("密码错误".encode("gbk"), "密码错误"), ("密码错误".encode(), "密码错误"), (b"\xff\xfe", "\ufffd\ufffd")],
)
def test_a_strangers_words_are_read_and_never_refused(raw: bytes, said: str) -> None:
    assert text_of_reply(raw) == said
