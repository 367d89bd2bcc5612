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
was chosen on validation images; its performance on test images, with intervals, is under **Models**.
"""
PRIVACY = """
##### Your files
Files stay in the memory of this program on this computer. They are not written to disk unless you save an exam, and nothing is sent
unless you send results to an archive.
Images that other systems send to the receiver lie in its inbox, with their headers, until they expire.
Names, identifiers and dates in DICOM files are dropped on reading, or, where results can be exported, stay in memory with the open image.
Views are grouped by a salted key that cannot be traced back.
Open images, reads, marks and notes stay in memory for 12 hours after the last use, for this browser only, so that a refresh loses nothing.
**Remove exam** erases them at once; **Reset for next visitor**, in the menu of the header, erases all. Use it between users of one browser.

A saved exam holds pixels, side, view, pixel size and windows, your reads, note and structured report as typed, and every score with its
provenance. It holds no file name and no name, identifier or date of the patient; text burned into an image stays in it. **Delete**
overwrites it, in the database too. Backups and spare SSD cells are beyond any program's reach.

##### Labels
**Cannot assess**: the image does not look like a mammogram, or is blank, tiny or of another body part. No score is computed.
**SYNTHETIC**: a phantom. **Unlike the training images**: out of the distribution that the model was trained on.

##### Keys
N and P: next and previous exam. → and ←: next and previous view. Shift+0…6: BI-RADS category. Shift+A…D: density. Enter: record, then
next exam. H: heatmap. ? lists all keys. In plain images: wheel zooms, drag moves, double click resets.
"""
