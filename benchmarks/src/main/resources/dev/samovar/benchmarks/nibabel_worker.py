"""nibabel's side of the comparisons "read-volume" and "write-labels": what a user of it would write, in the protocol of Worker.java.

    python3 nibabel_worker.py SIDE WORK THREADS RESULT_FILE FOLDER SIDE SLICES

Needs nibabel and numpy. A volume counts as read when every number of it was looked at, as 32-bit floats, slice by slice.
"""
import os
import pathlib
import sys

import nibabel
import numpy
import worker

_, _, work, _, result, folder, side, slices = sys.argv
folder, side, slices = pathlib.Path(folder), int(side), int(slices)
size = f"{side}x{side}x{slices}"
EVERY = 10007


def looked(image):
    data = image.get_fdata(dtype=numpy.float32, caching="unchanged")
    means = [data[:, :, z].mean(dtype=numpy.float64) for z in range(slices)]
    voxels = [data[:, :, z].ravel(order="F")[::EVERY] for z in range(slices)]
    return numpy.concatenate([numpy.array(means, numpy.float32), *voxels])


class Read:
    def run(self):
        self.seen = None
        self.seen = looked(nibabel.load(folder / f"scan-{size}.nii.gz"))

    def result(self):
        return self.seen

    def close(self):
        pass


class Write:
    def __init__(self):
        labels = numpy.fromfile(folder / f"labels-{size}.u8", numpy.uint8)
        self.labels = labels.reshape((side, side, slices), order="F")
        self.affine = numpy.diag([0.75, 0.75, 1.25, 1])
        self.file = folder / f"written-{os.getpid()}.nii.gz"

    def run(self):
        nibabel.save(nibabel.Nifti1Image(self.labels, self.affine), self.file)

    def result(self):
        return looked(nibabel.load(self.file))

    def close(self):
        self.file.unlink()


if __name__ == "__main__":
    worker.serve(Read() if work == "read-volume" else Write(), result)
