"""The pages of the console, and the list of them (`ALL`).

Mostly one file has all pages about one noun, and a noun that `states/` has too has the same name there. A file that is
not in `ALL` has no page of its own: other files of its folder use it.

Not here: what all pages share, such as forms (`console/web/forms/`), texts for display (`console/web/display/`) and the
request (`console/web/request/`).
"""

from __future__ import annotations

from console.web.routes import Pages

from .accounts import (
    account,
    accounts,
    deputies,
    links,
    new_accounts,
    new_roles,
    one_time_link,
    own_account,
    people_accounts,
    security_log,
    sign_in,
    single_sign_on,
)
from .assessments import (
    act_page,
    assessment,
    bulk,
    cases,
    comments,
    confidential,
    records,
    rescoring,
    resolution,
    results,
    routine_check_form,
    routine_checks,
    special,
    tasks,
)
from .evidence import catalogue, folder
from .home import board, deliveries, guide, health, inbox, own_result, search, to_dos
from .ledger import (
    confidential_access_log,
    difference,
    exports,
    history,
    rulebook,
    seals,
    timeline,
    trial,
    vault,
    verification,
)
from .papers import one_paper, paper_template, papers
from .people import directory, move_in
from .sheets import case_sheet, collected, score_file
from .year import (
    assignments,
    calendar,
    days_off,
    deadlines,
    new_units,
    opening,
    rehearsal,
    reorganisation,
    roster,
    standings,
    visits,
    year,
)

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
    deputies.pages,
    people_accounts.pages,
    new_accounts.pages,
    new_roles.pages,
    accounts.pages,
    account.pages,
    links.pages,
    security_log.pages,
    case_sheet.pages,  # before the page of a case: /cases/sheet is no case
    cases.pages,
    records.pages,
    routine_checks.pages,
    inbox.pages,
    own_result.pages,
    search.pages,
    deliveries.pages,
    resolution.pages,
    paper_template.pages,  # before the papers of a year: templates are of none
    papers.pages,
    one_paper.pages,  # after the files of papers: a key has no ending
    tasks.pages,
    results.pages,
    confidential.pages,
    comments.pages,
    vault.pages,
    year.pages,
    opening.pages,
    deadlines.pages,
    assignments.pages,
    visits.pages,
    standings.pages,
    rescoring.pages,
    new_units.pages,
    roster.pages,
    move_in.pages,
    directory.pages,
    reorganisation.pages,
    calendar.pages,
    days_off.pages,
    rehearsal.pages,
    rulebook.pages,
    trial.pages,
    timeline.pages,
    history.pages,
    difference.pages,
    verification.pages,
    seals.pages,
    exports.pages,
    confidential_access_log.pages,
    guide.pages,
    score_file.pages,
    collected.pages,
    folder.pages,
    catalogue.pages,
    act_page.pages,
    routine_check_form.pages,
)
"""The pages of every module with pages. Nothing else registers pages, so a page that is missing here has no URL."""
