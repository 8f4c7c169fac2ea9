"""Files of Word, Excel and PowerPoint, read as Office reads them: the package, its parts and where they lead; old formats converted first.

Whether any other file may come in: `documents/inspection.py`. Read `inspection.py`.
"""
