"""About: use, limits, what happens to data."""

from importlib.metadata import version

import pandas as pd
import streamlit as st

from dashboard import phrases

st.subheader("About Second Reader", anchor=False)
st.warning(phrases.FOOTER, icon=":material/warning:")
left, right = st.columns(2, gap="large")
with left:
    st.markdown(
        """
##### What it is for
Research on mammogram models, teaching, and demonstrations. It shows what a model scores on an image, how that threshold did on
patients the model had not seen, and where in the image the evidence lies.

##### What it is not for
Primary reading, screening decisions, or any decision about a patient. No regulator has looked at it, and your display is not calibrated.
A score below the threshold does not mean that there is no cancer.

##### What a score is
A probability, calibrated on validation images of one data set. On another scanner, another population or another prevalence it is off.
The threshold was chosen on validation images; what it meant on the test images stands under **Reports**, with intervals.
"""
    )
with right:
    st.markdown(
        """
##### What happens to your files
They stay in the memory of this program on this computer. They are not sent anywhere, and not written to disk unless you press **Keep this
case**. Names, identifiers and dates in DICOM files are dropped on reading; views are grouped by a salted key that leads back to nobody.
Removing a case, or closing the browser tab, forgets its pixels. What you recorded, marked or wrote about an exam stays in that memory for
twelve hours, so that a refresh loses nothing: for this browser alone, and gone at once when you remove the case or press **Forget them**.
Where several people read in one browser, do so between them.

A kept case holds pixels, side, view, pixel size and windows, your impressions, note and structured report as you typed them, and every
score with what it came from. No file name, no name, identifier or date of a patient goes with it; letters burned into an image stay.
**Delete** overwrites and removes it, in the database too. What the disk itself copies, such as backups and the spare cells of an SSD,
is beyond any program.

##### What you may see
**Cannot assess**: the image does not look like a mammogram, or is blank, tiny or another body part. No score is computed.
**SYNTHETIC**: a phantom, drawn by a program. **Off its recipe**: the image was prepared in another way than the model was trained with.

##### Keys
← → go to the previous and the next case; ? lists the keys of the viewer. In plain images: wheel zooms, drag moves, double click resets.
"""
    )
    packages = ("streamlit", "torch", "torchvision", "grad-cam", "pydicom", "scikit-learn", "plotly", "pandas")
    st.dataframe(pd.DataFrame([{"package": p, "version": version(p)} for p in packages]), hide_index=True, height="content")
