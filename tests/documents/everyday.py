"""Makes the everyday files of an office with Python libraries: Word, Excel, PowerPoint and PDF files, by name."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from html import escape
from io import BytesIO

import docx
import openpyxl
import pikepdf
import pptx
import xlsxwriter
from docx.shared import Cm
from openpyxl.chart import BarChart, Reference
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from .building import (
    MICROSOFT,
    OFFICE,
    SHEET_NS,
    WORD_NS,
    Office,
    changed_pdf,
    office,
    picture,
    raw_pdf,
    saved_pdf,
    unfiltered_object_stream,
    zipped,
)
from .everyday_pictures import PICTURES
from .links import EVERYDAY as LINKS
from .media import EVERYDAY as MEDIA
from .parts import covered, emf, font, slide_font, with_font, with_picture

TEXT = "本单位认真落实党风廉政建设责任制，开展警示教育，自查自评如下。说明：表中 JavaScript、/Launch、DDEAUTO、<script> 均为培训材料用语。"
_W = f'xmlns:w="{WORD_NS}"'


def saved(book: object) -> bytes:
    made = BytesIO()
    book.save(made)  # type: ignore[attr-defined]
    return made.getvalue()


def word(rows: int = 5, with_picture: bool = True) -> bytes:
    """A report with headings, a table, a picture, a header and page numbers, by python-docx."""
    made = docx.Document()
    made.add_heading("自评报告", 0)
    made.add_paragraph(TEXT)
    table = made.add_table(rows=1, cols=3)
    for number in range(rows):
        for cell, content in zip(table.add_row().cells, (str(number), "考核要素", "4.5"), strict=True):
            cell.text = content
    if with_picture:
        made.add_picture(BytesIO(picture("JPEG", (640, 480))), width=Cm(8))
    made.sections[0].header.paragraphs[0].text = "二〇二六年度考核"
    made.add_page_break()
    return saved(made)


def with_field(instruction: str, data: bytes | None = None) -> bytes:
    """A field in a Word text, in one piece, as Word writes it."""
    parts = (("begin", ""), ("", instruction), ("separate", ""), ("end", ""))
    runs = "".join(
        f'<w:fldChar w:fldCharType="{kind}"/>' if kind else f'<w:instrText xml:space="preserve">{content}</w:instrText>'
        for kind, content in parts
    )
    return Office(data or word()).inside(f"<w:p {_W}><w:r>{runs}</w:r></w:p>", before="<w:sectPr").data()


def sheet(rows: int = 40) -> bytes:
    """A score sheet with formulas, a chart and a picture, by openpyxl."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "自评表"
    page.append(["序号", "考核要素", "分值", "自评分"])
    for number in range(1, rows + 1):
        page.append([number, f"要素 {number}", 5, number % 5])
    page["F1"] = "=SUM(D2:D40)"
    page["F2"] = '=IF(D2>3,"通过|DDE","CALL(不)")'
    page["F3"] = '=HYPERLINK("https://example.invalid/","链接")'
    chart = BarChart()
    chart.add_data(Reference(page, min_col=4, min_row=1, max_row=rows))
    page.add_chart(chart, "H2")
    page.add_image(SheetImage(BytesIO(picture())), "H20")
    return saved(book)


