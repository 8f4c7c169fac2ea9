"""The report of a replay: how much was read, every defect, and how far seals vouch for the ledger; for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import asdict, replace

from states.vocabulary import Text

from .defect import Defect, sort_defects


class KeySource(Struct, frozen=True):
    """A verifier key that something was checked with, and its source.

    `source` is "given" (by the person who asked), "handed_on" (from a key that was given) or "here" (from the ledger or bundle
    itself: a forger of the ledger would have replaced that key too).
    """

    key: str
    role: str
    source: str


class SealCoverage(Struct, frozen=True):
    """How far seals cover a ledger: how many there are, up to which entry one holds, and up to which entry a witness signed too.

    `witnesses` are those whose keys were given; `claimed` those whose keys only the ledger itself names, which prove nothing. `elsewhere` is
    how many seals, entries and keys were brought along to compare the ledger with. `unopened` is how many second factors are encrypted with a
    key that is not here, so that they could not be compared.
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
    def keys_are_ours(self) -> bool:
        """Whether the key that the seals were checked with was not given, but came from the ledger or bundle itself."""
        return any(one.role == "log" and one.source == "here" for one in self.keys)


class Report(Struct, frozen=True):
    """The outcome of a replay: how much was read, every defect in the order it was found, what is under seal.

    `left_out` is how many defects there are besides, which were not asked for; `table_caveats` what was not looked at in the tables
    beside the ledger.
    """

    entries: int
    streams: int
    defects: tuple[Defect, ...]
    coverage: SealCoverage = SealCoverage()
    left_out: int = 0
    table_caveats: tuple[Text, ...] = ()

    def with_tables(self, defects: Iterable[Defect], table_caveats: Iterable[Text]) -> Report:
        """This report with the defects of the tables beside the ledger, and with what could not be checked in them."""
        found = sort_defects((*self.defects, *defects))
        return replace(self, defects=found, table_caveats=(*self.table_caveats, *table_caveats))

    @property
    def ok(self) -> bool:
        """Whether there is no defect."""
        return not self.defects

    def select(self, first: int | None, last: int | None, of: Callable[[str], bool]) -> Report:
        """This report with the defects of some entries and streams alone. A defect of no single entry or stream always stays."""
        lowest, highest = first or 0, last if last is not None else self.entries
        selected = tuple(
            one
            for one in self.defects
            if (one.number is None or lowest <= one.number <= highest) and (one.stream is None or of(one.stream))
        )
        return replace(self, defects=selected, left_out=self.left_out + len(self.defects) - len(selected))

    @property
    def unsealed(self) -> int:
        """How many entries at the end no seal covers. Nobody could tell if one of those was changed or cut off."""
        return max(self.entries - self.coverage.sealed, 0)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        vouched = {**to_builtins(self.coverage), "unsealed": self.unsealed}
        caveats = [asdict(one) for one in self.caveats()]
        counts = {"ok": self.ok, "entries": self.entries, "streams": self.streams}
        return {
            "vouched": vouched,
            "not_vouched": caveats,
            "defects": [asdict(d) for d in self.defects],
            "left_out": self.left_out,
            **counts,
        }

    def lines(self, language: str) -> list[str]:
        """The report as lines for a terminal, in `language` ("zh" or "en").

        The caveats, every defect, what to do about defects, then the verdict: somebody who reads only the last line is not misled.
        """
        advice = () if self.ok else (_ADVICE,)
        return [one.render(language) for one in (*self.caveats(), *self.defects, *advice, self.verdict())]

    def verdict(self) -> Text:
        """How much was read and how many defects there are; if there is none, also how far seals cover it."""
        count, read, sealed = len(self.defects), self.entries, self.coverage.sealed
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
            zh=f"复核 {read} 条台账记录、{self.streams} 个序列：{zh}",
            en=f"{read} entries in {self.streams} streams replayed: {en}",
        )

    def caveats(self) -> list[Text]:
        """What the replay cannot show, the gravest first."""
        seals, sealed, witnessed = self.coverage.seals, self.coverage.sealed, self.coverage.witnessed
        said = []
        if not sealed:
            said.append(Text(
                zh=f"没有有效的封存：全部 {self.entries} 条尚未封存，整体重写或截去末尾无从发现。",
                en=f"No seal holds: all {self.entries} entries are unsealed; if they were rewritten, or the end cut off, it would not show.",
            ))  # fmt: skip
        else:
            rest = _BEYOND_NONE if not self.unsealed else _beyond(self.unsealed)
            names = "、".join(self.coverage.witnesses)
            seen = f"见证（{names}）至第 {witnessed} 号" if witnessed else "没有可凭的见证"
            cosigned = f"witnessed to entry {witnessed} by {names}" if witnessed else "no witness known to you signed"
            said.append(Text(
                zh=f"封存 {seals} 份，最新的覆盖至第 {sealed} 号，{seen}；{rest.zh}",
                en=f"{seals} seals, the newest to entry {sealed}, {cosigned}; {rest.en}",
            ))  # fmt: skip
        if self.coverage.claimed:
            said.append(_claimed(self.coverage.claimed))
        if self.coverage.keys_are_ours:
            said.append(_KEYS_FROM_HERE)
        if not self.coverage.elsewhere:
            said.append(_NOTHING_BROUGHT)
        if self.coverage.unopened:
            said.append(_unopened(self.coverage.unopened))
        return [*said, *self.table_caveats]


_ADVICE = Text(
    zh="发现缺陷后：不要修改或删除任何数据，先把现有数据库备份并原样保留；查明每处缺陷如何产生，再决定是否恢复备份。",
    en="What to do: change nothing and delete nothing. Back up this database and keep it as it is. Find out how each defect came about before you restore a backup.",
)


def _unopened(count: int) -> Text:
    return Text(
        zh=f"{count} 个动态口令由不在此处的密钥加密，未能与台账核对；请在有保密库密钥的服务器上复核。",
        en=f"{count} second factors are encrypted with a key that is not here and were not compared with the ledger. Replay on the server that has the vault's key.",
    )


def _claimed(names: Iterable[str]) -> Text:
    return Text(
        zh=f"{'、'.join(names)} 的公钥只见于台账自身，其签名未计作见证；请以 --key 给出见证人当面交付的公钥。",
        en=f"The key of {', '.join(names)} comes from the ledger itself, so the signature counts as no witness. Give the key that the witness handed you with --key.",
    )


def _beyond(count: int) -> Text:
    return Text(
        zh=f"其后 {count} 条尚未封存，增删改无从证明。",
        en=f"the {count} entries after it are not sealed: if one was changed or cut off, it would not show.",
    )


_BEYOND_NONE = Text(
    zh="其后没有记录；是否曾有而被截去，无从证明。",
    en="there is no entry after it; if there was one and it was cut off, it would not show.",
)
_KEYS_FROM_HERE = Text(
    zh="核对封存所用的公钥取自台账自身，不是您另行取得的；请以 --key 给出当面取得的公钥。",
    en="The key the seals were checked with comes from the ledger itself, not from you. Give the one handed to you with --key.",
)
_NOTHING_BROUGHT = Text(
    zh="没有提供另存的封存、末条或公钥：若台账与封存被整体改写，无从发现。",
    en="No seal, entry or key from elsewhere was given: if the ledger and all its seals had been rewritten, this check would not show it.",
)
