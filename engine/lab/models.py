"""A lab's own model that somebody sends: its files, or a zip of them, looked over and tried before anything is kept."""

import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from engine import own_pipelines
from engine.access import Actor
from engine.archives import BROKEN
from engine.board import Board
from engine.lab.asked import asked
from engine.own_pipelines import Added
from engine.pipelines.onnx_folder import DESCRIPTION, MODEL, BadPipeline
from engine.refusals import Invalid
from models.people import Role

ENDINGS = (".onnx", ".toml")
LARGEST = 2**31  # bytes of all files together
MOST = 20  # files
BLOCK = 2**20
WANTED = f"Send {MODEL} and {DESCRIPTION}, and the classifier's file if there is one, or one zip of them."


def add(board: Board, actor: Actor, files: Mapping[str, IO[bytes]]) -> Added:
    """Add the pipeline of these files, by their names. Raises Forbidden, and Invalid with what is wrong."""
    with asked(board, actor, "add a model", files=sorted(files)[:MOST]):
        board.settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".model-", dir=board.settings.home) as draft:
            folder = Path(draft)
            _lay(files, folder)
            try:
                return own_pipelines.add(board.store, board.settings.home, folder)
            except BadPipeline as wrong:
                raise _invalid(str(wrong)) from None


def check_right(board: Board, actor: Actor) -> None:
    """Raise Forbidden, and write it down, for who may not add a model."""
    if not actor.may(Role.ADMIN) or actor.project_id is not None:
        with asked(board, actor, "add a model"):
            pass


def _lay(files: Mapping[str, IO[bytes]], folder: Path) -> None:
    """Write the files of a model into a folder. Raises Invalid."""
    room = min(LARGEST, shutil.disk_usage(folder).free // 2)
    for name, file in files.items():
        if not name.lower().endswith(".zip"):
            room -= _write(name, file, folder, room)
            continue
        try:
            with zipfile.ZipFile(file) as archive:
                for member in archive.infolist():
                    leaf = member.filename.rpartition("/")[2]
                    if leaf.endswith(ENDINGS) and not leaf.startswith("."):
                        with archive.open(member) as packed:
                            room -= _write(leaf, packed, folder, room)
        except BROKEN as wrong:
            raise _invalid(f"{name[:200]} cannot be unpacked ({wrong}); pack it again.") from None
    missing = [name for name in (MODEL, DESCRIPTION) if not (folder / name).exists()]
    if missing:
        raise _invalid(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing. {WANTED}")


def _write(name: str, file: IO[bytes], folder: Path, room: int) -> int:
    """Write one file, and return its bytes. Raises Invalid for a name or size that cannot be."""
    if not name.endswith(ENDINGS) or Path(name).name != name or not name.isprintable() or len(name) > 200:
        raise _invalid(f"{name[:200]!r} is no file of a model. {WANTED}")
    if (folder / name).exists():
        raise _invalid(f"There are two files {name}; send those of one model.")
    if len(list(folder.iterdir())) >= MOST:
        raise _invalid(f"A model has at most {MOST} files.")
    written = 0
    with (folder / name).open("wb") as to:
        while block := file.read(BLOCK):
            written += len(block)
            if written > room:
                raise _invalid(f"The model is larger than the {LARGEST // 2**30} GB that are taken, or than the disk.")
            to.write(block)
    return written


def _invalid(sentence: str) -> Invalid:
    return Invalid({"non_field_errors": [sentence]})