def report_sheet(**options: object) -> bytes:
    """A table with charts, a button, check boxes, notes, a list to choose from and conditional colours, by XlsxWriter."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **options}) as book:
        page = book.add_worksheet("汇总")
        page.write_row(0, 0, ["部门", "得分", "日期"], book.add_format({"bold": True}))
        for row in range(1, 60):
            page.write_row(row, 0, [f"部门{row}", row % 100])
            page.write_datetime(row, 2, date(2026, 11, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=汇总!$B$2:$B$60", "categories": "=汇总!$A$2:$A$60"})
        page.insert_chart("E2", chart)
        page.insert_button("E20", {"caption": "打印"})
        page.insert_checkbox("E22", True)
        page.write_comment("A1", "请核对")
        page.data_validation("D2:D60", {"validate": "list", "source": ["符合", "部分符合", "不符合"]})
        page.conditional_format("B2:B60", {"type": "data_bar"})
        page.write_url("E1", "https://example.invalid/", string="网站")
        page.write_url("E3", "external:c:\\资料\\附件.xlsx")
        page.insert_image("E30", "a.png", {"image_data": BytesIO(picture())})
        page.protect()
    return made.getvalue()


def slides(count: int = 3) -> bytes:
    """Slides with a chart that carries its workbook, a table, a picture and notes, by python-pptx."""
    made = pptx.Presentation()
    for number in range(count):
        page = made.slides.add_slide(made.slide_layouts[5])
        page.shapes.title.text = f"述职述廉 {number}"
        figures = CategoryChartData()
        figures.categories = ["一", "二", "三"]
        figures.add_series("得分", (1, 2, 3))
        page.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, 3_000_000, 2_000_000, figures)
        page.shapes.add_table(2, 2, 0, 0, 2_000_000, 1_000_000)
        page.shapes.add_picture(BytesIO(picture()), 0, 0)
        page.notes_slide.notes_text_frame.text = TEXT
        run = page.shapes.title.text_frame.paragraphs[0].add_run()
        run.text, run.hyperlink.address = "链接", "https://example.invalid/"
    return saved(made)


def report_pdf(pages: int = 2, **options: object) -> bytes:
    """A report in Chinese with a picture, a link, bookmarks and a form to fill in, by ReportLab."""
    made = BytesIO()
    if "STSong-Light" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(made, pagesize=A4, **options)
    for number in range(pages):
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 760, TEXT[:40])
        canvas.linkURL("https://example.invalid/", (72, 700, 200, 720))
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"第 {number} 页", f"p{number}")
        canvas.acroForm.textfield(name=f"field{number}", x=72, y=600, width=200, value="fill in")
        canvas.acroForm.checkbox(name=f"check{number}", x=72, y=550)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def chart_in_word() -> bytes:
    """A chart with its own workbook in a Word text, as Word writes it."""
    slide = Office(slides(1))
    made = Office(word())
    chart, book = slide.first(r"charts/chart\d*\.xml$"), slide.first(r"embeddings/.*\.xlsx$")
    made.add(
        "word/charts/chart1.xml",
        slide.parts[chart],
        "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    )
    made.add(
        "word/embeddings/Microsoft_Excel_Worksheet.xlsx",
        slide.parts[book],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    made.relate("chart", "charts/chart1.xml")
    made.relate("package", "../embeddings/Microsoft_Excel_Worksheet.xlsx", source="word/charts/chart1.xml")
    return made.data()


def linked_chart_in_word() -> bytes:
    """A chart pasted from Excel: it stays linked to the workbook on its author's machine."""
    made = Office(chart_in_word())
    made.relate("oleObject", r"file:///D:\考核\汇总.xlsx", source="word/charts/chart1.xml", external=True)
    return made.data()


def renamed_main(data: bytes) -> bytes:
    """As Word Online names the main part."""
    made = Office(data)
    for name in ("word/document.xml", "word/_rels/document.xml.rels"):
        made.parts[name.replace("document.xml", "document2.xml")] = made.parts.pop(name)
    for name in ("[Content_Types].xml", "_rels/.rels"):
        made.parts[name] = made.parts[name].replace(b"word/document.xml", b"word/document2.xml")
    return made.data()


def renamed(data: bytes, change: Callable[[str], str]) -> bytes:
    """The same parts under other names; the references to them stay. OPC compares names without case."""
    return zipped({change(name): content for name, content in Office(data).parts.items()})


def template(target: str) -> bytes:
    made = Office(word())
    settings = made.first(r"settings\.xml$")
    made.relate("attachedTemplate", target, source=settings, external=True)
    return made.data()


def external_book(target: str, kind: str = "externalLinkPath") -> bytes:
    """Formulas that read another workbook, with the values they had."""
    made = Office(sheet())
    link = f'<externalLink xmlns="{SHEET_NS}"><externalBook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rIdX1"><sheetNames><sheetName val="a"/></sheetNames></externalBook></externalLink>'
    made.add(
        "xl/externalLinks/externalLink1.xml",
        link,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml",
    )
    made.relate("externalLink", "externalLinks/externalLink1.xml")
    kind = kind if kind == "externalLinkPath" else f"{MICROSOFT}/xlExternalLinkPath/{kind}"
    made.relate(kind, target, source="xl/externalLinks/externalLink1.xml", external=True)
    return made.data()


def _white() -> bytes:
    made = BytesIO()
    Image.new("RGB", (3162, 3162), (255, 255, 255)).save(made, "BMP")
    return made.getvalue()


def white_bitmap() -> bytes:
    """A scan of an empty page, as a bitmap: packed, it is a thousandth of its size."""
    made = Office(word())
    made.add("word/media/image9.bmp", _white(), "image/bmp")
    made.relate("image", "media/image9.bmp")
    return made.data()


def _annotated(made: pikepdf.Pdf) -> None:
    uri = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.invalid/javascript:void")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=uri)
    made.pages[0].Annots = pikepdf.Array([made.make_indirect(link)])
    made.Root.OpenAction = pikepdf.Array([made.pages[0].obj, pikepdf.Name.Fit])
    made.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array([])))
    made.docinfo["/Title"] = "JavaScript 与 /Launch 培训"


