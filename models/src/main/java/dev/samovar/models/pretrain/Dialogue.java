package dev.samovar.models.pretrain;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.PromptEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The prompts so far about some things in one picture, separately for each thing, and the network's last answers.
///
/// A thing is first prompted for with a click or a box, chosen at random; then come corrections, clicks where the last mask was wrong. After the same
/// number of rounds all things have the same number of tokens: a box has two corners, and a click without a box is followed by a padding point.
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

    /// Whether there was only a click for a thing, which may mean several things.
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

    /// Records the network's answer for a thing: the logits of one mask, from an array of several.
    void answer(int i, float[] logits, int from) {
        int side = things.get(i).side();
        masks[i] = Arrays.copyOfRange(logits, from, from + side * side);
        answered = true;
    }

    /// Adds a click for every thing where its mask is wrong, or, if nothing is wrong, anywhere on the thing.
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
