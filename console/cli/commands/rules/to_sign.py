"""`kaohe rules ask` and `kaohe rules edges`: papers for the institution to answer, or to read and sign.

Both are plain text, to be printed, or to be sent on as they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from config.rulebooks import Edition
from console.cli.options import AsJson, Lang, Output
from console.cli.output import write_or_print
from console.cli.screen import Screen, on_screen
from states.rulebook.checks.edges import Edge, edges
from states.rulebook.checks.known_names import KnownNames
from states.rulebook.clauses import cite
from states.rulebook.questions import questions
from states.vocabulary import Text

from .editions import RulebookFile, edition_of

_ASK = Text(
    zh="办法中以下各处没有写明，请学校逐一确定。请在所选的做法前打勾；另有做法的，写在空白处。",
    en="The measure leaves the following open. Please tick one answer to each, or write another one below it.",
)
_EDGES = Text(
    zh="以下列出办法中每一个界限：略低于、等于、略高于界限时的结果。请逐条核对，与办法原意不符的请圈出。",
    en="Every bound of the measure follows, with what holds just below it, on it, and just above it. "
    "Please read each, and circle what the measure does not mean.",
)
_SIGNED = Text(
    zh="核对人：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿", en="Signed: ____________________  Date: ______________"
)


def ask(file: RulebookFile = None, output: Output = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        edition = edition_of(file)
        open_questions = questions(edition.rulebook.readings.values())
        if as_json:
            made = [
                {
                    "key": one.key, "clause": one.clause, "question": _json(one.question),
                    "answers": {key: _json(text) for key, text in one.answers.items()},
                    "chosen": _json(one.chosen), "why": _json(one.why),
                }
                for one in open_questions
            ]  # fmt: skip
            write_or_print(json.dumps(made, ensure_ascii=False, indent=1) + "\n", output)
            return
        nothing = Text(zh="没有需要确定的问题。", en="There is no open question.")
        paper = _paper(screen, edition, _ASK, [one.text for one in open_questions], nothing)
        write_or_print(paper, output)


def print_edges(file: RulebookFile = None, output: Output = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        edition = edition_of(file)
        rulebook = edition.rulebook
        every = edges(rulebook, KnownNames(step=rulebook.scoring.step), rulebook.outside_titles.roles)
        if as_json:
            write_or_print(json.dumps([_edge_json(one) for one in every], ensure_ascii=False, indent=1) + "\n", output)
            return
        # A bound between two grades is an edge of both rows, and reads the same: then it has both clauses.
        clauses: dict[Text, list[str]] = {}
        for one in every:
            clauses.setdefault(one.sentence, []).append(one.clause)
        texts = [_with_clauses(sentence, list(dict.fromkeys(names))) for sentence, names in clauses.items()]
        nothing = Text(zh="办法中没有以数字划定的界限。", en="The measure has no bound.")
        write_or_print(_paper(screen, edition, _EDGES, texts, nothing), output)


def _paper(screen: Screen, edition: Edition, intro: Text, paragraphs: Sequence[Text], nothing: Text) -> str:
    title = edition.rulebook.measure.title
    if not paragraphs:
        return f"{nothing.render(screen.language)}\n"
    numbered = [f"{number}. {text.render(screen.language)}" for number, text in enumerate(paragraphs, 1)]
    head = [screen.pick(title.zh, title.en), edition.pin, "", intro.render(screen.language)]
    return "\n".join([*head, *(f"\n{one}" for one in numbered), "", "", _SIGNED.render(screen.language), ""])


def _with_clauses(sentence: Text, clauses: Sequence[str]) -> Text:
    together = "；".join(clauses)
    return Text(zh=f"{together}　{sentence.zh}", en=f"{cite(together).en}: {sentence.en}")


def _edge_json(edge: Edge) -> dict[str, object]:
    points = [
        {
            "side": point.side, "amount": str(point.amount), "is_nearest": point.is_nearest,
            "rows": list(point.rows), "outcome": _json(point.outcome),
        }
        for point in edge.points
    ]  # fmt: skip
    return {
        "location": edge.location, "clause": edge.clause, "of": edge.of, "bound": str(edge.bound),
        "others": {name: _json(text) for name, text in edge.others.items()}, "points": points,
        "text": _json(edge.text),
    }  # fmt: skip


def _json(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
