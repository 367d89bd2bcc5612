"""torchvision's models, without the compiler that importing them would load.

torchvision (0.29) imports torch._dynamo for one function of its region operators, which no model here uses. That import takes
longer than the one of torch itself, before each prediction from the shell.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

COMPILER = "torch._dynamo.utils"  # imported by torchvision/ops/roi_align.py


@contextmanager
def _compiler_on_demand() -> Iterator[None]:
    """For a while, the compiler's module is a stand-in that imports it when it is asked."""
    if COMPILER in sys.modules:
        yield
        return
    stand_in = ModuleType(COMPILER)
    stand_in.__dict__["is_compile_supported"] = _is_compile_supported
    sys.modules[COMPILER] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(COMPILER) is stand_in:
            del sys.modules[COMPILER]


def _is_compile_supported(device_type: str) -> bool:
    from torch._dynamo.utils import is_compile_supported

    return is_compile_supported(device_type)


with _compiler_on_demand():
    from torchvision import models as tv

__all__ = ["tv"]
