"""The history of the schema, the same for both databases. `Database.create` (`kaohe migrate`) runs it.

A revision runs in one transaction on either database, so an interrupted revision changes nothing. Nothing is released
yet, so there is only one revision (docs/decisions/0038-one-migration.md). After the first release each change of the
schema is a new file in `versions/`, and a released file is never edited.
"""
