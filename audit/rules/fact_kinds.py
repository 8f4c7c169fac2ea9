"""What the replay must know of each kind of fact before it reads one: worked out once, from the table of acts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.chart import ACT_OF_FACT, ACTS, FACTS
from states.context import ACCOUNTS, Needs
from states.stages.scoring import Scored
from states.stream_kinds import kind_of_fact
from states.vocabulary import Fact


class FactKind(Struct, frozen=True):
    """One kind of fact: its act (None: nobody asked for it), the kind of its streams, what its check is handed.

    `needs` is what the act must know of other streams. It leaves out the accounts a fact names, which `metadata_checks.py`
    holds the fact against, because only one process of a replay follows all accounts. `stays` marks
    another outcome of an act than the step itself (a void ballot); `scores` what is scored again; `dated` what says
    the day it took place.
    """

    act: str | None
    stream_kind: str
    needs: Needs
    stays: bool
    scores: bool
    dated: bool


def _kind(fact: type[Fact]) -> FactKind:
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


FACT_KINDS: Mapping[str, FactKind] = {kind: _kind(fact) for kind, fact in FACTS.items()}
"""Every kind of fact by its name."""
