"""how far the events of the billing core were told to those whom they concern

Revision: 0007
Before: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    cursors = op.create_table(
        "cursors",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("reader"),
    )
    newest = sa.text("SELECT xact, id FROM billing_event ORDER BY xact DESC, id DESC LIMIT 1")
    row = op.get_bind().execute(newest).first()
    place = f"{row.xact}:{row.id}" if row else ""  # nobody is written to about what happened before
    op.bulk_insert(cursors, [{"reader": "happenings", "place": place}])


def downgrade() -> None:
    op.drop_table("cursors")
