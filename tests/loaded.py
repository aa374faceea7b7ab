"""What `tests.nursery` has its processes begin with: the parts of Nightboard, their tables joined up."""

from sqlalchemy.orm import configure_mappers

from engine import board, cli, reconcile, shift, supervise, up, worker

__all__ = ["board", "cli", "reconcile", "shift", "supervise", "up", "worker"]

configure_mappers()
