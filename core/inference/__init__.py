"""A Scan becomes a Prediction. The names load on first use: the Predictor needs torch, the rest does not."""

from importlib import import_module

_HOME = {"Predictor": "predictor", "Prediction": "prediction", "Saliency": "saliency", "default_card": "default_model"}
__all__ = ["Prediction", "Predictor", "Saliency", "default_card"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
