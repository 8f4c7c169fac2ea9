"""The plan of the house (docs/house.md): rooms, packages, imports, names, and the claims of the documents about the code."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import fields

from audit.bundle import verify
from audit.seals import merkle, notes, sealing
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.keys import Key, verify_signatures
from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from config.settings import Settings
from states.acts import ACT_OF_FACT, ACTS, FACTS, STAGE_COMMANDS, STAGE_FACTS
from states.chart import Chart
from storage.database.database import Database
from storage.database.sqlite import DRIVER
from storage.ledger import chain
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from tests.audit import shapes

HOUSE = Path(__file__).parents[1]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
ROOMS = [name for name in PACKAGES if "." not in name]
MODULES = sorted(path for room in ROOMS for path in (HOUSE / room).rglob("*.py"))
LEDGER_FORMAT = (HOUSE / "docs/ledger-format.md").read_text("utf-8")

MODULE_OF = {
    "psycopg[binary]": "psycopg",
    "chinesecalendar": "chinese_calendar",
    "pydantic-settings": "pydantic_settings",
    "prometheus-client": "prometheus_client",
    "python-multipart": "python_multipart",
    "argon2-cffi": "argon2",
    "pillow": "PIL",
}
EVERYWHERE = {"msgspec", "tzdata"}
"""Packages that any room may use (docs/decisions/0002-msgspec.md), or that are only data."""

CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "sleep", "localtime", "gmtime", "ctime", "strftime"},
}
"""The functions that read the machine's time, by their owner. Durations (`perf_counter`) are not the time."""


