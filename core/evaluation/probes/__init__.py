"""What is measured with the model at hand: heatmaps, perturbations, features."""
