"""api-key: a key for the REST interface, of which only the hash is stored."""

from typing import Annotated, get_args

import typer

from core.cli.output import echo


def api_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the caller, as the audit log shows it.")],
    role: Annotated[
        str, typer.Option(help="reader: predictions; teacher: checkpoints only; admin: also the predictions of other keys.")
    ] = "reader",
) -> None:
    """Make a key for the REST interface.

    Prints the key, which is shown once and stored nowhere, and what to add to server.toml.
    """
    import hashlib
    import secrets

    from pydantic import ValidationError

    from core.folders import server_file
    from core.service.settings import ApiKey, Role

    if role not in get_args(Role):
        raise typer.BadParameter(f"choose one of {', '.join(get_args(Role))}.", param_hint="--role")
    key = secrets.token_urlsafe(32)
    try:
        made = ApiKey.model_validate({"name": name, "role": role, "sha256": hashlib.sha256(key.encode()).hexdigest()})
    except ValidationError as e:
        raise typer.BadParameter("use letters, digits, dot, dash and underscore, at most 40.", param_hint="NAME") from e
    echo(f"Key (shown once): {key}", f"Add to {server_file()}:", "", "[[api_keys]]")
    echo(*(f'{field} = "{value}"' for field, value in made.model_dump().items()))
