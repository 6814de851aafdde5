"""Alembic's entry: runs on the connection that `storage.database.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import billing.embedded.tables
import storage.tables  # noqa: F401  (both fill the metadata)

assert billing.embedded.tables
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
context.run_migrations()