PLACE = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w/]+\.py)(?:: (\w+))?`")
"""The form in which a document names a file, or a function in a file."""


def tracked() -> list[Path]:
    """Every file that git does not ignore; in a copy without git, every file that is not generated."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := HOUSE / name).is_file()]
    made = {".venv", "demo-data", "build", "__pycache__"}
    inside = (path for path in HOUSE.rglob("*") if path.is_file() and not made & set(path.parts))
    return [path for path in inside if not any(part.endswith((".egg-info", "_cache")) for part in path.parts)]


def imports(module: Path) -> Iterator[str]:
    """The top-level packages that a module imports at any place, without relative imports."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def asks_the_time(module: Path) -> Iterator[str]:
    """The places where a module reads the machine's time: `datetime.now`, called or not, and `from time import sleep`."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            of = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in CLOCKS.get(of, ()):
                yield f"{module.relative_to(HOUSE)}:{node.lineno} {of}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (
                f"{module.relative_to(HOUSE)}:{node.lineno} {a.name}" for a in node.names if a.name in CLOCKS["time"]
            )


def dependencies() -> dict[str, str]:
    """The module of each package on which the project depends, by the name of the package."""
    names = [re.split(r"[<>=;~! ]", line, maxsplit=1)[0] for line in PROJECT["project"]["dependencies"]]
    return {name: MODULE_OF.get(name, name) for name in names}


def code(text: str, language: str) -> list[str]:
    """The blocks of a language in a document."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def without_blocks(text: str) -> str:
    """A document's text without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


# --- rooms ----------------------------------------------------------------------------------------


def test_imports_point_down_and_each_package_has_one_room() -> None:
    lint = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo", "--no-cache"],
        cwd=HOUSE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert lint.returncode == 0, lint.stdout + lint.stderr
    assert "0 broken" in lint.stdout


def test_every_room_is_in_the_plan() -> None:
    plan = PROJECT["tool"]["importlinter"]
    assert sorted(plan["root_packages"]) == sorted(ROOMS)
    floors = next(c for c in plan["contracts"] if c["id"] == "floors")
    assert sorted(room for floor in floors["layers"] for room in floor.split(" | ")) == sorted(ROOMS)
    assert set(ROOMS) <= set(PROJECT["tool"]["mypy"]["files"])
    document = (HOUSE / "docs/house.md").read_text("utf-8")
    assert [room for room in ROOMS if f"`{room}/`" not in document] == []


def test_every_dependency_has_one_room_by_contract_or_none_by_decision() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    walled = {name for c in contracts if c.get("allow_indirect_imports") for name in c["forbidden_modules"]}
    assert set(dependencies().values()) - walled == EVERYWHERE


def test_the_law_imports_nothing_but_what_the_contract_leaves_it() -> None:
    allowed = {*sys.stdlib_module_names, "states", "msgspec", "pydantic", "transitions"}
    imported = {name for module in MODULES if module.is_relative_to(HOUSE / "states") for name in imports(module)}
    assert imported - allowed == set()


def test_nothing_is_imported_that_is_not_declared() -> None:
    known = {*sys.stdlib_module_names, *ROOMS, *dependencies().values(), "pydantic_core"}
    assert {name for module in MODULES for name in imports(module)} - known == set()


def test_each_package_name_leads_into_this_tree() -> None:
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None, name
        assert Path(spec.origin or "") == HOUSE.joinpath(*name.split("."), "__init__.py"), name


def test_every_package_of_the_tree_is_installed() -> None:
    there = {".".join(path.parent.relative_to(HOUSE).parts) for path in MODULES}
    assert there == set(PACKAGES)


def test_every_room_has_its_sign() -> None:
    for room in ROOMS:
        sign = ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text("utf-8"))) or ""
        assert re.match(r"THE [A-Z ]+\.|STORIES\.|WHAT WE WERE TOLD\.", sign), room
        assert re.search(r"\bRead `[\w/.-]+`", sign), f"{room}: which file to read first"


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    asked = {module: list(asks_the_time(module)) for module in MODULES}
    clock = HOUSE / "config/clock.py"
    assert asked.pop(clock) != [], "the test does not see what it looks for"
    assert [where for places in asked.values() for where in places] == []


def test_no_folder_of_the_program_has_more_than_twenty_modules() -> None:
    sizes = Counter(module.parent.relative_to(HOUSE).as_posix() for module in MODULES if module.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > 20} == {}


def test_no_two_classes_share_a_name() -> None:
    # Two may: the program in every bundle is a second implementation, and a model of the API has the name of what it shows.
    rooms = [
        path
        for path in MODULES
        if path.relative_to(HOUSE).as_posix() != "audit/bundle/verify.py" and path.parent.name != "api"
    ]
    names = Counter(
        node.name
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_there_is_no_package_under_tests() -> None:
    assert list((HOUSE / "tests").rglob("__init__.py")) == []


# --- documents ------------------------------------------------------------------------------------


def test_the_diagram_is_the_chart() -> None:
    text = (HOUSE / "docs/house.md").read_text("utf-8")
    drawn = text.partition("<!-- chart -->\n")[2].partition("<!-- /chart -->")[0]
    assert (
        drawn == f"```mermaid\n{Chart(load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook).mermaid()}```\n"
    ), "make chart draws it again"


def test_every_setting_is_documented_with_its_default() -> None:
    text = (HOUSE / "docs/operating.md").read_text("utf-8")
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `KAOHE_{name.upper()}` \| (.*?) \|", text, re.MULTILINE)
        assert row is not None, name
        default = "the shipped edition" if name == "rulebook" else f"`{field.default}`" if field.default else "none"
        assert row[1] == default, name


def test_every_setting_documented_is_one() -> None:
    named = set(re.findall(r"KAOHE_[A-Z_]+", (HOUSE / "docs/operating.md").read_text("utf-8")))
    assert named == {f"KAOHE_{name.upper()}" for name in Settings.model_fields} | {"KAOHE_REQUIRE_ALL"}


def test_every_act_and_every_kind_of_stage_is_documented() -> None:
    text = "".join(
        (HOUSE / "docs" / page).read_text("utf-8") for page in ("house.md", "rulebook.md", "liuzhou-2021.md")
    )
    assert [name for name in (*ACTS, *STAGE_FACTS) if f"`{name}`" not in text] == []


def test_every_kind_of_stage_has_its_file_its_act_and_its_fact_in_the_plan() -> None:
    text = (HOUSE / "docs/house.md").read_text("utf-8")
    for kind, fact in STAGE_FACTS.items():
        file = f"{fact.__module__.rpartition('.')[2]}.py"
        row = rf"^\| `{file}` \| `{STAGE_COMMANDS[kind].act}` \| `{fact.kind}`.* \| `{fact.stage}` \|$"
        assert re.search(row, text, re.MULTILINE), kind


def test_every_file_and_function_a_document_names_is_there() -> None:
    absent = []
    for document in [*sorted((HOUSE / "docs").glob("*.md")), *HOUSE.glob("*.md")]:
        if document.name == "CHANGELOG.md":
            continue  # it says what was
        for file, name in PLACE.findall(document.read_text("utf-8")):
            path = HOUSE / file
            if not path.is_file() or (
                name
                and not re.search(
                    rf"^ *(async def|def|class) {name}\b|^{name}\b", path.read_text("utf-8"), re.MULTILINE
                )
            ):
                absent.append(f"{document.name}: {file}: {name}")
    assert absent == []


def test_every_module_that_a_document_or_a_docstring_names_is_there() -> None:
    names, absent = {path.name for path in tracked()}, []
    for path in tracked():
        if path.suffix in {".md", ".py"} and path.name != "CHANGELOG.md" and "decisions" not in path.parts:
            named = re.findall(r"`(?:[\w/]*/)?([a-z_0-9]+\.py)\b", path.read_text("utf-8"))
            absent += [f"{path.relative_to(HOUSE)}: {name}" for name in named if name not in names]
    assert absent == []


