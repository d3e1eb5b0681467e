package dev.samovar.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NormsTest {
    static Stream<Device> devices() {
        return Stream.of(Device.reference(), Device.scalar(1), Device.cpu(2));
    }

    /// Channel 0 holds 1, 2, 3, 4 over two pictures of two pixels, channel 1 ten times as much: means 2.5 and 25, biased variances 1.25 and 125, unbiased 5/3 and 500/3.
    private static Tensor example(Device device) {
        return Tensor.of(device, new float[]{1, 2, 10, 20, 3, 4, 30, 40}, 2, 2, 1, 2);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void runningStatisticsFollowByATenthAndInferenceUsesThem(Device device) {
        try (Params p = Params.random(1, device); var _ = Scope.open()) {
            BatchNorm2d norm = new BatchNorm2d(p, 2);
            float[] y = norm.train(example(device)).toArray();
            float r = (float) (1 / Math.sqrt(1.25 + 1e-5));
            assertArrayEquals(new float[]{-1.5f * r, -0.5f * r, -1.3416407f, -0.4472136f, 0.5f * r, 1.5f * r, 0.4472136f, 1.3416407f}, y, 1e-5f);
            assertArrayEquals(new float[]{0.25f, 2.5f}, values(p, "running_mean"), 1e-6f);
            assertArrayEquals(new float[]{0.9f + 0.1f * 5 / 3, 0.9f + 10 * 5 / 3f}, values(p, "running_var"), 1e-5f);

            float[] z = norm.forward(example(device)).toArray();
            assertEquals((1 - 0.25) / Math.sqrt(0.9 + 0.5 / 3 + 1e-5), z[0], 1e-5);
            assertEquals((40 - 2.5) / Math.sqrt(0.9 + 50 / 3.0 + 1e-5), z[7], 1e-5);
            norm.train(example(device));
            assertArrayEquals(new float[]{0.475f, 4.75f}, values(p, "running_mean"), 1e-6f);
        }
    }

    private static float[] values(Params p, String name) {
        return Objects.requireNonNull(p.all().get(name)).toArray();
    }

    @Test
    void runningStatisticsAreSavedButNotTrained() {
        try (Params p = Params.random(1, Device.cpu(1))) {
            var _ = new BatchNorm2d(p, 2);
            assertEquals(4, p.all().size());
            assertEquals(2, p.trainable().size());
            assertFalse(p.trainable().containsKey("running_var"));
        }
    }

    @Test
    void oneValueHasNoVariance() {
        try (Params p = Params.random(1, Device.cpu(1)); var _ = Scope.open()) {
            BatchNorm2d norm = new BatchNorm2d(p, 3);
            assertThrows(ShapeException.class, () -> norm.train(Tensor.full(Device.cpu(1), 1, 1, 3, 1, 1)));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void eachPictureByItself(Device device) {
        try (var _ = Scope.open()) {
            float[] y = InstanceNorm2d.forward(example(device)).toArray();
            float small = (float) (0.5 / Math.sqrt(0.25 + 1e-5)), large = (float) (5 / Math.sqrt(25 + 1e-5));
            assertArrayEquals(new float[]{-small, small, -large, large, -small, small, -large, large}, y, 1e-5f);
        }
    }
}
