#!/usr/bin/env bash
# Guess: Pillow gives the same pixels for a TIFF file whether it is opened by its name or from its bytes, and turns it as its Orientation says.
# Found, with Pillow 12.3.0: a grey picture that is uncompressed, in one strip, not square, and to be turned by a quarter (Orientation 5 to 8) comes out scrambled if it is opened by its name: the
# file is mapped into memory with the width and height of the turned picture, and then turned. No error, no warning. From bytes it is right, and so are compressed pictures, square ones and those
# with Orientation 1 to 4.
#
# Needs Python 3 with venv, and the network for pip. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv python > /dev/null
python/bin/pip install -q --disable-pip-version-check pillow==12.3.0
python/bin/python - <<'PYTHON'
import io, struct
import PIL
from PIL import Image

print("Pillow", PIL.__version__)

def tiff(high, wide, orientation):
    """Grey, 8 bits, uncompressed, one strip; the pixels are 0, 1, 2 …"""
    entries = [(256, 3, wide), (257, 3, high), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (274, 3, orientation), (277, 3, 1), (278, 3, high), (279, 4, high * wide)]
    pixels = bytes(range(high * wide)) + bytes(high * wide % 2)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(pixels))
    return head + pixels + struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries) + bytes(4)

def rows(image):
    wide, high = image.size
    all = list(image.tobytes())
    return [all[i * wide:(i + 1) * wide] for i in range(high)]

def turned(high, wide, orientation):
    """What TIFF 6.0 says: the first row of the file is at this side of the picture, its first column at that one."""
    stored = [[i * wide + j for j in range(wide)] for i in range(high)]
    down, right = stored[::-1], [row[::-1] for row in stored]
    return {1: stored, 2: right, 3: [row[::-1] for row in down], 4: down, 5: [list(c) for c in zip(*stored)], 6: [list(c) for c in zip(*down)],
            7: [list(c) for c in zip(*down)][::-1], 8: [list(c) for c in zip(*right)]}[orientation]

def check(high, wide, orientation):
    content = tiff(high, wide, orientation)
    open("turned.tif", "wb").write(content)
    with Image.open("turned.tif") as named: by_name = rows(named)
    with Image.open(io.BytesIO(content)) as read: from_bytes = rows(read)
    right = turned(high, wide, orientation)
    print(f"{high} x {wide}, Orientation {orientation}: from bytes {'right' if from_bytes == right else from_bytes}, by name {'right' if by_name == right else 'WRONG'}")
    return from_bytes == right, by_name == right, by_name

for orientation in range(1, 9):
    assert check(3, 4, orientation)[:2] == (True, orientation < 5), "the behaviour has changed"
assert check(4, 4, 6)[:2] == (True, True), "the behaviour has changed"
_, _, found = check(3, 4, 6)
print("  it should be", turned(3, 4, 6), "and is", found)
assert sum(found, []) == [9, 6, 3, 0, 10, 7, 4, 1, 11, 8, 5, 2], "the behaviour has changed"
PYTHON
