package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.PlainEncoder.Mistake;
import org.junit.jupiter.api.Test;

/// Every easy mistake changes some stage of the tiny encoder by more than [SamGoldens] tolerates, so that [SamGoldens] would find it.
class EncoderTrapTest {
    private static final double TOLERANCE = 1e-5;

    @Test
    void withoutAMistakeTheNumbersAreRight() {
        double error = error(Mistake.NONE);
        assertTrue(error <= TOLERANCE, "error " + error);
    }

    @Test
    void geluIsExactNotByTanh() { assertNoticed(Mistake.GELU_BY_TANH); }

    @Test
    void layerNormsOfTheBlocksHaveAnEpsilonOfAMillionth() { assertNoticed(Mistake.BLOCK_EPS); }

    @Test
    void layerNormsOfTheNeckHaveAnEpsilonOfAMillionth() { assertNoticed(Mistake.NECK_EPS); }

    @Test
    void windowsArePaddedAfterTheNorm() { assertNoticed(Mistake.PADDING_BEFORE_NORM); }

    @Test
    void thePaddingIsAttendedTo() { assertNoticed(Mistake.PADDING_NOT_ATTENDED_TO); }

    @Test
    void relativePositionsUseTheUnscaledQuery() { assertNoticed(Mistake.SCALED_QUERY_FOR_POSITIONS); }

    @Test
    void scoresUseTheScaledQuery() { assertNoticed(Mistake.UNSCALED_SCORES); }

    @Test
    void offsetsCountFromKeyToQuery() { assertNoticed(Mistake.OFFSETS_REVERSED); }

    private static void assertNoticed(Mistake mistake) {
        double error = error(mistake);
        assertTrue(error > 1.5 * TOLERANCE, mistake + " changes no stage by more than " + error);
    }

    /// The largest difference from the golden numbers in any stage.
    private static double error(Mistake mistake) {
        Device device = Device.reference();
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder.safetensors");
                var _ = Scope.open()) {
            Tensor image = Tensor.of(device, golden.floats("input"), 2, 3, 128, 128);
            double worst = 0;
            for (var stage : new PlainEncoder(weights, SamConfig.infer(weights), device, mistake).stages(image).entrySet()) {
                float[] expected = golden.floats(stage.getKey()), actual = stage.getValue().toArray();
                for (int i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs((double) expected[i] - actual[i]));
            }
            return worst;
        }
    }
}
