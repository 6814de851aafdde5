"""payment proofs, disputes, collection, the schedule and events of the billing core

Revision: 0004
Before: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    op.create_index("billing_invoice_newest", "billing_invoice", ["customer_id", "issued", "number"])
    op.create_table(
        "billing_matter",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["billing_customer.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_billing_matter_customer_id", "billing_matter", ["customer_id"])
    op.create_table(
        "billing_due",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject"),
    )
    op.create_index("ix_billing_due_day", "billing_due", ["day"])
    op.create_table(
        "billing_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("xact", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("billing_event_order", "billing_event", ["xact", "id"])


def _add_columns() -> None:
    columns: dict[str, list[sa.Column[Any]]] = {
        "billing_customer": [sa.Column("muted", sa.Text(), nullable=False, server_default="[]")],
        "billing_contact": [sa.Column("phone", sa.String(), nullable=False, server_default="")],
        "billing_payment": [
            sa.Column("method", sa.String(), nullable=False, server_default=""),
            sa.Column("reference", sa.String(), nullable=False, server_default=""),
        ],
        "billing_invoice": [
            sa.Column("collection", sa.String(), nullable=False, server_default="none"),
            sa.Column("held_until", sa.Date(), nullable=True),
            sa.Column("held_for", sa.String(), nullable=False, server_default=""),
        ],
        "billing_subscription": [
            sa.Column("licence_until", sa.Date(), nullable=True),
            sa.Column("ends", sa.Date(), nullable=True),
        ],
    }
    for table, added in columns.items():
        for column in added:
            op.add_column(table, column)
