"""An index by which a terminal's expected files are found, however many others there are."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAME = "ix_expected_blob_terminal_id_sha256"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index(NAME, "expected_blob", ["terminal_id", "sha256"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index(NAME, "expected_blob")
