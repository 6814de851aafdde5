"""since when a case lies with a person; of cases of before, since it was opened

Revision: 0011
Before: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("person_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE cases SET person_since = opened WHERE needs_person")


def downgrade() -> None:
    with op.batch_alter_table("cases") as batch_op:
        batch_op.drop_column("person_since")
