"""What the processes of `tests.nursery` begin with: all of Nightboard's parts, and what they load late."""

import _strptime

import numpy.ma
import psycopg
from sqlalchemy.orm import configure_mappers

from engine import board, cli, reconcile, shift, supervise, up, worker

__all__ = ["_strptime", "board", "cli", "numpy", "psycopg", "reconcile", "shift", "supervise", "up", "worker"]

configure_mappers()
