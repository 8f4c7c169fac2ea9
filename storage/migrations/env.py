"""Alembic's environment: migrates over the given connection, or writes the SQL if there is no connection."""

from alembic import context

from storage.tables.columns import METADATA

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(
        dialect_name=context.config.attributes["dialect"],
        target_metadata=METADATA,
        literal_binds=True,
        transactional_ddl=False,
    )
else:
    context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
