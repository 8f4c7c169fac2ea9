"""THE PAPER. Decides whether an uploaded file is accepted, and gives the reason if not. Converts old Office files.

Read `inspection.py` first. It runs a parser in a separate process (`isolation.py`, `worker.py`): `pdf.py`,
`pictures.py`, `plain_text.py`, or `office/` for Word, Excel and PowerPoint. `kinds.py` lists the accepted kinds and
their parsers. The parsers share `rejection.py` (why a file is rejected), `links.py` (the target of a link) and
`file_formats.py` (formats by their first bytes). Not here: the storage of files (`storage/papers`).
"""
