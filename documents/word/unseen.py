"""Finds what a template must not have, because nobody would see it, or because the paper would change when it is opened.

Tracked changes, comments, hidden text, text from other files and other data, mail merges, and fields whose result is
not of the file alone (`fields.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml.etree import QName
from lxml.etree import _Element as Element

from states.vocabulary import Text

from .fields import fields_of
from .marks import NAMESPACE

_NAMESPACES = frozenset(
    (
        NAMESPACE[1:-1],
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
        "http://schemas.microsoft.com/office/word/2010/wordml",
        "http://schemas.microsoft.com/office/word/2012/wordml",
    )
)
"""Of Word, in the transitional and in the strict form of the standard, and of its newer versions."""
_OFF = frozenset(("0", "false", "off"))

_CHANGES = (
    "ins", "del", "moveFrom", "moveTo", "moveFromRangeStart", "moveToRangeStart", "conflictIns", "conflictDel", "cellIns", "cellDel",
    "cellMerge", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange", "tcPrChange", "trPrChange",
    "numberingChange", "customXmlInsRangeStart", "customXmlDelRangeStart", "customXmlMoveFromRangeStart", "customXmlMoveToRangeStart",
)  # fmt: skip

_REFUSED: Mapping[str, Text] = {
    name: why
    for names, why in (
        (_CHANGES, Text(zh="有修订标记。请先“接受所有修订”再保存", en="it has tracked changes. Accept all of them and save it again")),
        (("comment", "commentReference", "commentRangeStart"), Text(zh="有批注。请先删除全部批注再保存", en="it has comments. Delete all of them and save it again")),
        (("vanish", "specVanish", "hidden"), Text(zh="有隐藏文字。请取消“隐藏”或删除后再保存", en="it has hidden text. Show or delete it and save it again")),
        (("altChunk", "subDoc"), Text(zh="插入了其他文件的内容。请把内容粘贴为文字后再保存", en="it takes in the text of another file. Paste it as text and save it again")),
        (("attachedTemplate",), Text(zh="附有其他模板。请在“文档模板”中取消后再保存", en="it is attached to another template. Remove that and save it again")),
        (("mailMerge",), Text(zh="设有邮件合并。请在“邮件”中改为“普通 Word 文档”后再保存", en="it has a mail merge. Turn it into a normal Word document and save it again")),
        (("dataBinding",), Text(zh="有与其他数据绑定的内容控件，打开时会换掉文书的内容。请删除该控件、保留文字后再保存", en="it has a content control bound to other data, which would replace the text of the paper. Remove the control, keep its text, and save it again")),
    )
    for name in names
}  # fmt: skip
"""Why an element is refused, by its local name."""

_IN_FIELD = Text(
    zh="有标记写在域的结果中，更新域时会被换掉。请把标记移到域外",
    en="a mark stands in the result of a field, which is replaced when the field is updated. Move it out of the field",
)
_STEADY = frozenset((
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "STYLEREF", "SEQ", "LISTNUM", "TOC", "TC", "INDEX", "XE",
    "HYPERLINK", "EQ", "SYMBOL", "ADVANCE", "IF", "=", "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN",
))  # fmt: skip
"""The fields whose result follows from the file alone. Others say what day it is, who reads, or what a file is called."""


def unseen(root: Element) -> Iterator[Text]:
    """Why a part of a template is refused, each reason once."""
    yield from dict.fromkeys(_REFUSED[QName(one).localname] for one in root.iter() if _is_refused(one))
    fields = fields_of(root)
    for name in dict.fromkeys(one.name for one in fields):
        if name and name not in _STEADY:
            yield Text(
                zh=f"有会自动变化的域（{name}）。请选中后按 Ctrl+Shift+F9 转为文字，或改用模板的名称",
                en=f"it has a field that changes by itself ({name}). Select it and press Ctrl+Shift+F9, or use a name",
            )
    if any(brace in one.result for one in fields for brace in "{}"):
        yield _IN_FIELD


def _is_refused(element: Element) -> bool:
    name = QName(element)
    is_off = element.get(f"{{{name.namespace}}}val", "").lower() in _OFF
    return name.localname in _REFUSED and name.namespace in _NAMESPACES and not is_off
