"""The titles of the fields of commands, facts, records and states: one table for forms, pages, API and audit.

A field has the same title everywhere. If one name has two meanings, a longer key also names the struct:
`TokenIssued.until`. Also here: the fields that no page displays (`FOR_PROGRAMS`), and the title of a field inside lists
and records (`path_title`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .vocabulary import Text

# The titles are in a table and not beside each field in `Annotated`: 109 names are declared 205 times in commands,
# facts and records, so each title would be written twice on average (decision 0043).

FIELD_TITLES: Mapping[str, Text] = {
    # The steps of an assessment.
    "report": Text(zh="自评报告", en="Self-evaluation report"),
    "self_scores": Text(zh="自评得分", en="Self-evaluation, points"),
    "reason": Text(zh="理由", en="Reason"),
    "held_on": Text(zh="日期", en="Held on"),
    "entitled": Text(zh="应到人数", en="Entitled to attend"),
    "present": Text(zh="实到人数", en="Present"),
    "team_report_by": Text(zh="代表班子报告的主要负责人", en="Head who reported for the team"),
    "personal_reports": Text(zh="班子成员个人报告", en="Personal reports of the team's members"),
    "minutes": Text(zh="会议记录", en="Minutes"),
    "sheets": Text(zh="测评票数", en="Ballots"),
    "member_talks": Text(zh="与班子成员的谈话", en="Talks with the members of the team"),
    "with_staff": Text(zh="谈话的干部职工人数", en="Cadres and staff talked with"),
    "notes": Text(zh="谈话记录（保密）", en="Notes (confidential)"),
    "reviewed_on": Text(zh="查阅日期", en="Reviewed on"),
    "findings": Text(zh="逐项查验情况", en="Findings, element by element"),
    "element": Text(zh="考核要素", en="Element"),
    "what": Text(zh="要补交的材料", en="Document to hand in"),
    "request": Text(zh="补交要求", en="Request"),
    "verdicts": Text(zh="对部门材料的核验", en="Verdicts on the department's documents"),
    "fits": Text(zh="核验结果", en="Verdict"),
    "inspected_on": Text(zh="查看日期", en="Inspected on"),
    "inspectors": Text(zh="查看人员（账号）", en="Inspectors (accounts)"),
    "special_work": Text(zh="特色工作", en="Distinctive work"),
    "observation": Text(zh="查看情况", en="What was found"),
    "marks": Text(zh="考核得分", en="Points"),
    "numbers": Text(zh="报送的数据", en="Numbers reported"),
    "earlier": Text(zh="以往结果", en="Earlier results"),
    "earlier_grades": Text(zh="以往等次", en="Earlier grades"),
    "grades": Text(zh="提出的等次", en="Grades named"),
    "item": Text(zh="项目", en="Item"),
    "levels": Text(zh="评定档次", en="Levels"),
    "self_levels": Text(zh="自评档次", en="Self-evaluation, levels"),
    "reasons": Text(zh="理由", en="Reasons"),
    "inputs": Text(zh="计分依据", en="What the score rests on"),
    "results": Text(zh="考核结果", en="Result"),
    "posted_on": Text(zh="公示开始", en="Posted on"),
    "until": Text(zh="公示截止", en="Posted until"),
    "objections": Text(zh="收到异议（件）", en="Objections received"),
    "resolution": Text(zh="会议决议文号", en="Number of the resolution"),
    "met_on": Text(zh="会议日期", en="Met on"),
    "document": Text(zh="文号", en="Number of the document"),
    "circulated_on": Text(zh="通报日期", en="Circulated on"),
    "replaces": Text(zh="替代的通报文号", en="Notice it replaces"),
    "template": Text(zh="模板", en="Template"),
    "paper": Text(zh="文书", en="Paper"),
    "copy": Text(zh="盖章件", en="Sealed copy"),
    "upto": Text(zh="依据截至记录", en="Facts up to entry"),
    "made_on": Text(zh="制作日期", en="Made on"),
    "maker": Text(zh="制作程序版本", en="Number of the program"),
    "task": Text(zh="结果运用事项", en="Follow-up task"),
    "tasks": Text(zh="结果运用事项", en="Follow-up tasks"),
    "done_on": Text(zh="办理日期", en="Done on"),
    "persons": Text(zh="涉及人员", en="Persons concerned"),
    "window": Text(zh="复核或申诉", en="Review or appeal"),
    "asked_on": Text(zh="提出日期", en="Asked on"),
    "decision": Text(zh="决定", en="Decision"),
    "decided_on": Text(zh="决定日期", en="Decided on"),
    "record": Text(zh="材料", en="Document"),
    "summary": Text(zh="办理情况", en="What was done"),
    "participants": Text(zh="参加的班子成员", en="Members of the team who took part"),
    "stage": Text(zh="步骤", en="Step"),
    "step": Text(zh="步骤", en="Step"),
    "due": Text(zh="期限", en="Deadline"),
    "leaves": Text(zh="离任成员", en="Member who leaves"),
    "joins": Text(zh="接任成员", en="Member who joins"),
    "head": Text(zh="接任者为党政主要负责人", en="The new member heads the team"),
    "since": Text(zh="生效日期", en="Since"),
    "finding": Text(zh="否决情形", en="Ground of the veto"),
    "veto": Text(zh="一票否决", en="Veto"),
    "late": Text(zh="审定后才发现", en="Found after the approval"),
    "sources": Text(zh="有变化的计分依据", en="What changed that the score rests on"),
    # The clock's reminders.
    "step_name": Text(zh="提醒时点", en="When"),
    "step_names": Text(zh="未发出的提醒", en="Reminders not sent"),
    "to": Text(zh="提醒对象", en="To"),
    "superseded": Text(zh="一并代替的提醒", en="Reminders it replaces"),
    # The year, its on-site visits, the roster.
    "year": Text(zh="年度", en="Year"),
    "units": Text(zh="部门", en="Departments"),
    "left": Text(zh="未办结事项", en="What was left open"),
    "Settle.standing": Text(zh="名次", en="Standing"),
    "StandingSettled.standing": Text(zh="名次", en="Standing"),
    "order": Text(zh="并列者的先后", en="Order of those who are tied"),
    "candidates": Text(zh="参加比较的得分", en="Scores compared"),
    "places": Text(zh="核定的名次", en="Places settled"),
    "visits": Text(zh="现场考评安排", en="Visits planned"),
    "visit": Text(zh="现场考评改为", en="The visit is now"),
    "before": Text(zh="原安排", en="It was"),
    "unit": Text(zh="部门", en="Department"),
    "title": Text(zh="名称", en="Title"),
    "unit_kind": Text(zh="部门类别", en="Kind of department"),
    "heads": Text(zh="党政主要负责人", en="Heads"),
    "members": Text(zh="领导班子其他成员", en="Other members of the team"),
    "staff": Text(zh="职工人数", en="Staff"),
    "successors": Text(zh="并入或分设的部门", en="Departments it went over into"),
    "continues": Text(zh="原部门保留", en="The department continues"),
    "final_year": Text(zh="最后考核年度", en="Last year assessed"),
    # Cases, routine checks and other records.
    "lines": Text(zh="登记内容", en="What is recorded"),
    "fields": Text(zh="登记内容", en="What is recorded"),
    "RecordEntered.record": Text(zh="登记事项", en="Kind of record"),
    "RecordRevised.record": Text(zh="登记事项", en="Kind of record"),
    "RecordEntered.acted_on": Text(zh="发生日期", en="Day"),
    "RecordRevised.acted_on": Text(zh="发生日期", en="Day"),
    "unit_now": Text(zh="现由哪个部门负责", en="Department that answers for it now"),
    "acted_on": Text(zh="行为日期", en="Day of the act"),
    "elements": Text(zh="涉及要素", en="Elements"),
    "sanctions": Text(zh="处理", en="Sanctions"),
    "outcome": Text(zh="处理结果", en="Outcome"),
    "checked_on": Text(zh="检查日期", en="Checked on"),
    "checked_by": Text(zh="检查人员", en="Checked by"),
    "documents": Text(zh="附件", en="Documents"),
    "to_mend": Text(zh="整改要求", en="To be put right"),
    "mend_until": Text(zh="整改期限", en="Put right by"),
    "answer": Text(zh="答复", en="Answer"),
    "accepted_on": Text(zh="认可日期", en="Accepted on"),
    "remark": Text(zh="备注", en="Remark"),
    # Accounts, confidential values, tables outside the ledger, seals, refused attempts.
    "role": Text(zh="角色", en="Role"),
    "token": Text(zh="令牌", en="Token"),
    "way": Text(zh="登录方式", en="Way of signing in"),
    "value": Text(zh="内容类别", en="Kind of value"),
    "about": Text(zh="关于", en="About"),
    "of": Text(zh="属于", en="Belongs to"),
    "rows": Text(zh="登记的行数", en="Rows noted"),
    "first": Text(zh="起始行", en="From line"),
    "number": Text(zh="至第几条", en="Up to"),
    "count": Text(zh="记录条数", en="Entries"),
    "root": Text(zh="根摘要", en="Root"),
    "made_at": Text(zh="封存时间", en="Sealed at"),
    "known": Text(zh="封存所至", en="Sealed up to entry"),
    "there": Text(zh="现有记录至", en="Entries there up to"),
    "last": Text(zh="此前最后时间", en="Last time before"),
    "act": Text(zh="事项", en="Act"),
    "stream": Text(zh="对象", en="What it concerned"),
    "refusal": Text(zh="拒绝理由", en="Why it was refused"),
    # Fields inside records, and fields that only programs read: a refusal names any field by its title.
    "occasion": Text(zh="专门考核", en="Special assessment"),
    "person": Text(zh="人员编号", en="id of the person"),
    "position": Text(zh="职务", en="post"),
    "standing": Text(zh="人员身份", en="Standing"),
    "effective_on": Text(zh="生效日期", en="Effective date"),
    "instead_of": Text(zh="代替的处理", en="Outcome it replaces"),
    "measure": Text(zh="采取的措施", en="Measure taken"),
    "exception": Text(zh="不涉及的原因", en="Why not concerned"),
    "missing": Text(zh="未报告（未谈话）的原因", en="Why there was none"),
    "evidence": Text(zh="佐证材料", en="Evidence"),
    "sha256": Text(zh="文件摘要", en="digest of the file"),
    "subject": Text(zh="测评对象", en="Of whom"),
    "place": Text(zh="地点", en="Place"),
    "group": Text(zh="考核小组", en="Sub-group"),
    "contact": Text(zh="联系人", en="Contact"),
    "account": Text(zh="账号", en="Account"),
    "accounts": Text(zh="承办人", en="Assigned to"),
    "deputy": Text(zh="代办人", en="Deputy"),
    "roles": Text(zh="委托的角色", en="Roles"),
    **dict.fromkeys(("AppointDeputy.since", "DeputyAppointed.since"), Text(zh="代办开始日期", en="From")),
    **dict.fromkeys(("AppointDeputy.until", "DeputyAppointed.until"), Text(zh="代办结束日期", en="Until")),
    "day_off": Text(zh="安排在休息日的理由", en="Why on a day off"),
    "commitment": Text(zh="保密内容的承诺值", en="commitment to a confidential value"),
    "link": Text(zh="一次性链接", en="one-time link"),
    "password": Text(zh="密码凭证", en="password credential"),
    "session": Text(zh="登录会话", en="session"),
    "sessions": Text(zh="登录会话", en="sessions"),
    "factor": Text(zh="第二因素", en="second factor"),
    "proof": Text(zh="登录凭证", en="proof of sign-in"),
    "ends": Text(zh="结束", en="End"),
    "begins": Text(zh="开始", en="Begin"),
    "day": Text(zh="日期", en="Day"),
    "identity": Text(zh="统一身份", en="identity"),
    "digest": Text(zh="摘要", en="digest"),
    "previous": Text(zh="前一次封存", en="seal before"),
    "note": Text(zh="封存签名", en="signature of the seal"),
    "line": Text(zh="联署签名", en="line of the cosignature"),
    "key": Text(zh="行号", en="key of the row"),
    "issued": Text(zh="发出", en="Issued"),
    "returned": Text(zh="收回", en="Returned"),
    "valid": Text(zh="有效", en="Valid"),
    "counts": Text(zh="各项票数", en="Counts"),
    "id": Text(zh="编号", en="id"),
    # Names with two meanings.
    "Approved.grades": Text(zh="审定等次", en="Grades approved"),
    "TokenIssued.until": Text(zh="有效期至", en="Valid until"),
    "SiteInspected.inspectors": Text(zh="查看人员", en="Inspectors"),
    "RoutineCheckRecorded.observation": Text(zh="检查情况", en="What was found"),
    "RoutineCheckCorrected.observation": Text(zh="检查情况", en="What was found"),
    "RoutineCheckRecorded.notes": Text(zh="检查情况（保密）", en="Notes (confidential)"),
    "RoutineCheckCorrected.notes": Text(zh="检查情况（保密）", en="Notes (confidential)"),
    "RoutineCheckAnswered.notes": Text(zh="答复材料（保密）", en="Notes (confidential)"),
    "AccountOpened.person": Text(zh="对应的班子成员", en="Member of the team"),
    "PersonAssigned.person": Text(zh="对应的班子成员", en="Member of the team"),
    "AssessmentOpened.due": Text(zh="各步骤期限", en="Deadlines"),
    "AssessmentOpened.title": Text(zh="专项名称", en="Special assessment"),
    "Assigned.stage": Text(zh="步骤或事项", en="Step or task"),
    "Assigned.roles": Text(zh="有权办理的角色", en="Roles that may do it"),
    "former": Text(zh="原承办人", en="Until then"),
    "Chased.stage": Text(zh="步骤或事项", en="Step or task"),
    "Chased.to": Text(zh="催办对象", en="Whom"),
    "DeadlineMoved.stage": Text(zh="步骤或事项", en="Step or task"),
    "YearOpened.due": Text(zh="各步骤期限", en="Deadlines"),
    "UnitReorganised.since": Text(zh="撤并日期", en="Ends on"),
    "SecurityLogNoted.number": Text(zh="末行", en="To line"),
    "PaperMade.of": Text(zh="文书所属", en="What it is about"),
    "PaperReturned.of": Text(zh="文书所属", en="What it is about"),
    "SealMade.number": Text(zh="封存至第几条", en="Sealed up to entry"),
    "CosignatureAccepted.number": Text(zh="见证的封存", en="Seal of entry"),
}
"""The title of every field, by the field's name."""

