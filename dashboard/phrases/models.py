"""Wording of the Models and Training pages."""

MODELS = "Models"
BASELINE = "Majority class: accuracy {value}."
INTENDED, LIMITS, WAIVER, RECIPE = "Intended use", "Limits", "Waiver", "Recipe and versions"
PRECISIONS = {"32-true": "32 bit", "bf16-mixed": "bfloat16 mixed precision"}

TRAINING = "Training"
EMPTY_TRAINING = "No training runs. Start one with `second-reader train`; its curves appear while it runs."
RUNS, RUNS_HELP = "Runs", "Newest first, shipped models included."
NO_EPOCH = "Select a run. A run appears after its first epoch."
COMPLETE, RUNNING = "complete", "running or interrupted"
RUN = "{name}: {state}; epoch {epoch}, best validation AUROC {best:.3f}, {minutes:.0f} min"
LINES = "Dashed: training. Solid: validation."
RECIPES = "Recipe differences"
TWO_RUNS = "Select two or more runs to compare their recipes."
NO_DIFFERENCE = "no difference"
