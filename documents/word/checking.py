"""Finds every fault of a template before it is used, each with its place and what to do.

A mark that is not one of the four forms (`marks.py`), a name that the paper does not have, a required name that is
missing, names of people in a paper that is sent around; and what a template must not have, because nobody would see it:
tracked changes, comments, hidden text, text from other files. Not here: whether the file is safe
(`documents/inspection.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml.etree import _Element as Element
from msgspec import Struct

from states.vocabulary import Text

from .marks import (
    ANY,
    PARAGRAPH,
    ROW,
    STRAY,
    TEXT,
    Begin,
    Field,
    block_mark,
    ends_of,
    read_mark,
    text_of,
)
from .names import Name, NameTable
from .parts import TEXT_ROOTS, NotXml, is_markup, read_parts, unpacked_size, xml_parts
from .unseen import unseen

_EXCERPT = 24
"""The most characters of a paragraph's text that a fault quotes."""


class TemplateFault(Struct, frozen=True):
    """A fault: the part and the paragraph (0: the part as a whole), the text there, and why with what to do."""

    part: Text
    paragraph: int
    excerpt: str
    why: Text

    @property
    def sentence(self) -> Text:
        zh, en = self.part.zh, self.part.en
        if self.paragraph:
            zh, en = f"{zh}第 {self.paragraph} 段“{self.excerpt}”", f"{en}, paragraph {self.paragraph} “{self.excerpt}”"
        return Text(zh=f"{zh}：{self.why.zh}", en=f"{en[:1].upper()}{en[1:]}: {self.why.en}")


_WHOLE = Text(zh="模板", en="the template")

MAX_SIZE, MAX_TEXT, MAX_FAULTS, MAX_LEVELS = 32 * 2**20, 4 * 2**20, 200, 8
"""Limits: bytes of all parts unpacked, bytes of all XML, faults that are said, blocks within blocks."""


def check(template: bytes, names: NameTable, *, may_name_persons: bool) -> list[TemplateFault]:
    """Every fault of a template. `may_name_persons`: whether the paper may have names of people."""
    try:
        files = read_parts(template) if unpacked_size(template) <= MAX_SIZE else None
        if files is None or sum(len(data) for name, data in files.items() if is_markup(name, data)) > MAX_TEXT:
            return [TemplateFault(_WHOLE, 0, "", _TOO_LARGE)]
        parts = list(xml_parts(files))
    except NotXml:
        return [TemplateFault(_WHOLE, 0, "", Text(zh="文件已损坏。请用 Word 或 WPS 打开后另存", en="the file is damaged. Open it in Word or WPS and save it as a new file"))]  # fmt: skip
    check_of_paper = _Check(names, may_name_persons=may_name_persons)
    for _, root in parts:
        check_of_paper.check_part(root)
    more = [TemplateFault(_WHOLE, 0, "", _MORE)] if len(check_of_paper.faults) > MAX_FAULTS else []
    return [*check_of_paper.faults[:MAX_FAULTS], *more, *check_of_paper.missing()]


