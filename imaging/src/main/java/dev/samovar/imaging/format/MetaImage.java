package dev.samovar.imaging.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import dev.samovar.imaging.LabelVolume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.zip.DeflaterOutputStream;

/// Volumes in MetaImage files, as ITK and elastix write them: `.mha`, or `.mhd` with the voxels in a file beside it.
///
/// It reads integers and floating-point numbers of every size in both byte orders, raw or compressed by zlib, with two or three dimensions, a fourth
/// for frames, and any number of channels. The world's axes point to the patient's left, back and head, as in ITK.
///
/// It writes labels, compressed, on the grid of the file that their geometry came from, with the same text in the header.
///
/// Source: MetaIO documentation of ITK (itk.org/Wiki/ITK/MetaIO/Documentation), and what ITK 5.4 writes.
final class MetaImage {
    private static final Pattern START = Pattern.compile("\\s*(ObjectType|NDims|Comment|ObjectSubType|BinaryData|Name|ID|ParentID)\\s*=.*",
            Pattern.DOTALL);
    /// The fields of a header that are repeated in a file for the same grid.
    private static final List<String> KEPT = List.of("TransformMatrix", "Rotation", "Orientation", "Offset", "Position", "Origin",
            "CenterOfRotation",
            "AnatomicalOrientation", "ElementSpacing", "ElementSize", "DistanceUnits");

    private MetaImage() {}

    /// The words of a header that say where its voxels lie.
    private record Source(int dims, List<String> lines, boolean isPlaced, boolean hasUnit) implements GridSource {}

    static boolean is(String start) {
        return START.matcher(start).lookingAt();
    }

    /// Reads a header. Error messages are worded to follow the name of the file.
    static Frames open(Path file) throws IOException {
        String text = TextHeader.start(file);
        TextHeader header = new TextHeader();
        int end = fields(text, header);
        int n = header.whole("NDims", 1, 0);
        int[] sizes = header.wholes("DimSize", header.need("DimSize"), 1);
        if (n < 2 || n > 4 || sizes.length != n)
            throw new FormatException("it has " + n + " dimensions and " + sizes.length + " sizes: 2 to 4 are read");
        int channels = header.whole("ElementNumberOfChannels", 1, 1), frames = n == 4 ? sizes[3] : 1;
        if (channels > 1 << 16) throw new FormatException("it has " + channels + " numbers for each voxel");
        VoxelType type = type(header.need("ElementType"));
        Geometry geometry = geometry(header, n, sizes);
        if (header.is("BinaryData", "False"))
            throw new FormatException("its voxels are written as text, which is not read: save it in binary");
        boolean big = header.is("BinaryDataByteOrderMSB", "True") || header.is("ElementByteOrderMSB", "True");
        boolean packed = header.is("CompressedData", "True");
        String data = header.need("ElementDataFile");
        boolean local = data.equalsIgnoreCase("LOCAL");
        if (data.toUpperCase(Locale.ROOT).startsWith("LIST"))
            throw new FormatException("its voxels are in a list of files, and only a single one is read: save it as .mha");
        Path body = local ? file : TextHeader.beside(file, data);
        long bytes = (long) geometry.voxels() * channels * type.bytes * frames, start = local ? end : 0;
        int skip = header.whole("HeaderSize", -1, 0);
        if (skip > 0) start = skip;                                     // from the start of the file, even where the header is in it, as in MetaIO
        if (skip == -1 && !packed) start = Math.max(start, Files.size(body) - bytes);
        RawVoxels first = new RawVoxels(body, packed ? RawVoxels.Packing.ZLIB : RawVoxels.Packing.NONE, start, 0, bytes - bytes / frames,
                type, big
                        ? ByteOrder.BIG_ENDIAN
                        : ByteOrder.LITTLE_ENDIAN,
                channels, 1, 0, geometry);
        return new Frames(first, frames, n == 4);
    }