def _linked(data: bytes) -> bytes:
    """Links as people make them."""
    made = Office(data)
    for target in LINKS:
        made.relate("hyperlink", escape(target), external=True)
    return made.data()


def _pictured(data: bytes) -> bytes:
    made = Office(data)
    for number, make in enumerate(MEDIA.values()):
        made.add(f"media/{number}.dat", make(), "image/x")
    return made.data()


def _formulas(*those: str) -> bytes:
    rows = "".join(f'<row r="{n}"><c r="B{n}"><f>{one}</f></c></row>' for n, one in enumerate(those, start=1))
    return Office(sheet()).add("xl/worksheets/sheet9.xml", f'<worksheet xmlns="{SHEET_NS}"><sheetData>{rows}</sheetData></worksheet>', "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml").data()  # fmt: skip


def _show(data: bytes) -> bytes:
    made = Office(data)
    types = made.parts["[Content_Types].xml"]
    made.parts["[Content_Types].xml"] = types.replace(b"presentation.main+xml", b"slideshow.main+xml")
    return made.data()


WORDS: dict[str, Callable[[], bytes]] = {
    "a report": word,
    "a long table": lambda: word(300),
    "the least": lambda: office("docx", "<w:p/>"),
    "a chart": chart_in_word,
    "a chart linked to a workbook on its author's machine": linked_chart_in_word,
    "of Word Online": lambda: renamed_main(word()),
    "names in capitals": lambda: renamed(word(), str.upper),
    "names with backslashes": lambda: renamed(word(), lambda name: name.replace("/", "\\")),
    "a template on the author's machine": lambda: template(r"file:///D:\Office\Templates\Normal.dotm"),
    "a template beside it": lambda: template("通知模板.dotx"),
    "a picture on the author's machine": lambda: with_field(r' INCLUDEPICTURE "C:\\DOCUME~1\\x\\Temp\\ksohtml\\wps1.jpg" \* MERGEFORMAT '),
    "page numbers": lambda: with_field(" PAGE  \\* MERGEFORMAT "),
    "a table of contents": lambda: with_field(' TOC \\o "1-3" \\h \\z \\u '),
    "a link as a field": lambda: with_field(' HYPERLINK "https://example.invalid/DDEAUTO" '),
    "links of every kind": lambda: _linked(word()),
    "a link to a share as a field": lambda: with_field(' HYPERLINK "\\\\\\\\files\\\\share\\\\考核\\\\a.docx" \\l "a" '),
    "a film on its author's machine": lambda: (made := Office(word()), made.relate("video", "file:///D:/a.mp4", external=True))[0].data(),
    "a place to click in a form": lambda: with_field(" MACROBUTTON NoMacro [点击此处输入] "),
    "a field in a field": lambda: with_field(' IF </w:instrText><w:fldChar w:fldCharType="begin"/><w:instrText> PAGE </w:instrText><w:fldChar w:fldCharType="end"/><w:instrText> = 1 "a" "b" '),
    "a link to nowhere from a web page": lambda: (made := Office(word()), made.relate("hyperlink", "javascript:void(0);", external=True))[0].data(),
    "a picture that is gone": lambda: (made := Office(word()), made.relate("image", "NULL"))[0].data(),
    "a white bitmap": white_bitmap,
    "a blank end": lambda: word() + bytes(512),
    "a letterhead as SVG": lambda: Office(word()).add("word/media/a.svg", '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "image/svg+xml").data(),
    "an empty picture": lambda: Office(word()).add("word/media/b.png", b"", "image/png").data(),
    "a packed metafile": lambda: Office(word()).add("word/media/b.emz", gzip.compress(emf()), "image/x-emz").data(),
    "an embedded font": lambda: with_font(word(), covered(font())),
    "pictures of every kind": lambda: _pictured(word()),
    "the trash of Word": lambda: Office(word()).add("[trash]/0000.dat", b"\xff" * 200).data(),
}  # fmt: skip

SHEETS: dict[str, Callable[[], bytes]] = {
    "scores": sheet,
    "a report": report_sheet,
    "of one pass": lambda: report_sheet(constant_memory=True),
    "zip64": lambda: report_sheet(use_zip64=True),
    "the least": lambda: office("xlsx"),
    "names in capitals": lambda: renamed(sheet(), str.upper),
    "another workbook on the author's machine": lambda: external_book(r"file:///D:\考核\2025.xlsx"),
    "another workbook beside it": lambda: external_book("2025年.xlsx"),
    "another workbook that is gone": lambda: external_book("2025.xlsx", "xlPathMissing"),
    "imported text": lambda: Office(sheet()).add("xl/connections.xml", f'<connections xmlns="{SHEET_NS}"><connection id="1" name="a" type="6"><textPr sourceFile="C:\\a.csv"/></connection></connections>', "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml").data(),
    "a connection that was deleted": lambda: Office(sheet()).add("xl/connections.xml", f'<connections xmlns="{SHEET_NS}"><connection id="1" name="a" type="1" deleted="1"><dbPr connection="" command=""/></connection></connections>', "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml").data(),
    "a note with a line break, as Excel writes it": lambda: Office(report_sheet()).inside("<div><font>a<br></font></div>", part="xl/drawings/vmlDrawing1.vml").data(),
    "a link to nowhere from a web page": lambda: (made := Office(sheet()), made.relate("hyperlink", "javascript://", external=True))[0].data(),
    "links of every kind": lambda: _linked(sheet()),
    "links that cells make": lambda: _formulas('HYPERLINK(A2,"打开")', 'HYPERLINK("#"&amp;A2&amp;"!A1")', 'HYPERLINK("D:\\照片\\"&amp;A2&amp;".jpg")', 'HYPERLINK("https://example.invalid/"&amp;ENCODEURL(A2))'),
    "many rows": lambda: sheet(3_000),
}  # fmt: skip

SLIDES: dict[str, Callable[[], bytes]] = {
    "a talk with charts": slides,
    "a show under the ending of a talk": lambda: _show(slides(1)),
    "a long talk": lambda: slides(20),
    "links of every kind": lambda: _linked(slides(1)),
    "an embedded font": lambda: with_picture(slides(1), slide_font(), "application/x-fontdata", f"{OFFICE}/font"),
    "pictures of every kind": lambda: _pictured(slides(1)),
    "a film in it": lambda: (
        Office(slides(1)).add("ppt/media/media1.mp4", b"\0\0\0\x18ftypmp42" + bytes(500), "video/mp4").data()
    ),
}

PDFS: dict[str, Callable[[], bytes]] = {
    "a report": report_pdf,
    "of one page": lambda: report_pdf(1, pageCompression=1),
    "the least": raw_pdf,
    "links, bookmarks, an empty list of attachments": lambda: saved_pdf(_annotated),
    "packed objects": lambda: saved_pdf(_annotated, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "packed objects that are not compressed": unfiltered_object_stream,
    "the owner's restrictions": lambda: saved_pdf(_annotated, encryption=pikepdf.Encryption(owner="x", user="", allow=pikepdf.Permissions(extract=False))),
    "for the web": lambda: saved_pdf(_annotated, linearize=True),
    "bytes before it": lambda: b"\xef\xbb\xbf\r\n" + raw_pdf(),
    "a printer's words before it": lambda: b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n" + raw_pdf(),
    "bytes after it": lambda: raw_pdf() + b"\r\n</body></html>\r\n" + bytes(4000),
    "printed when opened": lambda: raw_pdf(b"<< /S /Named /N /Print >>", catalog=b"/OpenAction 4 0 R"),
    "a link to another PDF": lambda: raw_pdf(b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /GoToR /F (b.pdf) /D [0 /Fit] >> >>"),
    "a saved change": lambda: changed_pdf(raw_pdf()),
    "a broken table of objects": lambda: raw_pdf().replace(b"startxref\n", b"startxref\n9"),
}  # fmt: skip


TEXTS: dict[str, Callable[[], bytes]] = {
    f"{encoding}{' with its mark' if mark else ''}": (lambda encoding=encoding, mark=mark: mark + f"{TEXT}\r\n第二行\tx\r\n".encode(encoding))  # type: ignore[misc]
    for encoding, mark in (
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("gbk", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"),
    )
} | {
    "UTF-16 without a mark": lambda: "Name, Points\r\nfinance 4.5\r\n办公室\r\n".encode("utf-16-le"),
    "an old end of file": lambda: "自评\r\n\x1a".encode("gb18030"),
    "a page's source as text": lambda: b"<html><script>alert(1)</script></html>",
    "English": lambda: b"plain words\n",
}  # fmt: skip

EVERYDAY: dict[str, tuple[str, Callable[[], bytes]]] = {
    f"{ending}: {what}": (f"材料.{ending}", make)
    for ending, those in (("docx", WORDS), ("xlsx", SHEETS), ("pptx", SLIDES), ("pdf", PDFS), ("txt", TEXTS))
    for what, make in those.items()
} | {
    f"picture: {what}": (f"照片.{'PNG' if 'PNG' in what or 'scan' in what else 'jpg'}", make) for what, make in PICTURES.items()
} | {
    "a PNG that a chat program called jpg": ("微信图片.jpg", picture),
    "a JPEG that a browser called jfif": ("下载.jfif", lambda: picture("JPEG")),
    "a name in full-width letters": ("报告．ＤＯＣＸ", word),
}  # fmt: skip
