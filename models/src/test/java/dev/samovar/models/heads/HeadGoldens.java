package dev.samovar.models.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares small versions of the three heads with the reference implementation: values, gradients and training, on any device.
public abstract class HeadGoldens {
    static final double LEARNING_RATE = 5e-4;
    /// The limit for the small heads' logits: tight enough to find a wrong epsilon, which the absolute limit of 1e-5 would hardly find.
    static final double RELATIVE_L2 = 1.5e-6;

    protected HeadGoldens() {}

    /// The device on which they are computed.
    protected abstract Device device();

    /// The factor on the limits for our own kernels; it is larger for a device whose sums and functions differ in the last bits.
    protected double tolerance() {
        return 1;
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void logitsOfTheSmallHeadsEqualTheReference(String kind) {
        Device device = device();
        try (var fixture = HeadFixture.open("small", kind); Params p = fixture.params(device); var _ = Scope.open()) {
            Tensor logits = fixture.head(p).forward(fixture.embedding(device));
            Golden.assertClose(kind + " logits", fixture.golden().floats("logits"), logits.toArray(), 1e-5 * tolerance());
            double error = Golden.relativeL2(fixture.golden().floats("logits"), logits.toArray());
            assertTrue(error <= RELATIVE_L2 * tolerance(), kind + " logits: relative error " + error);
            assertEquals(List.of(fixture.batch(), fixture.number("classes")), List.of(logits.dim(0), logits.dim(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void gradientsOfTheFirstStepOfTheSmallHeadsEqualTheReference(String kind) {
        Device device = device();
        try (var fixture = HeadFixture.open("small", kind); Params p = fixture.params(device); var _ = Scope.open()) {
            Gradients gradients = Pass.of(fixture, fixture.head(p), device).gradients();
            assertEquals(keys(fixture, "grad."), p.trainable().size(), "trainable parameters");
            p.trainable().forEach((name, parameter) -> {
                String key = "grad." + HeadFixture.nameInFile(name);
                assertGradient(key, fixture.golden().floats(key), gradients.of(parameter).toArray());
            });
        }
    }

    /// How many of the 25 training steps are followed. A slow device does not reach the end, and then the final parameters are not compared.
    protected int mostSteps() {
        return Integer.MAX_VALUE;
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void stepsOfTrainingTheSmallHeadsFollowTheReference(String kind) {
        Device device = device();
        try (var fixture = HeadFixture.open("small", kind); Params p = fixture.params(device)) {
            int steps = fixture.trace().length;
            follow(fixture, p, device, mostSteps(), new double[]{3e-6 * tolerance()});
            if (mostSteps() < steps) return;
            p.all().forEach((name, parameter) -> {
                String key = "final." + HeadFixture.nameInFile(name), start = "init." + HeadFixture.nameInFile(name);
                if (!fixture.golden().entries().containsKey(key)) return;
                if (name.endsWith("k_proj.bias"))                                  // Adam turns the rounding errors of a zero gradient into steps
                    Golden.assertClose(key, fixture.golden().floats(start), parameter.toArray(), steps * LEARNING_RATE);
                else
                    Golden.assertClose(key, fixture.golden().floats(key), parameter.toArray(), 2e-5 * tolerance());
            });
        }
    }

    /// Equal up to 1e-5 of the norm. Adding the same to every key does not change the attention, so the true gradient of the key projections' biases is zero.
    private void assertGradient(String key, float[] expected, float[] actual) {
        double norm = norm(expected);
        if (key.endsWith("k_proj.bias") || norm == 0) {
            assertTrue(norm(actual) <= 1e-7 * tolerance(), key + ": the true gradient is zero, this has the norm " + norm(actual));
        } else {
            double error = Golden.relativeL2(expected, actual);
            assertTrue(error <= 1e-5 * tolerance(), key + ": relative error " + error);
        }
    }

    // ---- training as in the reference

    /// The results of one pass: the logits, the losses (total, cross entropy, Dice) and the gradients of the total.
    record Pass(Tensor logits, Tensor total, Tensor crossEntropy, Tensor dice, Gradients gradients) {

        /// Computes cross entropy plus soft Dice of the logits, resized to the size of the labels.
        static Pass of(HeadFixture fixture, SegmentationHead head, Device device) {
            Labels labels = fixture.labels();
            Tensor logits = head.forward(fixture.embedding(device)), resized = logits.resizeBilinear(labels.height(), labels.width());
            Tensor crossEntropy = resized.crossEntropy(labels), dice = resized.softmax(1).softDice(labels);
            Tensor total = crossEntropy.add(dice);
            return new Pass(logits, total, crossEntropy, dice, total.backward());
        }

        double[] losses() {
            return new double[]{total.item(), crossEntropy.item(), dice.item()};
        }
    }

    /// Trains for the steps of a trace, but at most `mostSteps`, and compares the losses of every step.
    static void follow(HeadFixture fixture, Params p, Device device, int mostSteps, double[] tolerances) {
        SegmentationHead head = fixture.head(p);
        var adam = new Adam(p.trainable(), LEARNING_RATE);
        double[][] trace = fixture.trace();
        for (int i = 0; i < Math.min(trace.length, mostSteps); i++) {
            try (var _ = Scope.open()) {
                Pass pass = Pass.of(fixture, head, device);
                assertArrayEquals(trace[i], pass.losses(), tolerances[Math.min(i, tolerances.length - 1)], "losses of step " + (i + 1));
                adam.step(pass.gradients());
            }
        }
    }

    static long keys(HeadFixture fixture, String prefix) {
        return fixture.golden().entries().keySet().stream().filter(k -> k.startsWith(prefix)).count();
    }

    static double norm(float[] x) {
        double sum = 0;
        for (float v : x) sum += (double) v * v;
        return Math.sqrt(sum);
    }
}
