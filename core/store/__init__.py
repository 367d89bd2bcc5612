"""Cases kept on disk when the user says so: de-identified images, readings and impressions. Off by default; no torch.

This module is light, so that a first page may ask whether anything is kept; the store brings SQLModel.
"""

from pathlib import Path

from core.errors import StoreError
from core.folders import PACKAGE, saved_folder

DATABASE, IMAGES = "saved.sqlite", "images"


def anything_saved() -> bool:
    """Whether there may be kept cases."""
    return (saved_folder() / DATABASE).is_file()


def private_folder() -> Path:
    """The folder of kept cases, made where it is missing, for this user alone (mode 0700).

    Raises
    ------
    StoreError
        If it cannot be made, lies within the program's own folder, or is open to others and holds other files.
    """
    folder = saved_folder()
    if folder.resolve().is_relative_to(PACKAGE.parent):
        raise StoreError("Kept cases may not lie in the program's own folder.", "Let SECOND_READER_SAVED name another folder.")
    try:
        (folder / IMAGES).mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            others = {p.name for p in folder.iterdir()} - {IMAGES}
            if others and not any(name.startswith(DATABASE) for name in others):
                raise StoreError(
                    "The folder for kept cases can be read by others and holds other files.",
                    "Let SECOND_READER_SAVED name an empty folder.",
                )
            folder.chmod(0o700)
        (folder / IMAGES).chmod(0o700)
    except OSError as e:
        raise StoreError(
            f"The folder for kept cases cannot be used ({e.strerror}).", "Check its rights, or let SECOND_READER_SAVED name another."
        ) from e
    return folder
