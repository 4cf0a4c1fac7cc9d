"""Whose patient has left for good: their appointments name nobody.

The default is the database's too, so that the version before this one can go on inserting.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
expands = True


def upgrade() -> None:
    op.add_column("appointments", sa.Column("user_left", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("appointments", "user_left")
