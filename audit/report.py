"""What a replay answers: every defect, each with its entry's number, a stable code, and a sentence in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import asdict, replace

from states.user_errors import UserError
from states.vocabulary import Text


class Defect(Struct, frozen=True):
    """One thing that does not add up: at which entry, in which stream (None: of no one entry, of no one stream)."""

    number: int | None
    stream: str | None
    code: str
    zh: str
    en: str

    def render(self, language: str) -> str:
        """The defect on one line, in `language` ("zh" or "en")."""
        english = language == "en"
        number = "" if self.number is None else f"entry {self.number}" if english else f"第 {self.number} 号"
        place = " ".join(filter(None, (number, self.stream)))
        said = self.en if english else self.zh
        return f"{place}{': ' if english else '：'}{said}" if place else said


class KeySource(Struct, frozen=True):
    """A verifier key that something was checked with, and where it came from.

    `source` is "given" (by the person who asked), "handed_on" (from a key that was given) or "here" (from the ledger or bundle
    itself: a forger of the ledger would have replaced that key too).
    """

    key: str
    role: str
    source: str


class Vouched(Struct, frozen=True):
    """What stands under seals: how many there are, up to which entry one holds, and up to which a witness signed too.

    `witnesses` are those whose keys were given; `claimed` those whose keys only the ledger itself names, which prove nothing.
    `unopened` is how many second factors are sealed by a key that was not here; `elsewhere` how many seals, entries and keys were brought from elsewhere to hold the ledger against.
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
        """Whether the seals were checked with a key that was not given but taken from the ledger or bundle itself."""
        return any(one.role == "log" and one.source == "here" for one in self.keys)


