"""what answer caps count, and who is told of a letter that does not arrive

Revision: 0003
Before: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DIGESTS = ("domain_digest", "text_digest", "answer_digest", "capped")


def upgrade() -> None:
    for name in DIGESTS:
        op.add_column("inbox", sa.Column(name, sa.String(), nullable=True))
    op.create_index(op.f("ix_inbox_domain_digest"), "inbox", ["domain_digest"])
    op.add_column("outbox", sa.Column("on_failure", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_column("on_failure")
    with op.batch_alter_table("inbox") as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_domain_digest"))
        for name in DIGESTS:
            batch_op.drop_column(name)
