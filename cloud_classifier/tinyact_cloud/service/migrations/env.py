"""Run the steps on the connection that database.py hands over, in the transaction it began."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
