"""agents ask the customer, and are reminded: a request's time stands still, and a note goes under its card

Revision: 0012
Before: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("parked") as parked:
        parked.add_column(sa.Column("question", sa.String(), nullable=False, server_default=""))
        parked.add_column(sa.Column("paused", sa.DateTime(timezone=True)))
        parked.add_column(sa.Column("answered", sa.DateTime(timezone=True)))
        parked.add_column(sa.Column("remind_at", sa.DateTime(timezone=True)))
        parked.add_column(sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"))
        parked.create_index("ix_parked_remind_at", ["remind_at"])
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("under", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("under")
    with op.batch_alter_table("parked") as parked:
        parked.drop_index("ix_parked_remind_at")
        for column in ("reminders", "remind_at", "answered", "paused", "question"):
            parked.drop_column(column)
