"""what the buyer wants to read on invoices

Revision: 0002
Before: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("buyer_reference", sa.String(), nullable=False, server_default="")
    op.add_column("billing_customer", column)
