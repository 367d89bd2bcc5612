"""Cases saved on disk when the user says so: de-identified images, predictions and assessments. Off by default; no torch.

This module is light, so that a first page may ask whether anything is saved; the store itself imports SQLModel.
"""

from pathlib import Path

from core.errors import StoreError
from core.folders import PACKAGE, saved_folder

DATABASE, IMAGES = "saved.sqlite", "images"


def anything_saved() -> bool:
    """Whether there may be saved cases."""
    return (saved_folder() / DATABASE).is_file()


def private_folder() -> Path:
    """The folder of saved cases, made where it is missing, for this user alone (mode 0700).

    Raises
    ------
    StoreError
        If it cannot be made, lies within the program's own folder, or is open to others and holds other files.
    """
    folder = saved_folder()
    if folder.resolve().is_relative_to(PACKAGE.parent):
        raise StoreError("Saved cases may not lie in the program's own folder.", "Set SECOND_READER_SAVED to another folder.")
    try:
        (folder / IMAGES).mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            others = {p.name for p in folder.iterdir()} - {IMAGES}
            if others and not any(name.startswith(DATABASE) for name in others):
                raise StoreError(
                    f"The folder {folder} can be read by others and holds other files.", "Set SECOND_READER_SAVED to an empty folder."
                )
            folder.chmod(0o700)
        (folder / IMAGES).chmod(0o700)
    except OSError as e:
        raise disk_error("The folder of saved cases cannot be used", e) from e
    return folder


def disk_error(what: str, e: OSError) -> StoreError:
    """The error of a disk that refuses, with the folder, what to do and the variable that moves it. It never advises to delete."""
    return StoreError(f"{what} ({e.strerror or e}).", remedy(saved_folder()))


def remedy(folder: Path) -> str:
    """What helps where saved cases cannot be written."""
    return f"Check free space and rights of the drive of {folder}, or set SECOND_READER_SAVED to a folder on another, local drive."
