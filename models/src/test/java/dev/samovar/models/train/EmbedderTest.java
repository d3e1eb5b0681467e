package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.SamWeights;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EmbedderTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny.safetensors");

    static Stream<Device> devices() {
        return Stream.of(Device.cpu(1), Device.cpu(3), Device.scalar(2));
    }

    /// 21 slices are 16 and 5 at a time; their rows do not fall into the same tiles as those of one.
    @ParameterizedTest
    @MethodSource("devices")
    void severalAtATimeHaveTheBitsOfOneByOne(Device device) {
        List<Picture> slices = IntStream.range(0, 21).mapToObj(EmbedderTest::drawn).toList();
        try (var file = Safetensors.open(SAM);
                var embedder = new Embedder(new SamWeights(SAM, Sha256.of(SAM), file),
                        new Preparation(Preprocessing.PAPER, 32, false, new Augment.None()), device);
                var _ = Scope.open()) {
            Iterator<float[]> several = embedder.embed(slices.size(), i -> embedder.input(slices.get(i)));
            for (Picture slice : slices) assertArrayEquals(embedder.embed(slice).toArray(), several.next(), 0f);
            assertFalse(several.hasNext());
            assertThrows(NoSuchElementException.class, several::next);
        }
    }

    @Test
    void afterTheEndNothingIsEmbeddedAndNoMemoryTaken() {
        Device device = Device.cpu();
        try (var file = Safetensors.open(SAM)) {
            var embedder = new Embedder(new SamWeights(SAM, Sha256.of(SAM), file),
                    new Preparation(Preprocessing.PAPER, 32, false, new Augment.None()), device);
            embedder.close();
            assertEquals("this embedder was closed", assertThrows(IllegalStateException.class, () -> embedder.embed(drawn(1))).getMessage());
        }
    }

    private static Picture drawn(int seed) {
        Random random = new Random(seed);
        float[] pixels = new float[20 * 24];
        for (int i = 0; i < pixels.length; i++) pixels[i] = random.below(1000);
        return new Picture(1, 20, 24, pixels);
    }
}
