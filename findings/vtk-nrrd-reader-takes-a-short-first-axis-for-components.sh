#!/usr/bin/env bash
# Guess: vtkNrrdReader reads a NRRD file whose header says "kinds: domain domain domain" as a volume of three dimensions, with one number per voxel.
# Found, with VTK 9.7.1: only where the first axis has 10 or more samples. With 9 or fewer it becomes the components: sizes 8 6 7 give dimensions (6, 7, 1) with 8 components, sizes 1 6 7 give (6, 7, 1) with
# one. No warning; the field "kinds" is not looked at, and a comment in vtkNrrdReader.cxx says that it guesses. The numbers keep their order, so voxel (1, 2, 3) is component 1 of voxel (2, 3, 0). The spacing
# moves along, and the origin does not: with spacings 2 3 4 it reads 3 4 1, and the origin along the first axis stays first. So small test volumes come out wrong;
# a test of NRRD against VTK must have 10 or more samples along the first axis.
#
# Needs Python 3.11 or newer with venv. Downloads VTK, and what it needs. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check vtk==9.7.1
cat > nrrd.py <<'PYTHON'
import struct
import vtk

print("VTK", vtk.VTK_VERSION)

def write(name, sizes):
    count = sizes[0] * sizes[1] * sizes[2]
    with open(name, "wb") as file:
        file.write((f"NRRD0004\ntype: uint16\ndimension: 3\nspace: left-posterior-superior\nsizes: {sizes[0]} {sizes[1]} {sizes[2]}\nspace directions: (2,0,0) (0,3,0) (0,0,4)\n"
                    "kinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: (10,20,30)\n\n").encode() + struct.pack(f"<{count}H", *range(count)))

def read(name):
    reader = vtk.vtkNrrdReader()
    reader.SetFileName(name); reader.Update()
    return reader.GetOutput()

for first in 1, 3, 8, 9, 10, 11:
    sizes = first, 6, 7
    write("a.nrrd", sizes)
    image = read("a.nrrd")
    dimensions, components, spacing, origin = image.GetDimensions(), image.GetNumberOfScalarComponents(), image.GetSpacing(), image.GetOrigin()
    right = dimensions == sizes and components == 1
    print(f"sizes {sizes[0]} {sizes[1]} {sizes[2]}: dimensions {dimensions}, components {components}, spacing {spacing}, origin {origin}: {'right' if right else 'WRONG'}")
    x = min(1, first - 1)
    value = x + first * (2 + 6 * 3)                                               # what is stored at voxel (x, 2, 3)
    if first <= 9: expected, place = ((6, 7, 1), first, (3, 4, 1), (10, 20, 30)), (2, 3, 0, x)
    else: expected, place = (sizes, 1, (2, 3, 4), (10, 20, 30)), (x, 2, 3, 0)
    assert (dimensions, components, spacing, origin) == expected, "the behaviour has changed"
    got = image.GetScalarComponentAsDouble(*place)
    print(f"  what is stored at voxel ({x}, 2, 3), {value}, is at voxel {place[:3]}, component {place[3]}: {got:g}")
    assert got == value, "the order: the behaviour has changed"
PYTHON
venv/bin/python nrrd.py
