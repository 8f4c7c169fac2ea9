"""What people hand in: documents by their digest, the names of files, and forms begun and not yet submitted. Read `documents.py`."""
