"""A Scan becomes a Reading. The names load on first use: the Reader needs torch, the rest does not."""

from importlib import import_module

_HOME = {"Reader": "reader", "Reading": "reading", "Saliency": "saliency", "default_card": "choose"}
__all__ = ["Reader", "Reading", "Saliency", "default_card"]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
