"""A standing that nobody may settle, or that no round settles, is a fault of the rulebook."""

from __future__ import annotations

import pytest

from config.rulebooks import RulebookFault
from tests.occasions import HALF_YEAR
from tests.quota import QUOTA, with_quota


def test_a_standing_without_the_act_that_settles_it_is_refused() -> None:
    with pytest.raises(RulebookFault) as caught:
        with_quota(act="")
    (fault,) = caught.value.faults
    assert fault.key == "standing.order"
    assert 'command = "settle"' in fault.en


def test_a_standing_of_an_occasion_is_refused_because_only_a_round_is_settled() -> None:
    own = QUOTA.format(ties="share", ask=[], afterwards="stands", group="round").split("[[value]]")[0]
    own = own.replace('key = "order"', 'key = "half"\nfor = "half_year"').replace('key = "best"', 'key = "half_best"')
    with pytest.raises(RulebookFault) as caught:
        with_quota(more=HALF_YEAR + own)
    assert [fault.key for fault in caught.value.faults] == ["standing.half.for"]


def test_a_tie_is_ordered_by_roles_that_may_settle_and_only_where_somebody_orders_it() -> None:
    with pytest.raises(RulebookFault) as caught:
        with_quota(ask=("office", "committee"))
    assert [fault.key for fault in caught.value.faults] == ["standing.order.ask"]
    with pytest.raises(RulebookFault) as caught:
        with_quota(ties="share", ask=("office",))
    assert [fault.key for fault in caught.value.faults] == ["standing.order.ask"]
