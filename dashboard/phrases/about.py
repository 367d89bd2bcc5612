"""Text of the About page, Markdown."""

TITLE = "About Second Reader"
USE = """
##### Intended use
Research on mammogram models, teaching and demonstrations. Shows the score of a model on an image, how its threshold performed on unseen
patients, and where in the image the evidence lies.

##### Not intended for
Primary reading, screening decisions, or any decision about a patient. Not reviewed by a regulator. Your display is not calibrated. A score
below the threshold does not exclude cancer.

##### Scores
A probability, calibrated on the validation images of one data set; on another scanner, population or prevalence it is biased. The threshold
was chosen on validation images; its performance on test images, with intervals, is under **Reports**.
"""
PRIVACY = """
##### Your files
Files stay in the memory of this program on this computer. They are not sent anywhere, and not written to disk unless you save an exam.
Names, identifiers and dates in DICOM files are dropped on reading; views are grouped by a salted key that cannot be traced back.
Removing a view, or closing the browser tab, deletes its pixels. Your reads, marks and notes stay in memory for 12 hours, so that a refresh
loses nothing: for this browser alone, deleted at once when you remove the exam or discard your reads. Do so between users of one browser.

A saved exam holds pixels, side, view, pixel size and windows, your reads, note and structured report as typed, and every score with its
provenance. No file name, no patient name, identifier or date; letters burned into an image stay. **Delete** overwrites it, in
the database too. Copies made by the disk itself, such as backups and spare SSD cells, are beyond any program.

##### Labels
**Cannot assess**: the image does not look like a mammogram, or is blank, tiny or of another body part. No score is computed.
**SYNTHETIC**: a phantom. **Not the training filter**: the image was prepared otherwise than in the training of the model.

##### Keys
← → previous and next view; ? lists the keys of the viewer. In plain images: wheel zooms, drag moves, double click resets.
"""
