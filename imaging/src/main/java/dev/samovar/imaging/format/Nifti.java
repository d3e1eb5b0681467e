package dev.samovar.imaging.format;

import static dev.samovar.imaging.format.VoxelType.FLOAT32;
import static dev.samovar.imaging.format.VoxelType.UINT8;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Medical volumes in NIfTI files of both versions: `.nii`, pairs of `.hdr` and `.img`, and each compressed, `.nii.gz`.
///
/// It reads both byte orders, and voxels that are one number or a colour (RGB24, RGBA32). `scl_slope` and `scl_inter` are applied (a slope of 0, or
/// one that is not finite, means that there is no scaling), and header extensions are skipped. A fourth dimension of one frame is ignored; of several
/// frames, one can be chosen, or some as channels. Of a pair, either file may be named; both are read. Whether a file is compressed is seen from its
/// first bytes, not its name. Analyze 7.5 is refused, because it does not say where left is.
///
/// It writes single files, in the version and byte order of the picture whose geometry they share.
///
/// A file is not trusted ([RawVoxels]). Whatever is wrong is one [FormatException] that names the file.
public final class Nifti {
    private static final int CHUNK = RawVoxels.CHUNK;                   // bytes, a multiple of every voxel's
    private static final Pattern ENDING = Pattern.compile("\\.(nii|hdr|img)(\\.gz)?$", Pattern.CASE_INSENSITIVE);

    private Nifti() {}

    /// Reads a volume.
    ///
    /// @throws FormatException if it is not a volume, has several frames, or holds no finite number
    /// @throws UncheckedIOException if it cannot be read
    public static Volume read(Path file) {
        return open(file).read(null, List.of());
    }

    /// Reads one frame of a 4-D file: the volume whose fourth index is `frame`, from 0. Labels written for it are 3-D.
    ///
    /// @throws FormatException as [#read(Path)], or if the file is 3-D, or has no such frame
    /// @throws UncheckedIOException if it cannot be read
    public static Volume read(Path file, int frame) {
        return open(file).read(frame, List.of());
    }

    /// How many frames a file has: 1 if it is 3-D.
    ///
    /// @throws FormatException if it is not a volume
    /// @throws UncheckedIOException if it cannot be read
    public static int frames(Path file) {
        return open(file).count();
    }

    /// Reads the header. Errors are reported with the name of the file.
    static Frames open(Path file) {
        Path head = half(file, "hdr"), body = half(file, "img");
        NiftiHeader header = RawVoxels.guarded(head, () -> {
            try (InputStream in = RawVoxels.unzipped(head)) {
                return header(in, isHalf(fileName(head)));
            }
        });
        return RawVoxels.guarded(body, () -> {
            long size = (long) header.geometry().voxels() * header.type().bytes * header.components();
            RawVoxels.Packing packing = RawVoxels.isZipped(body) ? RawVoxels.Packing.GZIP : RawVoxels.Packing.NONE;
            return new Frames(new RawVoxels(body, packing, 0, header.offset(), (header.frames() - 1) * size, header.type(), header.order(),
                    header.components(), header.slope(), header.inter(), header.geometry()), header.frames(), header.rank() >= 4);
        });
    }

    private static NiftiHeader header(InputStream in, boolean half) throws IOException {
        NiftiHeader header = NiftiHeader.parse(in.readNBytes(NiftiLayout.LONGEST));
        if (header.pair() == half) return header;
        throw new FormatException(half
                ? "it says that header and voxels are in one file: name it .nii"
                : "it is the header of a pair: name it .hdr, and the file with its voxels .img");
    }

    /// The half of a pair that has this ending, whichever half was given. Any other file holds both halves itself.
    private static Path half(Path file, String kind) {
        String name = fileName(file), wanted = name(file) + "." + (name.toLowerCase(Locale.ROOT).equals(name)
                ? kind
                : kind.toUpperCase(Locale.ROOT));
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
        return open(file).labels();
    }

    /// Writes labels as uint8 in exactly the geometry they carry: dimensions, voxel sizes, units, description, qform and sform are those
    /// of the file that the geometry came from, bit for bit, except that labels of a frame are 3-D. A name in `.gz` makes a compressed file.
    ///
    /// @throws FormatException if the name does not end in `.nii` or `.nii.gz`
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        write(file, NiftiHeader.like(labels.geometry(), UINT8), out -> {
            for (int k = 0; k < labels.geometry().nz(); k++) out.write(labels.plane(2, k));
        });
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
            for (Volume volume : volumes) RawVoxels.eachPlane(volume, plane -> {
                for (int from = 0, n; from < plane.length; from += n) {
                    n = Math.min(plane.length - from, CHUNK / Float.BYTES);
                    chunk.clear();
                    for (int i = 0; i < n; i++) chunk.putFloat(plane[from + i]);
                    out.write(chunk.array(), 0, chunk.position());
                }
            });
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
        } catch (IOException _) {
            throw FormatException.noFolder(folder);
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

    private static boolean isKind(String name, String kind) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith("." + kind) || lower.endsWith("." + kind + ".gz");
    }

    private static void write(Path file, byte[] header, AtomicFile.Content voxels) {
        if (!isKind(fileName(file), "nii")) throw new FormatException(file + ": a volume's file name ends in .nii or .nii.gz");
        AtomicFile.write(file, raw -> {
            Gzip zipped = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz") ? new Gzip(raw) : null;
            OutputStream out = zipped == null ? raw : zipped;
            out.write(header);
            voxels.writeTo(out);
            if (zipped != null) zipped.finish();
        });
    }
}
