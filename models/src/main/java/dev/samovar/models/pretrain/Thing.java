package dev.samovar.models.pretrain;

import dev.samovar.core.nn.Random;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.scenes.Scene;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A thing that the network is prompted for, in the pixels of the network's square, and on the coarser grid of its masks.
///
/// @param mask within the picture, whose longer side is that of the square
/// @param target 1 where at least half of a cell of the masks' grid belongs to the thing, else 0: `side · side`
/// @param counts 1 where a cell counts, 0 where it is ignored: `side · side`; null if all count
/// @param side cells along a side of that grid, four times those of the embedding
/// @param pixels along a side of a cell
@SuppressWarnings("ArrayRecordComponent")                                          // they are not compared
record Thing(Mask mask, float[] target, float @Nullable [] counts, int side, int pixels) {
    private static final int FEWEST_CELLS = 9;
    private static final double JITTER = 0.1, MOST_JITTER = 20, JITTER_SIDE = 1024; // of a box: a share of its side, and at most MOST_JITTER pixels in a picture of JITTER_SIDE

    /// The things of a scene that are large enough for the masks' grid, at most `most` of them, drawn at random with weights that grow as the square
    /// root of their area.
    static List<Thing> of(Scene scene, int most, int side, int pixels, Random random) {
        List<Mask> left = new ArrayList<>(scene.things());
        float[] ignored = scene.ignored() == null ? null : coarse(scene.ignored(), side, pixels);
        List<Thing> things = new ArrayList<>();
        while (things.size() < most && !left.isEmpty()) {
            Mask mask = left.remove(drawn(left, random));
            float[] target = coarse(mask, side, pixels);
            Thing thing = new Thing(mask, target, ignored == null ? null : counts(target, ignored), side, pixels);
            if (thing.cells() >= FEWEST_CELLS) things.add(thing);
        }
        return things;
    }

    private static int drawn(List<Mask> masks, Random random) {
        double at = random.uniform() * masks.stream().mapToDouble(m -> Math.sqrt(m.area())).sum();
        for (int i = 0; i < masks.size() - 1; i++) {
            at -= Math.sqrt(masks.get(i).area());
            if (at < 0) return i;
        }
        return masks.size() - 1;
    }

    private static float[] coarse(Mask mask, int side, int pixels) {
        int[] covered = new int[side * side];
        for (int y = 0; y < mask.height(); y++)
            for (int x = 0; x < mask.width(); x++) if (mask.at(y, x)) covered[y / pixels * side + x / pixels]++;
        float[] target = new float[side * side];
        for (int i = 0; i < target.length; i++) target[i] = 2 * covered[i] >= pixels * pixels ? 1 : 0;
        return target;
    }

    /// Whether cells count. A cell counts if half of it belongs to the thing, even if the other half is ignored.
    private static float[] counts(float[] target, float[] ignored) {
        float[] counts = new float[target.length];
        for (int i = 0; i < counts.length; i++) counts[i] = target[i] > 0 ? 1 : 1 - ignored[i];
        return counts;
    }

    private int cells() {
        int cells = 0;
        for (float t : target) cells += (int) t;
        return cells;
    }

    /// A random point on it, one of its pixels: x and y.
    float[] point(Random random) {
        int left = random.below(mask.area());
        boolean[] pixels = mask.pixels();
        for (int i = 0;; i++) if (pixels[i] && left-- == 0) return new float[]{i % mask.width(), Math.floorDiv(i, mask.width())};
    }

    /// The box around it, each side moved at random by a tenth of the box, at most by 20 pixels of 1024: x and y of two corners.
    float[] box(Random random) {
        Box box = mask.box();
        if (box == null) throw new IllegalStateException("a thing without a pixel");
        double most = MOST_JITTER * side * pixels / JITTER_SIDE;
        return new float[]{moved(box.x0(), box.width(), mask.width(), most, random), moved(box.y0(), box.height(), mask.height(), most,
                random),
            moved(box.x1(), box.width(), mask.width(), most, random), moved(box.y1(), box.height(), mask.height(), most, random)};
    }

    private static float moved(int at, int length, int size, double most, Random random) {
        return (float) Math.clamp(at + Math.clamp(JITTER * length * random.normal(), -most, most), 0, size - 1);
    }

    /// A random point where a mask is wrong, one of its cells: x, y, and 1 if it belongs to the thing, 0 if not. Null if nothing is wrong.
    float @Nullable [] correction(float[] logits, int from, Random random) {
        int wrong = 0;
        for (int i = 0; i < target.length; i++) if (isWrong(logits, from, i)) wrong++;
        if (wrong == 0) return null;
        int left = random.below(wrong);
        for (int i = 0;; i++)
            if (isWrong(logits, from, i) && left-- == 0)
                return new float[]{middle(i % side), middle(i / side), target[i]};
    }

    private boolean isWrong(float[] logits, int from, int cell) {
        return isThere(logits, from, cell) != (target[cell] > 0);
    }

    /// Whether a mask has a cell that counts.
    private boolean isThere(float[] logits, int from, int cell) {
        return logits[from + cell] > 0 && (counts == null || counts[cell] > 0);
    }

    /// The centre of a cell, in pixels; the centre of the first pixel is 0.
    private float middle(int cell) {
        return (cell + 0.5f) * pixels - 0.5f;
    }

    /// Intersection over union of a mask with the target; 0 if both are empty.
    double iou(float[] logits, int from) {
        int both = 0, either = 0;
        for (int i = 0; i < target.length; i++) {
            boolean a = isThere(logits, from, i), b = target[i] > 0;
            if (a && b) both++;
            if (a || b) either++;
        }
        return either == 0 ? 0 : (double) both / either;
    }
}
