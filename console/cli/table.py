"""The table of all commands of `kaohe`: name, function in `commands/`, and help in both languages.

To add a command, add a row here and a function in `commands/`. `tests/console/test_help_texts.py` imports every
function.
"""

from __future__ import annotations

from states.vocabulary import Text

from .lazy_group import CommandHelp, GroupHelp


def _row(name: str, function: str, zh: str, en: str) -> CommandHelp:
    return CommandHelp(name, function, Text(zh=zh, en=en))


def _group(name: str, zh: str, en: str, *rows: CommandHelp | GroupHelp) -> GroupHelp:
    return GroupHelp(name, Text(zh=zh, en=en), rows)


ROOT = _group(
    "kaohe", "考核：学校年度考核系统", "Kaohe: the annual assessment of a college's departments",
    _row("init", "accounts.init", "首次启用：建库、生成保密库密钥，为三名管理员各发一次性链接", "Set up: make the database and the vault's key, and give the three administrators a one-time link each"),
    _row("serve", "serve.serve", "运行网页，同时运行定时服务，直到停止", "Run the web pages, and the daemon with them, until stopped"),
    _row("demo", "demo.demo", "演示：样例学院在虚拟时间中过完一年，随后打开网页", "Run a sample college through a year on a virtual clock, then serve its pages"),
    _row("migrate", "migrate.migrate", "建库或升级库结构，加密尚为明文的个人信息；可重复执行", "Make the database or bring it up to this release, and encrypt personal data that is still plain; safe to repeat"),
    _row("doctor", "doctor.doctor", "体检：数据库、台账末尾、封存、密钥、备份、通知和时间", "Check the database, the end of the ledger, seals, keys, backups, letters and the time"),
    _row("backup", "backups.backup", "备份数据库并复核备份；不影响使用", "Copy the database while people use it, and replay the copy"),
    _row("restore", "backups.restore", "用备份替换数据库；原数据库改名保留", "Replace the database by a backup; the old database is kept under another name"),
    _row("explain", "assessments.explain", "逐项说明部门得分与等次的由来", "Explain a department's score and grade, line by line"),
    _group(
        "year", "年度考核", "Years of assessment",
        _row("open", "years.open_year", "按名册启动年度考核；期限太近时先列出建议；可重复执行", "Open a year for the departments of a roster; safe to repeat. If deadlines are too close, propose others and open nothing"),
        _row("settle", "standings.settle", "核定年度名次和名额；--preview 只看结果", "Settle the places of a year and the seats of its quotas; --preview only shows them"),
        _row("close", "years.close_year", "办结年度考核；各部门均已通报或撤销后办理", "Close a year in which every assessment has ended"),
    ),
    _group(
        "assessment", "单个部门的考核", "The assessment of one department",
        _row("open", "assessments.open_assessment", "组织专项检查（--title），或重新启动已撤销的考核", "Open a special assessment (--title), or open one again that was withdrawn"),
    ),
    _group(
        "roster", "部门名册", "The roster of departments",
        _row("list", "roster.list_departments", "列出部门及其沿革", "List the departments and what became of each"),
        _row("read", "roster.read_sheets", "从 Excel 读入部门、班子和人员，列出变化和全部错误；--do 才写入", "Read departments, teams and people from a workbook; say what would change and every fault; --do brings them in"),
        _row("rename", "roster.rename", "部门更名；以前年度仍用原名称", "Rename a department from a day on; earlier years keep the old name"),
        _row("reorganise", "roster.reorganise", "撤销部门、并入（一个 --into）、拆分（几个 --into）或分设", "Close, merge (one --into), split (several --into) or divide a department"),
        _row("restore", "roster.restore", "撤回部门最近一次机构调整", "Take back the last reorganisation of a department"),
    ),
    _group(
        "papers", "文书", "Papers: the files that an office prints, signs, sends and files",
        _row("list", "papers.list_papers", "列出文书：环节、由谁制作、保管期限", "List the papers: stage, who makes each, how long it is kept"),
        _row("names", "papers.list_names", "列出一种文书的模板可用的名称和示例", "List the names that a template of a paper may use, with examples"),
        _row("make", "papers.make", "用台账现有内容制作文书", "Make a paper from what the ledger has now"),
        _row("check", "papers.check_template", "检查模板，列出全部错误；有错误时退出码为 1", "Check a template and list every fault; exit code 1 if there is one"),
        _row("propose", "paper_issue.propose", "提出一份模板，由另一人启用", "Propose a template, which another person adopts"),
        _row("adopt", "paper_issue.adopt", "启用提出的模板", "Adopt the template that is proposed"),
        _row("remake", "paper_issue.make_again", "把定稿的文书再制作一次，与登记的摘要比较；有不同时退出码为 1", "Make recorded papers again and compare the digests; exit code 1 if one differs"),
        _row("archive", "paper_archive.archive", "写出一个年度的归档文件：各件、目录、移交清单、台账核验包", "Write a year's folder for the archive: every piece, the catalogue, the list to sign, the ledger's bundle"),
        _row("template", "papers.write_template", "输出系统自带的模板，供修改", "Write the shipped template, to start from"),
    ),
    _group(
        "rules", "办法", "Rulebooks",
        _row("new", "rules.editions.new", "开始编写一部办法：输出角色、步骤和办理事项的范本", "Begin a rulebook: print roles, steps and acts to start from"),
        _row("check", "rules.editions.check", "检查办法文件，列出全部错误；有错误时退出码为 1", "Check rulebook files and list every fault; exit code 1 if there is one"),
        _row("show", "rules.editions.show", "用文字逐条说明办法的规则", "Say every rule of a rulebook in words"),
        _row("try", "rules.trial.try_rules", "试算：填入事实，逐项说明结果；不作记录", "Enter facts and see the results explained; nothing is recorded"),
        _row("ask", "rules.to_sign.ask", "列出办法没有写明、需要学校确定的问题，供打印签字", "Print the questions that the measure leaves open, for the institution to answer and sign"),
        _row("edges", "rules.to_sign.print_edges", "列出每一个界限上下的结果，供核对签字", "Print what holds just below, on and above every bound, to be read and signed"),
        _row("diff", "rules.editions.diff", "用文字说明两个版本的差异；有差异时退出码为 1", "Say in words what differs between two rulebooks; exit code 1 if anything does"),
        _row("print", "rules.editions.print_measure", "按印发文本输出办法原文", "Print the measure word for word, from its notice to its last annex"),
        _row("chart", "rules.editions.chart", "输出流程图（Mermaid）", "Print the state diagram (Mermaid)"),
    ),
    _group(
        "scenario", "情景：检验规则的样例", "Stories that test the rules",
        _row("run", "scenarios.run_stories", "运行情景并逐项核对", "Run stories and check every expectation"),
    ),
    _group(
        "audit", "审计", "The audit of the ledger",
        _row("replay", "ledger.audit.replay_ledger", "复核台账（只读），列出全部缺陷；有缺陷时退出码为 1", "Check the whole ledger, reading only, and list every defect; exit code 1 if there is one"),
        _row("show", "ledger.audit.show", "查看部门在任一时刻的状态，以及每一项由哪条记录写入", "Show a department at any moment, and which entry set each value"),
        _row("diff", "ledger.audit.diff", "列出各部门在两个时刻之间的变化", "List what changed between two moments, department by department"),
        _row("compare", "ledger.audit.compare", "同样的事实按另一版办法计算：哪些结果会不同，依据哪一条", "Apply another rulebook to the same facts: whose result would differ, and by which clause"),
        _row("export", "ledger.bundles.export_bundle", "导出一个年度的台账或一个部门的卷宗，供异地核验", "Export a year's ledger, or one department's file, for checking elsewhere"),
        _row("verify", "ledger.bundles.verify_bundle", "核验导出的文件：内容、记录、封存，并复核规则", "Check an exported file: its bytes, entries and seals, and the rules replayed"),
        _row("seal", "ledger.seals.seal", "封存台账；没有新记录时显示最新一份封存", "Seal the ledger; show the newest seal if there are no new entries"),
        _row("seals", "ledger.seals.list_seals", "列出全部封存及其见证", "List every seal and who witnessed it"),
        _row("proof", "ledger.seals.proof", "为见证人或为某条记录出具证明", "Make a proof for the witness or for one entry"),
        _row("accept", "ledger.seals.accept", "登记见证人交回的签名；可重复执行", "Record the signature that the witness sent back; safe to repeat"),
        _group(
            "witness", "见证人的操作（在自己的电脑上运行）", "For the witness, on a computer of their own",
            _row("init", "ledger.witness.init", "开始见证一个台账", "Start to witness a ledger"),
            _row("cosign", "ledger.witness.cosign", "核对封存与上一份相接后签名", "Check that a seal continues the last one, and sign it"),
            _row("follow", "ledger.witness.follow", "台账换用新密钥后，认可新密钥", "Accept the ledger's next key after a handover"),
        ),
    ),
    _group(
        "keys", "封存密钥", "Keys that seal the ledger",
        _row("new", "ledger.keys.new", "生成封存密钥，并打印公钥", "Make a key and print its public half"),
        _row("show", "ledger.keys.show", "打印私钥文件对应的公钥", "Print the public half of a private key"),
        _row("list", "ledger.keys.list_keys", "列出台账用过的封存密钥和登记的见证人", "List the keys that sealed the ledger, and its witnesses"),
        _row("rotate", "ledger.keys.rotate", "换用新的封存密钥，由旧密钥签署交接", "Change to a new key; the old key signs the handover"),
        _row("trust", "ledger.keys.trust", "登记见证人的公钥；可重复执行", "Register a witness by their public key; safe to repeat"),
    ),
    _group(
        "vault", "保密库", "The vault of confidential values",
        _row("init", "vault.init", "生成保密库密钥；请立即另存一份", "Make the vault's key; make a second copy of it at once"),
        _row("status", "vault.status", "列出保密库中有哪些内容（不显示内容本身）", "List what the vault contains, without showing it"),
        _row("erase", "vault.erase", "删除保密内容，或某人的全部内容（--about）；不可恢复，台账留痕", "Erase confidential values, or everything about a person (--about), for good; the ledger records that it was done"),
        _row("rotate", "vault.rotate", "换用新密钥加密全部内容", "Encrypt everything with a new key"),
        _row("sweep", "vault.sweep", "清理台账中没有登记的内容（存入中断所留）", "Remove values that no entry names, left by an interrupted write"),
    ),
    _group(
        "account", "账号", "Accounts",
        _row("link", "accounts.link", "为账号发放一次性链接；管理员的链接只能在本机发放", "Issue a one-time link for an account; an administrator's link can be issued only here"),
    ),
    _group(
        "tokens", "其他系统的接口令牌", "Tokens of the college's other systems",
        _row("new", "tokens.new", "为其他系统的账号发放接口令牌，只显示一次", "Issue a token for a system's account; it is shown once"),
        _row("list", "tokens.list_tokens", "列出未吊销的接口令牌及有效期", "List the tokens that are not revoked, and when each expires"),
        _row("revoke", "tokens.revoke", "吊销接口令牌，立即生效", "Revoke a token with immediate effect"),
    ),
    _group(
        "scheduler", "定时服务：提醒、督办、否决、发送通知", "The daemon: reminders, escalations, vetoes, letters",
        _row("run", "scheduler.run", "运行定时服务，直到停止", "Run the daemon until it is stopped"),
        _row("status", "scheduler.status", "查看定时服务是否在运行；停止时退出码为 1", "Say whether the daemon is running; exit code 1 if it is not"),
        _row("confirm-time", "scheduler.confirm_time", "确认本机时间正确，定时服务恢复办理", "Confirm that this machine's time is right, so that the daemon goes on"),
        _row("rehearse", "scheduler.rehearse", "预演一年：谁在何日由何渠道收到什么；不写库，不发送", "Rehearse a year on a copy: who would receive what, when; nothing is written or sent"),
    ),
    _group(
        "post", "通知发送", "Letters and other messages",
        _row("list", "post.list_deliveries", "列出最近的通知：发给谁，结果如何", "List the latest deliveries and what became of them"),
        _row("retry", "post.retry", "未送达的通知重新排队，暂停的渠道立即重试", "Queue again what was not delivered; paused channels try at once"),
        _row("rewind", "post.rewind", "从某条记录起重新生成通知；已发送的不重复", "Read the ledger again from an entry on; nothing is sent twice"),
        _row("test", "post.send_test", "发送一条测试消息；退出码 1 表示未发出，2 表示须改设置", "Send a test message; exit code 1: not sent, 2: a setting is wrong"),
    ),
    _group(
        "contacts", "联系人：各角色的通知由谁接收", "Contacts: who receives the letters of each role",
        _row("import", "contacts.import_contacts", "用文件内容替换全部联系人", "Replace all contacts by those of a file"),
        _row("list", "contacts.list_contacts", "列出联系人", "List the contacts"),
    ),
    _group(
        "calendar", "工作日", "Working days",
        _row("import", "calendar.import_year", "导入一年的放假安排，并据此调整暂定的期限", "Import a year's holidays and move the provisional deadlines"),
        _row("show", "calendar.show", "查看某年的放假安排", "Show the holidays of a year, and whether they are final"),
    ),
)  # fmt: skip
