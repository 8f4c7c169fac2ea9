"""The report of a replay: the number of entries, every defect, the part that seals cover, and what nobody checked.

It can be written for people (`lines`, `verdict`, `caveats`) and for programs (`as_json`). The page for auditors is in
`bundle/html_page.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import asdict, replace

from states.vocabulary import Text

from .defect import Defect, sort_defects


class KeySource(Struct, frozen=True):
    """A verifier key with which seals or cosignatures were checked, and the source of the key.

    `role`: "log" (the key seals the ledger) or "witness". `source`: "given" (by the person who started the check),
    "handed_on" (a key that was given names it as its successor) or "here" (the ledger or bundle itself; somebody who
    forged the ledger would have replaced that key too).
    """

    key: str
    role: str
    source: str


class SealCoverage(Struct, frozen=True):
    """The part of a ledger that seals cover.

    `seals`: the number of seals. `sealed`: the last entry under a valid seal. `witnessed`: the last entry under a seal
    that a witness signed too. `witnesses`: the names of the witnesses whose keys were given. `claimed`: the names of
    witnesses whose keys only the ledger itself names; their signatures prove nothing. `elsewhere`: the number of seals,
    entries and keys from outside that the ledger was compared with. `unopened`: the number of second factors that could
    not be compared, because they are encrypted with another key. `keys`: the keys with which signatures were checked.
    """

    seals: int = 0
    sealed: int = 0
    witnessed: int = 0
    witnesses: tuple[str, ...] = ()
    elsewhere: int = 0
    unopened: int = 0
    claimed: tuple[str, ...] = ()
    keys: tuple[KeySource, ...] = ()

    @property
    def keys_come_from_ledger(self) -> bool:
        """Whether a key with which the seals were checked came from the ledger or bundle itself."""
        return any(key.role == "log" and key.source == "here" for key in self.keys)


class Report(Struct, frozen=True):
    """The result of a replay.

    `entries`, `streams`: how many were read. `defects`: sorted by entry within each block that was checked together.
    `coverage`: the part that seals cover. `left_out`: the number of further defects that this report does not list.
    `table_caveats`: what could not be checked in the tables beside the ledger.
    """

    entries: int
    streams: int
    defects: tuple[Defect, ...]
    coverage: SealCoverage = SealCoverage()
    left_out: int = 0
    table_caveats: tuple[Text, ...] = ()

    def with_tables(self, defects: Iterable[Defect], table_caveats: Iterable[Text]) -> Report:
        """A copy with the defects and caveats of the tables beside the ledger. Its defects are sorted by entry."""
        all_defects = sort_defects((*self.defects, *defects))
        return replace(self, defects=all_defects, table_caveats=(*self.table_caveats, *table_caveats))

    @property
    def ok(self) -> bool:
        """Whether there is no defect."""
        return not self.defects

    def select(self, first: int | None, last: int | None, in_scope: Callable[[str], bool]) -> Report:
        """A copy with only the defects of the entries `first` to `last` and of the streams `in_scope`.

        None: from the first entry, to the last. A defect without a single entry or stream always stays.
        """
        lowest, highest = first or 0, last if last is not None else self.entries

        def is_selected(defect: Defect) -> bool:
            number, stream = defect.number, defect.stream
            return (number is None or lowest <= number <= highest) and (stream is None or in_scope(stream))

        selected = tuple(filter(is_selected, self.defects))
        return replace(self, defects=selected, left_out=self.left_out + len(self.defects) - len(selected))

    @property
    def unsealed(self) -> int:
        """The number of entries at the end that no seal covers.

        If somebody rewrote them together with their chain, or deleted the last of them, no seal would show it.
        """
        return max(self.entries - self.coverage.sealed, 0)

    def as_json(self) -> dict[str, Any]:
        """The report as data that can be written as JSON."""
        return {
            "vouched": {**to_builtins(self.coverage), "unsealed": self.unsealed},
            "not_vouched": [asdict(caveat) for caveat in self.caveats()],
            "defects": [asdict(defect) for defect in self.defects],
            "left_out": self.left_out,
            "ok": self.ok,
            "entries": self.entries,
            "streams": self.streams,
        }

    def lines(self, language: str) -> list[str]:
        """The report as lines for a terminal, in `language` ("zh" or "en").

        The caveats, every defect, the advice if there are defects, and the verdict. The verdict comes last, so that
        somebody who reads only the last line is not misled.
        """
        advice = () if self.ok else (_ADVICE,)
        return [item.render(language) for item in (*self.caveats(), *self.defects, *advice, self.verdict())]

    def verdict(self) -> Text:
        """One sentence: the number of entries and of defects; without defects, also how far the ledger is sealed."""
        count, sealed = len(self.defects), self.coverage.sealed
        if self.left_out:
            zh, en = (
                f"发现 {count + self.left_out} 处缺陷，此处列出 {count} 处。",
                f"{count + self.left_out} defects, of which {count} are listed here.",
            )
        elif count:
            zh, en = f"发现 {count} 处缺陷。", f"{count} defects."
        elif self.unsealed or not sealed:
            zh = f"无缺陷；封存只覆盖到第 {sealed} 号。" if sealed else "无缺陷；没有任何封存为证。"
            en = f"no defect; sealed to entry {sealed} only." if sealed else "no defect; no seal vouches for it."
        else:
            zh, en = "无缺陷，全部已封存。", "no defect, all of it sealed."
        return Text(
            zh=f"复核 {self.entries} 条台账记录、{self.streams} 个序列：{zh}",
            en=f"{self.entries} entries in {self.streams} streams replayed: {en}",
        )

    def caveats(self) -> list[Text]:
        """How far the ledger is sealed, then what the replay cannot show, the gravest first."""
        coverage = self.coverage
        caveats = [self._seal_caveat()]
        if coverage.claimed:
            caveats.append(_claimed_witnesses_caveat(coverage.claimed))
        if coverage.keys_come_from_ledger:
            caveats.append(_KEYS_FROM_HERE)
        if not coverage.elsewhere:
            caveats.append(_NO_EVIDENCE)
        if coverage.unopened:
            caveats.append(_unopened_factors_caveat(coverage.unopened))
        return [*caveats, *self.table_caveats]

    def _seal_caveat(self) -> Text:
        """How far seals and witnesses go, and what nothing could show after that."""
        coverage = self.coverage
        sealed, witnessed = coverage.sealed, coverage.witnessed
        if not sealed:
            return Text(
                zh=f"没有有效的封存：全部 {self.entries} 条尚未封存，整体重写或截去末尾无从发现。",
                en=(
                    f"No seal holds: all {self.entries} entries are unsealed; if they were rewritten, or the end cut "
                    f"off, it would not show."
                ),
            )
        rest = _unsealed_caveat(self.unsealed) if self.unsealed else _NONE_UNSEALED
        names = "、".join(coverage.witnesses)
        witnessed_zh = f"见证（{names}）至第 {witnessed} 号" if witnessed else "没有可凭的见证"
        witnessed_en = f"witnessed to entry {witnessed} by {names}" if witnessed else "no witness known to you signed"
        return Text(
            zh=f"封存 {coverage.seals} 份，最新的覆盖至第 {sealed} 号，{witnessed_zh}；{rest.zh}",
            en=f"{coverage.seals} seals, the newest to entry {sealed}, {witnessed_en}; {rest.en}",
        )


_ADVICE = Text(
    zh="发现缺陷后：不要修改或删除任何数据，先把现有数据库备份并原样保留；查明每处缺陷如何产生，再决定是否恢复备份。",
    en=(
        "What to do: change nothing and delete nothing. Back up this database and keep it as it is. Find out how each "
        "defect came about before you restore a backup."
    ),
)


def _unopened_factors_caveat(count: int) -> Text:
    return Text(
        zh=f"{count} 个动态口令由不在此处的密钥加密，未能与台账核对；请在有保密库密钥的服务器上复核。",
        en=(
            f"{count} second factors are encrypted with a key that is not here and were not compared with the ledger. "
            f"Replay on the server that has the vault's key."
        ),
    )


def _claimed_witnesses_caveat(names: Iterable[str]) -> Text:
    return Text(
        zh=f"{'、'.join(names)} 的公钥只见于台账自身，其签名未计作见证；请以 --key 给出见证人当面交付的公钥。",
        en=(
            f"The key of {', '.join(names)} comes from the ledger itself, so the signature counts as no witness. Give "
            f"the key that the witness handed you with --key."
        ),
    )


def _unsealed_caveat(count: int) -> Text:
    return Text(
        zh=f"其后 {count} 条尚未封存，增删改无从证明。",
        en=f"the {count} entries after it are not sealed: if one was changed or cut off, it would not show.",
    )


_NONE_UNSEALED = Text(
    zh="其后没有记录；是否曾有而被截去，无从证明。",
    en="there is no entry after it; if there was one and it was cut off, it would not show.",
)
_KEYS_FROM_HERE = Text(
    zh="核对封存所用的公钥取自台账自身，不是您另行取得的；请以 --key 给出当面取得的公钥。",
    en=(
        "The key the seals were checked with comes from the ledger itself, not from you. Give the one handed to you "
        "with --key."
    ),
)
_NO_EVIDENCE = Text(
    zh="没有提供另存的封存、末条或公钥：若台账与封存被整体改写，无从发现。",
    en=(
        "No seal, entry or key from elsewhere was given: if the ledger and all its seals had been rewritten, this "
        "check would not show it."
    ),
)
