"""Wording of the Models and Compare models pages. `{}` fields are filled by name."""

MODEL, COMPARE, COMPARE_WITH, EXPORT = "Model", "Compare", "Compare with", "Export"
NO_REPORT = "This model has no test results yet. Evaluate it on its data:"
EVALUATE = "second-reader evaluate {name} --data DIR --save"
REPORT_FAILED = "The test results cannot be read."
SYNTHETIC_NOTE = "Measured on phantoms: a software check, not clinical evidence."
TESTED = "{test.images} test images of {test.patients} patients, prevalence of {positive} {prevalence}"
TABS = {
    "summary": "Summary",
    "errors": "Errors",
    "point": "Operating point",
    "argmax": "Argmax, not thresholded",
    "labels": "Labels",
    "subgroups": "Subgroups",
    "robustness": "Robustness",
    "heatmaps": "Heatmaps",
    "training": "Training",
    "card": "Card",
}

# The operating point
THRESHOLD = "Operating point: {positive} at a score of {threshold:.3f} or above"
THRESHOLD_HELP = "Every number, chart and image on this page follows. AUROC, average precision and Brier score do not depend on it."
PRESETS = "Threshold rule"
OWN_RULE = "own"
RULES = {
    OWN_RULE: "Model's own",
    "youden": "Youden",
    "sensitivity=0.9": "Sens 90",
    "sensitivity=0.95": "Sens 95",
    "specificity=0.9": "Spec 90",
    "specificity=0.95": "Spec 95",
    "cost=5": "FN cost 5",
    "cost=20": "FN cost 20",
}
RULES_HELP = "Each rule is applied to the validation images. FN cost: a false negative costs that many false positives."
CHOSEN = "chosen on this page, not validated"
CHOSEN_BY_RULE = "{rule} on the validation images, {chosen}"
COUNTS = "{tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives at {threshold:.3f} ({rule})."
FIXED = "The threshold cannot be moved: {reason}"

# Summary
INTERVAL = "{interval}, n {n}"
BELOW_BASELINE, ABOVE_BASELINE = "below majority class {baseline}", "majority class {baseline}"
MATRIX_ALT = "Confusion matrix: {tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives"
ROC_ALT = "ROC curve with the operating point"
CLICK = "Click a cell to see its images."
PREVALENCE = "Prevalence of {positive}"
PREVALENCE_HELP = "Screening: about 0.5 %. Prevalence of the test set is far higher; its PPV and NPV hold for that prevalence only."
OUTCOMES = ("True positives", "False negatives", "False positives", "Correctly not recalled")
THOUSAND = (
    "Of 1,000 patients, {positive} have it: {tp} true positives, {fn} false negatives. {fp} false positives, {tn} correctly not recalled."
)
METRICS = "All metrics"
RULE_THRESHOLD, RULE_RANKING = "threshold", "–"
BASELINE = "Majority class (accuracy)"
CLASSES = "Classes at the operating point"
CAVEATS = "Caveats"
OUTSIDE, OUTSIDE_OWN = "Tested on other hospitals' mammograms: AUROC", "–"
OUTSIDE_ABOUT = "Sources that the model was not trained on; –: trained on it, or not tested. 95 % intervals by patient; 0.5 is chance."
WAIVED = "Leakage between splits was waived: {reason}"

# Errors
CELLS = {
    "all": "All",
    "wrong": "Wrong",
    "fn": "False negatives",
    "fp": "False positives",
    "tp": "True positives",
    "tn": "True negatives",
}
CELL = "{name} ({n})"
IMAGES = "Images"
GALLERY_COUNT = "{n} images, {wrong} wrong at the operating point."
PREDICTED = "predicted {decision}"
GALLERY_FAILED = "The images cannot be shown."
ORDER, HEATMAPS_ON, PAGE_OF, READ = "Order", "Heatmaps", "Page (of {pages})", "Read"
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
}

