"""The pages, one file per noun, named as in `states/` where it is there. `ALL` is the table of contents."""

from __future__ import annotations

from console.routes import Pages

from . import (
    accounts,
    assessment,
    board,
    calendar,
    cases,
    confidential,
    deadlines,
    deliveries,
    exports,
    health,
    help,  # noqa: A004
    inbox,
    links,
    moments,
    new_accounts,
    new_roles,
    new_units,
    opening,
    own_account,
    readings,
    rehearsal,
    reorganisation,
    resolution,
    results,
    roster,
    routine_checks,
    rulebook,
    seals,
    security_log,
    sign_in,
    single_sign_on,
    special,
    tasks,
    timeline,
    to_dos,
    together,
    vault,
    verification,
    visits,
    year,
)

ALL: tuple[Pages, ...] = (
    sign_in.pages, single_sign_on.pages, health.pages, to_dos.pages, special.pages, assessment.pages, board.pages,
    together.pages, own_account.pages, new_accounts.pages, new_roles.pages, accounts.pages, links.pages, security_log.pages, cases.pages, routine_checks.pages,
    inbox.pages, deliveries.pages,
    resolution.pages, tasks.pages, results.pages, confidential.pages, vault.pages, year.pages, opening.pages,
    deadlines.pages, visits.pages, new_units.pages, roster.pages, reorganisation.pages, calendar.pages, rehearsal.pages, rulebook.pages, timeline.pages, moments.pages,
    verification.pages, seals.pages, exports.pages, readings.pages, help.pages,
)  # fmt: skip
"""Every noun's pages. A noun that is not here has none."""
