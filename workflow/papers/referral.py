"""The values of the letter that hands a matter over (移送函). They name cases and persons."""

from __future__ import annotations

from collections.abc import Iterator

from states.records.case import CASE
from states.result.basis import counted_lines
from states.rulebook.clauses import cite
from states.stages.scoring import Scored
from states.vocabulary import Citation

from .following import task_words
from .sources import UnitSource
from .words import PaperValues, Rows, clause_words, day, posts


def referral(one: UnitSource) -> PaperValues:
    """With the matters on which the result rests: cases, each with the person, and what was judged with reasons.

    Raises `NoSuchTask`.
    """
    matters: Rows = [*_cases(one), *_judgements(one)]
    return {
        **task_words(one, "responsibility"),
        "matters": [{"number": str(n), **each} for n, each in enumerate(matters, 1)],
    }


def _cases(one: UnitSource) -> Iterator[dict[str, str]]:
    """Each sanction of the cases that had an effect on the result, as the case is on record now."""
    kind, clauses = one.rulebook.records.get(CASE), _clauses_of_records(one)
    for case in one.cases:
        if kind is None or case.body is None or case.rescinded or case.id not in clauses:
            continue
        for sanction in case.body.sanctions:
            options = (kind.option(field, key) for field, key in sanction.fields.items())
            yield {
                "name": one.persons.get(sanction.person, ""),
                "post": posts(one).get(sanction.person, ""),
                "matter": "、".join(option.title.zh for option in options if option is not None),
                "effective_on": day(sanction.effective_on) if sanction.effective_on is not None else "",
                "document": sanction.document or "",
                "clause": clause_words(cite(clauses[case.id]).zh),
            }


def _clauses_of_records(one: UnitSource) -> dict[str, Citation]:
    """By record that had an effect on the result, the clause of the finding that it raises; without one, that of cases."""
    scored = one.state.fact(Scored)
    findings: dict[str, str] = {}
    for _, _, counted in counted_lines(scored.inputs, one.rulebook) if scored is not None else ():
        findings[counted.line.record] = findings.get(counted.line.record, "") or counted.raises
    return {
        record: one.rulebook.clause_of_finding(finding) if finding else one.rulebook.cited("record_case")
        for record, finding in findings.items()
    }


def _judgements(one: UnitSource) -> Iterator[dict[str, str]]:
    """What was judged with reasons about the department, without what was judged about single persons."""
    scored = one.state.fact(Scored)
    for judgement in scored.inputs.judgements if scored is not None else ():
        if "@" not in judgement.finding:
            yield {
                "name": "",
                "post": "",
                "matter": one.rulebook.title_of_finding(judgement.finding).zh,
                "effective_on": "",
                "document": "",
                "clause": clause_words(cite(one.rulebook.clause_of_finding(judgement.finding)).zh),
            }
