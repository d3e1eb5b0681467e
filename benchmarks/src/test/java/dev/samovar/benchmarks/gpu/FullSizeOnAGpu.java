package dev.samovar.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.cuda.Format;
import dev.samovar.cuda.testkit.AnyGpu;
import dev.samovar.models.heads.FullSizeHeadGoldens;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Compares the image encoder in every format with the reference and, on a real GPU only, ViT-B and the heads at full size. Started by `benchmarks/gpu/run`, not by the build.
class FullSizeOnAGpu {
    /// The allowed distance from the reference's result, relative to its norm. The tiny encoder's is 9e-7, 7e-4 and 5e-3; masks need many more products.
    private static double bound(String what, Format format) {
        double more = what.contains("masks") ? 5 : 1;
        return switch (format) {
            case FLOAT32 -> 1e-5;
            case TF32 -> 2e-3 * more;
            case BF16 -> 1.6e-2 * more;
        };
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void theTinyEncoderEqualsTheReference(Format format, TestReporter reporter) {
        Device device = AnyGpu.device(format);
        try (Safetensors weights = Golden.open("sam-tiny/sam-tiny.safetensors");
                Safetensors golden = Golden.open("sam-tiny/encoder.safetensors");
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor embedding = sam.imageEncoder().forward(Tensor.of(device, golden.floats("input"), 2, 3, 128, 128));
            compare("embedding of the tiny encoder", golden.floats("output"), embedding.toArray(), format, reporter);
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void vitBEqualsTheReference(Format format, TestReporter reporter) {
        Device device = AnyGpu.device(format);
        assumeFalse(AnyGpu.isEmulated(), "ViT-B would take an hour by emulation");
        try (Safetensors golden = Golden.open("sam-full/vit_b.safetensors");
                TensorFile weights = Formula.checkpoint("", SamConfig.vitB().tensors());
                Sam sam = Sam.load(weights, device);
                var _ = Scope.open()) {
            Tensor image = Tensor.of(device, Formula.signed("input.image", 3 * 1024 * 1024, 2), 1, 3, 1024, 1024);
            Tensor embedding = sam.imageEncoder().forward(image, (stage, x) -> sample(stage, golden, x, format, reporter));
            sample("embedding", golden, embedding, format, reporter);
            var points = new PromptEncoder.Points(Tensor.of(device, new float[]{300, 420, 700, 111}, 1, 2, 2), List.of(1, 0));
            var decoded = sam.decode(embedding, points, Tensor.of(device, new float[]{100, 150, 800, 900}, 1, 4), null);
            sample("low_res_masks", golden, decoded.masks(), format, reporter);
        }
    }

    private static void sample(String stage, Safetensors golden, Tensor x, Format format, TestReporter reporter) {
        float[] expected = golden.floats(stage + ".sample");
        compare("ViT-B " + stage, expected, Golden.sample(x.toArray(), expected.length), format, reporter);
    }

    private static void compare(String what, float[] expected, float[] actual, Format format, TestReporter reporter) {
        double error = Golden.relativeL2(expected, actual);
        reporter.publishEntry(what + ", " + format.name().toLowerCase(Locale.ROOT), String.format(Locale.ROOT, "%.2e", error));
        double allowed = bound(what, format);
        assertTrue(error <= allowed, () -> what + " in " + format + ": relative error " + error + ", allowed is " + allowed);
    }

    @Nested
    class Heads extends FullSizeHeadGoldens {
        private final Device device = AnyGpu.device(Format.FLOAT32);

        @Override
        protected Device device() {
            return device;
        }

        @Override
        protected double tolerance() {
            return 20;
        }

        @Override
        protected void begin(String kind) {
            assumeFalse(AnyGpu.isEmulated(), "the heads at full size would take an hour by emulation");
        }
    }
}
