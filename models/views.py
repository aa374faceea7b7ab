"""What people keep of their own: views of the list of jobs under a name."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now, primary_key


class SavedView(Base):
    """A filter of jobs, as the search box writes it, with an order, that a person keeps under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str]
    text: Mapped[str]
    sort: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
