"""Wording of a model's card, of its training, and of the Runs page."""

INTENDED, RECIPE = "Intended use", "Recipe and versions"
PRECISIONS = {"32-true": "32 bit", "bf16-mixed": "bfloat16 mixed precision"}
ROWS = {
    "architecture": "Architecture",
    "parameters": "Parameters",
    "classes": "Classes",
    "score": "Score",
    "threshold": "Model's own threshold",
    "input": "Input",
    "data": "Data",
    "images": "Images (patients)",
    "licence": "Licence",
    "initial_weights": "Initial weights",
    "precision": "Numeric precision",
    "trained": "Trained",
    "weights": "Weights (hash)",
}

NO_CURVES = "No training curves saved."
TRAIN = "second-reader train RECIPE --data DIR"
EMPTY_RUNS = "No training in the runs folder yet. Start one; its curves appear here while it runs."
RUNS, RUNS_HELP = "Runs", "Newest first, shipped models last. Select rows to compare their curves."
NO_EPOCH = "Select a run. A run appears after its first epoch."
COMPLETE, RUNNING = "complete", "running or interrupted"
RUN_COLUMNS = {"run": "Run", "state": "State", "epoch": "Epoch", "best": "Best validation AUROC", "minutes": "Minutes"}
CURVES = {"loss": "Loss", "auroc": "AUROC", "accuracy": "Accuracy", "precision": "Precision", "recall": "Recall"}
LINES = "Dashed: training. Solid: validation."
RECIPES = "Recipe differences"
SETTING = "Setting"
TWO_RUNS = "Select two or more runs to compare their recipes."
NO_DIFFERENCE = "no difference"
