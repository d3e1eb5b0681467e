package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compares the decoder of fused operations with the one composed of simple operations, in double precision.
class MaskDecoderTest {
    private static final SamConfig CONFIG = new SamConfig(new VitConfig(24, 2, 2, 4, List.of(1), 40, 4, 64), 64, 96, 32);
    private static final int DIM = CONFIG.promptWidth();

    @SuppressWarnings("ArrayRecordComponent")                                      // compared field by field
    private record Answer(float[] masks, float[] iou) {}

    private static float[] drawn(String name, int n) {
        Random random = new Random(7, name);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.normal();
        return x;
    }

    private static Answer answer(Device device, int images, int prompts, int tokens, int side) {
        try (Params p = Params.random(3, device); var _ = Scope.open()) {
            MaskDecoder decoder = new MaskDecoder(p.frozen(), CONFIG);
            Tensor image = Tensor.of(device, drawn("image", images * DIM * side * side), images, DIM, side, side);
            Tensor pe = Tensor.of(device, drawn("pe", DIM * side * side), 1, DIM, side, side);
            Tensor sparse = Tensor.of(device, drawn("sparse", prompts * tokens * DIM), prompts, tokens, DIM);
            Tensor dense = Tensor.of(device, drawn("dense", DIM * side * side), 1, DIM, side, side);
            var decoded = decoder.forward(image, pe, new PromptEncoder.Encoded(sparse, dense));
            return new Answer(decoded.masks().toArray(), decoded.iou().toArray());
        }
    }

    private static void assertEqualsComposed(int images, int prompts, int tokens, int side) {
        Answer fused = answer(Device.cpu(2), images, prompts, tokens, side), composed = answer(Device.reference(), images, prompts, tokens, side);
        String what = images + " images, " + prompts + " prompts of " + tokens + " tokens, " + side + " × " + side;
        Golden.assertClose("masks: " + what, composed.masks, fused.masks, 2e-5);
        Golden.assertClose("iou: " + what, composed.iou, fused.iou, 2e-5);
    }

    @Test
    void promptsAboutOneImage() {
        assertEqualsComposed(1, 3, 2, 8);
    }

    @Test
    void aPromptAboutEachImage() {
        assertEqualsComposed(2, 2, 3, 8);
    }

    @Test
    void promptsAboutEachImage() {
        assertEqualsComposed(2, 6, 2, 8);
        Answer both = answer(Device.reference(), 2, 6, 2, 8), first = answer(Device.reference(), 1, 3, 2, 8);
        assertArrayEquals(first.iou, Arrays.copyOf(both.iou, first.iou.length));
        assertArrayEquals(first.masks, Arrays.copyOf(both.masks, first.masks.length));
    }

    @Test
    void moreTokensThanAPanelHasLanes() {
        assertEqualsComposed(1, 2, 3, 24);
    }

    @Test
    void positionsThatAreNoWholePanels() {
        assertEqualsComposed(1, 2, 2, 6);
    }

    @Test
    void noTokensOfAPrompt() {
        assertEqualsComposed(1, 1, 0, 8);
    }

    @Test
    void bitsDoNotDependOnThreads() {
        Answer one = answer(Device.cpu(1), 1, 3, 2, 24), three = answer(Device.cpu(3), 1, 3, 2, 24);
        assertArrayEquals(one.masks, three.masks);
        assertArrayEquals(one.iou, three.iou);
    }

    @Test
    void someMasksOfSomePromptsHaveTheBitsOfAll() {
        Device device = Device.cpu();
        int side = 8, n = 16 * side * side;
        try (Params p = Params.random(3, device); var _ = Scope.open()) {
            MaskDecoder decoder = new MaskDecoder(p.frozen(), CONFIG);
            Tensor image = Tensor.of(device, drawn("image", DIM * side * side), 1, DIM, side, side);
            Tensor sparse = Tensor.of(device, drawn("sparse", 3 * 2 * DIM), 3, 2, DIM);
            var attended = decoder.attend(image, image, new PromptEncoder.Encoded(sparse, image));
            float[] all = decoder.masks(attended).toArray(), some = decoder.masks(attended.choose(true).prompts(1, 3)).toArray();
            float[] single = decoder.masks(attended.choose(false)).toArray();
            for (int prompt = 0; prompt < 3; prompt++) {
                assertArrayEquals(Arrays.copyOfRange(all, prompt * 4 * n, prompt * 4 * n + n), Arrays.copyOfRange(single,
                        prompt * n, prompt * n + n));
                if (prompt > 0)
                    assertArrayEquals(Arrays.copyOfRange(all, (prompt * 4 + 1) * n, (prompt * 4 + 4) * n),
                            Arrays.copyOfRange(some, (prompt - 1) * 3 * n, prompt * 3 * n));
            }
        }
    }
}
