"""Wording of the first screen."""

SENTENCE = "An open second reader for mammograms: score, heatmap and honest test results."
IMAGE_ALT = "Four synthetic mammograms, hung chest wall to chest wall; a heatmap marks a mass in the right breast."
IMAGE_CAPTION = "Sample exam under Phantom triage. Heat only in views at or above the threshold."
CITATION = (
    "Real sample exam: CBIS-DDSM, CC BY 3.0. Lee et al., A curated mammography data set for use in computer-aided detection and diagnosis "
    "research, Scientific Data 4, 170177 (2017), [doi:10.1038/sdata.2017.177](https://doi.org/10.1038/sdata.2017.177)."
)
MODELS = "Models: test AUROC"
MODELS_ABOUT = "AUROC on test images of unseen patients, with 95 % confidence interval."
TESTED = "{interval}, n = {n}"
NO_REPORT = "No test results"
DETAILS = "All test results"