def test_every_act_stands_in_the_plan_beside_the_file_it_is_written_in() -> None:
    lines = (HOUSE / "docs/house.md").read_text("utf-8").splitlines()
    for act, entry in ACTS.items():
        file = entry.command.__module__.removeprefix("states.").removeprefix("stages.").replace(".", "/") + ".py"
        assert any(f"{file}`" in line and f"`{act}`" in line for line in lines if line.startswith("|")), (act, file)


def test_every_kind_of_fact_is_documented_with_its_fields() -> None:
    for kind, fact in FACTS.items():
        act = f"`{ACT_OF_FACT[kind]}`" if kind in ACT_OF_FACT else "–"
        payload = ", ".join(f"`{field.name}`" for field in fields(fact))
        row = rf"^\| `{kind}` \| {act} \| (assessment|case|routine_check|record|year|roster|account|vault|paper|template|table|clock|seals|access) \| {payload} \|$"
        assert re.search(row, LEDGER_FORMAT, re.MULTILINE), f"| `{kind}` | {act} | … | {payload} |"


def test_the_fields_of_every_kind_and_their_types_are_documented_and_known_to_the_program_in_every_bundle() -> None:
    """Two places hold the same lines: the document, and the second implementation, which is written from it."""
    for path in shapes.PLACES:
        assert shapes.lines_in_file((HOUSE / path).read_text("utf-8"), path) == shapes.block(), (
            "make kinds writes them again"
        )


def test_every_field_of_an_entry_is_documented() -> None:
    said = LEDGER_FORMAT.partition("## The body")[2].partition("### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", said, re.MULTILINE) == sorted(f.name for f in fields(chain.Entry))


def test_the_example_entry_has_the_digest_it_says() -> None:
    (body,), digest = code(LEDGER_FORMAT, "json"), code(LEDGER_FORMAT, "text")[0].strip()
    raw = body.removesuffix("\n").encode()
    entry = chain.decode(raw)
    assert chain.digest(raw) == digest
    assert chain.encode(entry) == raw
    assert chain.encode_canonical(fact_of(entry)) == bytes(entry.payload)
    assert f"of {len(raw)} bytes" in LEDGER_FORMAT


# --- the script an auditor is given ---------------------------------------------------------------


