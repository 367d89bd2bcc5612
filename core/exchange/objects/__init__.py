"""An exam's results as DICOM objects: structured reports, presentation states, segmentations, secondary captures, key objects."""
