#!/usr/bin/env bash
# Guess: ITK converts the units of the formats that have a field for them, as it does for NIfTI: half a millimetre is 0.5 whether the file says 0.5 mm or 500 µm.
# Found, with ITK 5.2.1 (in plastimatch 1.9.4 of Debian 12): only NIfTI is converted. Of a MetaImage with "DistanceUnits = um" and of an NRRD with "space units: "um" "um" "um"" ITK takes the numbers as they are,
# so the same volume is a thousand times as large as from NIfTI, and is registered or resampled so, without a warning. When it is saved, the unit stays in a MetaImage; saved as NRRD it
# becomes a remark, "ITK_VoxelUnits:=um", which is not NRRD's own field, and of an NRRD it is lost altogether.
# Second, the remark ITK_original_spacing, which ITK adds to a MetaImage, is shifted: of the spacing a, b, c it says b, c, c.
# A volume in micrometres must be converted to millimetres before an ITK program sees it, unless it is NIfTI.
#
# Needs Debian 12 with apt-get and python3. Downloads plastimatch and the libraries that are missing here into a temporary folder. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
version=1.9.4+dfsg.2-0+deb12u1
mkdir debs root; cd debs
missing=$(apt-get install --simulate --no-install-recommends "plastimatch=$version" | awk '/^Inst/ {gsub(/[()]/, "", $3); print $2 "=" $3}')
apt-get -q download "plastimatch=$version" $missing >/dev/null 2>&1
cd ..
for deb in debs/*.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu:$work/root/usr/lib/x86_64-linux-gnu/lapack:$work/root/usr/lib/x86_64-linux-gnu/blas
plastimatch=$work/root/usr/bin/plastimatch
cat > volumes.py <<'PYTHON'
import struct

voxels = bytes(24)                                                                # 2 × 3 × 4, of 500 × 600 × 2000 µm
with open("meta.mha", "wb") as file:
    file.write(b"ObjectType = Image\nNDims = 3\nBinaryData = True\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 500 600 2000\nDistanceUnits = um\n"
               b"DimSize = 2 3 4\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n" + voxels)
with open("nrrd.nrrd", "wb") as file:
    file.write(b'NRRD0004\ntype: unsigned char\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 3 4\nspace directions: (500,0,0) (0,600,0) (0,0,2000)\n'
               b'space units: "um" "um" "um"\nspace origin: (0,0,0)\nencoding: raw\n\n' + voxels)
header = bytearray(352)
struct.pack_into("<i", header, 0, 348)
struct.pack_into("<8h", header, 40, 3, 2, 3, 4, 1, 1, 1, 1)                        # dim
struct.pack_into("<2h", header, 70, 2, 8)                                         # unsigned char
struct.pack_into("<8f", header, 76, 1, 500, 600, 2000, 1, 1, 1, 1)                 # pixdim
struct.pack_into("<2f", header, 108, 352, 1)                                      # vox_offset, scl_slope
header[123] = 3                                                                   # xyzt_units: micrometres
struct.pack_into("<2h", header, 252, 0, 1)                                        # qform_code, sform_code
struct.pack_into("<12f", header, 280, 500, 0, 0, 0, 0, 600, 0, 0, 0, 0, 2000, 0)
header[344:348] = b"n+1\0"
with open("nifti.nii", "wb") as file: file.write(bytes(header) + voxels)
PYTHON
python3 volumes.py
show() { LC_ALL=C sed '/^$/,$d; /^ElementDataFile/,$d' "$1" | grep -aE '^(ElementSpacing|DistanceUnits|space directions|space units|units|ITK_VoxelUnits|ITK_original_spacing)' || true; }
for from in nifti.nii meta.mha nrrd.nrrd; do
  for to in mha nrrd; do
    "$plastimatch" convert --input "$from" --output-img "${from%.*}-saved.$to" >plastimatch.log 2>&1 || { cat plastimatch.log; exit 1; }
    echo "$from, saved as $to:"; show "${from%.*}-saved.$to" | tee "${from%.*}.$to.txt" | sed 's/^/    /'
  done
done
changed() { echo "$1: the behaviour has changed"; exit 1; }
grep -qE 'ElementSpacing = 0.5 0.(6|59999)[0-9]* 2' nifti.mha.txt || changed "NIfTI, which is right"
for one in meta nrrd; do grep -q 'ElementSpacing = 500 600 2000' $one.mha.txt || changed "$one as MetaImage"; done
for one in meta nrrd; do grep -q 'space directions: (500,0,0) (0,600,0) (0,0,2000)' $one.nrrd.txt || changed "$one as NRRD"; done
grep -q 'DistanceUnits = um' meta.mha.txt && grep -q 'ITK_VoxelUnits:=um' meta.nrrd.txt || changed "the unit of a MetaImage"
! grep -qiE 'units' nrrd.mha.txt nrrd.nrrd.txt || changed "the unit of an NRRD"
grep -q 'ITK_original_spacing = 600 2000 2000' meta.mha.txt || changed "ITK_original_spacing"
