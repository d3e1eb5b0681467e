package dev.samovar.models.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the three heads with the reference implementation: values, gradients and training.
@Order(1)
class HeadsTest {
    private static final int SAMPLE = 4096;

    @Nested
    class OnTheReference extends HeadGoldens {
        @Override
        protected Device device() {
            return Device.reference();
        }

        @Override
        protected int mostSteps() {
            return Boolean.getBoolean("samovar.thorough") ? super.mostSteps() : 8; // naive loops: all of them take ten seconds
        }
    }

    @Nested
    class OnScalarKernels extends HeadGoldens {
        @Override
        protected Device device() {
            return Device.scalar(2);
        }
    }

    @Nested
    class OnVectorKernels extends HeadGoldens {
        @Override
        protected Device device() {
            return Device.cpu();
        }
    }

    // ---- small

    @Test
    void theVitHeadsPositionsAndJudgeEqualTheReference() {
        try (var fixture = HeadFixture.open("small", "vit"); Params p = fixture.params(Device.cpu()); var _ = Scope.open()) {
            var head = (VitHead) fixture.head(p);
            Golden.assertClose("image_pe", fixture.golden().floats("image_pe"), head.positions(fixture.number("grid")).toArray(), 4e-6);
            Golden.assertClose("iou", fixture.golden().floats("iou"), head.decode(fixture.embedding(Device.cpu())).iou().toArray(), 1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void theFormulaGivesTheWeightsThatTheReferenceStartedFrom(String kind) {
        try (var fixture = HeadFixture.open("small", kind); Params p = fixture.params(Device.cpu())) {
            var _ = fixture.head(p);
            var golden = fixture.golden();
            p.all().forEach((name, parameter) -> {
                String key = "init." + HeadFixture.nameInFile(name);
                if (golden.entries().containsKey(key)) assertArrayEquals(golden.floats(key), parameter.toArray(), key);
                else assertEquals("pe_layer.positional_encoding_gaussian_matrix", name);
            });
            assertEquals(HeadGoldens.keys(fixture, "init."), p.all().keySet().stream().filter(n -> !n.startsWith("pe_layer")).count(), "parameters");
        }
    }

    @Test
    void aCnnHeadThatPredictsGivesTheBitsOfTheOneInTraining() {
        Device device = Device.cpu();
        try (Params p = Params.random(1, device); Params same = Params.random(1, device); var _ = Scope.open()) {
            float[] values = Formula.signed("embedding", 20 * 16 * 16, 1);
            Tensor embedding = Tensor.of(device, values, 1, 20, 16, 16);
            Tensor training = new CnnHead(p, 20, 3, 2, 16).forward(embedding);
            Tensor predicting = new CnnHead(same.frozen(), 20, 3, 2, 16).forward(embedding);
            assertTrue(training.requiresGrad() && !predicting.requiresGrad());
            assertArrayEquals(training.toArray(), predicting.toArray());
        }
    }

    // ---- the paper's size

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void logitsAndGradientsAtFullSizeEqualTheReference(String kind) {
        Device device = Device.cpu();
        try (var fixture = HeadFixture.open("full", kind); Params p = fixture.params(device); var _ = Scope.open()) {
            HeadGoldens.Pass pass = HeadGoldens.Pass.of(fixture, fixture.head(p), device);
            float[] logits = pass.logits().toArray();
            Golden.assertClose(kind + " logits", fixture.golden().floats("logits_sample"), Golden.sample(logits, SAMPLE), 1e-4);
            assertArrayEquals(fixture.doubles("logits_mean_std"), meanAndDeviation(logits), 1e-5, "mean and deviation");
            assertArrayEquals(fixture.trace()[0], pass.losses(), 1e-5, "losses of step 1");
            assertEquals(HeadGoldens.keys(fixture, "grad_norm."), p.trainable().size(), "trainable parameters");
            p.trainable().forEach((name, parameter) -> {
                String key = "grad_norm." + HeadFixture.nameInFile(name);
                double expected = fixture.doubles(key)[0], actual = HeadGoldens.norm(pass.gradients().of(parameter).toArray());
                double tolerance = name.endsWith("k_proj.bias") ? 1e-6 : expected * (kind.equals("cnn") ? 2e-3 : 1e-3);
                assertEquals(expected, actual, tolerance, key);
            });
        }
    }

    @Test
    void theVitHeadsPositionsAndJudgeAtFullSizeEqualTheReference() {
        try (var fixture = HeadFixture.open("full", "vit"); Params p = fixture.params(Device.cpu()); var _ = Scope.open()) {
            var head = (VitHead) fixture.head(p);
            float[] pe = head.positions(fixture.number("grid")).toArray();
            Golden.assertClose("image_pe", fixture.golden().floats("image_pe_sample"), Golden.sample(pe, SAMPLE), 1e-5);
            Golden.assertClose("iou", fixture.golden().floats("iou"), head.decode(fixture.embedding(Device.cpu())).iou().toArray(), 1e-4);
        }
    }

    @Nested
    class Training extends FullSizeHeadGoldens {
        @Override
        protected Device device() {
            return Device.cpu();
        }

        @Override
        protected void begin(String kind) {
            assumeTrue(!kind.equals("cnn") || Boolean.getBoolean("samovar.thorough"),
                    "four steps of the full CNN head take minutes on two cores: they run under -Pthorough");
        }
    }

    private static double[] meanAndDeviation(float[] x) {
        double sum = 0, squares = 0;
        for (float v : x) sum += v;
        double mean = sum / x.length;
        for (float v : x) squares += (v - mean) * (v - mean);
        return new double[]{mean, Math.sqrt(squares / (x.length - 1))};
    }
}