FOR_PROGRAMS = frozenset((
    "link", "password", "session", "sessions", "proof", "ends", "factor", "identity", "digest", "commitment", "line", "note",
    "previous", "SecurityLogNoted.before", "occasion", "step",
))  # fmt: skip
"""Fields with digests, ids and keys, which only programs read. No page displays them; the text of the entry has them.

The key of a step is one of them: its title heads the entry.
"""


SCORE, GRADE = Text(zh="总分", en="Score"), Text(zh="等次", en="Grade")
"""The two figures of a result."""

# The title of a field without a title of its own: people never read a key of the program.
_FIELD = Text(zh="内容", en="content")


def title_of(name: str, kind: str = "") -> Text | None:
    """The title of a field in facts of this kind; None for a field that only programs read.

    Raises KeyError for a name without a title.
    """
    qualified_name = f"{kind}.{name}"
    is_for_programs = bool({name, qualified_name} & FOR_PROGRAMS)
    return None if is_for_programs else FIELD_TITLES.get(qualified_name) or FIELD_TITLES[name]


def same_text(text: str) -> Text:
    """A `Text` that is the same in both languages: a number, a date, a name, a text that somebody typed."""
    return Text(zh=text, en=text)


def path_title(path: Iterable[str | int]) -> Text:
    """The title of a field inside lists and records: `("sanctions", 0, "person")` is 处理第 1 项的人员编号."""
    zh, en = "", ""
    for part in path:
        if isinstance(part, int):
            zh, en = f"{zh}第 {part + 1} 项", f"{en}, item {part + 1}"
        else:
            title = FIELD_TITLES.get(part, Text(zh=part, en=part) if part[:1].isdigit() else _FIELD)
            zh, en = f"{zh}的{title.zh}" if zh else title.zh, f"{en}: {title.en}" if en else title.en
    return Text(zh=zh, en=en)
