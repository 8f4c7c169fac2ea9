"""Makes HTML pages for auditors: the page in a bundle, and the report of a replay.

The page in a bundle says what the bundle is and how to check it, and has the results and the entries. The pages need no
network and no script: both languages are in each page, and a choice at its head shows one of them. They are only for
reading, and prove nothing without a check of the entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from audit.history import FoldedStreams, HashedEntry
from audit.report import Report
from audit.seals.checkpoints import Checkpoint
from states import policy
from states.acts import ACT_OF_FACT
from states.assessment import Assessment
from states.chart import stage_title
from states.compiled_rulebook import CompiledRulebook
from states.explanation import explain
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.names import figure
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.streams import ROSTER
from states.vocabulary import Text
from storage.ledger.facts import fact_of


def bundle_page(title: Text, contents: FoldedStreams, entries: int, seal: Checkpoint | None) -> bytes:
    """The page of a bundle with so many entries, in UTF-8.

    `seal`: the checkpoint of the newest seal, if there is one.
    """
    parts = [
        _HEAD.format(title=f"{escape(title.zh)} · {escape(title.en)}"),
        f"<h1>{_bilingual(title)}</h1>",
        *_about(entries, seal),
        *_results(contents),
        *(part for stream in sorted(contents.streams) if stream != ROSTER for part in _timeline(stream, contents)),
        _FOOT,
    ]
    return "\n".join(parts).encode()


def report_page(report: Report) -> bytes:
    """The report of a replay as a page, in UTF-8."""
    title = Text(zh="台账复核报告", en="Report of a replay")
    defects = [Text(zh=defect.render("zh"), en=defect.render("en")) for defect in report.defects]
    items = "".join(f"<li>{_bilingual(text)}</li>" for text in defects)
    parts = [
        _HEAD.format(title=f"{escape(title.zh)} · {escape(title.en)}"),
        f"<h1>{_bilingual(title)}</h1>",
        *(f'<p class="warn">{_bilingual(caveat)}</p>' for caveat in report.caveats()),
        f"<ol>{items}</ol>" if items else "",
        f'<p class="{"seal" if report.ok else "warn"}">{_bilingual(report.verdict())}</p>',
        _FOOT,
    ]
    return "\n".join(parts).encode()


def _about(entries: int, seal: Checkpoint | None) -> Iterator[str]:
    """The paragraphs that say what the bundle contains, how to check it, and which seal is the newest."""
    introduction = Text(
        zh=f"本包含 {entries} 条台账记录、所依据的办法、封存和公钥。核验请用 Python 3.9 或以上版本运行：",
        en=(
            f"This bundle holds {entries} entries, the rulebooks that bind them, the seals and the keys. To check it, "
            f"run this with Python 3.9 or later:"
        ),
    )
    yield f"<p>{_bilingual(introduction)} <code>python3 verify.py {_bilingual(Text(zh='本文件.zip', en='THIS-FILE.zip'))}</code></p>"
    if seal is None:
        yield f'<p class="warn">{_bilingual(Text(zh="其中没有封存：整体重写无从发现。", en="It holds no seal: if it was rewritten as a whole, it would not show."))}</p>'
        return
    title = Text(zh="最近一次封存", en="Newest seal")
    extent = Text(zh=f"前 {seal.size} 条", en=f"the first {seal.size} entries")
    # The page shows the fingerprint so that people can compare it with a printed notice.
    yield (
        f'<p class="seal"><b>{_bilingual(title)}</b> {_bilingual(extent)} · '
        f"<code>{seal.fingerprint}</code> · {escape(seal.origin)}</p>"
    )


_POINTS = (Text(zh="考核分", en="Given"), Text(zh="加减分", en="Beside"), Text(zh="总分", en="Score"))
_COLUMNS = (
    Text(zh="部门", en="Department"), Text(zh="步骤", en="Stage"), *_POINTS, Text(zh="等次", en="Grade"), Text(zh="依据", en="By")
)  # fmt: skip


def _results(contents: FoldedStreams) -> Iterator[str]:
    """The table with the stage and the result of each assessment."""
    rows = [
        (state, compiled.rulebook)
        for stream, state in sorted(contents.streams.items())
        if isinstance(state, Assessment) and (compiled := contents.rulebook_of(stream)) is not None
    ]
    if not rows:
        return
    yield f"<h2>{_bilingual(Text(zh='考核结果', en='Results'))}</h2><div class=scroll><table><thead><tr>"
    yield "".join(
        f"<th scope=col{' class=n' if title in _POINTS else ''}>{_bilingual(title)}</th>" for title in _COLUMNS
    )
    yield "</tr></thead><tbody>"
    for state, rulebook in rows:
        yield _result_row(state, rulebook, contents)
    yield "</tbody></table></div>"


def _result_row(state: Assessment, rulebook: Rulebook, contents: FoldedStreams) -> str:
    scored = state.fact(Scored)
    title = escape(contents.unit_title(state.unit, state.year))
    name = f'<th scope=row><a href="#{escape(state.stream)}">{title}</a>{_special(state, rulebook)}</th>'
    stage = f"<td>{_bilingual(stage_title(state.stage, rulebook))}</td>"
    if scored is None:
        return f"<tr>{name}{stage}{'<td>—</td>' * 5}</tr>"
    result = scored.result
    figures = (result.subtotal, result.adjustment, result.score)
    points = "".join(f"<td class=n>{plain(number)}</td>" for number in figures)
    grade = _bilingual(rulebook.grade_title(result.grade))
    cause = rulebook.cause_of_grade(result.limits) or Text(zh="按条件", en="conditions")
    return f"<tr>{name}{stage}{points}<td>{grade}</td><td>{_bilingual(cause)}</td></tr>"


def _special(state: Assessment, rulebook: Rulebook) -> str:
    """The title of a special assessment, after a dot; empty for the annual one."""
    special = rulebook.special_title(state.occasion, state.title)
    return f" · {_bilingual(special)}" if special else ""


def _timeline(stream: str, contents: FoldedStreams) -> Iterator[str]:
    """The explanation of the result and every entry of a stream."""
    state, compiled = contents.streams[stream], contents.rulebook_of(stream)
    title = ""
    if isinstance(state, Assessment):
        special = _special(state, compiled.rulebook) if compiled is not None else ""
        title = f"{escape(contents.unit_title(state.unit, state.year))}{special} "
    yield f'<details id="{escape(stream)}"><summary>{title}<code>{escape(stream)}</code></summary>'
    if isinstance(state, Assessment) and compiled is not None:
        yield from _explanation(state, compiled.rulebook)
    yield "<div class=scroll><table><thead><tr>"
    yield "".join(f"<th scope=col>{_bilingual(title)}</th>" for title in _ENTRY_COLUMNS) + "</tr></thead><tbody>"
    zone = ZoneInfo(compiled.rulebook.timezone if compiled else "UTC")
    yield from (_entry_row(hashed, compiled, zone) for hashed in contents.entries[stream])
    yield "</tbody></table></div></details>"


_ENTRY_COLUMNS = (
    Text(zh="编号", en="Number"), Text(zh="记录时间", en="Recorded"), Text(zh="发生时间", en="Happened"),
    Text(zh="事项", en="What"), Text(zh="经办", en="By"), Text(zh="摘要", en="Digest"),
)  # fmt: skip


def _entry_row(hashed: HashedEntry, compiled: CompiledRulebook | None, zone: ZoneInfo) -> str:
    entry = hashed.entry
    act = ACT_OF_FACT.get(entry.kind)
    title = escape(entry.kind)
    if act and compiled:
        title = _bilingual(policy.title(act, compiled.rulebook, record=fact_of(entry)))
    role = _bilingual(compiled.rulebook.role_title(entry.role)) if compiled else escape(entry.role)
    principal = f"代 {escape(entry.principal)} / for {escape(entry.principal)}，" if entry.principal else ""
    actor = f"{escape(entry.actor)}（{principal}{role}）"
    happened_at = "" if entry.happened_at == entry.recorded_at else _time(entry.happened_at, zone)
    texts = (_time(entry.recorded_at, zone), happened_at, f"{title} <small>{escape(entry.kind)}</small>", actor)
    cells = "".join(f"<td>{text}</td>" for text in texts)
    digest = f"<td><code>{hashed.digest[:12]}</code></td>"
    return f'<tr id="e{entry.number}"><th scope=row>{entry.number}</th>{cells}{digest}</tr>'


def _explanation(state: Assessment, rulebook: Rulebook) -> Iterator[str]:
    """The table that explains the result line by line; nothing without a score."""
    scored = state.fact(Scored)
    table = rulebook.forms_by_kind.get(state.unit_kind)
    if scored is None or table is None:
        return
    yield "<div class=scroll><table><tbody>"
    for line in explain(state, rulebook):
        amount = "" if line.amount is None else figure(line.amount)
        yield f"<tr><td>{_bilingual(line.text)}</td><td class=n>{amount}</td><td>{escape(line.clause)}</td></tr>"
    yield "</tbody></table></div>"


def _time(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"


def _bilingual(text: Text) -> str:
    """The text in both languages. The style of the page shows one of them."""
    return f'<span lang="zh-CN">{escape(text.zh)}</span><span lang="en">{escape(text.en)}</span>'


_HEAD = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light; --line: #c8cdd4; --soft: #f4f6f8; --ink: #1d2530; --accent: #8c1d1d; }}
body {{ margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem; color: var(--ink); background: #fff;
  font: 16px/1.65 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }}
h1 {{ margin: .5rem 0 1rem; font-size: 1.6rem; }} h2 {{ margin: 2rem 0 .5rem; font-size: 1.2rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .93rem; }}
th, td {{ padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }}
thead th {{ background: var(--soft); white-space: nowrap; }} tbody th {{ font-weight: 600; white-space: nowrap; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; }} .scroll {{ overflow-x: auto; margin: .5rem 0 1rem; }}
code {{ font: .9em ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }} small {{ color: #5a6573; }}
.seal {{ padding: .6rem .9rem; border-left: 4px solid var(--accent); background: var(--soft); }}
.warn {{ padding: .6rem .9rem; border-left: 4px solid #b45309; background: #fff7ed; }}
details {{ border-bottom: 1px solid var(--line); }} summary {{ padding: .5rem 0; cursor: pointer; }}
details[open] summary {{ font-weight: 600; }} a {{ color: #1a4f8b; }} label {{ margin-right: 1rem; cursor: pointer; }}
#zh:checked ~ main [lang="en"], #en:checked ~ main [lang="zh-CN"] {{ display: none; }}
@media print {{ input, label {{ display: none; }} thead {{ display: table-header-group; }} }}
</style>
<input type="radio" name="language" id="zh" checked><label for="zh">中文</label>
<input type="radio" name="language" id="en"><label for="en">English</label>
<main>"""

_FOOT = "</main></html>\n"
