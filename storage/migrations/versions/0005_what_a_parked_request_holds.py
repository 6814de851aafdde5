"""what a parked request was written in, what it showed, and all that it filed

Revision: 0005
Before: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("parked") as batch_op:
        batch_op.alter_column("change_request", new_column_name="filed")
        batch_op.add_column(sa.Column("shown", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("written", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("parked") as batch_op:
        batch_op.drop_column("written")
        batch_op.drop_column("shown")
        batch_op.alter_column("filed", new_column_name="change_request")
