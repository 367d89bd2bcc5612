"""Wording of the Filters page."""

TITLE = "Filters"
ABOUT = "Filters act on the model's input grid, after crop and resize."
HIDDEN = "Images only. Record your read to see scores and heatmaps."
SKIP = "Skip and compare"
SKIP_HELP = "Skips the read, then shows scores and heatmaps under each filter."
PLAIN_ROW = "Plain images, 8 bits. Reason: {reason}. Wheel: zoom all. Drag: move all. Double click: reset."
OWN_KERNEL = "Custom kernel"
OWN_KERNEL_HELP = "A 3×3 kernel of your own, as one more filter."
CUSTOM_TITLE = "Custom 3×3"
KERNELS = {
    "identity": "Identity",
    "gaussian": "Gaussian",
    "mean": "Mean",
    "laplacian": "Laplacian sharpening",
    "sharpen": "Sharpen, four neighbours",
    "sobel across": "Sobel, horizontal gradient",
    "sobel down": "Sobel, vertical gradient",
    "prewitt across": "Prewitt, horizontal gradient",
    "edges": "Laplacian, edges only",
}
KERNEL_ABOUT = (
    "Applied on the model's input grid, after crop and resize, with the chest wall at the left; the middle entry lies on the pixel. "
    "Values below 0 or above 1 are clipped. No model was trained with it."
)
NORMALISE = "Divide by the sum"
NORMALISE_HELP = "Keeps the mean brightness."
SUM_ZERO = "Entries sum to 0: flat areas become black, only rising edges show."
SUM_ZERO_NORMALISED = " Cannot be divided by its sum; used as written."
SUM_NORMALISED = "Divided by its sum, {total:.4g}; the entries now sum to 1."
SUM_OTHER = "Entries sum to {total:.4g}: brightness of flat areas changes by this factor, up to white or black."
SUM_ONE = "Entries sum to 1: flat areas keep their brightness."
TRAINED_WITH = "Training filter of {model}: {filter}. Other rows show how it reacts to preprocessing, not which filter is better."
YES, NO = "yes", "no"
TRAINING_FILTER = "training filter"
SHIFT_HELP = "Against the filter that the model was trained with."
PEAK_HELP = "Of the heatmap for “{label}”."
FILTER_MS_HELP = "Milliseconds of the filter alone, median of five runs."
SSIM_HELP = "Structural similarity to the original (Wang 2004), 1 = equal; without the black margin of the grid."
PSNR_HELP = "Peak signal-to-noise ratio to the original; higher is closer. Not defined for identical images."
PREDICTION_MS_HELP = "Milliseconds, once: crop, filter, network and heatmaps of all classes. The first prediction of a session is slower."
CNR = "Lesion contrast (CNR)"
CNR_HELP = (
    "Contrast-to-noise ratio: mean inside the outline minus mean of a ring of breast tissue round it, over the ring's standard deviation. "
    "The outline is drawn about 1 mm outside the lesion. Phantoms only."
)
CNR_FLAT = "The tissue round the {lesion} is flat in the original; its contrast-to-noise ratio is undefined."
CNR_TOO_SMALL = "On the model's grid this lesion, or the tissue round it, has too few pixels for a contrast."
CNR_DARKER = " Below 0 the lesion is darker than the tissue round it."
CNR_CLUSTER = " The outline includes the tissue between the calcifications."
CNR_CAVEAT = " One synthetic lesion; not a claim about other lesions or about detection by a reader."
SWEEP = "Score by CLAHE clip limit, tiles and gamma"
SWEEP_HELP = "Scores the image some forty times. CLAHE replaces the model's filter; gamma is applied before it."
SWEEP_RUNNING = "Scoring under other parameters"
SWEEP_FLOOR = "Clip limits below {floor:.0f} all give the same image: a tile has fewer pixels than grey levels. Compared CLAHE: 2."
SWEEP_LEGEND = "Horizontal line: threshold. Dotted: score with the model's own input. Vertical line: the usual value."
HISTOGRAMS = "Brightness histograms"
THRESHOLD = "threshold {value}"
MEASUREMENTS = "Measurements"
KERNEL_OF = "Kernel of {title}"
CLAHE_PARAMETERS = "{columns} × {rows} tiles, clip limit {clip:g}"
NO_CHANGE = "No change."
DIFFERENCE_ALT = "{title} minus original: blue is darker, orange is brighter, full colour at a change of {limit:.2g}"
SENTENCES = {  # by filter: what it does
    "none": "The grid as the model receives it, unfiltered.",
    "gaussian": "Weighted mean of nine pixels: less noise, softer edges.",
    "mean": "Plain mean of nine pixels: the strongest smoothing of the three kernels.",
    "laplacian": "Adds the second derivative: sharper edges and calcifications, more noise.",
    "clahe": "Spreads the grey levels of each tile, up to a limit: local contrast rises everywhere.",
    "custom": "Your own kernel. No model was trained with it.",
}
DIFFERENCES = "Lower row: filtered minus original. Blue: darker. Orange: brighter. Full colour at the 99.5th percentile of the changes."
