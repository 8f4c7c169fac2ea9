"""Finds the people whom a form names: somebody types or picks a name, and the program finds the id for the entry.

A name that several people have is written with the department, or with the id if that is the same too. Not here: fields
that name accounts (`forms/account_fields.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from copy import copy

from config.typed import Unclear
from states.records.roster import Roster
from storage.people import Directory, Person

_BRACKETS = str.maketrans("()", "（）")


class DirectoryNames:
    """How the people of the directory are written in a form, and which id a typed text means.

    `unit`: the department whose people alone are offered; None for those of all departments.
    """

    def __init__(self, directory: Directory, roster: Roster, unit: str | None = None) -> None:
        everybody = directory.people.values()
        self._people = [one for one in everybody if unit is None or one.unit == unit]
        self._titles: dict[str, str] = {one.unit: one.title for one in roster.units.values()}
        self._is_empty = not directory.ids
        self._is_locked = bool(directory.ids - directory.erased) and not everybody
        teams = (one.persons for one in roster.units.values())
        self._known = directory.ids.union(*teams)
        self.written: Mapping[str, str] = self._write()

    def and_ids(self, ids: Collection[str]) -> DirectoryNames:
        """These names, for a form that takes these ids too, because what it changes has them."""
        names = copy(self)
        names._known = self._known | set(ids)
        return names

    @property
    def options(self) -> list[tuple[str, str]]:
        """What can be picked, by name: the text for the field, and the department and post that tell people apart."""
        picked = sorted(self._people, key=lambda one: self.written[one.id])
        return [
            (self.written[one.id], " ".join(filter(None, (self._titles.get(one.unit or ""), one.post))))
            for one in picked
        ]

    def text_of(self, id_: str) -> str:
        """What stands in a field for a person: the name as it is written, else the id."""
        return self.written.get(id_, id_)

    def id_of(self, text: str) -> str:
        """The id of the person whom a text names. Raises `Unclear` if several people have the name, or nobody.

        While the directory is empty, an id is taken as it is typed.
        """
        plain = text.strip().translate(_BRACKETS)
        named = [one.id for one in self._people if plain in (one.name.translate(_BRACKETS), self.written[one.id])]
        if len(named) == 1:
            return named[0]
        if named:
            zh, en = "、".join(map(self.text_of, named)), ", ".join(map(self.text_of, named))
            raise Unclear(
                f"有 {len(named)} 人同名“{text}”，请写明是哪一位：{zh}",
                f"{len(named)} people are called “{text}”: write one of {en}",
            )
        if text in self._known or self._is_empty:
            return text
        if self._is_locked:
            raise Unclear(
                "人员名册现在无法解密，不能按姓名查找，请填编号",
                "the key of the directory is not here, so names cannot be found: write the id",
            )
        raise Unclear(
            f"人员名册中没有“{text}”。请核对姓名；确为本校人员的，请办公室补入人员名册",
            f"the directory has nobody called “{text}”: check the name, or ask the office to add the person",
        )

    def _write(self) -> dict[str, str]:
        """How each person is written, by id."""
        names = Counter(one.name for one in self._people)
        with_unit = Counter(self._with_unit(one) for one in self._people)
        return {
            one.id: one.name if names[one.name] == 1
            else self._with_unit(one) if with_unit[self._with_unit(one)] == 1 and one.unit
            else f"{one.name}（{one.id}）"
            for one in self._people
        }  # fmt: skip

    def _with_unit(self, one: Person) -> str:
        return f"{one.name}（{self._titles.get(one.unit or '', '')}）".translate(_BRACKETS)
