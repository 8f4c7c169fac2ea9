"""Papers that people submit: documents by their digest, the names of files, and drafts of forms.

Read `documents.py`.
"""
