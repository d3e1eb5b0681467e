package dev.samovar.imaging.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import dev.samovar.imaging.LabelVolume;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Volumes in NRRD files, as 3D Slicer and teem write them: `.nrrd`, or `.nhdr` with the voxels in a file beside it.
///
/// It reads integers and floating-point numbers of every size in both byte orders, raw or compressed by gzip, with two or three axes in space, and
/// one more for the channels of a voxel, if it is the fastest, or for frames, if it is the slowest. The space is one that says where left is (RAS,
/// LAS, LPS), with time or without, or none.
///
/// It writes labels, compressed, on the grid of the file that their geometry came from, with the same text in the header.
///
/// Source: Definition of NRRD File Format (teem.sourceforge.net/nrrd/format.html).
final class Nrrd {
    private static final String MAGIC = "NRRD000";
    private static final Pattern VECTOR = Pattern.compile("\\(([^()]*)\\)|none"), UNIT = Pattern.compile("\"([^\"]*)\"");
    /// The fields of a header that are repeated in a file for the same grid.
    private static final List<String> KEPT = List.of("space", "space dimension", "space directions", "space origin", "space units",
            "spacings", "units");

    /// ITK 5.2 has no field for the unit of a MetaImage that it saves as NRRD, and writes it as a remark.
    private static final String ITK_UNIT = "ITK_VoxelUnits:=";

    private Nrrd() {}

    /// What a header says of where its voxels lie.
    ///
    /// @param lines its words, to be repeated; none if it says nothing
    /// @param axes the axes of its voxels in space, 1 to 3; 0 if its words are not for these alone
    private record Source(List<String> lines, int axes, boolean isPlaced, boolean hasSpacing, boolean hasUnit) implements GridSource {}

    static boolean is(String start) {
        return start.startsWith(MAGIC);
    }

    /// Reads a header. Error messages are worded to follow the name of the file.
    static Frames open(Path file) throws IOException {
        String text = TextHeader.start(file);
        TextHeader header = new TextHeader();
        int end = fields(text, header);
        int[] sizes = header.wholes("sizes", header.need("sizes"), 1);
        int rank = header.whole("dimension", 1, sizes.length);
        if (rank != sizes.length || rank > 5)
            throw new FormatException("its header has " + sizes.length + " sizes for " + rank + " dimensions");
        boolean[] spatial = spatial(header, rank);
        int first = 0;
        while (first < rank && !spatial[first]) first++;
        int axes = 0;
        while (first + axes < rank && spatial[first + axes]) axes++;
        int behind = rank - first - axes;
        for (int i = first + axes; i < rank; i++)
            if (spatial[i])
                throw new FormatException("an axis that is not one of space lies between those that are; only the first or the last may be such");
        if (axes < 1 || axes > 3 || first > 1 || behind > 1)
            throw new FormatException("it has " + axes + " axes in space and " + (first + behind)
                    + " others: 1 to 3 are read, and one other");
        int components = first == 1 ? sizes[0] : 1, frames = behind == 1 ? sizes[rank - 1] : 1;
        int[] dims = {1, 1, 1};
        System.arraycopy(sizes, first, dims, 0, axes);
        if (components > 1 << 16) throw new FormatException("it has " + components + " numbers for each voxel");
        return frames(file, header, end, type(header.need("type")), components, frames, behind == 1, geometry(header, dims, first, axes, rank));
    }

