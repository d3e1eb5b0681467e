package dev.samovar.models.data;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/// Medical volumes in NIfTI-1 files: `.nii` and, compressed, `.nii.gz`.
///
/// Read are both byte orders and every voxel that is one number; `scl_slope` and `scl_inter` are applied (a slope of 0, or none that is a
/// finite number, means that there is no scaling), and header extensions are skipped. A fourth dimension of one frame is ignored.
/// A file is taken for compressed by its first bytes, not by its name.
///
/// A file is not trusted: at most [#MAX_VOXELS] are read, memory grows with the data that is really there and not with what the header
/// claims, decompression stops where the header says that the volume ends, and gzip's checksum must be right. Whatever is wrong is one
/// [FormatException] that names the file.
public final class Nifti {
    /// A volume with more voxels than this is refused: 2²⁸, which is 1 GiB of `float`s.
    public static final int MAX_VOXELS = 1 << 28;

    private static final int MAX_TRAILING = 1 << 20;                    // bytes after the last voxel that are overlooked
    private static final int CHUNK = 1 << 16;                           // bytes, a multiple of every voxel's

    private Nifti() {}

    /// Reads a volume.
    ///
    /// @throws FormatException if it is not a volume, or holds a voxel that is not finite as a `float`
    /// @throws UncheckedIOException if it cannot be read
    public static Volume read(Path file) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file)); InputStream in = unzipped(raw)) {
            NiftiHeader header = NiftiHeader.parse(in.readNBytes(NiftiHeader.SIZE));
            in.skipNBytes(header.offset() - NiftiHeader.SIZE);
            float[] voxels = voxels(in, header, Files.size(file));
            if (in.readNBytes(MAX_TRAILING + 1).length > MAX_TRAILING) // up to the end, where gzip's checksum is
                throw new FormatException("it goes on for more than 1 MiB after its last voxel");
            return new Volume(header.geometry(), finite(voxels, header.geometry()));
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        } catch (ZipException e) {
            throw new FormatException(file + ": it is damaged, says gzip (" + e.getMessage() + ")", e);
        } catch (EOFException e) {
            throw new FormatException(file + ": it ends too early, a part is missing", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + reason(file, e), e);
        }
    }

    /// Reads a volume of labels.
    ///
    /// @throws FormatException as [#read(Path)], or if a voxel is not a whole number from 0 to 255
    /// @throws UncheckedIOException if it cannot be read
    public static LabelVolume readLabels(Path file) {
        Volume volume = read(file);
        try {
            return LabelVolume.of(volume);
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /// Writes labels as uint8 in exactly the geometry they carry: dimensions, voxel sizes, units, description, qform and sform are those
    /// of the file that the geometry came from, bit for bit. A `.gz` name makes a compressed file.
    ///
    /// @throws FormatException if the name does not end in `.nii` or `.nii.gz`
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        byte[] classes = labels.classes();
        write(file, NiftiHeader.like(labels.geometry().header(), VoxelType.UINT8), out -> out.write(classes));
    }

    /// Writes a volume as float32, its geometry kept as for labels.
    ///
    /// @throws FormatException if the name does not end in `.nii` or `.nii.gz`
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(Path file, Volume volume) {
        byte[] header = NiftiHeader.like(volume.geometry().header(), VoxelType.FLOAT32);
        float[] voxels = volume.voxels();
        write(file, header, out -> {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(NiftiHeader.parse(header).order());
            for (int from = 0, n; from < voxels.length; from += n) {
                n = Math.min(voxels.length - from, CHUNK / Float.BYTES);
                chunk.clear();
                for (int i = 0; i < n; i++) chunk.putFloat(voxels[from + i]);
                out.write(chunk.array(), 0, chunk.position());
            }
        });
    }

    /// The NIfTI files of a folder by name without `.nii` or `.nii.gz`, sorted. Hidden files, as `._x.nii.gz`, are left out.
    ///
    /// @throws FormatException if there is no such folder, or two files have the same name
    public static SortedMap<String, Path> list(Path folder) {
        SortedMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith(".") || !isNifti(name)) continue;
                Path twin = files.put(stem(name), file);
                if (twin != null) throw new FormatException(folder + ": " + twin.getFileName() + " and " + name + " have the same name");
            }
        } catch (IOException e) {
            throw new FormatException(folder + ": there is no such folder", e);
        }
        return Collections.unmodifiableSortedMap(files);
    }

    static boolean isNifti(String name) {
        return name.endsWith(".nii") || name.endsWith(".nii.gz");
    }

    static String stem(String name) {
        return name.replaceFirst("\\.nii(\\.gz)?$", "");
    }

    private static String reason(Path file, IOException e) {
        if (e instanceof NoSuchFileException) return "there is no such file";
        return Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage());
    }

    private static InputStream unzipped(InputStream raw) throws IOException {
        raw.mark(2);
        boolean zipped = raw.read() == 0x1F && raw.read() == 0x8B;
        raw.reset();
        return zipped ? new GZIPInputStream(raw, CHUNK) : raw;
    }

    private static float[] voxels(InputStream in, NiftiHeader header, long fileSize) throws IOException {
        int n = header.geometry().voxels(), size = header.type().bytes;
        byte[] chunk = new byte[CHUNK];
        ByteBuffer view = ByteBuffer.wrap(chunk).order(header.order());
        float[] voxels = new float[(int) Math.min(n, Math.max(CHUNK, fileSize))];      // more only when as much has been read
        for (int done = 0, more; done < n; done += more) {
            more = Math.min(n - done, CHUNK / size);
            int bytes = in.readNBytes(chunk, 0, more * size);
            if (bytes < more * size)
                throw new FormatException("it ends too early, after " + (done + bytes / size) + " of " + n + " voxels");
            if (done + more > voxels.length) voxels = Arrays.copyOf(voxels, (int) Math.min(n, 2L * voxels.length));
            header.type().decode(view, more, header.slope(), header.inter(), voxels, done);
        }
        return voxels;
    }

    private static float[] finite(float[] voxels, Geometry geometry) {
        for (int i = 0; i < voxels.length; i++)
            if (!Float.isFinite(voxels[i]))
                throw new FormatException("its voxel " + geometry.voxel(i) + " holds " + voxels[i] + ", and only finite numbers are used");
        return voxels;
    }

    private static void write(Path file, byte[] header, AtomicFile.Content voxels) {
        if (!isNifti(file.toString())) throw new FormatException(file + ": a volume's file name ends in .nii or .nii.gz");
        AtomicFile.write(file, raw -> {
            GZIPOutputStream zipped = file.toString().endsWith(".gz") ? new GZIPOutputStream(raw, CHUNK) : null;
            OutputStream out = zipped == null ? raw : zipped;
            out.write(header);
            voxels.writeTo(out);
            if (zipped != null) zipped.finish();
        });
    }
}
