"""THE PAPER. Files that people hand in: whether one may be accepted, and why not. Bytes in, an answer out; nothing is stored.

Read `inspection.py` first: it runs a parser in a process of its own (`isolation.py`, `worker.py`): `pdf.py`, `pictures.py`,
`plain_text.py` or, for Word, Excel and PowerPoint, `office/`. What they share: `rejection.py` (why a file is rejected), `links.py` (where a
link leads) and `signatures.py` (first bytes by which formats are known). Not here: where files are stored (`storage/papers`).
"""