@pytest.fixture
def checker(tmp_path: Path) -> Path:
    """The script of docs/ledger-format.md, as it stands there."""
    script = tmp_path / "check.py"
    script.write_text(code(LEDGER_FORMAT, "python")[-1], "utf-8")
    return script


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """An SQLite ledger of three entries, written by the transaction, and closed."""
    (body,) = code(LEDGER_FORMAT, "json")
    payload = json.dumps(json.loads(body)["payload"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    file = tmp_path / "kaohe.db"
    Database.create(str(file)).close()
    with Database.open(str(file)) as database:
        ledger = Ledger(database)
        for version in (1, 2, 3):
            with ledger.transaction() as transaction:
                transaction.append(
                    stream="roster", version=version, kind="UnitRegistered", payload=payload.encode(), actor="office-1",
                    role="office", home=None, happened_at=None, rulebook="", command=f"program/office-1/c{version}",
                    now=datetime(2026, 11, 2, 1, 0, 0, 500 * (version - 1), tzinfo=UTC),
                )  # fmt: skip
        ledger.close()
    return file


def tamper(file: Path, change: str) -> None:
    """What the owner of a file can do to it."""
    connection = DRIVER.connect(file)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(change)
    connection.commit()
    connection.close()


def run(script: Path, ledger: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", script, ledger], capture_output=True, text=True, check=False)


def test_the_script_in_the_document_passes_a_sound_ledger(checker: Path, written: Path) -> None:
    done = run(checker, written)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"3 [0-9a-f]{64}\n", done.stdout)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE entry SET body = replace(body, '86', '87') WHERE number = 2", "entry 2: digest"),
        ("UPDATE entry SET kind = 'UnitChanged' WHERE number = 2", "entry 2: columns"),
        ("DELETE FROM entry WHERE number = 2", "entry 2: number"),
        ("DELETE FROM entry WHERE number = 3", "head: it does not name entry 2"),
    ],
)
def test_the_script_in_the_document_finds_an_edit(checker: Path, written: Path, change: str, said: str) -> None:
    tamper(written, change)
    done = run(checker, written)
    assert (done.returncode, done.stderr.strip()) == (1, said)


@pytest.fixture
def seal_checker(tmp_path: Path) -> Path:
    """The script of docs/ledger-format.md that checks seals, as it stands there."""
    script = tmp_path / "sealed.py"
    script.write_text(next(one for one in code(LEDGER_FORMAT, "python") if "FROM seal" in one), "utf-8")
    return script


@pytest.fixture
def sealed(written: Path, tmp_path: Path) -> Path:
    """The same ledger, sealed."""
    sealing.create_key(tmp_path / "seal.key", "college.edu.cn/kaohe")
    with Database.open(str(written)) as database:
        row = sealing.Sealer(database, tmp_path / "seal.key").seal(datetime(2026, 11, 2, 1, tzinfo=UTC))
        assert row is not None
    return written


def test_the_script_for_seals_in_the_document_passes_a_sealed_ledger(seal_checker: Path, sealed: Path) -> None:
    done = run(seal_checker, sealed)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"1 seals, the newest 3 [0-9a-f]{20}, unsealed 0\n", done.stdout)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE entry SET body = replace(body, '86', '87') WHERE number = 2", "seal 3: the entries are not those"),
        ("DELETE FROM entry WHERE number = 3", "seal 3: there are 2 entries"),
        ("DELETE FROM seal", "0 seals, the newest 0 , unsealed 3"),
    ],
)
def test_the_script_for_seals_in_the_document_finds_what_was_done(
    seal_checker: Path, sealed: Path, change: str, said: str
) -> None:
    tamper(sealed, change)
    done = run(seal_checker, sealed)
    assert said in done.stdout + done.stderr


