"""The values of the vote on paper: the blank ballot, and the sheet on which two people count the votes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from states.rulebook.calculation.forms import BallotKind
from states.stages.democratic_evaluation import TEAM, BallotPaper, papers_of

from .sources import UnitSource
from .words import PaperValues, Rows, posts, stage_words, unit_head


def ballot(one: UnitSource) -> PaperValues:
    rows: Rows = []
    post_of = posts(one)
    for kind, voters, papers in _ballots(one):
        title = kind.title.zh
        for is_team, group in groupby(papers, lambda paper: paper.subject == TEAM):
            for number, paper in enumerate(group, 1):
                rows.append(
                    {
                        "ballot": title,
                        "voters": voters,
                        "subject_kind": "" if number > 1 else _TEAM if is_team else "领导班子成员",
                        "number": str(number),
                        "subject": _TEAM if is_team else post_of[paper.subject],
                        "options": "　".join(f"□{title.zh}" for title in paper.options.values()),
                    }
                )
                title = ""
    return {**unit_head(one), **stage_words("democratic_evaluation", one), "items": rows}


def count_sheet(one: UnitSource) -> PaperValues:
    papers = papers_of(one.state, one.rulebook)
    rows: Rows = [
        {
            "number": str(number),
            **dict.fromkeys(_SUBJECT, ""),
            # The last row of all stays with the signatures.
            _SUBJECT[(place > 1) + (place == len(paper.options) and number < len(papers))]: paper.title.zh,
            "option": option.zh,
        }
        for number, paper in enumerate(papers, 1)
        for place, option in enumerate(paper.options.values(), 1)
    ]
    return {
        **unit_head(one),
        **stage_words("democratic_evaluation", one),
        "items": rows,
        "shares": [{"ballot": kind.title.zh, "sentence": _share(kind)} for kind in one.rulebook.ballot],
    }


def _ballots(one: UnitSource) -> Iterator[tuple[BallotKind, str, list[BallotPaper]]]:
    """Each sheet of paper that somebody fills in: the ballot, the group of voters (empty: all), and what is voted on."""
    rulebook = one.rulebook
    for (key, group), papers in groupby(papers_of(one.state, rulebook), lambda paper: (paper.ballot, paper.group)):
        kind = rulebook.ballots[key] if key else rulebook.ballot_paper
        voters = next((each.title.zh for each in kind.group if each.key == group), "")
        yield kind, voters, list(papers)


_TEAM = "领导班子"
_SUBJECT = ("subject", "same_subject", "last_subject")
"""The columns with what is voted on: of its first option, of those between, and of the last one. A ballot has two or more."""


def _share(kind: BallotKind) -> str:
    """Of what the share of an option is counted, and which options do not count."""
    counted = "".join(f"“{kind.titles[key].zh}”" for key in kind.base)
    left_out = "".join(f"“{title.zh}”" for key, title in kind.titles.items() if key not in kind.base)
    return f"各项比例以{counted}的票数之和为分母{left_out and f'，{left_out}不计入'}"
