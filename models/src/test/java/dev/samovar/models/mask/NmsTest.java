package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NmsTest {
    @Test
    void whatIsKeptEqualsTheReferences() {
        Json golden = Masks.golden("nms"), keep = golden.at("keep");
        List<Box> boxes = golden.at("boxes").list().stream().map(b -> box(b.numbers())).toList();
        float[] scores = new float[boxes.size()];
        for (int i = 0; i < scores.length; i++) scores[i] = (float) golden.at("scores").numbers()[i];
        assertEquals(4, keep.keys().size());
        for (String threshold : keep.keys())
            assertArrayEquals(keep.at(threshold).integers(), Nms.keep(boxes, scores, Double.parseDouble(threshold)), threshold);
    }

    private static Box box(double[] b) {
        return new Box((int) b[0], (int) b[1], (int) b[2], (int) b[3]);
    }

    @Test
    void anOverlapOfExactlyTheThresholdIsNoDuplicate() {
        List<Box> boxes = List.of(new Box(0, 0, 10, 10), new Box(0, 0, 5, 10));
        assertArrayEquals(new int[]{0, 1}, Nms.keep(boxes, new float[]{1, 0}, 0.5));
        assertArrayEquals(new int[]{0}, Nms.keep(boxes, new float[]{1, 0}, 0.4999999));
    }

    /// 7 / 10 in float32 is less than 0.7 in double, and 3 / 10 is more than 0.3.
    @Test
    void anOverlapIsAFloatAndTheThresholdADouble() {
        Box whole = new Box(0, 0, 10, 1);
        assertArrayEquals(new int[]{0, 1}, Nms.keep(List.of(whole, new Box(0, 0, 7, 1)), new float[]{2, 1}, 0.7));
        assertArrayEquals(new int[]{0}, Nms.keep(List.of(whole, new Box(0, 0, 3, 1)), new float[]{2, 1}, 0.3));
    }

    @Test
    void whatHasNoAreaAndWhatIsNoNumberSuppressNothing() {
        Box line = new Box(3, 3, 3, 9);
        assertArrayEquals(new int[]{2, 0, 1}, Nms.keep(List.of(line, line, line), new float[]{1, 1, Float.NaN}, 0));
        assertArrayEquals(new int[0], Nms.keep(List.of(), new float[0], 0.5));
    }

    @Test
    void aSuppressedBoxSuppressesNothing() {
        List<Box> boxes = List.of(new Box(0, 0, 10, 10), new Box(4, 0, 14, 10), new Box(8, 0, 18, 10));
        assertArrayEquals(new int[]{0, 2}, Nms.keep(boxes, new float[]{3, 2, 1}, 0.2));
    }

    @Test
    void equalScoresKeepTheirOrderAndAllPairsAgree() {
        Random random = new Random(Masks.SEED, "nms");
        for (int n = 1; n < 60; n++) {
            List<Box> boxes = new ArrayList<>();
            float[] scores = new float[n];
            for (int i = 0; i < n; i++) {
                int x = random.below(20), y = random.below(20);
                boxes.add(new Box(x, y, x + random.below(12), y + random.below(12)));
                scores[i] = random.below(4);
            }
            double threshold = random.uniform();
            assertArrayEquals(plain(boxes, scores, threshold), Nms.keep(boxes, scores, threshold), "seed " + Masks.SEED + ", " + n
                    + " boxes");
        }
    }

    /// Goes through the boxes from the best to the worst, and marks those that each one suppresses.
    private static int[] plain(List<Box> boxes, float[] scores, double threshold) {
        boolean[] gone = new boolean[scores.length];
        int[] kept = new int[scores.length];
        int n = 0;
        for (int round = 0; round < scores.length; round++) {
            int best = -1;
            for (int i = 0; i < scores.length; i++) if (!gone[i] && (best < 0 || scores[i] > scores[best])) best = i;
            if (best < 0) break;
            Box a = boxes.get(best);
            kept[n++] = best;
            gone[best] = true;
            for (int i = 0; i < scores.length; i++) {
                Box b = boxes.get(i);
                int w = Math.min(a.x1(), b.x1()) - Math.max(a.x0(), b.x0()), h = Math.min(a.y1(), b.y1()) - Math.max(a.y0(), b.y0());
                float shared = w <= 0 || h <= 0 ? 0 : w * h, both = a.width() * a.height() + b.width() * b.height();
                if (shared / (both - shared) > threshold) gone[i] = true;
            }
        }
        return Arrays.copyOf(kept, n);
    }
}