    /// Reads the lines up to the empty one, and returns where the voxels start.
    private static int fields(String text, TextHeader header) {
        int at = text.indexOf('\n') + 1;
        while (at > 0 && at < text.length()) {
            int end = text.indexOf('\n', at);
            String line = text.substring(at, end < 0 ? text.length() : end).stripTrailing();
            at = end < 0 ? text.length() : end + 1;
            if (line.isEmpty()) return at;
            int colon = line.indexOf(": ");
            if (colon < 0 && line.endsWith(":")) colon = line.length() - 1;
            if (line.startsWith(ITK_UNIT)) header.put(ITK_UNIT, line.substring(ITK_UNIT.length()));
            if (line.startsWith("#") || (line.contains(":=") && (colon < 0 || line.indexOf(":=") < colon))) continue;
            if (colon < 0 && String.valueOf(header.get("data file", "datafile")).startsWith("LIST"))
                throw new FormatException("its voxels are in a list of files, and only a single one is read: save it as one by unu save -f nrrd");
            if (colon < 0) throw new FormatException("its header has the line " + FormatException.shown(line) + ", which is no field");
            header.put(line.substring(0, colon), line.substring(colon + 1));
        }
        if (header.get("data file", "datafile") != null) return text.length();
        throw new FormatException("its header does not end");
    }

    /// The axes that lie in space: those with a direction or, if none has one, those whose kind does not say otherwise.
    private static boolean[] spatial(TextHeader header, int rank) {
        boolean[] spatial = new boolean[rank];
        String directions = header.get("space directions"), kinds = header.get("kinds");
        List<String> vectors = directions == null ? List.of() : vectors(directions);
        String[] kind = kinds == null ? new String[0] : kinds.split("\\s+");
        if ((directions != null && vectors.size() != rank) || (kinds != null && kind.length != rank))
            throw new FormatException("its header does not have one direction and one kind for each of its " + rank + " axes");
        List<String> told = Stream.of(kind).map(k -> k.toLowerCase(Locale.ROOT)).toList();
        boolean isTold = told.contains("domain") || told.contains("space");         // then an unknown kind is another
        for (int i = 0; i < rank; i++)
            spatial[i] = directions != null
                    ? !vectors.get(i).equals("none") && !isTime(header.numbers("space directions", vectors.get(i)))
                    : kinds == null ? i < 3 : (isTold ? List.of("domain", "space") : List.of("???", "none")).contains(told.get(i));
        return spatial;
    }

    /// Whether a direction is that of time: the fourth of a space that has one, as ITK writes images of four dimensions.
    private static boolean isTime(double[] v) {
        return v.length == 4 && v[0] == 0 && v[1] == 0 && v[2] == 0 && v[3] != 0;
    }

    private static List<String> vectors(String text) {
        List<String> vectors = new ArrayList<>();
        for (Matcher m = VECTOR.matcher(text); m.find();) vectors.add(m.group(1) == null ? "none" : m.group(1));
        return vectors;
    }

    private static Geometry geometry(TextHeader header, int[] dims, int first, int axes, int rank) {
        String space = header.get("space"), directions = header.get("space directions"), origin = header.get("space origin"),
                spacings = header.get("spacings");
        double[] sign = signs(space);
        double[][] affine = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
        if (directions != null) {
            List<String> vectors = vectors(directions);
            for (int a = 0; a < axes; a++) {
                double[] v = header.numbers("space directions", vectors.get(first + a));
                if (v.length > 4 || v.length < axes || (v.length == 4 && v[3] != 0)) throw TextHeader.wrong("space directions", directions);
                for (int r = 0; r < 3; r++) affine[r][a] = r < v.length ? sign[r] * v[r] : 0;
            }
            if (origin != null) {
                List<String> places = vectors(origin);
                double[] p = header.numbers("space origin", places.isEmpty() ? "" : places.getFirst());
                for (int r = 0; r < Math.min(3, p.length); r++) affine[r][3] = sign[r] * p[r];
            }
        } else if (spacings != null) {
            String[] words = spacings.split("\\s+", -1);
            if (words.length != rank) throw TextHeader.wrong("spacings", spacings);
            for (int a = 0; a < axes; a++) {
                String word = words[first + a];
                if (!word.equalsIgnoreCase("nan")) affine[a][a] = Math.abs(header.numbers("spacings", word)[0]);
            }
        }
        String unit = header.get(ITK_UNIT), told = header.get(directions != null ? "space units" : "units");
        boolean hasUnit = scale(affine, axes, told == null && unit != null
                ? Collections.nCopies(axes, LengthUnit.millimetres(unit))
                : units(told, directions != null ? 0 : first));
        if (directions != null) complete(affine, axes);
        List<String> lines = new ArrayList<>();
        if (first == 0 && axes == rank) for (String name : KEPT) if (header.get(name) != null) lines.add(name + ": " + header.get(name));
        if (first == 0 && axes == rank && unit != null) lines.add(ITK_UNIT + unit);
        if (axes < rank && directions == null && spacings != null) {
            lines.add("spacings: " + IntStream.range(0, axes).mapToObj(a -> String.valueOf(affine[a][a])).collect(Collectors.joining(" ")));
            if (hasUnit) lines.add("units: " + String.join(" ", Collections.nCopies(axes, "\"mm\"")));
        }
        int repeated = axes < rank && directions != null ? 0 : axes;
        return Geometry.of(dims[0], dims[1], dims[2], affine, new Source(List.copyOf(lines), repeated, directions != null && isKnown(space),
                directions != null || spacings != null, hasUnit));
    }

