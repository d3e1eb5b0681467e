package dev.samovar.models.scenes;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.ResizeLongestSide;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/// Pictures with transparency from a folder and those below it, pasted as things on drawn backgrounds: clip art, such as the 8,121 pictures of Debian's package `openclipart-png`, which are in the
/// public domain.
///
/// Larger pictures are left out, as are folders that are links, whose pictures may be here twice.
///
/// One in ten pictures, chosen by its name, is held out for evaluation: at least one, and not all.
public final class ClipArt implements SceneSource {
    private static final int TRIES = 20, MOST_PIXELS = 1_000_000;
    private static final long MOST_BYTES = 150_000;                                // of a file: larger ones would take longer to read than a step to learn
    private static final double LEAST_OPAQUE = 0.05, MOST_OPAQUE = 0.95;           // of its box, for a picture to be a thing

    private final Path folder;
    private final List<Map.Entry<String, Path>> pictures;                          // names and files

    /// Looks at a folder.
    ///
    /// @param heldOut whether the pictures are those that are held out, or all others
    /// @throws FormatException if there are fewer than two pictures
    public ClipArt(Path folder, boolean heldOut) {
        this.folder = folder;
        Found found = Found.in(folder);
        if (found.pictures.size() < 2)
            throw new FormatException(
                    folder + (found.pictures.isEmpty() ? ": there are no PNG pictures in it" : ": there is only one PNG picture in it")
                            + ", and two are needed; one in ten, and at least one, is held out from learning" + found.leftOut("; "));
        Set<String> unseen = OneInTen.of(new TreeSet<>(found.pictures.keySet()));
        pictures = found.pictures.entrySet().stream().filter(f -> unseen.contains(f.getKey()) == heldOut).toList();
    }

    /// What of a folder is left out, in a sentence; empty if that is nothing.
    public static String leftOut(Path folder) {
        return Found.in(folder).leftOut(folder + ": ");
    }

    /// What there is in a folder.
    ///
    /// @param pictures by name, in the order of their paths
    /// @param large files that are too large
    /// @param links folders that are links
    private record Found(SequencedMap<String, Path> pictures, long large, long links) {
        static Found in(Path folder) {
            if (!Files.isDirectory(folder)) throw FormatException.noFolder(folder);
            try {
                Path real = folder.toRealPath();
                List<Path> all;
                try (Stream<Path> files = Files.walk(real)) {
                    all = files.sorted().toList();
                }
                SequencedMap<String, Path> pictures = new LinkedHashMap<>();
                long large = 0, links = 0;
                for (Path file : all) {
                    if (Files.isSymbolicLink(file) && Files.isDirectory(file)) links++;
                    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png") || !Files.isRegularFile(file)) continue;
                    if (Files.size(file) > MOST_BYTES) large++;
                    else pictures.put(real.relativize(file).toString(), file);
                }
                return new Found(pictures, large, links);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot look into " + folder + ": " + Sentence.reason(e), e);
            }
        }

        String leftOut(String before) {
            long wide = pictures.values().stream().filter(file -> pixels(file) > MOST_PIXELS).count();
            List<String> kinds = new ArrayList<>();
            if (large > 0) kinds.add(String.format(Locale.ROOT, "pictures above %,d bytes (%d)", MOST_BYTES, large));
            if (wide > 0) kinds.add(String.format(Locale.ROOT, "pictures above %,d pixels (%d)", MOST_PIXELS, wide));
            if (links > 0) kinds.add("folders that are links (" + links + ")");
            return kinds.isEmpty() ? "" : before + "left out are " + String.join(", ", kinds);
        }
    }

    /// The pixels of a PNG picture, as the beginning of its file tells.
    private static long pixels(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(24);                                       // the last eight are width and height
            return head.length < 24 ? 0 : (long) ByteBuffer.wrap(head).getInt(16) * ByteBuffer.wrap(head).getInt(20);
        } catch (IOException _) {
            return 0;
        }
    }

    /// The SHA-256 digest, in hexadecimal, of the names and contents of the files that it draws from.
    public String digest() {
        return Contents.digest(pictures);
    }

    @Override
    public String describe() {
        return "clip art of " + folder.getFileName() + " (" + pictures.size() + " pictures)";
    }

    @Override
    public Scene draw(Random random, int side) {
        Canvas canvas = new Canvas(side);
        Photographs.background(canvas, random);
        int things = 1 + random.below(5);
        for (int i = 0; i < things; i++) {
            Picture picture = any(random, (int) (side * 0.12 * StrictMath.exp(random.uniform() * 1.9)));
            if (picture != null) paste(canvas, picture, random);
        }
        Photographs.finish(canvas, random);
        return Finish.frame(canvas, random);
    }

    /// One of the pictures, at this size; null if none of many that were tried is suitable.
    private @Nullable Picture any(Random random, int size) {
        for (int i = 0; i < TRIES; i++) {
            Picture picture = read(pictures.get(random.below(pictures.size())).getValue());
            if (picture == null) continue;
            Picture resized = new ResizeLongestSide(Math.max(8, size)).apply(picture);
            int n = resized.height() * resized.width();
            double opaque = 0;
            for (int p = 3 * n; p < 4 * n; p++) opaque += resized.pixels()[p] / 255;
            if (opaque > LEAST_OPAQUE * n && opaque < MOST_OPAQUE * n) return resized;
        }
        return null;
    }

    /// Red, green, blue and opacity, `(4, h, w)`; null if the picture is very large or damaged: such a picture is skipped.
    private static @Nullable Picture read(Path file) {
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
            try {
                reader.setInput(in, true, true);
                int h = reader.getHeight(0), w = reader.getWidth(0);
                if ((long) h * w > MOST_PIXELS) return null;
                int[] argb = reader.read(0).getRGB(0, 0, w, h, null, 0, w);
                float[] pixels = new float[4 * h * w];
                for (int i = 0; i < h * w; i++)
                    for (int c = 0; c < 4; c++) pixels[c * h * w + i] = (argb[i] >> (c == 3 ? 24 : 16 - 8 * c)) & 0xff;
                return new Picture(4, h, w, pixels);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException _) {                               // the JDK's reader may throw any exception
            return null;
        }
    }

    private static void paste(Canvas canvas, Picture picture, Random random) {
        int h = picture.height(), w = picture.width(), n = h * w, thing = canvas.thing();
        int left = (int) (canvas.side * random.uniform(0, 1) - w / 2.0), top = (int) (canvas.side * random.uniform(0, 1) - h / 2.0);
        boolean mirrored = random.below(2) == 0;
        float[] p = picture.pixels();
        for (int y = Math.max(0, -top); y < Math.min(h, canvas.side - top); y++)
            for (int x = Math.max(0, -left); x < Math.min(w, canvas.side - left); x++) {
                int i = y * w + (mirrored ? w - 1 - x : x);
                canvas.put(left + x, top + y, p[i], p[n + i], p[2 * n + i], p[3 * n + i] / 255, thing);
            }
    }
}
