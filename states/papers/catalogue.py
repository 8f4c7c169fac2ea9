"""The papers: each with who may make it, and how long the signed one is kept.

The order is that of a year. Not here: the names that their templates may use (`documents/papers/tables.py`), their
templates (`documents/papers/templates/`), and their values (`workflow/papers/`).
"""

# The periods of retention (保管期限) follow published schedules of colleges: 决定、通报、通知 and what the committee
# decided permanently, material of 党风廉政建设 30 years. They are a proposal; the archive of an institution decides.

from __future__ import annotations

from collections.abc import Mapping

from states.refusals import NotKnown
from states.vocabulary import Text

from .paper import CLAUSE, VAULT, WORKING, Paper

_FOR_EVER = Text(zh="永久", en="permanently")
_TEN = Text(zh="10年", en="10 years")
_THIRTY = Text(zh="30年", en="30 years")
_VAULT = VAULT

MATERIAL = _THIRTY
"""How long the documents are kept that departments and working groups hand in with a stage."""

_CONDUCTING = (
    "self_report",
    "meeting",
    "democratic_evaluation",
    "interviews",
    "document_review",
    "site_inspection",
    "scoring",
)

_PAPERS = (
    Paper(
        key="notice",
        title=Text(zh="考核工作通知", en="Notice of the year's assessment"),
        of="year",
        stages=("opening",),
        acts=frozenset({"open_year"}),
        says_judgement=False,
        retention=_FOR_EVER,
    ),
    Paper(
        key="timetable",
        title=Text(zh="日程安排表", en="Timetable of the visits"),
        of="year",
        stages=("opening",),
        acts=frozenset({"open_year", "plan_visits"}),
        has_persons=True,
        says_judgement=False,
        retention=_TEN,
        file="xlsx",
    ),
    Paper(
        key="roster",
        title=Text(zh="名册", en="Roster of the leading teams"),
        of="year",
        stages=("opening",),
        acts=frozenset({"register_unit"}),
        has_persons=True,
        says_judgement=False,
        retention=WORKING,
        file="xlsx",
    ),
    Paper(
        key="recusal",
        title=Text(zh="考核人员组成及回避申报表", en="Assessors and their declarations of recusal"),
        of="year",
        stages=("opening",),
        acts=frozenset({"open_year", "plan_visits"}),
        has_persons=True,
        says_judgement=False,
        retention=_TEN,
    ),
    Paper(
        key="self-report",
        title=Text(zh="自评报告", en="Self-report"),
        of="assessment",
        stages=("self_report",),
        acts=frozenset({"self_report", "return_self_report"}),
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="self-score",
        title=Text(zh="自评表", en="Sheet of the self-report"),
        of="assessment",
        stages=("self_report",),
        acts=frozenset({"self_report", "return_self_report"}),
        says_judgement=False,
        retention=_THIRTY,
        file="xlsx",
    ),
    Paper(
        key="evidence-list",
        title=Text(zh="佐证材料目录", en="List of the evidence"),
        of="assessment",
        stages=("self_report", "document_review"),
        acts=frozenset({"self_report", "document_review"}),
        has_persons=True,
        says_judgement=False,
        retention=_THIRTY,
        file="xlsx",
    ),
    Paper(
        key="sign-in",
        title=Text(zh="会议签到表", en="Sign-in sheet of the meeting"),
        of="assessment",
        stages=("meeting",),
        acts=frozenset({"self_report", "meeting"}),
        has_persons=True,
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="agenda",
        title=Text(zh="会议议程", en="Agenda of the meeting"),
        of="assessment",
        stages=("meeting",),
        acts=frozenset({"self_report", "meeting"}),
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="minutes",
        title=Text(zh="会议记录", en="Minutes of the meeting"),
        of="assessment",
        stages=("meeting", "democratic_evaluation"),
        acts=frozenset({"meeting"}),
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="personal-report",
        title=Text(zh="述职述廉报告", en="Personal reports"),
        of="assessment",
        stages=("meeting",),
        acts=frozenset({"self_report", "meeting"}),
        has_persons=True,
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="ballot",
        title=Text(zh="测评票", en="Ballot"),
        of="assessment",
        stages=("democratic_evaluation",),
        acts=frozenset({"democratic_evaluation"}),
        says_judgement=False,
        retention=_TEN,
    ),
    Paper(
        key="count-sheet",
        title=Text(zh="计票单", en="Count sheet"),
        of="assessment",
        stages=("democratic_evaluation",),
        acts=frozenset({"democratic_evaluation"}),
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="ballot-summary",
        title=Text(zh="测评结果汇总表", en="Summary of the votes"),
        of="assessment",
        stages=("democratic_evaluation",),
        acts=frozenset({"democratic_evaluation"}),
        retention=_THIRTY,
        file="xlsx",
    ),
    Paper(
        key="interview-note",
        title=Text(zh="谈话记录表", en="Note of a talk"),
        of="assessment",
        stages=("interviews",),
        acts=frozenset({"interviews"}),
        has_persons=True,
        retention=_VAULT,
    ),
    Paper(
        key="interview-summary",
        title=Text(zh="谈话情况汇总", en="Summary of the talks"),
        of="assessment",
        stages=("interviews",),
        acts=frozenset({"interviews"}),
        retention=_THIRTY,
    ),
    Paper(
        key="review-list",
        title=Text(zh="查阅资料清单", en="List of the documents that were reviewed"),
        of="assessment",
        stages=("document_review",),
        acts=frozenset({"document_review"}),
        retention=_THIRTY,
        file="xlsx",
    ),
    Paper(
        key="site-note",
        title=Text(zh="实地查看记录", en="Note of the site inspection"),
        of="assessment",
        stages=("site_inspection",),
        acts=frozenset({"site_inspection"}),
        retention=_THIRTY,
    ),
    Paper(
        key="assessor-score",
        title=Text(zh="考核评分表", en="Score sheet of an assessor"),
        of="assessment",
        stages=("scoring",),
        acts=frozenset({"fill_sheet"}),
        has_persons=True,
        retention=_THIRTY,
        file="xlsx",
    ),
    Paper(
        key="score-sheet",
        title=Text(zh="合议评分表", en="Agreed score sheet"),
        of="assessment",
        stages=("scoring",),
        acts=frozenset({"scoring"}),
        retention=_THIRTY,
    ),
    Paper(
        key="explanation",
        title=Text(zh="计分说明", en="Explanation of the score"),
        of="assessment",
        stages=("scoring", "approval"),
        acts=frozenset({"approval", "record_case"}),
        view="cases",
        retention=_THIRTY,
    ),
    Paper(
        key="cases",
        title=Text(zh="案件清单", en="List of cases"),
        of="year",
        stages=("scoring",),
        acts=frozenset({"record_case"}),
        view="cases",
        has_persons=True,
        says_judgement=False,
        retention=_VAULT,
        file="xlsx",
    ),
    Paper(
        key="publicity",
        title=Text(zh="考核结果公示", en="Public notice of the results"),
        of="year",
        stages=("publicity",),
        acts=frozenset({"publicity"}),
        retention=_TEN,
    ),
    Paper(
        key="results",
        title=Text(zh="考核结果汇总表", en="Summary of the results"),
        of="year",
        stages=("scoring", "approval"),
        acts=frozenset({"circulation", "approval"}),
        retention=_FOR_EVER,
        file="xlsx",
    ),
    Paper(
        key="agenda-item",
        title=Text(zh="会议议题", en="Item for the committee's agenda"),
        of="year",
        stages=("scoring", "approval"),
        acts=frozenset({"circulation"}),
        retention=_FOR_EVER,
    ),
    Paper(
        key="resolution",
        title=Text(zh="审定决议", en="Resolution on the results"),
        of="year",
        stages=("approval",),
        acts=frozenset({"circulation", "approval"}),
        retention=_FOR_EVER,
    ),
    Paper(
        key="circular",
        title=Text(zh="通报", en="Circular with the results"),
        of="year",
        stages=("circulation",),
        acts=frozenset({"circulation"}),
        retention=_FOR_EVER,
    ),
    Paper(
        key="result-letter",
        title=Text(zh="结果告知书", en="Letter with the result"),
        of="assessment",
        stages=("circulation",),
        acts=frozenset({"circulation"}),
        retention=_THIRTY,
    ),
    Paper(
        key="talk-summons",
        title=Text(zh="约谈通知书", en="Summons to a talk"),
        of="assessment",
        stages=("circulation",),
        task="talk",
        retention=_THIRTY,
    ),
    Paper(
        key="talk-note",
        title=Text(zh="约谈记录", en="Note of the talk with the heads"),
        of="assessment",
        stages=("circulation",),
        task="talk",
        has_persons=True,
        retention=_VAULT,
    ),
    Paper(
        key="rectification",
        title=Text(zh="整改通知书", en="Notice of what must be put right"),
        of="assessment",
        stages=("circulation",),
        acts=frozenset({"record_routine_check", "circulation"}),
        retention=_THIRTY,
    ),
    Paper(
        key="award-bar",
        title=Text(zh="取消评优资格函", en="Letter that asks to cancel eligibility for awards"),
        of="assessment",
        stages=("circulation",),
        task="awards_cancelled",
        retention=_THIRTY,
    ),
    Paper(
        key="filing",
        title=Text(zh="考核结果备案表", en="Form for filing the results"),
        of="year",
        stages=("circulation",),
        acts=frozenset({"circulation"}),
        task="filed",
        retention=_FOR_EVER,
    ),
    Paper(
        key="referral",
        title=Text(zh="移送函", en="Letter that hands a matter over"),
        of="assessment",
        stages=("circulation",),
        task="responsibility",
        view="cases",
        has_persons=True,
        retention=_THIRTY,
    ),
    Paper(
        key="reminder",
        title=Text(zh="督办单", en="Reminder in writing"),
        of="assessment",
        stages=(*_CONDUCTING, "circulation"),
        acts=frozenset({"chase", "circulation"}),
        says_judgement=False,
        retention=_THIRTY,
    ),
    Paper(
        key="archive-list",
        title=Text(zh="归档目录", en="List for the archive"),
        of="year",
        stages=("circulation",),
        acts=frozenset({"circulation"}),
        says_judgement=False,
        retention=_FOR_EVER,
        file="xlsx",
    ),
    Paper(
        key="handover",
        title=Text(zh="归档移交清单", en="List of what goes to the archive"),
        of="year",
        stages=("circulation",),
        acts=frozenset({"close_year"}),
        says_judgement=False,
        retention=_FOR_EVER,
    ),
)

PAPERS: Mapping[str, Paper] = {paper.key: paper for paper in _PAPERS}
"""Every paper by its key."""


def find_paper(key: str) -> Paper:
    """The paper with this key. Raises `NotKnown`."""
    if key not in PAPERS:
        raise NotKnown(what=Text(zh="文书", en="paper"), value=key[:40], known=", ".join(PAPERS), clause=CLAUSE)
    return PAPERS[key]