    /// The units that a field gives for the axes from `first` on.
    private static List<OptionalDouble> units(@Nullable String field, int first) {
        return field == null ? List.of() : UNIT.matcher(field).results().skip(first).map(m -> LengthUnit.millimetres(m.group(1))).toList();
    }

    /// Turns lengths along the axes of the world into millimetres, and returns whether all their units are known. What has none counts as millimetres.
    private static boolean scale(double[][] m, int axes, List<OptionalDouble> units) {
        for (int r = 0; r < Math.min(3, units.size()); r++)
            for (int c = 0; c < 4; c++) if (c < axes || c == 3) m[r][c] *= units.get(r).orElse(1);
        return units.size() >= axes && units.stream().limit(axes).allMatch(OptionalDouble::isPresent);
    }

    /// Gives a flat picture a third axis across it, 1 mm long, and a row a second one.
    private static void complete(double[][] m, int axes) {
        for (int a = axes; a < 3; a++) for (int r = 0; r < 3; r++) m[r][a] = r == a ? 1 : 0;
        if (axes != 2) return;
        double[] n = new double[3];
        for (int r = 0; r < 3; r++) n[r] = m[(r + 1) % 3][0] * m[(r + 2) % 3][1] - m[(r + 2) % 3][0] * m[(r + 1) % 3][1];
        double length = Math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        if (length > 0) for (int r = 0; r < 3; r++) m[r][2] = n[r] / length;
    }

    private static boolean isKnown(@Nullable String space) {
        return space != null && List.of("right-anterior-superior", "ras", "left-anterior-superior", "las", "left-posterior-superior", "lps")
                .contains(space.toLowerCase(Locale.ROOT).replace("-time", "").replaceAll("^(...)t$", "$1"));
    }

    /// The signs that turn the axes of a space into right, front and head.
    private static double[] signs(@Nullable String space) {
        if (!isKnown(space)) return new double[]{1, 1, 1};
        String name = String.valueOf(space).toLowerCase(Locale.ROOT);
        boolean words = name.contains("-anterior") || name.contains("-posterior");
        boolean left = name.startsWith("l"), posterior = words ? name.contains("posterior") : name.charAt(1) == 'p';
        return new double[]{left ? -1 : 1, posterior ? -1 : 1, 1};
    }

