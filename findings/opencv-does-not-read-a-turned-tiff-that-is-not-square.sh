#!/usr/bin/env bash
# Guess: cv2.imread reads a TIFF file with Orientation 6 (to be turned by 90 degrees), turns it, and leaves it as it is stored with IMREAD_UNCHANGED or IMREAD_IGNORE_ORIENTATION, as it does for PNG and JPEG.
# Found, with OpenCV 5.0.0 (opencv-python-headless 5.0.0.93) and 4.14.0: if height and width differ, imread returns None for the orientations 5 to 8, with any of these flags, and logs
# "Internal imread issue: 'original_ptr == real_mat.data' must be 'true'". Orientations 1 to 4 are read, and so is a square picture; but that is turned with every flag: neither IMREAD_UNCHANGED nor
# IMREAD_IGNORE_ORIENTATION has an effect on a TIFF. cv2.imdecode, given the bytes of the same file, reads and turns it, again with every flag. So a program that reads scans or photos in TIFF must look for
# None and can then try imdecode, and a test with square pictures does not find it.
#
# Needs Python 3.11 or newer with venv. Downloads OpenCV, Pillow and numpy. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 pillow==12.3.0 numpy==2.4.6
cat > turned.py <<'PYTHON'
import os, struct
os.environ["OPENCV_LOG_LEVEL"] = "SILENT"                                         # else the message above comes with each None
import cv2, numpy, PIL
from PIL import Image

print("OpenCV", cv2.__version__, "Pillow", PIL.__version__)
flags = {"IMREAD_COLOR": cv2.IMREAD_COLOR, "IMREAD_UNCHANGED": cv2.IMREAD_UNCHANGED, "IMREAD_IGNORE_ORIENTATION": cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION}

def stored(height, width):
    pixels = numpy.zeros((height, width), numpy.uint8)
    pixels[:32, :32] = 255                                                        # white at the upper left
    pixels[:32, 32:64] = 96
    return pixels

def write(name, pixels, orientation):
    if name.endswith(".tif"):
        height, width = pixels.shape
        tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 0, 274: orientation, 277: 1, 278: height, 279: width * height}
        tags[273] = 8 + 2 + 12 * len(tags) + 4                                    # where the data begin
        with open(name, "wb") as file:
            file.write(b"II*\0" + struct.pack("<IH", 8, len(tags)))
            for tag, value in tags.items(): file.write(struct.pack("<HHIHH", tag, 3, 1, value, 0))
            file.write(struct.pack("<I", 0) + pixels.tobytes())
    else:
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(pixels).save(name, exif=exif)

def what(got, pixels):
    if got is None: return "None"
    got = got[..., 0] if got.ndim == 3 else got
    near = lambda other: got.shape == other.shape and numpy.abs(got.astype(int) - other).max() < 40         # JPEG is not exact
    return "as stored" if near(pixels) else "turned" if near(numpy.rot90(pixels, -1)) else "something else"

for name, height, width, expected in (("a.png", 120, 160, ("turned", "as stored", "as stored")), ("a.jpg", 120, 160, ("turned", "as stored", "as stored")),
                                      ("a.tif", 120, 160, ("None",) * 3), ("a.tif", 160, 120, ("None",) * 3), ("a.tif", 120, 120, ("turned",) * 3)):
    pixels = stored(height, width)
    write(name, pixels, 6)
    got = tuple(what(cv2.imread(name, flag), pixels) for flag in flags.values())
    print(f"{name}, {height} x {width}, Orientation 6, imread:", ", ".join(f"{flag}: {result}" for flag, result in zip(flags, got)))
    assert got == expected, "the behaviour has changed"

pixels = stored(120, 160)
write("a.tif", pixels, 6)
data = numpy.fromfile("a.tif", numpy.uint8)
got = tuple(what(cv2.imdecode(data, flag), pixels) for flag in flags.values())
print("a.tif, 120 x 160, Orientation 6, imdecode:", ", ".join(f"{flag}: {result}" for flag, result in zip(flags, got)))
assert got == ("turned",) * 3, "imdecode: the behaviour has changed"

read = []
for orientation in range(1, 9):
    write("a.tif", pixels, orientation)
    if cv2.imread("a.tif", cv2.IMREAD_UNCHANGED) is not None: read.append(orientation)
print("a.tif, 120 x 160: imread reads the orientations", read)
assert read == [1, 2, 3, 4], "the orientations: the behaviour has changed"
PYTHON
venv/bin/python turned.py
