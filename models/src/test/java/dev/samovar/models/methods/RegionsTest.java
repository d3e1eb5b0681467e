package dev.samovar.models.methods;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.SamConfig;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Validation of regions: the soft Dice loss of a region's union.
class RegionsTest {
    private static final int SIDE = 12, CLASSES = 4;

    @Test
    void aRegionIsValidatedAsTheSumOfItsClassesProbabilities() {
        Device device = Device.reference();
        SplittableRandom random = new SplittableRandom(7);
        Method method = new HeadMethod(new HeadSpec(HeadSpec.Kind.LINEAR, 4, 64, false, false));
        try (Safetensors sam = Safetensors.open(Golden.path("sam-tiny/sam-tiny.safetensors"));
                Params params = method.initial(sam, 3, device);
                Network network = method.network(params, sam, SamConfig.of(sam), CLASSES);
                var _ = Scope.open()) {
            SamConfig config = SamConfig.of(sam);
            float[] embedding = new float[config.promptWidth() * config.grid() * config.grid()];
            for (int i = 0; i < embedding.length; i++) embedding[i] = (float) random.nextGaussian();
            byte[] classes = new byte[SIDE * SIDE];
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i % 7 == 0 ? Labels.IGNORED : random.nextInt(CLASSES));
            Batch batch = new Batch(Tensor.of(device, embedding, 1, config.promptWidth(), config.grid(), config.grid()), new Labels(1, SIDE,
                    SIDE, classes), List.of());
            float[] p = network.logits(batch.input(), null).resizeBilinear(SIDE, SIDE).softmax(1).toArray();

            double plain = network.validate(batch, List.of());
            assertEquals(plain, network.validate(batch, List.of(Set.of(1), Set.of(2), Set.of(3))), 1e-9);
            double whole = loss(p, classes, 1, 2, 3), core = loss(p, classes, 2, 3);
            assertEquals((whole + core) / 2, network.validate(batch, List.of(Set.of(1, 2, 3), Set.of(2, 3))), 1e-6);
        }
    }

    /// 1 − (2·Σ p·g + 1) / (Σ p² + Σ g² + 1), the heads' loss for a class.
    private static double loss(float[] p, byte[] classes, Integer... region) {
        double both = 0, predicted = 0, real = 0;
        for (int i = 0; i < classes.length; i++) {
            if (classes[i] == (byte) Labels.IGNORED) continue;
            double likely = 0, g = List.of(region).contains((int) classes[i]) ? 1 : 0;
            for (int c : region) likely += p[c * classes.length + i];
            both += likely * g;
            predicted += likely * likely;
            real += g;
        }
        return 1 - (2 * both + 1) / (predicted + real + 1);
    }
}
