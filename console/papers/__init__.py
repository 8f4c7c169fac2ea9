"""Papers (文书) from the ledger to the file: `making.py` makes one, `issue.py` makes it for good, `remake.py` again.

Here the values (`workflow/papers/`) meet the templates (`documents/papers/`); `sheets/` has the Excel papers,
`archive.py` the folder for the archive, `samples.py` the papers of the demonstration. Not here: who may make a paper
(`states/papers/paper.py`).
"""
