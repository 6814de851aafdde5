"""the rate at which the VAT of a foreign invoice is declared, as it was when the invoice was finalised

Revision: 0008
Before: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("billing_invoice") as batch_op:
        batch_op.add_column(sa.Column("exchange", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("billing_invoice") as batch_op:
        batch_op.drop_column("exchange")
