package dev.samovar.models.study;

import dev.samovar.core.nn.Random;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Components;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.DistanceTransform;
import dev.samovar.models.sam.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How prompts are made from the truth, as in two published evaluations of SAM on medical images.
///
/// Source: Mazurowski and others, *Segment anything model for medical image analysis: an experimental study*, Medical Image Analysis 89 (2023), code
/// mazurowski-lab/segment-anything-medical-evaluation @ 2775b73; Huang and others, *Segment anything model for medical images?*, Medical Image
/// Analysis 92 (2024), code @ b2f0d41. Distances are exact here, where the first evaluation uses OpenCV's approximation with a mask of 5 × 5 pixels;
/// and random numbers are the library's own.
public final class PromptRules {
    /// The most pieces of an object that are prompted for.
    public static final int PIECES = 3;
    /// The number of points of each kind.
    public static final int POINTS = 5;

    private PromptRules() {}

    /// A pixel.
    public record Pixel(int x, int y) {
        /// A click on it.
        Prompt.Point click(boolean on) {
            return new Prompt.Point(x, y, on ? Prompt.Point.FOREGROUND : Prompt.Point.BACKGROUND);
        }
    }

    /// The pixels of a region that are farthest from everything outside it, row by row; everything beyond the picture is outside. Empty for an empty
    /// region.
    public static List<Pixel> deepest(Mask region) {
        int h = region.height(), w = region.width(), wide = w + 2;
        boolean[] inside = new boolean[(h + 2) * wide];
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) inside[(y + 1) * wide + x + 1] = region.at(y, x);
        int[] from = IntStream.range(0, inside.length).filter(i -> inside[i]).toArray(),
                to = IntStream.range(0, inside.length).filter(i -> !inside[i]).toArray();
        double[] depths = new DistanceTransform(wide, h + 2, 1, 1, 1, 1).distances(from, to);
        double most = Arrays.stream(depths).max().orElse(0);
        return IntStream.range(0, from.length).filter(i -> depths[i] == most).mapToObj(i -> new Pixel(from[i] % wide - 1, from[i] / wide
                - 1)).toList();
    }

    /// One of the deepest pixels of a region, chosen at random (Mazurowski); null if the region is empty.
    public static @Nullable Pixel centre(Mask region, Random random) {
        List<Pixel> deepest = deepest(region);
        return deepest.isEmpty() ? null : deepest.get(random.below(deepest.size()));
    }

    /// The largest pieces of an object, at most three, the largest first (Mazurowski).
    public static List<Mask> pieces(Mask object) {
        return Components.of(object).largest(PIECES);
    }

    private static Box bounds(Mask mask) {
        Box box = mask.box();
        if (box == null) throw new IllegalArgumentException("an object without a pixel");
        return box;
    }

    /// Points on an object (Huang): every ⌊n/count⌋-th of its n pixels from the first on, row by row. If the centre of mass is on the object, it
    /// replaces the first point. There are fewer points if the object has fewer pixels.
    public static List<Pixel> onObject(Mask object, int count) {
        int w = object.width();
        int[] pixels = IntStream.range(0, object.pixels().length).filter(i -> object.pixels()[i]).toArray();
        List<Pixel> points = spread(pixels, count, w);
        double x = Arrays.stream(pixels).map(i -> i % w).average().orElseThrow(), y = Arrays.stream(pixels).map(i -> i / w).average()
                .orElseThrow();
        if (object.at((int) y, (int) x)) points.set(0, new Pixel((int) x, (int) y));
        return points;
    }

    /// Points beside an object (Huang): spread in the same way over the pixels outside it within its box, which is made twice as wide and high about
    /// the same centre, within the picture. Empty if there are no such pixels.
    public static List<Pixel> besideObject(Mask object, int count) {
        Box box = bounds(object);
        int h = object.height(), w = object.width(), across = (box.width() + 1) / 2, down = (box.height() + 1) / 2;
        int x0 = Math.max(0, box.x0() - across), x1 = Math.min(w - 1, box.x1() + across), y0 = Math.max(0, box.y0() - down), y1 = Math.min(h
                - 1, box.y1() + down);
        int[] pixels = IntStream.range(0, object.pixels().length).filter(i -> !object.pixels()[i] && i % w >= x0 && i % w <= x1 && i
                / w >= y0
                && i / w <= y1).toArray();
        return spread(pixels, count, w);
    }

    private static List<Pixel> spread(int[] pixels, int count, int w) {
        int step = Math.max(1, pixels.length / count);
        List<Pixel> points = new ArrayList<>();
        for (int i = 0; i < Math.min(count, pixels.length); i++) points.add(new Pixel(pixels[i * step] % w, pixels[i * step] / w));
        return points;
    }

    /// The next click (Mazurowski): one of the deepest pixels of everything that is wrong, missing or too much, chosen at random. It says "on the
    /// object" if that pixel is labelled, even as another class, as in the published code. Null if nothing is wrong.
    public static Prompt.@Nullable Point correction(Mask mask, Mask truth, Mask labelled, Random random) {
        boolean[] wrong = new boolean[truth.pixels().length];
        for (int i = 0; i < wrong.length; i++) wrong[i] = mask.pixels()[i] != truth.pixels()[i];
        Pixel at = centre(new Mask(truth.height(), truth.width(), wrong), random);
        return at == null ? null : at.click(labelled.at(at.y(), at.x()));
    }

    /// The next click that corrects a mask: one of the deepest pixels of everything that is wrong, with the label of the object if the pixel is on
    /// it. Null if nothing is wrong.
    public static Prompt.@Nullable Point correction(Mask mask, Mask truth, Random random) {
        return correction(mask, truth, truth, random);
    }

    /// A point moved along both axes, within a picture of `h × w` pixels (Huang): along each by a random distance between two bounds, in a random
    /// direction. A point beyond the last pixel's centre does not move farther out.
    public static Prompt.Point moved(Prompt.Point point, double from, double to, int h, int w, Random random) {
        return new Prompt.Point(moved(point.x(), from, to, w, random), moved(point.y(), from, to, h, random), point.label());
    }

    /// A box whose two corners are both moved in this way; if they pass each other, they are exchanged.
    public static Prompt.Box moved(Prompt.Box box, double from, double to, int h, int w, Random random) {
        double x0 = moved(box.x0(), from, to, w, random), y0 = moved(box.y0(), from, to, h, random);
        double x1 = moved(box.x1(), from, to, w, random), y1 = moved(box.y1(), from, to, h, random);
        return new Prompt.Box(Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1));
    }

    private static double moved(double at, double from, double to, int size, Random random) {
        double distance = random.uniform(from, to);
        return Math.clamp(random.below(2) == 0 ? at - distance : at + distance, 0, Math.max(at, size - 1));
    }
}
