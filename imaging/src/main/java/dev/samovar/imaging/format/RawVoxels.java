package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.JdkGuard;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.Voxels;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// The place and the format of a volume's voxels in a file, as every format's header describes them.
///
/// They are held in memory in the file's own type, or, if they would fill a quarter of the heap, left in the file and read a block of planes at a
/// time ([StreamedVoxels]). Numbers that are not finite become the background: the least number, or 0 if none is below.
///
/// A file is not trusted: memory grows with the data that is really there, not with the header's claims; decompression stops where the volume ends;
/// and the checksum must be right.
///
/// @param file the file that holds the voxels
/// @param packing how they are compressed
/// @param start the number of bytes before the compressed part
/// @param before the number of bytes before the first voxel, in the unpacked data
/// @param behind the number of bytes after the last voxel that belong to the file, such as other frames
/// @param type how one number is stored
/// @param components how many numbers a voxel has, one after another
/// @param slope stored values are multiplied by this
/// @param inter and then this is added
record RawVoxels(Path file, Packing packing, long start, long before, long behind, VoxelType type, ByteOrder order, int components,
        double slope, double inter, Geometry geometry) {
    /// How voxels are compressed.
    enum Packing {
        /// Not at all.
        NONE,
        /// As a gzip file.
        GZIP,
        /// As a zlib stream.
        ZLIB
    }

    private static final int MAX_TRAILING = 1 << 20;                    // bytes after the last voxel that are ignored
    static final int CHUNK = 1 << 16;                                   // bytes

    /// Something that reads from a file and may fail.
    interface Reading<T> {
        T of() throws IOException;
    }

    /// Reads, and adds the file's name to errors.
    static <T> T guarded(Path file, Reading<T> reading) {
        try {
            return reading.of();
        } catch (FormatException e) {
            String why = String.valueOf(e.getMessage());
            throw why.startsWith(file.toString()) ? e : new FormatException(file + ": " + why, e);
        } catch (ZipException e) {
            throw new FormatException(file + ": it is damaged, says gzip (" + e.getMessage() + ")", e);
        } catch (EOFException e) {
            throw new FormatException(file + ": it ends too early, a part is missing", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + reason(file, e), e);
        }
    }

    private static String reason(Path file, IOException e) {
        if (e instanceof NoSuchFileException) return "there is no such file";
        return Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage());
    }

    /// A file from its start, unzipped if its first bytes are those of gzip.
    static InputStream unzipped(Path file) throws IOException {
        JdkGuard.check();
        return isZipped(file)
                ? new GZIPInputStream(Files.newInputStream(file), CHUNK)
                : new BufferedInputStream(Files.newInputStream(file), CHUNK);
    }

    /// Whether a file's first bytes are those of gzip.
    static boolean isZipped(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == 0x1F && in.read() == 0x8B;
        }
    }

    /// Skips so many bytes, faster than the stream would.
    static void skip(InputStream in, long bytes) throws IOException {
        byte[] some = new byte[(int) Math.min(CHUNK, bytes)];
        for (long left = bytes; left > 0;) {
            int n = in.readNBytes(some, 0, (int) Math.min(some.length, left));
            if (n == 0) throw new EOFException();
            left -= n;
        }
    }

    /// The voxels of another volume on the same grid, so many bytes further on.
    RawVoxels shifted(long further, long behind) {
        return new RawVoxels(file, packing, start, before + further, behind, type, order, components, slope, inter, geometry);
    }

    /// The bytes of one voxel.
    int voxelBytes() {
        return components * type.bytes;
    }

    /// The bytes of all voxels.
    long bytes() {
        return (long) geometry.voxels() * voxelBytes();
    }

    /// The file from the first voxel on.
    InputStream open(long voxel) throws IOException {
        JdkGuard.check();
        InputStream raw = Files.newInputStream(file);
        try {
            long skipped = before + voxel * voxelBytes();
            raw.skipNBytes(packing == Packing.NONE ? start + skipped : start);
            if (packing == Packing.NONE) return raw;
            InputStream in = packing == Packing.GZIP
                    ? new GZIPInputStream(raw, CHUNK)
                    : new InflaterInputStream(raw, new Inflater(), CHUNK);
            skip(in, skipped);
            return in;
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /// Something that writes a plane and may fail.
    interface Writing {
        void of(float[] plane) throws IOException;
    }

    /// Passes each plane of a volume to a writer.
    static void eachPlane(Volume volume, Writing writing) throws IOException {
        try {
            volume.scan(plane -> {
                try {
                    writing.of(plane);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            if (e.getCause() != null) throw e.getCause();
            throw e;
        }
    }

    /// Decodes the stored numbers of one component.
    ///
    /// @param from stored voxels
    /// @param voxel the first to be decoded
    /// @param step how many voxels further the next one is
    void decode(ByteBuffer from, int voxel, int step, int n, int component, float[] to, int at) {
        type.decode(from, voxel * voxelBytes() + component * type.bytes, step * voxelBytes(), n, slope, inter, to, at);
    }

    /// The volume, all of its numbers finite. Error messages are worded to follow the name of the file.
    Volume volume() throws IOException {
        return type.isFloating() ? finite(stored()) : stored();
    }

    /// The labels in the file.
    ///
    /// @throws FormatException if its numbers are not labels, in words that follow the name of the file and say what to do
    LabelVolume labels() throws IOException {
        Volume volume = stored();
        try {
            return LabelVolume.of(volume);
        } catch (FormatException e) {
            if (components != 1) throw e;
            throw new FormatException(e.getMessage() + (slope == 1 && inter == 0
                    ? "; if it was resampled, do that again with the nearest neighbour, and if it is a probability, cut it at 0.5"
                    : "; its header scales what is stored by the slope " + slope + " and the intercept " + inter
                            + ": save the labels as whole numbers without scaling"),
                    e);
        }
    }

    /// The volume as it is, including numbers that are not finite.
    Volume stored() throws IOException {
        if (!type.isFloating() && !(2 * Math.max(Math.abs(slope) * Math.pow(2, 8 * type.bytes), Math.abs(inter)) < Float.MAX_VALUE))
            throw new FormatException("its slope " + slope + " and intercept " + inter + " make numbers beyond what a float32 holds");
        Voxels voxels = bytes() <= Runtime.getRuntime().maxMemory() / 4 ? HeldVoxels.read(this) : streamed();
        return new Volume(geometry, components, voxels, List.of());
    }

    private Voxels streamed() throws IOException {
        try (InputStream in = open(0)) {
            if (packing != Packing.NONE) skip(in, bytes());
            end(in);
        }
        return new StreamedVoxels(this);
    }

    /// Checks that the file ends where it should. A compressed one is read to its end, for the checksum.
    void end(InputStream in) throws IOException {
        if (packing == Packing.NONE) {
            long more = Files.size(file) - start - before - bytes() - behind;
            if (more < 0) throw new EOFException();
            if (more > MAX_TRAILING) throw new FormatException("it goes on for more than 1 MiB after its last voxel");
            return;
        }
        skip(in, behind);
        byte[] some = new byte[CHUNK];
        for (int n, more = 0; (n = in.read(some)) >= 0;)
            if ((more += n) > MAX_TRAILING) throw new FormatException("it goes on for more than 1 MiB after its last voxel");
    }

    /// A volume whose numbers that are not finite have become background, with a remark that says how many.
    ///
    /// @throws FormatException if none is finite, in words that follow the name of the file
    static Volume finite(Volume volume) {
        var found = new Object() {
            long strange;
            float least;
        };
        volume.scan(plane -> {
            for (float v : plane)
                if (!Float.isFinite(v)) found.strange++;
            else if (v < found.least) found.least = v;
        });
        if (found.strange == 0) return volume;
        if (found.strange == (long) volume.geometry().voxels() * volume.channels())
            throw new FormatException("none of its voxels is a finite number");
        float background = found.least;
        return volume.map(v -> Float.isFinite(v) ? v : background).remark((found.strange == 1
                ? "1 voxel of it is NaN or infinite and counts"
                : found.strange + " voxels of it are NaN or infinite and count") + " as background, " + background);
    }
}
