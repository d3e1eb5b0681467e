package dev.samovar.models.pretrain;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.PromptEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What was said so far about some things of one picture, each by itself, and what the network answered last.
///
/// A thing is asked for by a click or a box first, which of them is drawn by lot; then come corrections, clicks where the last mask was wrong. So many rounds later all things have equally
/// many tokens: a box has two corners, and a click alone is followed by a point that is none.
final class Dialogue {
    private static final float NO_POINT = -1, CLICK = 1, FIRST_CORNER = 2, SECOND_CORNER = 3;

    private final List<Thing> things;
    private final List<Random> draws;
    private final boolean[] boxed;
    private final List<List<float[]>> points = new ArrayList<>();                  // of each thing: x, y, label
    private final float[][] masks;                                                 // the last answer's logits
    private boolean answered;

    /// Begins, with a stream of random numbers for each thing.
    Dialogue(List<Thing> things, List<Random> draws) {
        this.things = things;
        this.draws = draws;
        boxed = new boolean[things.size()];
        masks = new float[things.size()][];
        for (int i = 0; i < things.size(); i++) {
            Random random = draws.get(i);
            boxed[i] = random.below(2) == 0;
            float[] place = boxed[i] ? things.get(i).box(random) : things.get(i).point(random);
            points.add(new ArrayList<>(List.of(new float[]{place[0], place[1], boxed[i] ? FIRST_CORNER : CLICK}, boxed[i]
                    ? new float[]{place[2], place[3], SECOND_CORNER}
                    : new float[]{0, 0, NO_POINT})));
        }
    }

    int size() {
        return things.size();
    }

    Thing thing(int i) {
        return things.get(i);
    }

    /// Whether nothing but a click was said about a thing, so that it may mean several.
    boolean isAmbiguous(int i) {
        return !answered && !boxed[i];
    }

    boolean isAnswered() {
        return answered;
    }

    /// Every thing's points, corners and padding, `(B, N, 2)`.
    PromptEncoder.Points points(Device device) {
        int n = points.getFirst().size();
        float[] coords = new float[things.size() * n * 2];
        List<Integer> labels = new ArrayList<>();
        for (List<float[]> of : points) for (float[] point : of) {
            coords[2 * labels.size()] = point[0];
            coords[2 * labels.size() + 1] = point[1];
            labels.add((int) point[2]);
        }
        return new PromptEncoder.Points(Tensor.of(device, coords, things.size(), n, 2), labels);
    }

    /// The last masks' logits, `(B, 1, 4G, 4G)`.
    Tensor masks(Device device) {
        int side = things.getFirst().side(), cells = side * side;
        float[] all = new float[things.size() * cells];
        for (int i = 0; i < things.size(); i++) System.arraycopy(masks[i], 0, all, i * cells, cells);
        return Tensor.of(device, all, things.size(), 1, side, side);
    }

    /// What the network answered for a thing: the logits of one mask, taken from an array of them.
    void answer(int i, float[] logits, int from) {
        int side = things.get(i).side();
        masks[i] = Arrays.copyOfRange(logits, from, from + side * side);
        answered = true;
    }

    /// Says of every thing where its mask is wrong, by one click each; where nothing is, by one more on the thing.
    void correct() {
        for (int i = 0; i < things.size(); i++) {
            float[] point = things.get(i).correction(masks[i], 0, draws.get(i));
            if (point == null) {
                float[] on = things.get(i).point(draws.get(i));
                point = new float[]{on[0], on[1], CLICK};
            }
            points.get(i).add(points.get(i).size() - (boxed[i] ? 2 : 1), point);    // before the corners, or the padding
        }
    }
}
