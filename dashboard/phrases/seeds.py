"""Wording of the table of the five seed systems; docs/seeds.md has the same one with its explanations."""

SEEDS = "The five published student systems"
SEEDS_ABOUT = (
    "Honest: split by patient before anything is augmented, threshold from validation. 95 % intervals by patient. "
    "docs/seeds.md explains each row."
)
SEED_COLUMNS = ("system", "recipe", "claimed", "same protocol here", "honest", "ours")
SEED_ROWS = (
    (
        "1 CancerDetectNet",
        "cancerdetectnet",
        "accuracy 0.942",
        "accuracy 0.984 (0.974 to 0.993), mini-MIAS",
        "accuracy 0.519 (0.436 to 0.606), majority 0.606",
        "mias-triage, AUROC 0.703 (0.624 to 0.782), five folds",
    ),
    (
        "2 ResNet18 on mini-MIAS",
        "mias-resnet18",
        "accuracy 0.82, malignant recall 0.95",
        "not run: the split is not described",
        "accuracy 0.214 (0.174 to 0.255), malignant recall 0.481 (0.340 to 0.619), without ImageNet weights",
        "mias-triage, AUROC 0.703 (0.624 to 0.782), five folds",
    ),
    (
        "3 Density × severity",
        "density8",
        "not quoted here",
        "not run",
        "accuracy 0.183 (0.117 to 0.258), majority 0.191, on six classes of mini-MIAS",
        "inbreast-suspicion, AUROC 0.819 (0.753 to 0.876), five folds",
    ),
    (
        "4 Roboflow tumour",
        "roboflow-resnet50 and three others",
        "accuracy 0.71, recall 0.66, precision 0.61, F1 0.64",
        "not run: needs a GPU",
        "AUROC 0.567 (0.476 to 0.651) after one epoch",
        "roboflow-tumour, AUROC 0.664 (0.631 to 0.694), five folds",
    ),
    (
        "5 Calcification types",
        "calcifications-resnet34, calcifications4-resnet34",
        "accuracy 0.80",
        "not run: its images are not at hand",
        "accuracy 0.514 (0.429 to 0.600), majority 0.300, on phantoms",
        "phantom-calcifications, on phantoms only",
    ),
)
