"""LightGBM, imported where a model is trained or loaded: a third of a second that nobody else pays."""

from typing import Any

from propcast.core.errors import InputError


def lightgbm() -> Any:
    """Return the library; `InputError` where it was not installed with PropCast."""
    try:
        import lightgbm as library
    except ImportError as error:
        raise InputError("models need lightgbm; `pip install 'propcast[boosting]'`") from error
    return library
