"""Two offices plan at the same moment: a sub-group is never sent to two units at once, no matter who was first."""

from __future__ import annotations

from threading import Barrier, Thread

from states.accounts.account import OPERATOR, GrantRole, OpenAccount
from states.records.year import Year
from states.refusals import Refusal
from states.vocabulary import Opaque
from states.year.visits import PlanVisits
from storage.database.database import Database
from tests.college import OFFICE, moment
from tests.notifications.test_visits import GROUP, SECURITY, STREAM, visit
from tests.scheduler.running_college import RunningCollege, running


def test_of_two_plans_at_once_that_send_one_group_to_two_units_one_is_refused(database: Database) -> None:
    with running(database, ("u-1", "u-2")) as one:
        _working_group(one)
        other = RunningCollege(database, clock=one.clock)
        one.clock.at = moment(11, 23, 10)
        answers: dict[str, str] = {}
        together = Barrier(2)

        def plan(office: RunningCollege, unit: str) -> None:
            together.wait(5)
            try:
                office.engine.submit(STREAM, PlanVisits(visits=(visit(unit),)), OFFICE, f"plan-{unit}")
                answers[unit] = "planned"
            except Refusal as refusal:
                answers[unit] = refusal.code

        threads = [Thread(target=plan, args=asked) for asked in ((one, "u-1"), (other, "u-2"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(answers.values()) == ["TwoPlaces", "planned"]
        year = one.engine.state(STREAM)
        assert isinstance(year, Year)
        assert [answers[unit] for unit in year.visits] == ["planned"]
        assert one.replayed() == []
        other.close()


def test_an_account_that_lost_its_role_or_changed_its_unit_since_the_page_was_shown_is_not_sent(
    database: Database,
) -> None:
    """What the page knew is asked again in the transaction that decides."""
    with running(database, ("u-1", "u-2")) as one:
        _working_group(one, roles=False)
        one.clock.at = moment(11, 23, 10)
        assert _answer(one) == "NotKnown"
        grant = GrantRole(role=Opaque("assessor"))
        for member in GROUP:
            one.engine.submit(f"account/{member.account}", grant, SECURITY, f"grant-{member.account}")
        assert _answer(one) == "planned"


def _answer(one: RunningCollege) -> str:
    version = one.engine.state(STREAM).version
    try:
        one.engine.submit(STREAM, PlanVisits(visits=(visit(),)), OFFICE, f"plan-{one.ledger.head().number}-{version}")
    except Refusal as refusal:
        return refusal.code
    return "planned"


def _working_group(one: RunningCollege, *, roles: bool = True) -> None:
    one.engine.submit("account/security", OpenAccount(), OPERATOR, "open-security")
    one.engine.submit("account/security", GrantRole(role=Opaque("security_admin")), OPERATOR, "grant-security")
    for member in GROUP:
        stream = f"account/{member.account}"
        one.engine.submit(stream, OpenAccount(unit=member.unit), OPERATOR, f"open-{member.account}")
        if roles:
            one.engine.submit(stream, GrantRole(role=Opaque("assessor")), SECURITY, f"grant-{member.account}")
