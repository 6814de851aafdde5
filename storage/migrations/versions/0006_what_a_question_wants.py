"""what an open question wants to know, so that a bare number answers it

Revision: 0006
Before: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("parked") as batch_op:
        batch_op.add_column(sa.Column("wants", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("parked") as batch_op:
        batch_op.drop_column("wants")