# Operating point
RATES_TITLE = "Rates on test and validation images"
RATES = {"sensitivity": "Sensitivity", "specificity": "Specificity", "ppv": "PPV", "npv": "NPV"}
NET_BENEFIT_TITLE = "Net benefit"
NET_BENEFIT = "Vickers & Elkin 2006. Above both reference lines, using the score beats recalling all or none."
CALIBRATION = "Calibration"
BEFORE_TEMPERATURE = "Before temperature scaling (T = {temperature:.2f}, fitted on validation; dotted): {sentence}"
UNCERTAINTY = "Uncertainty and abstention"
CONFORMAL = (
    "Conformal prediction sets at {target:.0%} coverage, calibrated on {n} validation images. Test coverage {coverage}; "
    "mean set size {size:.2f} classes."
)
SET_SIZES = "Images by set size: {sizes}"
SELECTIVE = "Images nearest to the threshold are left out first. Area under the risk–coverage curve {aurc:.3f}."
AGREEMENT = "Agreement and analytic intervals"
ANALYTIC = "Analytic 95 % intervals take the images of one patient as independent, so they are too narrow."

# More than two classes, and labels that occur together
ARGMAX_ABOUT = "Each image counts as its most probable class. No threshold is used, so counts differ from those at the operating point."
ROC_CLASSES = "ROC curve of each class"
HAMMING = (
    "Hamming loss: share of wrong yes/no answers, lower is better. Subset accuracy: share of images with every answer right. "
    "Most frequent label set in the test split: {common}."
)
NO_LABEL = "no label"
LABEL_THRESHOLDS = "Each label has its own threshold, chosen on validation (Youden); the operating point above does not move it."
BOTH_LABELS, CALLED_LABELS = "Images with both labels", "Images with the row's label, predicted as the column's"

# Subgroups
LEVELS = "By image, breast and patient"
LEVELS_ABOUT = "A breast or patient is positive if any of its images is; its score is the maximum or mean of theirs."
SUBGROUPS = "By density, view, side, source, finding and size"
NO_SUBGROUPS = "The source gives no density, view or side, or a single value of each."
SUBGROUPS_ABOUT = "By finding and size: images with it against all negative images."

# Robustness
MISSING = "Not measured for this model. Run:"
NOT_LOCALISABLE = "The target of this model has no location in the image."
PERTURBATIONS = "Perturbations of the image"
SPREAD_UNDEFINED = "Score SD under {source}: not measured, {reason}."
SPREAD = (
    "Score SD under {source}: median {median:.3f}, 90th percentile {p90:.3f}. Detects wrong decisions with AUROC {auroc}; "
    "distance to the threshold alone: {distance}."
)
SHORTCUTS = "Shortcut probes"
SHORTCUTS_ABOUT = (
    "Logistic regression on the network's features, folds by patient. If features predict the source, the score may depend on the scanner. "
    "Markers and labels: see “outside erased” under Perturbations."
)
NOT_MEASURED = "not measured: {reason}"
RESOLUTION = "Lower input resolution"
RESOLUTION_ABOUT = (
    "{n} images, {patients} patients ({seen}). The input was downsampled and enlarged again, with the same network; a network trained at "
    "low resolution may lose less. Micrometres: median over the images. Rates at the model's own threshold."
)
SEEN = {"test": "test split", "all": "never seen in training"}

# Heatmaps
SUBSET = "Images"
OWN_THRESHOLD = "Called positive and missed: at the model's own threshold ({threshold:.3f})."
HEATMAPS_ABOUT = "Images of {label} with outlined lesions. The last two rows are uninformed baselines."
FROC = "Findings from the heatmap (FROC)"
FROC_ABOUT = "{n} test images with outlined lesions, whatever the decision. A mark is the peak of a spot above half of full colour."
FAITHFULNESS = "Faithfulness"
RANDOMISATION = (
    "Parameter randomisation test, {n} images: similarity to the heatmap of a re-initialised network (1 = identical, a failure): {parts}."
)
DELETION = (
    "Area under the score curve, hottest pixels first minus random order: deletion {deletion} (below 0 is faithful), "
    "insertion {insertion} (above 0 is faithful)."
)

# Card
WITH_NOTES = "With radiology notes"
CHECKLIST = "Reporting checklist (TRIPOD+AI, CLAIM 2024)"

# Compare models
NOTHING_COMPARABLE = "No two models were tested on the same images for the same target. Train another recipe on the same data folder:"
TRAIN_ANOTHER = "second-reader train RECIPE --data DIR"
OWN_POINTS = "Each model at its own threshold."
PAIRED = "{n} images, {patients} patients in both test splits. Bootstrap by patient, paired."
DIFFERENCE = "Difference (second − first)"
MCNEMAR = "McNemar: correct only in {first} {a}, only in {second} {b}; p = {p:.3g} ({note})."
DELONG = "DeLong, paired: z = {z:.2f}, p = {p:.3g} ({note})."
CHANGED = "Different decisions: {n} images"
