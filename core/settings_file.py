"""Settings from a TOML file: one sentence where it is wrong, which names the key and never its value. No torch."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import SecondReaderError

Settings = TypeVar("Settings", bound=BaseModel)


def read_toml(path: Path, error: type[SecondReaderError]) -> dict[str, Any]:
    """What the file holds; nothing where there is none. `error` where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as e:
        raise error(f"{path} cannot be read ({type(e).__name__}).", "Check the file and its permissions.") from e
    except tomllib.TOMLDecodeError as e:
        raise error(f"{path} is not valid TOML ({e}).", "Correct the file.") from e


def validated(values: dict[str, Any], model: type[Settings], source: str, document: str, error: type[SecondReaderError]) -> Settings:
    """The values as a model; `error` where one is wrong. `source` says where they are from, `document` lists the keys."""
    try:
        return model.model_validate(values)
    except ValidationError as e:
        first = e.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        message = "unknown" if first["type"] == "extra_forbidden" else f"wrong: {first['msg'].removeprefix('Value error, ').rstrip('.')}"
        raise error(f"{where} in {source} is {message}.", f"Correct it; {document} lists the keys.") from e
