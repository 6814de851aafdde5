"""the audit stays append-only: no entry is replaced (SQLite), not all are dropped at once (PostgreSQL)

Revision: 0010
Before: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(  # TRUNCATE asks no row
            "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    op.execute(  # the DELETE within REPLACE fires no trigger of its own (SQLite: recursive_triggers is off)
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE case_id = NEW.case_id AND number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_no_truncate ON audit")
        return
    op.execute("DROP TRIGGER audit_no_replace")
