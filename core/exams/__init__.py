"""The radiologist's side of an exam: its score, its prior, the assessment, the structured report, the reader study."""
