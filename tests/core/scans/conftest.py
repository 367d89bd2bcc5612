"""DICOM objects made by hand, to be bent by the tests."""

import io

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset


@pytest.fixture
def pixels():
    """12-bit values (96, 64) with every grey level of a ramp and some noise."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 4000, 96 * 64).reshape(96, 64)
    return np.clip(ramp + rng.integers(0, 95, ramp.shape), 0, 4095).astype(np.uint16)


@pytest.fixture
def make_dicom(pixels):
    """A function: keyword attributes over a plain mammography object → bytes."""

    def make(array=None, syntax=uid.ExplicitVRLittleEndian, encoder=None, **attributes):
        array = pixels if array is None else array
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = attributes.get("SOPClassUID", uid.DigitalMammographyXRayImageStorageForPresentation)
        meta.MediaStorageSOPInstanceUID = "1.2.3.4"
        meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian if encoder else syntax
        ds = Dataset()
        ds.file_meta = meta
        ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = meta.MediaStorageSOPClassUID, "1.2.3.4", "MG"
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PixelRepresentation = *array.shape, 1, 0
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
        ds.PhotometricInterpretation = "MONOCHROME2"
        order = ">u2" if syntax == uid.ExplicitVRBigEndian else "<u2"
        ds.PixelData = array.astype(order).tobytes()
        ds["PixelData"].VR = "OW"
        for key, value in attributes.items():
            if value is None:
                if key in ds:
                    delattr(ds, key)
            else:
                setattr(ds, key, value)
        if encoder:
            ds.compress(syntax, encoding_plugin=encoder, generate_instance_uid=False)
        out = io.BytesIO()
        ds.save_as(out, enforce_file_format=True)
        return out.getvalue()

    return make
