"""Inspects Word, Excel and PowerPoint files, parsed as Office parses them, and converts files of the old formats.

Read `inspection.py` first. It goes through a file: the zip (`archive.py`), its parts and relationships (`package.py`),
the XML of each part (`xml_reader.py`), the content of the XML that acts without a relationship (`active_content.py`,
with `word_fields.py` and `formulas.py`), and the pictures and fonts in the file (`embedded_pictures.py`,
`metafiles.py`, `svg.py`, `fonts.py`). `part_titles.py` names the part with a fault. `conversion.py` converts an old
file before it is inspected. Not here: other kinds of files (`documents/inspection.py`).
"""
