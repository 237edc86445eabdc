"""Run by Alembic alone: takes the steps on the connection that `server.store.schema` hands over."""

from alembic import context
from sqlalchemy import Connection

if hasattr(context, "config"):  # absent where somebody merely imports every module
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection)
    context.run_migrations()