class Report(Struct, frozen=True):
    """The outcome of a replay: how much was read, every defect in the order it was found, what is under seal.

    `left_out` is how many defects there are besides, which were not asked for; `unvouched` what was not looked at in the tables
    beside the ledger.
    """

    entries: int
    streams: int
    defects: tuple[Defect, ...]
    vouched: Vouched = Vouched()
    left_out: int = 0
    unvouched: tuple[Text, ...] = ()

    def beside(self, defects: Iterable[Defect], unvouched: Iterable[Text]) -> Report:
        """The same with what was found in the tables beside the ledger, and what of them could not be vouched for."""
        found = in_order((*self.defects, *defects))
        return replace(self, defects=found, unvouched=(*self.unvouched, *unvouched))

    @property
    def ok(self) -> bool:
        """Whether there is no defect."""
        return not self.defects

    def only(self, first: int | None, last: int | None, of: Callable[[str], bool]) -> Report:
        """The same with the defects of some entries and streams alone; one of no entry or no stream is everybody's."""
        lowest, highest = first or 0, last if last is not None else self.entries
        kept = tuple(
            one
            for one in self.defects
            if (one.number is None or lowest <= one.number <= highest) and (one.stream is None or of(one.stream))
        )
        return replace(self, defects=kept, left_out=self.left_out + len(self.defects) - len(kept))

    @property
    def unsealed(self) -> int:
        """How many entries at the end stand under no seal: what of them was changed or cut off, nobody could tell."""
        return max(self.entries - self.vouched.sealed, 0)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        vouched = {**to_builtins(self.vouched), "unsealed": self.unsealed}
        caveats = [asdict(one) for one in self.not_vouched()]
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

        What is not vouched for, then every defect, then the count: somebody who reads only the last line is not misled.
        """
        caveats = [one.render(language) for one in self.not_vouched()]
        return [*caveats, *(one.render(language) for one in self.defects), self.verdict().render(language)]

    def verdict(self) -> Text:
        """How much was read and how many defects it has; where it has none, beside it how far that is vouched for."""
        count, read, sealed = len(self.defects), self.entries, self.vouched.sealed
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

    def not_vouched(self) -> list[Text]:
        """What the replay could not vouch for, the gravest first."""
        seals, sealed, witnessed = self.vouched.seals, self.vouched.sealed, self.vouched.witnessed
        said = []
        if not sealed:
            said.append(Text(
                zh=f"没有有效的封存：全部 {self.entries} 条尚未封存，整体重写或截去末尾无从发现。",
                en=f"No seal holds: all {self.entries} entries are unsealed; were they written anew, or the end cut, it would not show.",
            ))  # fmt: skip
        else:
            rest = _BEYOND_NONE if not self.unsealed else _beyond(self.unsealed)
            names = "、".join(self.vouched.witnesses)
            seen = f"见证（{names}）至第 {witnessed} 号" if witnessed else "没有可凭的见证"
            cosigned = f"witnessed to entry {witnessed} by {names}" if witnessed else "no witness known to you signed"
            said.append(Text(
                zh=f"封存 {seals} 份，最新的覆盖至第 {sealed} 号，{seen}；{rest.zh}",
                en=f"{seals} seals, the newest to entry {sealed}, {cosigned}; {rest.en}",
            ))  # fmt: skip
        if self.vouched.claimed:
            said.append(_claimed(self.vouched.claimed))
        if self.vouched.keys_are_ours:
            said.append(_KEYS_FROM_HERE)
        if not self.vouched.elsewhere:
            said.append(_NOTHING_BROUGHT)
        if self.vouched.unopened:
            said.append(_unopened(self.vouched.unopened))
        return [*said, *self.unvouched]


def _unopened(count: int) -> Text:
    return Text(
        zh=f"{count} 个动态口令由不在此处的密钥封存，未能与台账核对；请在有保密库密钥的服务器上复核。",
        en=f"{count} second factors are sealed by a key that is not here and were not held against the ledger; replay where the vault's key is.",
    )


def _claimed(names: Iterable[str]) -> Text:
    return Text(
        zh=f"{'、'.join(names)} 的公钥只见于台账自身，其签名未计作见证；请以 --key 给出见证人当面交付的公钥。",
        en=f"The key of {', '.join(names)} comes from the ledger itself, so the signature counts as no witness; give the key that the witness handed you with --key.",
    )


def _beyond(count: int) -> Text:
    return Text(
        zh=f"其后 {count} 条尚未封存，增删改无从证明。",
        en=f"the {count} entries after it are unsealed: what was changed or cut there would not show.",
    )


_BEYOND_NONE = Text(
    zh="其后没有记录；是否曾有而被截去，无从证明。",
    en="there is no entry after it; whether there was one that was cut off would not show.",
)
_KEYS_FROM_HERE = Text(
    zh="核对封存所用的公钥取自台账自身，不是您另行取得的；请以 --key 给出当面取得的公钥。",
    en="The key the seals were checked with comes from the ledger itself, not from you; give the one handed to you with --key.",
)
_NOTHING_BROUGHT = Text(
    zh="没有提供另存的封存、末条或公钥：若台账与封存被整体改写，无从发现。",
    en="No seal, entry or key from elsewhere was brought: if the ledger and all its seals had been rewritten, this check would not show it.",
)


def in_order(found: Iterable[Defect]) -> tuple[Defect, ...]:
    """Defects in the order of entries, those of one entry as they were found; those of no one entry last."""
    return tuple(sorted(found, key=lambda one: (one.number is None, one.number or 0)))


def defect(code: str, number: int | None, stream: str | None, *, ends: bool = False, **given: object) -> Defect:
    """The defect of this code (`SENTENCES`); `ends` adds that the rest of its stream is not checked."""
    said = worded(SENTENCES[code], code, number, stream, **given)
    return replace(said, zh=said.zh + _ENDS.zh, en=said.en + _ENDS.en) if ends else said


def worded(said: Text, code: str, number: int | None, stream: str | None, **given: object) -> Defect:
    """A defect in these words, the values given filled in."""
    zh, en = (_filled(said, given, language) for language in ("zh", "en"))
    return Defect(number, stream, code, zh, en)


def _filled(said: Text, given: Mapping[str, object], language: str) -> str:
    values = {k: v.render(language) if isinstance(v, Text | UserError) else v for k, v in given.items()}
    return said.render(language).format(**values)


_ENDS = Text(
    zh="本序列其后的记录无从核对，不再列出。", en=" The rest of this stream cannot be checked and is not listed."
)

SENTENCES: Mapping[str, Text] = {
    "missing": Text(zh="缺少第 {first} 至 {last} 号记录。", en="Entries {first} to {last} are missing."),
    "order": Text(
        zh="它排在第 {after} 号之后：重复或次序颠倒，未予采用。",
        en="It stands after entry {after}: twice, or out of order. It was not used.",
    ),
    "digest": Text(zh="正文与摘要不符。", en="Its digest is not the digest of its body."),
    "unreadable": Text(zh="正文无法读取（{why}）。", en="Its body cannot be read ({why})."),
    "newer": Text(
        zh="格式 {v} 不是本版本所能识别的，请用更新的版本核验。",
        en="It is of format {v}, which this release does not know; check it with a later one.",
    ),
    "kind": Text(
        zh="本版本没有“{kind}”这种事实，请用更新的版本核验。",
        en="This release knows no fact “{kind}”; check it with a later one.",
    ),
    "columns": Text(zh="索引列（{columns}）与正文不符。", en="Its columns ({columns}) disagree with its body."),
    "link": Text(zh="它不是接在上一条记录之后写的。", en="It does not name the digest of the entry before it."),
    "backwards": Text(
        zh="记录时间 {at} 早于上一条 {before}。", en="It was recorded at {at}, before the entry before it ({before})."
    ),
    "clock": Text(
        zh="机器时钟读数 {read} 与记录时间 {at} 不相称。",
        en="The machine's reading {read} does not go with the time recorded, {at}.",
    ),
    "form": Text(zh="正文不是规范的 JSON。", en="Its body is not canonical JSON."),
    "happened": Text(
        zh="发生时间 {at} 与所载事实不符，应为 {wanted}。", en="It says it happened at {at}; by its fact that was {wanted}."
    ),
    "private": Text(zh="含有台账不得写入的内容：{why}", en="It says what an entry may never say: {why}"),
    "door": Text(zh="提交编号与经办账号不符：{why}", en="Its command id is not its actor's: {why}"),
    "no_token": Text(
        zh="经接口提交，而账号 {account} 当时没有有效的接口令牌。",
        en="It came by the API, and account {account} held no valid token then.",
    ),
    "account": Text(
        zh="账号 {account} 此前没有这个角色或不属于这个部门（{who}）。",
        en="The account {account} never had this role, or was never of this unit ({who}).",
    ),
    "unknown_refusal": Text(zh="不是本系统所记的拒绝：{why}。", en="It is no refusal of this system's: {why}."),
    "command": Text(
        zh="提交编号表与本条不符：同一编号再次提交会被当作新的。",
        en="The table of command ids disagrees with it: asked again under its id, it would be done again.",
    ),
    "command_refused": Text(
        zh="其提交编号已由第 {first} 号记录答复，不会再被拒绝。",
        en="Its command id was answered with entry {first}, and would not be refused after that.",
    ),
    "command_surplus": Text(
        zh="提交编号表中有 {count} 行不是任何记录留下的：以那些编号提交会被误认为已办。",
        en="The table of command ids has {count} rows no entry left: what is asked under those ids would pass for done.",
    ),
    "planted": Text(
        zh="账号表中有台账未记载或已终止的{what}（{digest}）：系直接写入数据库，不能用于登录，须查明。",
        en="The account tables hold a {what} ({digest}) that no entry names, or that an entry ended: somebody wrote it in the database. It lets nobody in; find out who wrote it.",
    ),
    "account_unopened": Text(
        zh="账号表中有此账号，台账中却从未开通。", en="The account tables have this account, which no entry ever opened."
    ),
    "agenda": Text(
        zh="下次到期时间被推后或清空（现为 {held}，应不晚于 {wanted}），定时服务会漏办。",
        en="When the clock is to look at it was put off or wiped (it is {held}, and should be {wanted} or earlier).",
    ),
    "version": Text(
        zh="本序列上一版为第 {before} 版，此处为第 {version} 版。",
        en="It is version {version} of its stream, after version {before}.",
    ),
    "stream": Text(zh="事实“{kind}”不属于这个序列。", en="A fact “{kind}” does not belong in this stream."),
    "pin": Text(
        zh="所依据的办法版本 {pin} 不是 {wanted}。", en="It names the edition {pin}; it stands under {wanted}."
    ),
    "rulebook": Text(
        zh="所存办法 {digest} 与其摘要不符或无法使用（{why}），不予采用。",
        en="The rulebook kept as {digest} is not what its digest says, or unusable ({why}); it was not used.",
    ),
    "rulebook_missing": Text(
        zh="没有办法版本 {pin} 可用，依据它的记录无法核对是否合规。",
        en="The edition {pin} is not there to be used; nothing done under it can be checked against its rules.",
    ),
    "illegal": Text(zh="不合程序：{why}", en="Not a legal step: {why}"),
    "entitled": Text(zh="无权办理：{why}", en="Not entitled: {why}"),
    "refused": Text(zh="按办法不应被接受：{why}", en="The rules refuse it: {why}"),
    "unchecked": Text(
        zh="核对时出现规则未预见的错误（{why}），不能断定是否合规。",
        en="Checking it failed in a way no rule foresees ({why}); whether it is allowed is not known.",
    ),
    "score": Text(
        zh="记录为 {given} − {deducted} = {score} 分、{grade}；按规则重算为 {again}。",
        en="It says {given} − {deducted} = {score}, {grade}; the rules make it {again}.",
    ),
    "stage": Text(
        zh="办理后处于“{stage}”，按办法应为“{wanted}”。",
        en="It leads to the stage {stage}; under the rulebook it should be {wanted}.",
    ),
    "fold": Text(zh="无法由此推出当前状态（{why}）。", en="It cannot be folded into the state before it ({why})."),
    "projection": Text(
        zh="{table} 表中的现状与台账不符：{columns}。", en="Its row in the table {table} differs from the ledger: {columns}."
    ),
    "projection_missing": Text(zh="{table} 表中缺少这一行。", en="Its row in the table {table} is missing."),
    "projection_surplus": Text(
        zh="{table} 表中有这一行，台账中却没有。", en="The table {table} has a row that the ledger does not have."
    ),
    "seal_unreadable": Text(zh="第 {size} 条处的封存无法读取：{why}", en="The seal of {size} entries cannot be read: {why}"),
    "seal_forged": Text(
        zh="{size} 条的封存签名是假的：冒用密钥 {keys}，内容或签名被改动过。",
        en="The seal of {size} entries is forged: it is in the name of {keys}, and text or signature was changed.",
    ),
    "seal_foreign": Text(
        zh="{size} 条的封存（{origin}）不是本台账当时的密钥 {keys} 所签。",
        en="The seal of {size} entries ({origin}) is not by the key whose turn it was here, {keys}.",
    ),
    "seal_misplaced": Text(
        zh="{size} 条的封存被放在第 {place} 条的位置。", en="The seal of {size} entries is kept as one of {place}."
    ),
    "seal_columns": Text(
        zh="{size} 条的封存旁所存的 {columns} 与封存不符。",
        en="What is kept beside the seal of {size} entries ({columns}) disagrees with it.",
    ),
    "seal_beyond": Text(
        zh="已封存 {size} 条，台账现只有 {last} 条：末尾被截去，或换回了旧本。",
        en="{size} entries were sealed and the ledger has {last}: its end was cut off, or an old copy put back.",
    ),
    "seal_root": Text(
        zh="第 {first} 至 {last} 号中有记录在封存之后被改写（{count} 份封存对不上）。",
        en="Some of entries {first} to {last} were written anew after they were sealed ({count} seals do not hold).",
    ),
    "seal_contradicts": Text(
        zh="{size} 条的封存与其后 {later} 条的封存相矛盾：同一密钥签过两个不同的台账。",
        en="The seal of {size} entries contradicts the later one of {later}: the key signed two different ledgers.",
    ),
    "seal_key": Text(zh="封存密钥 {key} 不可信：{why}", en="The key {key} is not to be believed: {why}"),
    "seals_gone": Text(
        zh="给出了台账公钥，台账中却没有任何封存：封存被删除，或公钥不属于本台账。",
        en="A key of the ledger was given and there is no seal: the seals were deleted, or the key is another ledger's.",
    ),
    "seal_gone": Text(
        zh="此处登记了 {size} 条的封存，封存表中却没有：被删除。",
        en="It records the seal of {size} entries, which is not kept any more: it was deleted.",
    ),
    "seal_swapped": Text(
        zh="所存 {size} 条的封存不是此处登记的那一份：被换过。",
        en="The seal of {size} entries that is kept is not the one recorded here: it was swapped.",
    ),
    "seal_redated": Text(
        zh="所存 {size} 条的封存的时间不是此处登记的时间：被改过。",
        en="The seal of {size} entries is kept with another time than is recorded here.",
    ),
    "seal_planted": Text(
        zh="{size} 条的封存没有登记，其后的封存却已登记：是后来插入的。",
        en="The seal of {size} entries is not recorded and a later one is: it was put in afterwards.",
    ),
    "cosignature_gone": Text(
        zh="此处登记了 {size} 条封存的见证签名，表中却没有：被删除或改动。",
        en="It records a witness's line under the seal of {size} entries, which is not kept any more: it was deleted or changed.",
    ),
    "cosignature": Text(
        zh="{size} 条的封存下有一行见证签名不成立：{why}", en="A witness's line under the seal of {size} entries fails: {why}"
    ),
    "expected_unreadable": Text(zh="{source} 不是封存：{why}", en="{source} is no seal: {why}"),
    "expected_forged": Text(
        zh="{source}：{size} 条的封存签名是假的，冒用密钥 {keys}。",
        en="{source}: the seal of {size} entries is forged, in the name of {keys}.",
    ),
    "expected_foreign": Text(
        zh="{source}：{size} 条的封存（{origin}）不是本台账的密钥 {keys} 所签：文件属于别的台账，或此处的封存全被换签。",
        en="{source}: the seal of {size} entries ({origin}) is by no key of this ledger ({keys}): it is another ledger's, or all seals here were signed anew.",
    ),
    "expected_beyond": Text(
        zh="{source} 封存了 {size} 条，台账现只有 {last} 条：末尾被截去，或换回了旧本。",
        en="{source} seals {size} entries and the ledger has {last}: its end was cut off, or an old copy put back.",
    ),
    "expected_root": Text(
        zh="台账的前 {size} 条不是 {source} 所封存的：此后被改写过。",
        en="The first {size} entries are not those that {source} seals: they were written anew since.",
    ),
    "known_beyond": Text(
        zh="{source} 记有第 {entry} 号，台账现只有第 1–{last} 号：末尾被截去，或换回了旧本。",
        en="{source} knows entry {entry}; here are entries 1–{last} of {entry}: the end was cut off, or an old copy put back.",
    ),
    "known_other": Text(
        zh="第 {entry} 号记录不是 {source} 所记的那一条：末尾被截去后重写，或此前有记录被改写。",
        en="Entry {entry} is not the one {source} knows: the end was cut off and written again, or an entry before it was changed.",
    ),
    "trace": Text(
        zh="{table} 表提到第 {entry} 号，台账现只有 {last} 条：末尾被截去。",
        en="The table {table} names entry {entry} and the ledger has {last}: its end was cut off.",
    ),
    "head": Text(
        zh="表头记录 {columns} 与台账末条不符。", en="The head disagrees with the last entry: {columns}."
    ),
}  # fmt: skip
"""Every kind of defect, by its code: stable names for programs and tests."""
