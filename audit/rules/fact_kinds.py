"""A table of what the replay must know about each kind of fact. It is computed once, from the table of acts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.acts import ACT_OF_FACT, ACTS, FACTS
from states.context import ACCOUNTS, Needs
from states.stages.scoring import Scored
from states.stream_kinds import kind_of_fact
from states.vocabulary import Fact


class FactKind(Struct, frozen=True):
    """One kind of fact.

    `act`: the act that leads to it; None if no act does. `stream_kind`: the kind of its streams. `needs`: the other
    streams that the check of the act must know; without accounts, because only one process of a replay follows all
    accounts, so `metadata_checks.py` checks those. `stays`: the fact does not complete the step (a void ballot).
    `scores`: its score is computed again. `dated`: it names the day on which it took place.
    """

    act: str | None
    stream_kind: str
    needs: Needs
    stays: bool
    scores: bool
    dated: bool


def _fact_kind(fact: type[Fact]) -> FactKind:
    name = ACT_OF_FACT.get(fact.kind)
    act = ACTS[name] if name else None
    return FactKind(
        act=name,
        stream_kind=kind_of_fact(fact).name,
        needs=act.needs - ACCOUNTS if act else frozenset(),
        stays=bool(act and fact is not act.facts[0]),
        scores=fact is Scored,
        dated=bool(getattr(fact, "dated", "")),
    )


FACT_KINDS: Mapping[str, FactKind] = {kind: _fact_kind(fact) for kind, fact in FACTS.items()}
"""Every kind of fact by its name."""
