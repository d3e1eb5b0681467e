package dev.samovar.imaging.format;

import static dev.samovar.imaging.format.VoxelType.FLOAT32;
import static dev.samovar.imaging.format.VoxelType.UINT8;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
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
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/// Medical volumes in NIfTI files of both versions: `.nii`, pairs of `.hdr` and `.img`, and each compressed, `.nii.gz`.
///
/// Read are both byte orders and every voxel that is one number; `scl_slope` and `scl_inter` are applied (a slope of 0, or none that is a
/// finite number, means that there is no scaling), and header extensions are skipped. A fourth dimension of one frame is ignored; of
/// several, one can be chosen. Of a pair either file is given, and both are read. A file is taken for compressed by its first bytes, not
/// by its name, and Analyze 7.5 is refused, because it does not say where left is.
///
/// Written are single files, in the version and byte order of the picture whose geometry they share.
///
/// A file is not trusted: at most [#MAX_VOXELS] are read, memory grows with the data that is really there and not with what the header
/// claims, decompression stops where the header says that the volume ends, and gzip's checksum must be right. Whatever is wrong is one
/// [FormatException] that names the file.
public final class Nifti {
    /// A volume with more voxels than this is refused: 2²⁸, which is 1 GiB of `float`s.
    public static final int MAX_VOXELS = 1 << 28;

    private static final int MAX_TRAILING = 1 << 20;                    // bytes after the last voxel that are overlooked
    private static final int CHUNK = 1 << 16;                           // bytes, a multiple of every voxel's
    private static final Pattern ENDING = Pattern.compile("(?i)\\.(nii|hdr|img)(\\.gz)?$");

    private Nifti() {}

    /// Reads a volume.
    ///
    /// @throws FormatException if it is not a volume, has several frames, or holds a voxel that is not finite as a `float`
    /// @throws UncheckedIOException if it cannot be read
    public static Volume read(Path file) {
        return read(file, NiftiHeader::onlyFrame);
    }

    /// Reads one frame of a 4-D file: the volume whose fourth index is `frame`, from 0. Labels written for it are 3-D.
    ///
    /// @throws FormatException as [#read(Path)], or if the file is 3-D, or has no such frame
    /// @throws UncheckedIOException if it cannot be read
    public static Volume read(Path file, int frame) {
        return read(file, header -> header.frame(frame));
    }

    /// How many frames a file has: 1 if it is 3-D.
    ///
    /// @throws FormatException if it is not a volume
    /// @throws UncheckedIOException if it cannot be read
    public static int frames(Path file) {
        Path head = half(file, "hdr");
        return opened(head, in -> header(in, isHalf(fileName(head))).frames());
    }

    private static Volume read(Path file, ToIntFunction<NiftiHeader> choice) {
        Path head = half(file, "hdr"), body = half(file, "img");
        NiftiHeader header = opened(head, in -> header(in, isHalf(fileName(head))));
        return opened(body, in -> {
            long before = choice.applyAsInt(header), behind = header.frames() - 1 - before;
            long size = (long) header.geometry().voxels() * header.type().bytes;           // at most 2³¹, as is the number of frames
            in.skipNBytes(header.offset() + before * size);
            float[] voxels = voxels(in, header, Files.size(body));
            in.skipNBytes(behind * size);
            if (in.readNBytes(MAX_TRAILING + 1).length > MAX_TRAILING) // up to the end, where gzip's checksum is
                throw new FormatException("it goes on for more than 1 MiB after its last voxel");
            return new Volume(header.geometry(), finite(voxels, header.geometry()));
        });
    }

    private static NiftiHeader header(InputStream in, boolean half) throws IOException {
        NiftiHeader header = NiftiHeader.parse(in.readNBytes(NiftiLayout.LONGEST));
        if (header.pair() == half) return header;
        throw new FormatException(half
                ? "it says that header and voxels are in one file: name it .nii"
                : "it is the header of a pair: name it .hdr, and the file with its voxels .img");
    }

    private interface Reading<T> {
        T of(InputStream in) throws IOException;
    }

