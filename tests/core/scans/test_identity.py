"""Keys of patients, studies and days: what groups images, and what must not."""

import pytest

from core.scans import read_scan
from core.scans.identity import is_placeholder, shifted_day


@pytest.mark.parametrize("nobody", ["ANONYMOUS", "0", "UNKNOWN", "^", "XXXX", "de-identified", "9999", "No ID", "", " \0"])
def test_placeholders_are_nobody(make_dicom, nobody):
    assert read_scan(make_dicom(PatientID=nobody)).patient_key is None


@pytest.mark.parametrize("patient_id", ["10", "99", "XX1", "UNKNOWN-17", "9998"])
def test_other_identifiers_are_somebody(patient_id):
    assert not is_placeholder(patient_id)


def test_keys(make_dicom):
    def keys(issuer, patient):
        scan = read_scan(make_dicom(IssuerOfPatientID=issuer, PatientID=patient, StudyInstanceUID="1.2.3"))
        return scan.patient_key, scan.study_key

    assert keys("A", "BC") != keys("AB", "C")
    assert keys("", "ab7")[0] != keys("", "AB7")[0]  # PS3.5 6.2, LO: case is significant
    assert keys("", "AB7") == keys("", "AB7 ") == keys("", " AB7") == keys("", "AB7\0")  # blanks at both ends are padding
    assert keys("", "AB7")[1] != keys("", "AB8")[1]  # two patients under one study are two exams


@pytest.mark.parametrize(
    "date",
    [
        "20240230",
        "20241301",
        "20240001",
        "00010101",
        "18991230",
        "19000101",
        "29990101",
        "2024",
        "202411",
        "2024111",
        "2024.1.1",
        "",
        "unknown",
    ],
)
def test_an_impossible_date_gives_no_interval(make_dicom, date):
    """PS3.5 6.2, DA: eight digits, YYYYMMDD, a day of the Gregorian calendar; fillers lie at the start of a century."""
    data = make_dicom(PatientID="AB7", StudyDate="20240817")
    assert read_scan(data).shifted_day is not None
    assert read_scan(data.replace(b"20240817", date.ljust(8).encode())).shifted_day is None


def test_a_date_without_a_patient_gives_no_interval(make_dicom):
    assert read_scan(make_dicom(PatientID="ANONYMOUS", StudyDate="20240817")).shifted_day is None


def test_a_leap_day_counts():
    """PS3.5 6.2, DA; 2024 is a leap year, 2023 is none."""
    assert shifted_day("A", "20240301") - shifted_day("A", "20240228") == 2
    assert shifted_day("A", "20230301") - shifted_day("A", "20230228") == 1


def test_the_patient_in_a_patient_id_of_cbis_ddsm_counts(make_dicom):
    def key(patient):
        return read_scan(make_dicom(PatientID=patient)).patient_key

    assert key("Mass-Test_P_00173_LEFT_CC") == key("Calc-Training_P_00173_RIGHT_MLO") == key("Mass-Test_P_00173_LEFT_CC_1")
    assert key("Mass-Test_P_00173_LEFT_CC") != key("Mass-Test_P_00174_LEFT_CC")
    assert key("Mass-Test_P_00173_LEFT_CC_old") != key("Mass-Test_P_00173_LEFT_CC")
