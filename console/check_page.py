"""The page to check a final act on (`checking.py`), drawn from what would come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from states import policy
from states.assessment import Assessment
from states.offers import next_act
from states.result import plain
from states.rulebook import Rulebook
from states.scoring import Scored
from states.titles import TITLES
from states.vocabulary import Command

from . import uploads
from .checking import Prospect, is_ours
from .command_words import Line, summary
from .display.terms import terms_of
from .kept import PREFIX
from .visit import Visit


class Group(Struct, frozen=True):
    """What happens to several alike, or what is refused: a heading, and a table of them."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    refused: bool = False


def page(visit: Visit, prospects: Sequence[Prospect]) -> Response:
    """The page to check one act on; of several streams what is alike is said once."""
    one = prospects[0]
    rulebook, state = one.context.rulebook, one.state if isinstance(one.state, Assessment) else Assessment()
    without = frozenset(("unit",)) if len(prospects) > 1 else frozenset()
    lines = lines_of(visit, one.command, rulebook, state, without)
    told = (visit.role_title(role) for role in dict.fromkeys(role for each in prospects for role in each.told))
    return drawn(
        visit, one.command.act, rulebook, lines, told=told, of=_of(visit, prospects), after=_after(visit, one)
    )  # fmt: skip


def lines_of(
    visit: Visit, command: Command, rulebook: Rulebook, state: Assessment, without: frozenset[str] = frozenset()
) -> list[Line]:
    """What a command says, but for the fields that are named: those that are each one's own, where many are asked at once."""
    return list(summary(command, terms_of(visit, state, rulebook), _names(visit), without))


def drawn(
    visit: Visit, act: str, rulebook: Rulebook, lines: list[Line], *, told: Iterable[str] = (),
    of: Sequence[str] = (), after: Sequence[str] = (), groups: Sequence[Group] = (), possible: bool = True,
) -> Response:  # fmt: skip
    """The page itself. Where nothing of it is `possible`, it says why and has nothing to confirm."""
    confided = _confided(visit)
    empty = [visit.say(line.title) for line in lines if line.empty and not (confided and line.title == TITLES["notes"])]
    return visit.page(
        "check.html", title=policy.title(act, rulebook), clause=policy.cited(act, rulebook), of=of, lines=lines, groups=groups,
        possible=possible, empty=empty, confided=confided, after=after, told=visit.listed(dict.fromkeys(told)),
        carried=list(carried(visit)), again=_files(visit), action=_action(visit),
    )  # fmt: skip


def carried(visit: Visit) -> list[tuple[str, str]]:
    """Everything that was typed, for the form of the check page to send again; files are named by their tokens."""
    typed = [(n, v) for n, v in visit.form.multi_items() if isinstance(v, str) and not is_ours(n)]
    same = [(name, visit.field(name)) for name in ("command_id", "version") if visit.field(name)]
    return [*typed, *same, ("_page", visit.here)]


def _action(visit: Visit) -> str:
    url = visit.request.url
    return url.path + (f"?{url.query}" if url.query else "")


def _names(visit: Visit) -> dict[str, str]:
    return uploads.names_in(visit)


def _of(visit: Visit, prospects: Sequence[Prospect]) -> list[str]:
    """What it is done to: the unit and the year of an assessment, the units of the others."""
    found: list[str] = []
    for one in prospects:
        state: Any = one.state
        unit = getattr(one.command, "unit", None) or getattr(state, "unit", None)
        year = state.year if isinstance(state, Assessment) and state.version else None
        if unit:
            special = f" · {visit.say(state.special)}" if isinstance(state, Assessment) and state.special else ""
            found.append(f"{visit.unit_title(unit, year)}{f' · {year}' if year else ''}{special}")
    return list(dict.fromkeys(found))


def _after(visit: Visit, one: Prospect) -> list[str]:
    """What follows, each a sentence."""
    after, english = one.after, visit.language == "en"
    if after is None:
        return []
    rulebook, found = one.context.rulebook, []
    if isinstance(one.fact, Scored):
        result = one.fact.result
        grade = visit.say(rulebook.grades[result.grade].title.text)
        found.append(
            f"Score: {plain(result.score)}; grade: {grade}."
            if english
            else f"得分 {plain(result.score)}，等次 {grade}。"
        )
    following = next_act(after, rulebook)
    if following is not None:
        title, by = visit.say(following.title), visit.listed(visit.role_title(role) for role in following.by)
        until = following.due.isoformat() if following.due else ""
        if english:
            found.append(f"Next: {title}, by {by}{f', until {until}' if until else ''}.")
        else:
            found.append(f"下一步：{title}，由{by}办理{f'，期限 {until}' if until else ''}。")
    elif after.stage != getattr(one.state, "stage", ""):
        found.append("This assessment then has nothing left to do." if english else "之后本次考核没有待办事项。")
    return found


def _confided(visit: Visit) -> list[str]:
    """What the form says in confidence, as how much there is of it."""
    texts = [n for n, v in visit.form.multi_items() if n.startswith(PREFIX) and n.endswith(".text") and isinstance(v, str) and v.strip()]  # fmt: skip
    said = f"{len(texts)} as text" if visit.language == "en" else f"文字 {len(texts)} 份"
    return [*([said] if texts else []), *(name for _, name in _files(visit))]


def _files(visit: Visit) -> list[tuple[str, str]]:
    """Files said in confidence, which nothing keeps: they are to be chosen again as the act is confirmed. Field and name."""
    return [(n, v.filename or "") for n, v in visit.form.multi_items() if not isinstance(v, str) and v.filename]
