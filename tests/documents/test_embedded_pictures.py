"""Pictures and fonts within Office files: each is read as what it is, and nothing else lies in it."""

from __future__ import annotations

import pytest

from documents.kinds import parser_of
from documents.office import xml_reader
from documents.rejection import Rejection

from .building import Office, picture, zipped
from .everyday import slides, word
from .media import EVERYDAY, HOSTILE
from .parts import HD_PHOTO, KEY, covered, extended_range, font, slide_font, with_font, with_picture


@pytest.mark.parametrize("what", EVERYDAY)
def test_a_picture_of_everyday_in_a_word_file_is_taken(what: str) -> None:
    parser_of("docx")(with_picture(word(), EVERYDAY[what](), "image/x"))


@pytest.mark.parametrize("what", HOSTILE)
def test_a_picture_that_is_damaged_acts_or_hides_is_refused_within_a_word_file(what: str) -> None:
    make, why = HOSTILE[what]
    with pytest.raises(Rejection) as found:
        parser_of("docx")(with_picture(word(), make(), "image/x"))
    assert why in found.value.why.zh


def test_a_picture_is_judged_as_one_whatever_its_content_type_says() -> None:
    for content_type in ("application/octet-stream", "text/plain", "application/x-fontdata-not"):
        with pytest.raises(Rejection):
            parser_of("pptx")(with_picture(slides(1), b"what is no picture " * 9, content_type))


def test_the_original_of_a_picture_that_was_cut_out_is_taken() -> None:
    parser_of("pptx")(with_picture(slides(1), extended_range(), "image/vnd.ms-photo", HD_PHOTO))


def test_many_pictures_are_bounded_by_their_number_and_their_pixels_together(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Office(slides(1))
    for number in range(4):
        made.add(f"ppt/media/other{number}.png", picture(size=(64, 48 + number)), "image/png")
    parser_of("pptx")(made.data())
    monkeypatch.setattr(xml_reader, "MAX_PICTURES", 4)
    with pytest.raises(Rejection) as found:
        parser_of("pptx")(made.data())
    assert "内容过多" in found.value.why.zh
    monkeypatch.undo()
    monkeypatch.setattr(xml_reader, "MAX_PIXELS", 64 * 48 * 5)
    with pytest.raises(Rejection) as found:
        parser_of("pptx")(made.data())
    assert "尺寸过大" in found.value.why.zh


def test_an_embedded_font_is_taken_and_what_only_says_so_is_not() -> None:
    parser_of("docx")(with_font(word(), covered(font())))
    wrong: list[tuple[bytes, str]] = [
        (font(), KEY), (covered(b"MZ" + bytes(600)), KEY),
        (covered(font() + zipped({"a.exe": b"MZ" * 900})), KEY), (covered(font()[:30]), KEY),
        (covered(font()), "no key"),
    ]  # fmt: skip
    for made, key in wrong:
        with pytest.raises(Rejection) as found:
            parser_of("docx")(with_font(word(), made, key))
        assert "字体" in found.value.why.zh


def test_a_font_of_a_talk_is_one() -> None:
    parser_of("pptx")(with_picture(slides(1), slide_font(), "application/x-fontdata", "a/font"))
    with pytest.raises(Rejection):
        parser_of("pptx")(with_picture(slides(1), slide_font() + b"more", "application/x-fontdata", "a/font"))
