"""Why a file is rejected: the fault, its place in the file, and the advice to the person who uploads it.

Also here: the advice and the rejections that several parsers share.
"""

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
    """A file is damaged, or contains something that is not accepted.

    `zh` and `en` are the second half of a sentence that begins "the file …". `place` names a page or a part in words.
    """

    def __init__(self, zh: str, en: str, place: Text | None = None, advice: Text = REMOVE_AND_SAVE) -> None:
        super().__init__(en)
        self.fault, self.place, self.advice = Text(zh=zh, en=en), place, advice

    @property
    def why(self) -> Text:
        """The fault and its place, as the second half of the sentence."""
        if self.place is None:
            return self.fault
        return Text(zh=f"{self.place.zh}{self.fault.zh}", en=f"{self.fault.en} ({self.place.en})")

    def with_place(self, place: Text) -> Rejection:
        """The same rejection with a place that only the caller knows.

        If the rejection has a place already, that place is within the new one, and both are named.
        """
        if self.place is not None:
            place = Text(zh=f"{place.zh}的{self.place.zh}", en=f"{self.place.en} of {place.en}")
        return Rejection(self.fault.zh, self.fault.en, place, self.advice)


def damaged_file() -> Rejection:
    """The rejection of a file that does not have the structure of its kind."""
    return Rejection("已损坏，无法打开", "is damaged and cannot be opened", advice=OPEN_AND_SAVE)


def too_much_to_check() -> Rejection:
    """The rejection of a file whose inspection needs more time or memory than a file may use."""
    return Rejection("内容过多，无法检查", "holds too much to be checked", advice=MAKE_SMALLER)
