#!/usr/bin/env bash
# Guess: VTK's writer and reader of MetaImage (.mha, .mhd) place a turned volume where ITK places it: both use the same library for the format.
# Found, with VTK 9.7.1: they take the nine numbers of TransformMatrix in the other order. In ITK (itkMetaImageIO.cxx, Read and Write) the first three are the direction of axis i, the next three of j, then k.
# In VTK they are the first row of vtkImageData's direction matrix, whose columns are the axes. With i along (cos 30, sin 30, 0), ITK writes "0.866 0.5 0 -0.5 0.866 0 0 0 1" and VTK the transpose,
# "0.866 -0.5 0 0.5 0.866 0 0 0 1". VTK reads its own file back right, so a round trip shows nothing; a file in ITK's order comes out turned the other way, without a warning, and by its source ITK
# reads VTK's files so too. Only a matrix equal to its transpose, such as the identity or one with flipped axes, is right in both.
# Second, a volume of one slice is written with NDims = 2 and the first four of the nine numbers: for the identity "1 0 0 0", which is singular, and VTK reads it so; the slice's place along k is lost too.
# A matrix from VTK must be checked with a turn that is no half-turn, against another program or against a header written by hand.
#
# Needs Python 3.11 or newer with venv. Downloads VTK, and what it needs. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check vtk==9.7.1
cat > metaimage.py <<'PYTHON'
import math
import vtk

print("VTK", vtk.VTK_VERSION)
cos, sin = math.cos(math.pi / 6), math.sin(math.pi / 6)
i, j, k = (cos, sin, 0), (-sin, cos, 0), (0, 0, 1)                                # the directions of the axes
numbers = lambda values: " ".join(f"{round(v, 3) + 0:g}" for v in values)
same = lambda a, b: len(a) == len(b) and all(abs(x - y) < 1e-6 for x, y in zip(a, b))

def point(image, index):
    p = [0, 0, 0]
    image.TransformIndexToPhysicalPoint(index, p)
    return p

def matrix(image): return [image.GetDirectionMatrix().GetElement(row, column) for row in range(3) for column in range(3)]

def image(slices, i, j, k):
    result = vtk.vtkImageData()
    result.SetDimensions(4, 3, slices)
    result.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    result.GetPointData().GetScalars().Fill(0)
    result.SetDirectionMatrix(*(axis[row] for row in range(3) for axis in (i, j, k)))                # the axes are the columns
    result.SetOrigin(10, 20, 30)
    return result

def write(image, name):
    writer = vtk.vtkMetaImageWriter()
    writer.SetInputData(image); writer.SetFileName(name); writer.SetCompression(False); writer.Write()
    with open(name, "rb") as file: lines = file.read().split(b"ElementDataFile")[0].decode().splitlines()
    return dict(line.split(" = ", 1) for line in lines)

def read(name):
    reader = vtk.vtkMetaImageReader()
    reader.SetFileName(name); reader.Update()
    return reader.GetOutput()

volume = image(2, i, j, k)
header = write(volume, "vtk.mha")
written = [float(x) for x in header["TransformMatrix"].split()]
print("axis i goes along", numbers(i), "- voxel (1, 0, 0) is at", numbers(point(volume, (1, 0, 0))))
print("VTK writes TransformMatrix =", numbers(written))
print("ITK's order would be       ", numbers(i + j + k))
again = read("vtk.mha")
print("VTK reads its own file: voxel (1, 0, 0) is at", numbers(point(again, (1, 0, 0))))
with open("itk.mha", "wb") as file:                                               # the same volume in the order of ITK, which is not run here
    file.write(f"ObjectType = Image\nNDims = 3\nBinaryData = True\nTransformMatrix = {' '.join(map(str, i + j + k))}\nOffset = 10 20 30\nElementSpacing = 1 1 1\nDimSize = 4 3 2\n"
               "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n".encode() + bytes(24))
itk = read("itk.mha")
print("VTK reads ITK's order:  voxel (1, 0, 0) is at", numbers(point(itk, (1, 0, 0))))
right, turned = (10 + cos, 20 + sin, 30), (10 + cos, 20 - sin, 30)
assert same(point(volume, (1, 0, 0)), right) and same(point(again, (1, 0, 0)), right), "these should be right: the behaviour has changed"
assert same(written, [axis[row] for row in range(3) for axis in (i, j, k)]), "TransformMatrix: the behaviour has changed"
assert same(point(itk, (1, 0, 0)), turned), "reading ITK's file: the behaviour has changed"

slice = image(1, (1, 0, 0), (0, 1, 0), (0, 0, 1))
header = write(slice, "slice.mha")
again = read("slice.mha")
print("one slice, not turned: VTK writes NDims =", header["NDims"], "TransformMatrix =", header["TransformMatrix"], "Offset =", header["Offset"])
print("VTK reads the matrix", numbers(matrix(again)), "with determinant", again.GetDirectionMatrix().Determinant(), "and the origin", numbers(again.GetOrigin()), "instead of", numbers(slice.GetOrigin()))
assert header["NDims"] == "2" and header["TransformMatrix"].split() == ["1", "0", "0", "0"], "one slice: the behaviour has changed"
assert again.GetDirectionMatrix().Determinant() == 0 and again.GetOrigin() == (10, 20, 0), "reading one slice: the behaviour has changed"
PYTHON
venv/bin/python metaimage.py
