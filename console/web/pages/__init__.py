"""The pages, one file for each noun.

A noun that `states/` has too has the same name there. `ALL` is the list of pages.
"""

from __future__ import annotations

from console.web.routes import Pages

from .accounts import (
    account,
    accounts,
    links,
    new_accounts,
    new_roles,
    one_time_link,
    own_account,
    security_log,
    sign_in,
    single_sign_on,
)
from .assessments import (
    act_page,
    assessment,
    bulk,
    cases,
    confidential,
    resolution,
    results,
    routine_check_form,
    routine_checks,
    special,
    tasks,
)
from .home import board, deliveries, guide, health, inbox, to_dos
from .ledger import (
    confidential_access_log,
    difference,
    exports,
    history,
    rulebook,
    seals,
    timeline,
    vault,
    verification,
)
from .year import calendar, deadlines, new_units, opening, rehearsal, reorganisation, roster, visits, year

ALL: tuple[Pages, ...] = (
    sign_in.pages,
    one_time_link.pages,
    single_sign_on.pages,
    health.pages,
    to_dos.pages,
    special.pages,
    assessment.pages,
    board.pages,
    bulk.pages,
    own_account.pages,
    new_accounts.pages,
    new_roles.pages,
    accounts.pages,
    account.pages,
    links.pages,
    security_log.pages,
    cases.pages,
    routine_checks.pages,
    inbox.pages,
    deliveries.pages,
    resolution.pages,
    tasks.pages,
    results.pages,
    confidential.pages,
    vault.pages,
    year.pages,
    opening.pages,
    deadlines.pages,
    visits.pages,
    new_units.pages,
    roster.pages,
    reorganisation.pages,
    calendar.pages,
    rehearsal.pages,
    rulebook.pages,
    timeline.pages,
    history.pages,
    difference.pages,
    verification.pages,
    seals.pages,
    exports.pages,
    confidential_access_log.pages,
    guide.pages,
    act_page.pages,
    routine_check_form.pages,
)
"""The pages of every module. A module that is missing here has no page, because nothing else registers pages."""
