package dev.samovar.models.mask;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.imaging.Palette;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Objects as regions of interest of ImageJ and Fiji: one in a `.roi` file, several in a `RoiSet.zip`, which the ROI Manager opens.
///
/// An object of one piece without holes is a traced polygon; all others, and those far from the picture's upper left corner, are composite. Source:
/// ImageJ 1.54p, the layout in its `RoiDecoder`.
public final class ImageJRois {
    private static final int HEADER = 64, VERSION = 228, TRACED = 8, COMPOSITE = 1;
    private static final int MOVE = 0, LINE = 1, CLOSE = 4;
    private static final int MOST = Short.MAX_VALUE;                               // corners, and pixels from an edge of the picture: they are stored in 16 bits
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);          // constant, so that the same objects give the same bytes

    private ImageJRois() {}

    /// Writes all objects that have a pixel into one archive, each under its name; a repeated name gets a number.
    ///
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void writeSet(Path file, List<Region> regions) {
        AtomicFile.write(file, out -> {
            ZipOutputStream zip = new ZipOutputStream(out);
            Set<String> names = new HashSet<>();
            for (Region region : regions) {
                if (region.mask().area() == 0) continue;
                String plain = region.name().replaceAll("[^\\p{L}\\p{N} ._-]", "_"), name = plain;
                for (int n = 2; !names.add(name.toLowerCase(Locale.ROOT)); n++) name = plain + "-" + n;
                ZipEntry entry = new ZipEntry(name + ".roi");
                entry.setTimeLocal(TIME);
                zip.putNextEntry(entry);
                zip.write(bytes(region, name));
            }
            zip.finish();
        });
    }

    /// An object as the bytes of a `.roi` file.
    ///
    /// @param name its name in ImageJ
    /// @throws IllegalArgumentException if no pixel belongs to it
    public static byte[] bytes(Region region, String name) {
        List<Outline.Polygon> polygons = Outline.of(region.mask()).polygons();
        Box box = region.mask().box();
        if (box == null) throw new IllegalArgumentException("no pixel belongs to " + region.name());
        Outline.Ring first = polygons.getFirst().outer();
        boolean traced = polygons.size() == 1 && polygons.getFirst().holes().isEmpty() && first.length() <= MOST && box.x1() < MOST
                && box.y1() < MOST;
        List<Outline.Ring> rings = polygons.stream()
                .flatMap(p -> java.util.stream.Stream.concat(java.util.stream.Stream.of(p.outer()), p.holes().stream())).toList();
        int floats = traced ? 0 : rings.stream().mapToInt(ring -> 3 * ring.length() + 1).sum();
        int body = traced ? 2 * Short.BYTES * first.length() : Float.BYTES * floats;
        byte[] letters = name.getBytes(StandardCharsets.UTF_16BE);
        ByteBuffer b = ByteBuffer.allocate(HEADER + body + HEADER + letters.length);
        b.put("Iout".getBytes(StandardCharsets.US_ASCII)).putShort((short) VERSION).put((byte) (traced ? TRACED : COMPOSITE)).put((byte) 0);
        for (int edge : new int[]{box.y0(), box.x0(), box.y1() + 1, box.x1() + 1}) b.putShort((short) edge);
        b.putShort((short) (traced ? first.length() : 0));
        b.putInt(36, floats).putInt(40, 0xFF000000 | Palette.rgb(Math.floorMod(region.label() - 1, 255) + 1))
                .putInt(56, region.page() == null ? 0 : region.page() + 1).putInt(60, HEADER + body);
        b.position(HEADER);
        if (traced) {
            for (int x : first.x()) b.putShort((short) (x - box.x0()));
            for (int y : first.y()) b.putShort((short) (y - box.y0()));
        } else {
            rings.forEach(ring -> path(ring, b));
        }
        int second = HEADER + body;
        b.putInt(second + 16, second + HEADER).putInt(second + 20, letters.length / Character.BYTES);
        b.position(second + HEADER).put(letters);
        return b.array();
    }

    private static void path(Outline.Ring ring, ByteBuffer b) {
        for (int i = 0; i < ring.length(); i++) b.putFloat(i == 0 ? MOVE : LINE).putFloat(ring.x()[i]).putFloat(ring.y()[i]);
        b.putFloat(CLOSE);
    }
}
