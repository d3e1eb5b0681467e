package dev.samovar.models.methods;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.generator.PromptGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedBackboneTest {
    private static final HarDNet.Layout LAYOUT = HarDNet.Layout.HARDNET39DS;
    private static final Device DEVICE = Device.cpu(1);

    @TempDir
    private Path folder;

    /// A file as it is published: the backbone, and behind it the last stage's first norm and the classifier, which nothing needs.
    private Path published() {
        Path file = folder.resolve("hardnet39ds.safetensors");
        try (Params all = Params.random(7, DEVICE)) {
            new HarDNet(all, LAYOUT);
            all.get("base.13.layers.0.layer1.norm.weight", Init.constant(1), 160);
            all.get("base.15.3.weight", Init.constant(0), 1000, 1024);
            all.save(file, Map.of("format", "pt"));
        }
        return file;
    }

    @Test
    void theGeneratorStartsWhereTheBackboneEndedAndItsDecoderFromTheSeed() {
        PublishedBackbone backbone = PublishedBackbone.of(published(), LAYOUT);
        assertEquals(Sha256.of(backbone.file()), backbone.sha256());
        try (TensorFile file = backbone.open();
                Params learnt = new AutoSam(LAYOUT, 32).initial(file, 1, DEVICE);
                Params before = Params.random(7, DEVICE);
                Params random = Params.random(1, DEVICE)) {
            new PromptGenerator(learnt, LAYOUT, 8, 1);
            new PromptGenerator(random, LAYOUT, 8, 1);
            new HarDNet(before, LAYOUT);
            before.all().forEach((name, tensor) -> assertArrayEquals(tensor.toArray(), values(learnt, "backbone." + name), name));
            assertEquals(before.all().size(), learnt.loaded());
            assertEquals(learnt.all().size(), random.all().size());
            random.all().keySet().stream().filter(name -> !PromptGenerator.isOfBackbone(name)).forEach(name -> assertArrayEquals(values(random, name),
                    values(learnt, name), name));
            String first = "backbone.base.0.conv.weight";
            assertFalse(Arrays.equals(values(random, first), values(learnt, first)), "another seed's");
        }
    }

    private static float[] values(Params params, String name) {
        Tensor tensor = requireNonNull(params.all().get(name), name);
        return tensor.toArray();
    }

    @Test
    void filesOfAnotherNetworkOfNoneAndOfNothingAreRefused() throws IOException {
        Path file = published();
        assertSays("base.0.conv.weight has shape (24, 3, 3, 3), this network needs (32, 3, 3, 3)", file, HarDNet.Layout.HARDNET68);
        Path other = folder.resolve("other.safetensors"), nothing = folder.resolve("nothing.safetensors");
        try (Params all = Params.random(7, DEVICE)) {
            all.get("encoder.weight", Init.constant(1), 3);
            all.save(other, Map.of());
        }
        assertSays("has no tensor \"base.0.conv.weight\", of shape (24, 3, 3, 3); is it a checkpoint of this network?", other, LAYOUT);
        Files.writeString(nothing, "nothing");
        assertSays("is not a valid safetensors file", nothing, LAYOUT);
        assertSays("there is no such file", folder.resolve("none"), LAYOUT);
    }

    private static void assertSays(String what, Path file, HarDNet.Layout layout) {
        String said = requireNonNull(assertThrows(FormatException.class, () -> PublishedBackbone.of(file, layout)).getMessage());
        assertTrue(said.startsWith(file.toString()) && said.contains(what), said);
    }

    @Test
    void aFileThatIsAnotherByNowIsNotUsed() throws IOException {
        PublishedBackbone backbone = PublishedBackbone.of(published(), LAYOUT);
        Files.write(backbone.file(), new byte[]{1});
        assertTrue(assertThrows(FormatException.class, backbone::open).getMessage().contains("has changed since the run was begun"));
        Files.delete(backbone.file());
        assertTrue(assertThrows(FormatException.class, backbone::open).getMessage().contains("no longer there"));
    }
}
