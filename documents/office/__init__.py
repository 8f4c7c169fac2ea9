"""Word, Excel and PowerPoint files, parsed as Office parses them; old formats are converted first.

`inspection.py` walks a file: the zip (`archive.py`), the parts and relationships (`package.py`), the XML of each part (`xml_reader.py`), what in
it acts without a relationship (`active_content.py`, with `word_fields.py` and `formulas.py`), and pictures and fonts inside it
(`embedded_pictures.py`, `metafiles.py`, `svg.py`, `fonts.py`). Not here: other kinds of files (`documents/inspection.py`). Read
`inspection.py` first.
"""