    /// Reads the lines up to the one that says where the voxels are, and returns where they start if they follow.
    private static int fields(String text, TextHeader header) {
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            String line = text.substring(at, end < 0 ? text.length() : end).strip();
            at = end < 0 ? text.length() : end + 1;
            if (line.isEmpty()) continue;
            int sign = line.indexOf('=');
            if (sign < 0) throw new FormatException("its header has the line " + FormatException.shown(line) + ", which is no field");
            header.put(line.substring(0, sign), line.substring(sign + 1));
            if (header.get("ElementDataFile") != null) return at;
        }
        throw new FormatException("its header has no field \"ElementDataFile\"");
    }

    private static Geometry geometry(TextHeader header, int n, int[] sizes) {
        String matrix = header.get("TransformMatrix", "Rotation", "Orientation"), offset = header.get("Offset", "Position", "Origin");
        String spacing = header.get("ElementSpacing", "ElementSize");
        double[] turn = matrix == null ? new double[0] : header.numbers("TransformMatrix", matrix);
        double[] origin = offset == null ? new double[n] : header.numbers("Offset", offset);
        double[] size = spacing == null ? new double[0] : header.numbers("ElementSpacing", spacing);
        if ((matrix != null && turn.length != n * n) || origin.length != n || (spacing != null && size.length != n))
            throw new FormatException("its header does not say for each of its " + n + " dimensions where the voxels lie");
        int m = Math.min(n, 3);
        double[][] affine = {{-1, 0, 0, 0}, {0, -1, 0, 0}, {0, 0, 1, 0}};
        for (int a = 0; a < m; a++) for (int r = 0; r < m; r++) {
            double cosine = matrix == null ? (a == r ? 1 : 0) : turn[a * n + r];
            affine[r][a] = (r < 2 ? -1 : 1) * cosine * (spacing == null ? 1 : size[a]);
        }
        for (int r = 0; r < m; r++) affine[r][3] = (r < 2 ? -1 : 1) * origin[r];
        OptionalDouble unit = LengthUnit.millimetres(String.valueOf(header.get("DistanceUnits")));
        for (double[] row : affine) for (int c = 0; c < 4; c++) row[c] = row[c] * unit.orElse(1) + 0.0;       // no zero has a sign
        List<String> lines = new ArrayList<>();
        if (n < 4) for (String name : KEPT) if (header.get(name) != null) lines.add(name + " = " + header.get(name));
        return Geometry.of(sizes[0], sizes[1], n < 3 ? 1 : sizes[2], affine, new Source(n, List.copyOf(lines), matrix != null
                || offset != null, unit.isPresent()));
    }

    private static VoxelType type(String name) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "MET_CHAR" -> VoxelType.INT8;
            case "MET_UCHAR" -> VoxelType.UINT8;
            case "MET_SHORT" -> VoxelType.INT16;
            case "MET_USHORT" -> VoxelType.UINT16;
            case "MET_INT", "MET_LONG" -> VoxelType.INT32;              // long is of 32 bits in MetaIO
            case "MET_UINT", "MET_ULONG" -> VoxelType.UINT32;
            case "MET_LONG_LONG" -> VoxelType.INT64;
            case "MET_ULONG_LONG" -> VoxelType.UINT64;
            case "MET_FLOAT" -> VoxelType.FLOAT32;
            case "MET_DOUBLE" -> VoxelType.FLOAT64;
            default -> throw new FormatException("it holds voxels of the type " + FormatException.shown(name)
                    + ", and only 8- to 64-bit integers, float and double are read");
        };
    }

    /// Writes labels. The name ends in `.mha`.
    static void write(Path file, LabelVolume labels) {
        Geometry g = labels.geometry();
        int n = 3;
        List<String> where = new ArrayList<>();
        if (g.source() instanceof Source(int dims, List<String> lines, _, _) && dims < 4) {
            n = dims;
            where.addAll(lines);
        } else {
            StringBuilder turn = new StringBuilder(), spacing = new StringBuilder(), offset = new StringBuilder();
            for (int a = 0; a < 3; a++) {
                for (int r = 0; r < 3; r++) turn.append(' ').append((r < 2 ? -1 : 1) * g.affine(r, a) / g.spacing(a) + 0.0);
                spacing.append(' ').append(g.spacing(a));
                offset.append(' ').append((a < 2 ? -1 : 1) * g.affine(a, 3) + 0.0);
            }
            where.addAll(List.of("TransformMatrix =" + turn, "Offset =" + offset, "CenterOfRotation = 0 0 0", "ElementSpacing ="
                    + spacing));
        }
        int dims = n;
        AtomicFile.write(file, out -> {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (DeflaterOutputStream zip = new DeflaterOutputStream(packed)) {
                for (int k = 0; k < g.nz(); k++) zip.write(labels.plane(2, k));
            }
            String header = "ObjectType = Image\nNDims = " + dims
                    + "\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = True\nCompressedDataSize = "
                    + packed.size() + "\n" + String.join("\n", where) + (where.isEmpty() ? "" : "\n") + "DimSize = " + g.nx() + " " + g.ny()
                    + (dims > 2 ? " " + g.nz() : "") + "\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n";
            out.write(header.getBytes(UTF_8));
            packed.writeTo(out);
        });
    }
}