    private static VoxelType type(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "signed char", "int8", "int8_t" -> VoxelType.INT8;
            case "uchar", "unsigned char", "uint8", "uint8_t" -> VoxelType.UINT8;
            case "short", "short int", "signed short", "signed short int", "int16", "int16_t" -> VoxelType.INT16;
            case "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t" -> VoxelType.UINT16;
            case "int", "signed int", "int32", "int32_t" -> VoxelType.INT32;
            case "uint", "unsigned int", "uint32", "uint32_t" -> VoxelType.UINT32;
            case "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t" ->
                VoxelType.INT64;
            case "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t" -> VoxelType.UINT64;
            case "float" -> VoxelType.FLOAT32;
            case "double" -> VoxelType.FLOAT64;
            default -> throw new FormatException("it holds voxels of the type " + FormatException.shown(name)
                    + ", and only 8- to 64-bit integers, float and double are read");
        };
    }

    private static Frames frames(Path file, TextHeader header, int end, VoxelType type, int components, int frames, boolean several,
            Geometry geometry)
            throws IOException {
        String encoding = header.need("encoding").toLowerCase(Locale.ROOT), data = header.get("data file", "datafile");
        RawVoxels.Packing packing = switch (encoding) {
            case "raw" -> RawVoxels.Packing.NONE;
            case "gzip", "gz" -> RawVoxels.Packing.GZIP;
            default -> throw new FormatException("its voxels are encoded as " + FormatException.shown(encoding)
                    + ", and only raw and gzip are read: convert it by unu save -f nrrd -e gzip");
        };
        if (type.bytes > 1 && header.get("endian") == null) throw new FormatException("its header has no field \"endian\"");
        ByteOrder order = header.is("endian", "big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        if (header.whole("line skip", 0, 0) > 0 || header.whole("lineskip", 0, 0) > 0)
            throw new FormatException("its voxels come after lines of text, which are not skipped: save it anew");
        Path body = data == null ? file : TextHeader.beside(file, data);
        int skipped = Math.max(header.whole("byte skip", -1, 0), header.whole("byteskip", -1, 0));
        String skip = header.get("byte skip", "byteskip");
        long bytes = (long) geometry.voxels() * components * type.bytes * frames, start = data == null ? end : 0, before = skipped;
        if (skip != null && skip.equals("-1")) {
            if (packing != RawVoxels.Packing.NONE) throw new FormatException("its byte skip is -1, which is only for raw voxels");
            start = Math.max(start, Files.size(body) - bytes);
            before = 0;
        }
        long behind = bytes - bytes / frames;
        return new Frames(new RawVoxels(body, packing, start, before, behind, type, order, components, 1, 0, geometry), frames, several);
    }

    /// Writes labels. The name ends in `.nrrd`.
    static void write(Path file, LabelVolume labels) {
        Geometry g = labels.geometry();
        List<String> where = new ArrayList<>();
        int axes = 3;
        if (g.source() instanceof Source source && source.axes > 0) {
            where.addAll(source.lines);
            axes = source.axes;
        } else {
            where.add("space: left-posterior-superior");
            where.add("space directions: " + IntStream.range(0, 3).mapToObj(a -> vector(g, a)).collect(Collectors.joining(" ")));
            where.add("space origin: " + vector(g, 3));
        }
        String sizes = Stream.of(g.nx(), g.ny(), g.nz()).limit(axes).map(String::valueOf).collect(Collectors.joining(" "));
        if (axes == 3) where.add("kinds: domain domain domain");
        String header = "NRRD0004\ntype: unsigned char\ndimension: " + axes + "\nsizes: " + sizes + "\n" + where.stream().map(line -> line + "\n")
                .collect(Collectors.joining()) + "encoding: gzip\n\n";
        AtomicFile.write(file, out -> {
            out.write(header.getBytes(UTF_8));
            var zipped = new Gzip(out);
            for (int k = 0; k < g.nz(); k++) zipped.write(labels.plane(2, k));
            zipped.finish();
        });
    }

    /// A column of the affine, to the left, back and head. Without a sign before zeros.
    private static String vector(Geometry g, int column) {
        return "(" + (0 - g.affine(0, column)) + "," + (0 - g.affine(1, column)) + "," + (0 + g.affine(2, column)) + ")";
    }
}
