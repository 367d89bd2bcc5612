"""The shape of the house: imports run one way, and what needs no torch imports none."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_imports_run_one_way():
    done = subprocess.run([str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "core.scans",
        "core.scans.read",
        "core.scans.quality",
        "core.imaging.input",
        "core.labels",
        "core.datasets.manifest",
        "core.datasets.split",
        "core.datasets.phantom",
        "core.models.card",
        "core.evaluation.report",
        "core.inference.default_model",
        "core.store.saved_exams",
        "core.cli.main",
    ],
)
def test_torch_line(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0, f"{module} imports torch"


def test_the_first_page_opens_without_what_takes_long_to_import():
    heavy = ("torch", "pandas", "pydicom", "scipy", "sklearn", "sqlmodel", "sqlalchemy")
    code = (
        "import sys, dashboard.cache.checkpoints as r; r.warm_up = lambda: None; import dashboard.main; "
        f"sys.exit(','.join(m for m in {heavy!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1]


def test_a_prediction_imports_no_compiler_and_nothing_that_only_fits():
    """torchvision imports torch._dynamo, which takes longer than torch; whoever asks torchvision for it still gets it."""
    code = (
        "import sys, core.inference.predictor; assert not {'torch._dynamo', 'scipy.optimize', 'sklearn', 'pandas'} & set(sys.modules); "
        "from torchvision.ops import roi_align; operators = sys.modules['torchvision.ops.roi_align']; "
        "assert isinstance(operators.is_compile_supported('cpu'), bool); import torch; torch._dynamo.utils.counters"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_init_files_under_tests():
    # tests/core/__init__.py would shadow the package of the same name.
    assert not list((ROOT / "tests").rglob("__init__.py"))