    /// Reads a file, unzipped if it is compressed. What is wrong is told with its name.
    private static <T> T opened(Path file, Reading<T> reading) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file)); InputStream in = unzipped(raw)) {
            return reading.of(in);
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

    /// Of a pair, the half of this kind, whichever was given; any other file is both halves itself.
    private static Path half(Path file, String kind) {
        String name = fileName(file), wanted = name(file) + "." + kind;
        if (!isHalf(name) || isKind(name, kind)) return file;
        List<Path> found = Stream.of(wanted, wanted + ".gz").map(file::resolveSibling).filter(Files::exists).toList();
        if (found.size() == 1) return found.getFirst();
        throw new FormatException(file + (found.isEmpty()
                ? ": its other half is missing: there is no " + wanted + " or " + wanted + ".gz beside it"
                : ": its other half is there twice, as " + wanted + " and as " + wanted + ".gz"));
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
    /// of the file that the geometry came from, bit for bit, but that labels of a frame are 3-D. A `.gz` name makes a compressed file.
    ///
    /// @throws FormatException if the name does not end in `.nii` or `.nii.gz`
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        byte[] classes = labels.classes();
        write(file, NiftiHeader.like(labels.geometry(), UINT8), out -> out.write(classes));
    }

    /// Writes a volume as float32, its geometry kept as for labels; several channels become frames.
    ///
    /// @throws FormatException if the name does not end in `.nii` or `.nii.gz`
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(Path file, Volume volume) {
        Geometry geometry = volume.geometry();
        int n = volume.channels();
        write(file, n == 1 ? NiftiHeader.like(geometry, FLOAT32) : NiftiHeader.like(geometry, FLOAT32, n), List.of(volume));
    }

    /// Writes a 4-D file of float32 frames on one grid, its geometry kept as for labels: the probabilities of classes, say.
    ///
    /// @throws IllegalArgumentException if there is none, or they lie on several grids or have channels
    /// @throws FormatException if the name does not end in `.nii` or `.nii.gz`, or there are more than NIfTI-1 can hold
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(Path file, List<Volume> frames) {
        if (frames.isEmpty()) throw new IllegalArgumentException("there is no frame to write");
        Geometry geometry = frames.getFirst().geometry();
        for (Volume frame : frames)
            if (frame.channels() != 1 || geometry.difference(frame.geometry()).isPresent())
                throw new IllegalArgumentException(frame.channels() + " channels of " + frame.geometry() + " as a frame of " + geometry);
        write(file, NiftiHeader.like(geometry, FLOAT32, frames.size()), frames);
    }

    private static void write(Path file, byte[] header, List<Volume> volumes) {
        write(file, header, out -> {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(NiftiHeader.parse(header).order());
            for (Volume volume : volumes) {
                float[] voxels = volume.voxels();
                for (int from = 0, n; from < voxels.length; from += n) {
                    n = Math.min(voxels.length - from, CHUNK / Float.BYTES);
                    chunk.clear();
                    for (int i = 0; i < n; i++) chunk.putFloat(voxels[from + i]);
                    out.write(chunk.array(), 0, chunk.position());
                }
            }
        });
    }

    /// The NIfTI files of a folder by [#name(Path)], sorted. A pair is listed once, as its header. Hidden files, as `._x.nii.gz`, are left out.
    ///
    /// @throws FormatException if there is no such folder, or two volumes have the same name
    public static SortedMap<String, Path> list(Path folder) {
        SortedMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {                // .hdr comes before .img
                String name = fileName(file);
                if (name.startsWith(".") || !ENDING.matcher(name).find()) continue;
                Path twin = files.putIfAbsent(name(file), file);
                if (twin != null && !(isKind(name, "img") && isKind(fileName(twin), "hdr")))
                    throw new FormatException(folder + ": " + twin.getFileName() + " and " + name + " have the same name");
            }
        } catch (IOException e) {
            throw new FormatException(folder + ": there is no such folder", e);
        }
        return Collections.unmodifiableSortedMap(files);
    }

    /// What a volume is called: the name of its file without `.nii`, `.hdr` or `.img`, and `.gz`.
    public static String name(Path file) {
        return stem(fileName(file));
    }

    /// Whether a file of this name is one.
    public static boolean isNifti(String name) {
        return ENDING.matcher(name).find();
    }

    static String stem(String name) {
        return ENDING.matcher(name).replaceFirst("");
    }

    private static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static boolean isHalf(String name) {
        return isKind(name, "hdr") || isKind(name, "img");
    }

    private static boolean isKind(String anyCase, String kind) {
        String name = anyCase.toLowerCase(Locale.ROOT);
        return name.endsWith("." + kind) || name.endsWith("." + kind + ".gz");
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
        if (!isKind(fileName(file), "nii")) throw new FormatException(file + ": a volume's file name ends in .nii or .nii.gz");
        AtomicFile.write(file, raw -> {
            GZIPOutputStream zipped = file.toString().endsWith(".gz") ? new GZIPOutputStream(raw, CHUNK) : null;
            OutputStream out = zipped == null ? raw : zipped;
            out.write(header);
            voxels.writeTo(out);
            if (zipped != null) zipped.finish();
        });
    }
}
