"""The commands of `python -m core`, a file a subject. Each imports only what it needs."""

EXIT_UNREADABLE, EXIT_FAILED, EXIT_USAGE = 2, 1, 64  # 64: EX_USAGE of sysexits.h


def words(e: dict) -> str:
    """A measured number with its interval, or why there is none."""
    return (
        f"{e['value']:.3f}  ({e['low']:.3f} to {e['high']:.3f}, {e['method']})"
        if e["value"] is not None
        else f"undefined: {e['undefined']}"
    )