def test_the_example_seal_is_of_the_example_entry_by_the_keys_beside_it() -> None:
    (body,) = code(LEDGER_FORMAT, "json")
    example, keys = (one for one in code(LEDGER_FORMAT, "text") if one.startswith("college.edu.cn/kaohe"))
    note = notes.parse_note(example.encode())
    said = parse_checkpoint(note.text)
    assert (said.size, said.root) == (1, merkle.leaf(body.removesuffix("\n").encode()))
    assert f"`{said.fingerprint}`" in LEDGER_FORMAT
    log, witness = map(Key.parse, keys.splitlines())
    ours, theirs = verify_signatures(note, [log, witness])
    assert (ours.key, theirs.key, theirs.at) == (log, witness, datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert (
        verify.parse_note(example.encode()).signers([verify.parse_key(str(log)), verify.parse_key(str(witness))])[1]
        == []
    )


# --- what is in the repository --------------------------------------------------------------------


def test_every_link_in_a_document_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(HOUSE)}: {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)", without_blocks(page.read_text("utf-8")))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_every_guarantee_names_tests_that_are_there(page: str) -> None:
    text = (HOUSE / page).read_text("utf-8")
    guarantees = re.findall(r"^\d\. \*\*.*?(?=^\d\. \*\*|^## )", text, re.MULTILINE | re.DOTALL)
    assert len(guarantees) == 3
    for guarantee in guarantees:
        files = [HOUSE / f for f in re.findall(r"\((tests/[\w/]+\.py)\)", guarantee)]
        assert files, guarantee
        defined = "".join(file.read_text("utf-8") for file in files)
        assert [t for t in re.findall(r"`(test_\w+)`", guarantee) if f"def {t}(" not in defined] == []


def test_both_readmes_say_the_same_commands_and_lead_to_the_same_places() -> None:
    english, chinese = ((HOUSE / page).read_text("utf-8") for page in ("README.md", "README.zh-CN.md"))
    for what in (r"\]\(([^)]+)\)", r"^\| `kaohe ([a-z]+(?: [a-z]+)?)", r"`(test_\w+)`", r"^make \w+"):
        said = [[x for x in re.findall(what, text, re.MULTILINE) if "README" not in x] for text in (english, chinese)]
        assert said[0] == said[1]


def test_no_file_names_a_machine_or_a_package_index() -> None:
    machines = (r"/root/", r"/home/[a-z]", r"/work/", r"C:\\Users")
    indexes = (r"pypi\.[a-z]", r"/simple/?['\"\s]", r"--(extra-)?index-url\b", r"--find-links")
    suspect = re.compile("|".join(machines + indexes))
    faulty_lines = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if path != Path(__file__) and suspect.search(line):
                faulty_lines.append(f"{path.relative_to(HOUSE)}:{number}: {line.strip()[:80]}")
    assert faulty_lines == []


def test_every_locked_package_has_a_hash_and_both_locks_agree() -> None:
    pins: dict[str, dict[str, str]] = {}
    for name in ("requirements.lock", "requirements-dev.lock"):
        pinned = re.split(r"\n(?=[a-z0-9])", (HOUSE / name).read_text("utf-8"))[1:]
        assert all("--hash=sha256:" in one for one in pinned)
        pins[name] = dict(one.splitlines()[0].rstrip(" \\").split("==", 1) for one in pinned)
    run, every = pins.values()
    assert run.items() <= every.items()
    assert {name.partition("[")[0] for name in dependencies()} <= set(run)


OTHERS_PRIVATE_NAMES = {"_exit", "_replace", "_mapping", "_get_command", "_lookup_jobstore"}
"""Documented by Python and SQLAlchemy in spite of their form; then Typer's, which `conftest.py` caches, and APScheduler's, which is looked at."""


def test_no_test_uses_a_private_name() -> None:
    """A private name may be renamed by a reader of its module, who then need not look at the tests."""
    files = [path for path in tracked() if path.suffix == ".py" and path.parts[len(HOUSE.parts)] == "tests"]
    used = {f"{path.name}: {name}" for path in files for name in _private_names(ast.parse(path.read_text("utf-8")))}
    assert len(files) > 200
    assert used == set()


def _private_names(tree: ast.AST) -> Iterator[str]:
    """What a module takes of others that begins with one underscore."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).partition(".")[0] not in ("self", "cls"):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setattr"):
            names = [str(one.value) for one in node.args[1:2] if isinstance(one, ast.Constant)]
        yield from (one for one in names if re.match("_[^_]", one) and one not in OTHERS_PRIVATE_NAMES)