class _Check:
    def __init__(self, names: NameTable, *, may_name_persons: bool) -> None:
        self._names, self._may_name_persons = names, may_name_persons
        self._used: set[str] = set()
        self.faults: list[TemplateFault] = []
        self._part, self._numbers = _WHOLE, dict[Element, int]()

    def check_part(self, root: Element) -> None:
        self._part = TEXT_ROOTS.get(root.tag, _WHOLE)
        self.faults += [TemplateFault(self._part, 0, "", why) for why in unseen(root)]
        self._numbers = {one: number for number, one in enumerate(root.iter(PARAGRAPH), 1)}
        if root.tag in TEXT_ROOTS:
            self._check_siblings(list(root), {})
        self._check_elsewhere(root)

    def missing(self) -> Iterator[TemplateFault]:
        """The faults of names that are required and that the template does not have."""
        for name in self._names:
            if name.is_required and name.en not in self._used:
                zh = f"缺少“{name.zh}”。这份文书必须有此内容：请写上{_written(name)}"
                yield TemplateFault(_WHOLE, 0, "", Text(zh=zh, en=f"it lacks “{name.en}”, which this paper must have: write {_written(name)}"))  # fmt: skip

    def _check_siblings(self, siblings: list[Element], rows: Mapping[str, NameTable], level: int = 0) -> None:
        """Check elements that stand side by side. `rows`: by variable, the columns of the list that it stands for.

        `level`: within how many blocks they are.
        """
        marks = [block_mark(one) for one in siblings]
        ends, row_count = ends_of(marks), sum(one.tag == ROW for one in siblings)
        index = 0
        while index < len(siblings):
            one, mark = siblings[index], marks[index]
            end = ends.get(index) if isinstance(mark, Begin) else None
            if isinstance(mark, Begin) and end is not None:
                inner = self._check_begin(one, mark, rows)
                if mark.level == "tr" and row_count == sum(row.tag == ROW for row in siblings[index : end + 1]):
                    self._add(one, _NO_OTHER_ROW)
                if level == MAX_LEVELS:
                    self._add(one, _TOO_DEEP)
                else:
                    self._check_siblings(siblings[index + 1 : end], inner, level + 1)
                index = end + 1
                continue
            if mark is not None:
                self._add(one, _NO_COUNTERPART)
            else:
                if one.tag == PARAGRAPH:
                    self._check_paragraph(one, rows)
                self._check_siblings(list(one), rows, level)
            index += 1

    def _check_begin(self, one: Element, mark: Begin, rows: Mapping[str, NameTable]) -> dict[str, NameTable]:
        """Check the beginning of a block. Returns what the variables stand for within it."""
        if mark.kind == "if":
            self._find(one, Field(mark.name, mark.variable), rows)
            return dict(rows)
        name = self._find(one, Field(mark.name), {})
        if name is not None and not name.is_list:
            self._add(one, Text(zh=f"“{mark.name}”只有一项，不能逐行重复", en=f"“{mark.name}” is a single text, so nothing can be repeated for it"))  # fmt: skip
        return {**rows, mark.variable or "": NameTable(name.columns if name is not None else ())}

    def _check_paragraph(self, paragraph: Element, rows: Mapping[str, NameTable]) -> None:
        text = text_of(paragraph)
        for match in ANY.finditer(text):
            mark = read_mark(match.group())
            if mark is None:
                self._add(paragraph, Text(zh=f"{match.group()} 不是模板能用的标记，请按模板页所列的写法改写", en=f"{match.group()} is no mark of a template. Write it as the page of templates says"))  # fmt: skip
            elif isinstance(mark, Field):
                name = self._find(paragraph, mark, rows)
                if name is not None and name.is_list:
                    self._add(paragraph, Text(zh=f"“{mark.name}”有多行，须放在逐行重复的表格行中", en=f"“{mark.name}” has several rows. Put it into a table row that is repeated"))  # fmt: skip
            else:
                self._add(paragraph, _NOT_ALONE)
        for stray in dict.fromkeys(STRAY.findall(ANY.sub("", text))):
            self._add(paragraph, Text(zh=f"“{stray}”没有配对，或用了全角括号。请改用半角的 {{{{ 和 }}}}", en=f"“{stray}” has no counterpart, or is full-width. Use half-width {{{{ and }}}}"))  # fmt: skip

    def _find(self, place: Element, field: Field, rows: Mapping[str, NameTable]) -> Name | None:
        """The name that a field or a column stands for. Adds a fault if the paper lacks it, or if it names people."""
        if field.variable is not None and field.variable not in rows:
            self._add(place, Text(zh=f"“{field.variable}”只能用在逐行重复的行中", en=f"“{field.variable}” can be used only in rows that are repeated"))  # fmt: skip
            return None
        table = self._names if field.variable is None else rows[field.variable]
        name = table.find(field.name)
        if name is None:
            near = table.nearest(field.name) if len(self.faults) <= MAX_FAULTS else ""
            zh, en = (f"，是否为“{near}”？", f". Did you mean “{near}”?") if near else ("。可用的名称见模板页", ". The page of templates lists the names")  # fmt: skip
            self._add(place, Text(zh=f"没有“{field.name}”{zh}", en=f"there is no “{field.name}”{en}"))
            return None
        if field.variable is None:
            self._used.add(name.en)
        if name.names_persons and not self._may_name_persons:
            self._add(place, Text(zh=f"“{field.name}”含有姓名，这份文书要发出去，不能写姓名", en=f"“{field.name}” has names of people, and this paper is sent around, so it cannot have names"))  # fmt: skip
        return name

    def _check_elsewhere(self, root: Element) -> None:
        """Find marks where nothing is filled in: in attributes, field codes and properties."""
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue
            is_text = root.tag in TEXT_ROOTS and element.tag == TEXT
            places = [*element.attrib.values(), *([] if is_text else [element.text or ""]), element.tail or ""]
            if any(ANY.search(text) or STRAY.search(text) for text in places):
                self.faults.append(TemplateFault(self._part, 0, "", _ELSEWHERE))
                return

    def _add(self, place: Element, why: Text) -> None:
        """Add a fault at a paragraph, or at the first one of a row."""
        paragraph = place if place.tag == PARAGRAPH else next(place.iter(PARAGRAPH), place)
        text = text_of(paragraph).strip()
        excerpt = text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
        fault = TemplateFault(self._part, self._numbers.get(paragraph, 0), excerpt, why)
        if len(self.faults) <= MAX_FAULTS and fault not in self.faults:
            self.faults.append(fault)


_TOO_LARGE = Text(
    zh="模板过大。请删去不需要的内容，压缩图片后再保存",
    en="it is too large for a template. Remove what is not needed, make its pictures smaller and save it again",
)
_MORE = Text(
    zh=f"问题过多，以上只列出前 {MAX_FAULTS} 处，改正后请再检查",
    en=f"there are more faults than the {MAX_FAULTS} above. Mend these and check it again",
)
_TOO_DEEP = Text(
    zh=f"重复和条件标记嵌套超过 {MAX_LEVELS} 层。请拆开",
    en=f"repeated and conditional blocks stand within one another more than {MAX_LEVELS} times. Take them apart",
)
_NO_OTHER_ROW = Text(
    zh="名单为空时这个表格会一行也没有。请在重复的行之外保留表头",
    en="this table would have no row at all if the list is empty. Keep a head outside the repeated rows",
)
_NO_COUNTERPART = Text(
    zh="这一标记没有配对的开始或结束。二者须在同一表格（或同一节）中，各占一行（段）",
    en="this mark has no beginning or no end. Both must be in the same table or text, each alone in its row or "
    "paragraph",
)
_NOT_ALONE = Text(
    zh="开始和结束标记须各自单独成行（段）：tr 占一整行，p 占一整段",
    en="a mark of a block must stand alone: one with tr in a whole row, one with p in a whole paragraph",
)
_ELSEWHERE = Text(
    zh="有标记写在不能填写的地方（如图片说明、域代码、文档属性）。请移到正文、页眉页脚或脚注的文字中",
    en="a mark stands where nothing is filled in, such as the description of a picture, a field code or the "
    "properties. Move it into the text, a header, a footer or a note",
)


def _written(name: Name) -> str:
    """How a name is written in a template."""
    return f"{{%tr for 行 in {name.zh} %}}" if name.is_list else f"{{{{{name.zh}}}}}"
