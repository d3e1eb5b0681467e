#!/usr/bin/env bash
# Guess: a TIFF file of whole 8-bit numbers, with a predictor of 2 (differences between neighbours), has the same pixels for tifffile as for programs that use libtiff (Pillow, OpenCV).
# Found, with tifffile 2026.3.3 and imagecodecs 2026.3.6, Pillow 12.3.0 and OpenCV 5.0.0: only where the compression is one that has a predictor (LZW, deflate). Without compression, and with PackBits, libtiff does not know the
# tag (OpenCV prints a warning about an unknown field) and gives the numbers as they are stored; tifffile adds them up. Without compression it even adds up all rows as if they were one, so the second
# row goes on from the end of the first, and its result is right under neither reading (without imagecodecs it ends in numpy's AxisError); with PackBits each row begins anew. TIFF 6.0, section 14, has differences with LZW only. A writer that sets
# the tag and stores plain numbers is read as it meant by libtiff, and wrongly, without an error, by tifffile.
#
# Needs Python 3.11 or newer with venv. Downloads tifffile, imagecodecs, Pillow, OpenCV and numpy. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tifffile==2026.3.3 imagecodecs==2026.3.6 pillow==12.3.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cat > predictor.py <<'PYTHON'
import struct, zlib
import cv2, numpy, PIL, tifffile
from PIL import Image

print("tifffile", tifffile.__version__, "Pillow", PIL.__version__, "OpenCV", cv2.__version__)

def write(name, compression, data, width, height):
    tags = {256: width, 257: height, 258: 8, 259: compression, 262: 1, 273: 0, 277: 1, 278: height, 279: len(data), 317: 2}
    tags[273] = 8 + 2 + 12 * len(tags) + 4                                       # where the data begin
    with open(name, "wb") as file:
        file.write(b"II*\0" + struct.pack("<IH", 8, len(tags)))
        for tag, value in tags.items(): file.write(struct.pack("<HHII", tag, 4, 1, value))
        file.write(struct.pack("<I", 0) + data)

stored = (numpy.arange(12).reshape(3, 4) * 5 + 1).astype(numpy.uint8)
rows = numpy.cumsum(stored, 1, numpy.uint8)                                       # each row's differences added up
everything = numpy.cumsum(stored, dtype=numpy.uint8).reshape(3, 4)
pack_bits = b"".join(bytes([3]) + row.tobytes() for row in stored)
for name, compression, data, libtiff, other in (("none", 1, stored.tobytes(), stored, everything), ("PackBits", 32773, pack_bits, stored, rows),
                                                ("deflate", 8, zlib.compress(stored.tobytes()), rows, rows)):
    write("a.tif", compression, data, 4, 3)
    got = tifffile.imread("a.tif"), numpy.array(Image.open("a.tif")), cv2.imread("a.tif", cv2.IMREAD_UNCHANGED)
    print(f"compression {name}:", *(f"{who} {pixels.tolist()}" for who, pixels in zip(("tifffile", "Pillow", "OpenCV"), got)))
    for pixels, expected in zip(got, (other, libtiff, libtiff)): assert numpy.array_equal(pixels, expected), "the behaviour has changed"
PYTHON
venv/bin/python predictor.py
