#!/usr/bin/env bash
# Guess: for a multi-frame file, pydicom's pixel_array(file, index=i) and iter_pixels(file) give what ds.pixel_array[i] gives.
# Found, with pydicom 3.0.2: not for segmentations of one bit per pixel, whose frames follow each other without padding. If the bits of a frame before its first and after its last whole byte are
# more than eight together, pydicom reads one byte too few: "cannot reshape array of size 34 into shape (5,7)". Whether it happens depends on the frame: of 3 frames of 5 x 7 only the last fails,
# of 4 frames of 21 x 22 the 2nd and 3rd. ds.pixel_array is right for all of them, and so are frames of a multiple of 8 pixels. Version 3.0.1 repaired part of this:
# https://github.com/pydicom/pydicom/issues/2134. A program that reads frame by frame to save memory must try sizes such as 21 x 22, since 512 x 512 never fails.
#
# Needs Python 3.10 or newer with venv. Downloads pydicom and numpy. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pydicom==3.0.2 numpy
cat > frames.py <<'PYTHON'
import io
import numpy, pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.pixels import iter_pixels, pack_bits, pixel_array
from pydicom.uid import ExplicitVRLittleEndian, SegmentationStorage, generate_uid

print("pydicom", pydicom.__version__, "numpy", numpy.__version__)

def segmentation(frames):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = SegmentationStorage, generate_uid(), ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality, ds.SegmentationType = SegmentationStorage, meta.MediaStorageSOPInstanceUID, "SEG", "BINARY"
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 1, "MONOCHROME2", 0, 1, 1, 0
    ds.PixelData = pack_bits(frames)
    ds["PixelData"].VR = "OB"
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()

def read(bytes, index):
    try: return pixel_array(io.BytesIO(bytes), index=index)
    except ValueError as e: return str(e)

def each(bytes):
    try: return len(list(iter_pixels(io.BytesIO(bytes))))
    except ValueError as e: return str(e)

for count, rows, columns in (4, 512, 512), (3, 5, 7), (4, 21, 22):
    truth = numpy.random.default_rng(1).integers(0, 2, (count, rows, columns), numpy.uint8)
    file, pixels = segmentation(truth), rows * columns
    whole = numpy.array_equal(pydicom.dcmread(io.BytesIO(file)).pixel_array, truth)
    print(f"{count} frames of {rows} x {columns}, all at once: {'right' if whole else 'WRONG'}; iter_pixels: {each(file)}")
    assert whole
    for i in range(count):
        got, expected_failure = read(file, i), i * pixels % 8 + pixels % 8 > 8
        print(f"  index={i}: {got if isinstance(got, str) else 'right' if numpy.array_equal(got, truth[i]) else 'WRONG'}")
        assert isinstance(got, str) == expected_failure, "the behaviour has changed"
PYTHON
venv/bin/python frames.py
