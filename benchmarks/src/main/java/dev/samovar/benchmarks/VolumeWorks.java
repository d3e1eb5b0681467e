package dev.samovar.benchmarks;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/// Volumes in files: a scan of computed tomography read as 32-bit floats, and labels of its size written.
///
/// A volume counts as read when every number of it was used, slice by slice. The means of the slices, and one voxel in ten thousand, are compared.
final class VolumeWorks {
    private static final int HEADER = 352, SHORT = 4, EVERY = 10_007;

    /// Its name.
    static final Set<String> NAMES = Set.of("read-volume", "write-labels");

    private VolumeWorks() {}

    /// The piece of work with this name.
    static Work of(String name, Sizes sizes) {
        return name.equals("read-volume") ? read(sizes) : write(sizes);
    }

    private static Work read(Sizes sizes) {
        Path file = scan(sizes);
        return new Work() {
            private float[] seen = {};

            @Override
            public void run() {
                seen = new float[0];
                seen = looked(Volumes.read(file));
                System.gc();                                                       // timed as well, because Python frees memory at once, too
            }

            @Override
            public float[] result() {
                return seen.clone();
            }
        };
    }

    private static Work write(Sizes sizes) {
        LabelVolume labels = new LabelVolume(geometry(sizes), classes(sizes));
        Path file = Numbers.folder().resolve("written-" + ProcessHandle.current().pid() + ".nii.gz");
        return new Work() {
            @Override
            public void run() {
                Volumes.write(file, labels);
            }

            @Override
            public float[] result() {
                return looked(Volumes.read(file));
            }

            @Override
            public void close() {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    /// The mean of each slice, and then some voxels.
    private static float[] looked(Volume volume) {
        Geometry g = volume.geometry();
        int size = g.nx() * g.ny(), some = (size - 1) / EVERY + 1;
        float[] seen = new float[g.nz() * (1 + some)];
        var at = new Object() {
            int slice;
        };
        volume.scan(plane -> {
            double sum = 0;
            for (float v : plane) sum += v;
            seen[at.slice] = (float) (sum / size);
            for (int i = 0; i < some; i++) seen[g.nz() + at.slice * some + i] = plane[i * EVERY];
            at.slice++;
        });
        return seen;
    }

    private static Geometry geometry(Sizes sizes) {
        return Geometry.of(sizes.volumeSide(), sizes.volumeSide(), sizes.volumeSlices(), 0.75, 0.75, 1.25);
    }

    private static String name(Sizes sizes) {
        return sizes.volumeSide() + "x" + sizes.volumeSide() + "x" + sizes.volumeSlices();
    }

    /// The distance of a voxel from the middle of the body, where 1 is the skin.
    private static double depth(Geometry g, int x, int y, int z) {
        return Math.hypot(2.2 * (x + 0.5) / g.nx() - 1.1, 2.8 * (y + 0.5) / g.ny() - 1.4) + 0.2 * Math.abs(2.0 * z / g.nz() - 1);
    }

    /// A scan in 16 bits, rescaled to Hounsfield units, compressed: soft tissue in air, and noise. Written when it is not there yet.
    static Path scan(Sizes sizes) {
        Path file = Numbers.folder().resolve("scan-" + name(sizes) + ".nii.gz");
        if (Files.exists(file)) return file;
        Geometry g = geometry(sizes);
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 348);
        int[] dim = {3, g.nx(), g.ny(), g.nz(), 1, 1, 1, 1};
        for (int i = 0; i < dim.length; i++) header.putShort(40 + 2 * i, (short) dim[i]);
        header.putShort(70, (short) SHORT).putShort(72, (short) 16).putFloat(76, 1);
        for (int axis = 0; axis < 3; axis++) header.putFloat(80 + 4 * axis, (float) g.spacing(axis));
        header.putFloat(108, HEADER).putFloat(112, 1).putFloat(116, -1024).put(123, (byte) 2).putShort(254, (short) 1);
        for (int axis = 0; axis < 3; axis++) header.putFloat(280 + 20 * axis, (float) g.spacing(axis));        // sform: srow_x, srow_y, srow_z
        header.put(344, (byte) 'n').put(345, (byte) '+').put(346, (byte) '1');
        Random random = new Random(1, "scan");
        AtomicFile.write(file, raw -> {
            var out = new GZIPOutputStream(raw, 1 << 16);
            out.write(header.array());
            ByteBuffer slice = ByteBuffer.allocate(2 * g.nx() * g.ny()).order(ByteOrder.LITTLE_ENDIAN);
            for (int z = 0; z < g.nz(); z++) {
                for (int y = 0; y < g.ny(); y++) for (int x = 0; x < g.nx(); x++) {
                    double depth = depth(g, x, y, z), hu = depth > 1 ? -1000 : depth > 0.95 ? -90 : depth > 0.4 ? 50 : 20 + 100 * depth;
                    slice.putShort(2 * (y * g.nx() + x), (short) (1024 + hu + (depth > 1 ? 0 : 12 * (2 * random.uniform() - 1))));
                }
                out.write(slice.array());
            }
            out.finish();
        });
        return file;
    }

    /// Nested organs.
    private static byte[] classes(Sizes sizes) {
        Geometry g = geometry(sizes);
        byte[] classes = new byte[g.voxels()];
        for (int i = 0; i < classes.length; i++) {
            double depth = depth(g, i % g.nx(), i / g.nx() % g.ny(), i / g.nx() / g.ny());
            classes[i] = (byte) (depth < 0.2 ? 3 : depth < 0.35 ? 2 : depth < 0.6 ? 1 : 0);
        }
        return classes;
    }

    /// The labels without a header, for sides that write them by other means: a byte for each voxel, x fastest. Written when they are not there yet.
    static Path labels(Sizes sizes) {
        Path file = Numbers.folder().resolve("labels-" + name(sizes) + ".u8");
        if (!Files.exists(file)) AtomicFile.write(file, out -> out.write(classes(sizes)));
        return file;
    }
}
