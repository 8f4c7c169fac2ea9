"""Why a file is rejected: what was found in it, where, and what to do about it."""

from __future__ import annotations

from states.vocabulary import Text

REMOVE_AND_SAVE = Text(
    zh="请删除该内容后另存，或另存为 PDF 后再上传",
    en="Remove it and save the file again, or save it as PDF, and upload that",
)
OPEN_AND_SAVE = Text(
    zh="请用原来的软件打开检查，另存为新文件后再上传",
    en="Open it in the program it came from, save it as a new file and upload that",
)
REMOVE_PASSWORD = Text(
    zh="请取消打开密码后另存，再上传", en="Save it again without the password for opening it and upload that"
)
MAKE_SMALLER = Text(zh="请压缩图片或分成几个文件", en="Make its pictures smaller or split it")


class Rejection(Exception):
    """A file is damaged, or contains what is not accepted.

    `zh` and `en` are half a sentence each that follows "the file …"; `where` names a page or a part in words.
    """

    def __init__(self, zh: str, en: str, where: Text | None = None, advice: Text = REMOVE_AND_SAVE) -> None:
        super().__init__(en)
        self.what, self.where, self.advice = Text(zh=zh, en=en), where, advice

    @property
    def why(self) -> Text:
        """What was found and where, in one half sentence."""
        if self.where is None:
            return self.what
        return Text(zh=f"{self.where.zh}{self.what.zh}", en=f"{self.what.en} ({self.where.en})")

    def at(self, where: Text) -> Rejection:
        """The same rejection with a place that only the caller knows."""
        if self.where is not None:
            where = Text(zh=f"{where.zh}的{self.where.zh}", en=f"{self.where.en} of {where.en}")
        return Rejection(self.what.zh, self.what.en, where, self.advice)


def damaged_file() -> Rejection:
    """The file does not have the structure of its kind."""
    return Rejection("已损坏，无法打开", "is damaged and cannot be opened", advice=OPEN_AND_SAVE)


def too_much_to_check() -> Rejection:
    """Inspecting it would take more time or memory than a file gets."""
    return Rejection("内容过多，无法检查", "holds too much to be checked", advice=MAKE_SMALLER)
