"""De-identification of DICOM images by the Basic Application Level Confidentiality Profile (PS3.15 Annex E)."""
