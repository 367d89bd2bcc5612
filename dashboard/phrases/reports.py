"""Wording of the Reports page. `{}` fields are filled by name."""

MODEL, COMPARE_WITH = "Model", "Compare with"
NO_REPORT = "This model has no report.json. Evaluate it again."
SYNTHETIC_NOTE = ": a software check, not clinical evidence."
WAIVER = "Leakage between splits was waived for this model. Reason given:"
SPLITS = (
    "Test: {test.images} images, {test.patients} patients. Threshold and temperature from {validation.images} validation images of "
    "{validation.patients} other patients. Prevalence {prevalence}. Split {split}."
)
OPERATING_POINT = "Operating point: {positive}, threshold {threshold:.3f}"
AT_THRESHOLD = (
    "{tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives at score ≥ {threshold:.3f} ({rule}). "
    "Cards, matrix, ROC point and images use this rule. Click a cell to see its images."
)
METRICS = "All metrics"
RULE_THRESHOLD, RULE_ARGMAX, RULE_RANKING = "threshold", "argmax", "–"
BASELINE = "Majority class (accuracy)"
CLASSES = "Classes (argmax, not thresholded)"
CLASSES_ABOUT = "Each image counts as its most probable class, whatever the threshold; counts differ from those at the operating point."
CLASSES_MULTILABEL = "Each label"
LOCALISATION = "Heatmap accuracy"
CALIBRATION = "Calibration"
BEFORE_TEMPERATURE = "Before temperature scaling (T = {temperature:.2f}, fitted on validation; dotted): {sentence}"
OTHER_POINTS = "Other operating points"
CONSOLE_ABOUT = "For exploration; the rest of the report stays at the model's own threshold."
CONSOLE_RULE = "Rule, applied to validation"
OWN_RULE = "model's own"
RULES = {
    "youden": "Youden",
    "sensitivity=0.9": "sensitivity 0.90",
    "sensitivity=0.95": "sensitivity 0.95",
    "specificity=0.9": "specificity 0.90",
    "specificity=0.95": "specificity 0.95",
    "cost=5": "false negative costs 5 false positives",
    "cost=20": "false negative costs 20",
}
CONSOLE_COUNTS = "Test images: {tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives ({positive})."
RATES = {"sensitivity": "Sensitivity", "specificity": "Specificity", "ppv": "PPV", "npv": "NPV"}
PREVALENCE = "Prevalence of {positive}"
PREVALENCE_HELP = "Screening: about 0.5 %. Prevalence of the test set is far higher; PPV and NPV above hold for that prevalence only."
OUTCOMES = ("True positives", "False negatives", "False positives", "Correctly not recalled")
THOUSAND = (
    "Of 1,000 patients, {positive} have it: {tp} true positives, {fn} false negatives. {fp} false positives, {tn} correctly not recalled."
)
NET_BENEFIT = "Net benefit (Vickers & Elkin 2006). Above both reference lines, using the score beats recalling all or none."
AGREEMENT = "Agreement and multiclass AUROC"
ANALYTIC = "{name}, analytic interval ({method}): {low:.2f} to {high:.2f}; {note}."
MULTILABEL = "Multilabel metrics"
HAMMING = (
    "Hamming loss: share of wrong yes/no answers, lower is better. Subset accuracy: share of images with every answer right. "
    "Most frequent label set in the test split: {common}."
)
NO_LABEL = "no label"
LABEL_THRESHOLDS = "Thresholds chosen on validation (Youden), rates from the test split."
BOTH_LABELS, CALLED_LABELS = "Images with both labels", "Images with the row's label, predicted as the column's"
WITH_NOTES = "With radiology notes"
RESOLUTION = "Lower input resolution"
RESOLUTION_ABOUT = (
    "{n} images, {patients} patients ({seen}). The input was downsampled and enlarged again, with the same network; a network trained at "
    "low resolution may lose less. Micrometres: median over the images."
)
SEEN = {"test": "test split", "all": "never seen in training"}
LEVELS = "By image, breast and patient"
LEVELS_ABOUT = "A breast or patient is positive if any of its images is; its score is the maximum or mean of theirs."
SUBGROUPS = "Subgroups"
NO_SUBGROUPS = "The source gives no density, view or side, or a single value of each."
SUBGROUPS_ABOUT = "By finding and size: images with it against all negative images."
UNCERTAINTY = "Uncertainty: prediction sets and selective prediction"
CONFORMAL = (
    "Conformal prediction sets at {target:.0%} coverage, calibrated on {n} validation images. Test coverage {coverage}; "
    "mean set size {size:.2f} classes."
)
SET_SIZES = "Images by set size: {sizes}"
SELECTIVE = "Images nearest to the threshold are left out first. Area under the risk–coverage curve {aurc:.3f}."
CHECKLIST = "Reporting checklist (TRIPOD+AI, CLAIM 2024)"
EXPORT = "Export"
TRAINING = "Training curves"
NO_CURVES = "No training curves saved."
MISSING = "Not measured for this model. Run `second-reader evaluate NAME --data DIR --save`."
NOT_LOCALISABLE = "The target of this model has no location in the image."
ROBUSTNESS = "Robustness"
SPREAD_UNDEFINED = "Score SD under {source}: not measured, {reason}."
SPREAD = (
    "Score SD under {source}: median {median:.3f}, 90th percentile {p90:.3f}. Detects wrong decisions with AUROC {auroc}; "
    "distance to the threshold alone: {distance}."
)
HEATMAPS = "Heatmap quality"
HEATMAPS_ABOUT = "Images of {label} with outlined lesions. The last two rows are uninformed baselines."
RANDOMISATION = (
    "Parameter randomisation test, {n} images: similarity to the heatmap of a re-initialised network (1 = identical, a failure): {parts}."
)
DELETION = (
    "Area under the score curve, hottest pixels first minus random order: deletion {deletion} (below 0 is faithful), "
    "insertion {insertion} (above 0 is faithful)."
)
SHORTCUTS = "Shortcut probes"
SHORTCUTS_ABOUT = (
    "Logistic regression on the network's features, folds by patient. If features predict the source, the score may depend on the scanner. "
    "Markers and labels: see “outside erased” under Robustness."
)
NOT_MEASURED = "not measured: {reason}"
IMAGES = "Images"
GALLERY_COUNT = "{n} images, {wrong} wrong at the threshold."
PREDICTED = "predicted {decision}"
GALLERY_FAILED = "The images cannot be shown."
FOLDER = "Image folder"
FOLDER_HELP = "A path on the machine that runs the dashboard. Images are found by content, not by name."
LINK_FOLDER = "Shipped models include no patient images. Enter the folder of the data set to see them."
NOT_IN_FOLDER = "not in the folder"
ORDERS = {
    "confidence": "most confident first",
    "errors": "most confident errors",
    "perturbation_sd": "least stable",
    "filter_range": "largest difference between filters",
    "asymmetry": "largest left–right difference",
    "other": "largest difference to the compared model",
}
DIFFERENT_TESTS = "Tested on different images: not comparable row by row."
SAME_IMAGES = "{first} and {second} on common test images"
PAIRED = "{n} images, {patients} patients in both test splits. Bootstrap by patient, paired."
MCNEMAR = "McNemar: correct only in {first} {a}, only in {second} {b}; p = {p:.3g} ({note})."
DELONG = "DeLong, paired: z = {z:.2f}, p = {p:.3g} ({note})."
CHANGED = "Different decisions: {n} images"
TWO_OR_ONE = "Choose one model for its full report, or two to compare them side by side."
