"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from overt.errors import BadDatabase

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not taken from `schema.metadata`: that moves on, this does not.
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("public_key", sa.LargeBinary(32), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(60), nullable=False),
        sa.Column("key_salt", sa.LargeBinary(16), nullable=False),
        sa.Column("key_cost", sa.String(40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.CheckConstraint("length(public_key) = 32", name="ck_accounts_public_key_length"),
        sa.CheckConstraint("length(wrapped_key) = 60", name="ck_accounts_wrapped_key_length"),
        sa.CheckConstraint("length(key_salt) = 16", name="ck_accounts_key_salt_length"),
    )
    op.create_table(
        "account_roles",
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("account", "role", name="pk_account_roles"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_account_roles_account"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("blocked_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_ins"),
    )
    op.create_table(
        "deployments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("profile", sa.String(40), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("place", sa.String(400), nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deployments"),
    )
    op.create_table(
        "documents",
        sa.Column("deployment", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "kind", name="pk_documents"),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name="fk_documents_deployment"),
    )
    op.create_table(
        "texts",
        sa.Column("deployment", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary(32)),
        sa.Column("body", sa.Text),
        sa.Column("destroyed_at", TIME),
        sa.PrimaryKeyConstraint("deployment", "sha256", name="pk_texts"),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name="fk_texts_deployment"),
        sa.CheckConstraint("length(salt) = 32", name="ck_texts_salt_length"),
        sa.CheckConstraint(
            "(destroyed_at IS NULL) = (salt IS NOT NULL AND body IS NOT NULL)",
            name="ck_texts_destroyed",
        ),
    )
    op.create_table(
        "certificates",
        sa.Column("deployment", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "sha256", name="pk_certificates"),
        sa.ForeignKeyConstraint(
            ["deployment"], ["deployments.id"], name="fk_certificates_deployment"
        ),
    )
    op.create_table(
        "alerts",
        sa.Column("ref", sa.String(40), nullable=False),
        sa.Column("deployment", sa.String(40), nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("destroy_after", TIME, nullable=False),
        sa.Column("hold_until", TIME),
        sa.Column("destroyed_at", TIME),
        sa.PrimaryKeyConstraint("ref", name="pk_alerts"),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name="fk_alerts_deployment"),
    )
    op.create_index("ix_alerts_deployment", "alerts", ["deployment"])


def downgrade() -> None:
    """Refused: an older schema has no room for what was recorded since.

    Raises:
        BadDatabase: always.
    """
    msg = "a database is never taken back to an older schema"
    raise BadDatabase(msg, rule="R21", advice="Restore a copy made before the upgrade.")
