"""The history of the schema, one for both databases. Run by `Database.create` (`kaohe migrate`), never by hand.

A revision runs inside one transaction on either database, so one that is interrupted leaves nothing behind. Nothing is
released yet, so there is one revision (docs/decisions/0038-one-migration.md); from the first release on, each change of
the schema is a new file in `versions/`, and a released file is never edited.
"""
