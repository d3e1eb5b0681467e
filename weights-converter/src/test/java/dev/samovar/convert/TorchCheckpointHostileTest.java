package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.core.testkit.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("hostile")
class TorchCheckpointHostileTest {
    private static final long SEED = 5;

    @TempDir
    private Path folder;

    @Test
    void mutantsOfASmallZipAreReadOrRefused() {
        assertTrue(Mutants.survive(Mutants.of(PickleWriter.zip(pickle(), Map.of("0", new byte[12])), SEED, Mutants.COUNT),
                this::read) > Mutants.COUNT / 2);
    }

    @Test
    void mutantsOfASmallLegacyFileAreReadOrRefused() {
        byte[] good = PickleWriter.legacy(pickle(), new LinkedHashMap<>(Map.of("0", new byte[12])), 2);
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sam-tiny.pth", "sam-tiny-legacy.pth"})
    void soAreThoseOfWholeCheckpoints(String name) throws IOException {
        byte[] good = Files.readAllBytes(Resources.copy("sam-tiny/" + name, folder));
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 8);
    }

    @Test
    void soAreThoseOfASmallSamModel() {
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        for (String name : List.of("shared_image_embedding.positional_embedding", "vision_encoder.patch_embed.projection.weight",
                "prompt_encoder.shared_embedding.positional_embedding"))
            p.text("sam." + name).tensor("ShortStorage", "0", 6, 0, new long[]{2, 3}, new long[]{3, 1}).op('s');
        byte[] good = PickleWriter.zip(p.stop(), Map.of("0", new byte[12]));
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 2);
    }

    @Test
    void soAreThoseOfATrainingCheckpointOfANewerProtocol() {
        PickleWriter p = PickleWriter.protocol(4).op(0x95, 0, 0, 0, 0, 0, 0, 0, 0).op('}', 0x94, '(').text("args").text("argparse").text("Namespace")
                .op(0x93, ')', 0x81, '}').text("lr").op('G', 1, 2, 3, 4, 5, 6, 7, 8, 's', 'b').text("seen").op(0x8f, '(', 'K', 1, 0x90).text("raw")
                .op('C', 2, 8, 9);
        p.text("runs").op(']').emptyDict().text("sam.image_encoder.patch_embed.proj.weight").tensor("ShortStorage", "0", 6, 0, new long[]{2,
            3}, new long[]{3, 1}).op('s');
        p.text("sam.image_encoder.neck.0.lora_A").tensor("ShortStorage", "0", 6, 0, new long[]{2, 3}, new long[]{3, 1}).op('s', 'a', 'u');
        byte[] good = PickleWriter.zip(p.stop(), Map.of("0", new byte[12]));
        read(good);
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 2);
    }

    @Test
    void namesOutOfProportionAreRefused() {
        PickleWriter deep = PickleWriter.protocol(2).text("x".repeat(1_000_000)).op('q', 0);
        assertRefused(deep.op('0').stop(), "instruction");                              // POP is not allowed
        PickleWriter p = PickleWriter.protocol(2).op('}').text("x".repeat(1_000_000)).op('q', 0);
        for (int i = 0; i < 60; i++) p.op('}', 'h', 0);
        p.tensor("ShortStorage", "0", 6, 0, new long[]{6}, new long[]{1});
        for (int i = 0; i < 61; i++) p.op('s');
        assertRefused(p.stop(), "letters in all");
    }

    @Test
    void tensorsWithoutNumberAreRefused() {
        PickleWriter p = PickleWriter.protocol(2).op('}').text("many").op(']', '(').tensor("ShortStorage", "0", 6, 0, new long[]{0},
                new long[]{1}).op('q', 0);
        for (int i = 0; i < 200_000; i++) p.op('h', 0);
        assertRefused(p.op('e', 's').stop(), "more than 100000 tensors");
    }

    @Test
    void nestingWithoutEndIsOnlyListed() {
        PickleWriter p = PickleWriter.protocol(2).op('}').text("w").tensor("ShortStorage", "0", 6, 0, new long[]{6}, new long[]{1}).op('s')
                .text("deep");
        for (int i = 0; i < 500_000; i++) p.op(']');
        for (int i = 1; i < 500_000; i++) p.op('a');
        read(PickleWriter.zip(p.op('s').stop(), Map.of("0", new byte[12])));
    }

    @Test
    void manyModelsInOneFileTakeNoTime() {
        PickleWriter p = PickleWriter.protocol(2).op('}', '(').text("w").tensor("ShortStorage", "0", 6, 0, new long[]{0}, new long[]{1}).op('q', 0);
        for (int i = 0; i < 99_000; i++) p.text("m" + i + ".image_encoder.patch_embed.proj.weight").op('h', 0);
        byte[] bytes = PickleWriter.zip(p.op('u').stop(), Map.of("0", new byte[12]));
        assertTimeout(Duration.ofSeconds(30), () -> read(bytes));                    // not their number squared
    }

    private void assertRefused(byte[] pickle, String part) {
        String says = assertThrows(FormatException.class, () -> read(PickleWriter.zip(pickle, Map.of("0",
                new byte[12])))).getMessage();
        assertTrue(says.contains(part), says);
    }

    @Test
    void mutantsOfAnIndexAndOfSettingsAreReadOrRefused() throws IOException {
        Path sam = Files.createDirectory(folder.resolve("sam"));
        Resources.copy("sam-tiny/sam-tiny.safetensors", sam);
        byte[] index = "{\"weight_map\": {\"image_encoder.pos_embed\": \"sam-tiny.safetensors\"}}".getBytes(StandardCharsets.UTF_8);
        assertTrue(Mutants.survive(Mutants.of(index, SEED, Mutants.COUNT), bytes -> open(sam.resolve("model.safetensors.index.json"), bytes,
                sam)) > 0);
        Files.delete(sam.resolve("model.safetensors.index.json"));
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        for (String name : List.of("vision_encoder.patch_embed.projection.weight", "vision_encoder.layers.0.attn.rel_pos_h",
                "vision_encoder.pos_embed"))
            p.text(name).tensor("ShortStorage", "0", 6, 0, new long[]{1, 2, 3, 1}, new long[]{6, 3, 1, 1}).op('s');
        p.text("vision_encoder.layers.0.attn.qkv.lora_A").tensor("ShortStorage", "0", 6, 0, new long[]{2, 3}, new long[]{3, 1}).op('s');
        Files.write(sam.resolve("pytorch_model.bin"), PickleWriter.zip(p.stop(), Map.of("0", new byte[12])));
        byte[] config = ("{\"model_type\": \"sam\", \"vision_config\": {\"hidden_size\": 1, \"window_size\": 2, \"global_attn_indexes\": [0], \"layer_norm_eps\": 1e-6}, "
                + "\"mask_decoder_config\": {\"num_attention_heads\": 8}}").getBytes(StandardCharsets.UTF_8);
        Mutants.survive(Mutants.of(config, SEED, Mutants.COUNT), bytes -> open(sam.resolve("config.json"), bytes, sam));
        Files.delete(sam.resolve("config.json"));
        byte[] peft = "{\"r\": 4, \"lora_alpha\": 8, \"use_rslora\": false}".getBytes(StandardCharsets.UTF_8);
        Mutants.survive(Mutants.of(peft, SEED, Mutants.COUNT), bytes -> open(sam.resolve("adapter_config.json"), bytes, sam));
    }

    private static void open(Path file, byte[] bytes, Path sam) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        try (TensorFile checkpoint = Checkpoints.open(sam)) {
            for (String name : checkpoint.entries().keySet()) checkpoint.bytes(name);
            Checkpoints.leftOut(checkpoint);
        }
    }

    /// Two views of a storage of six 16-bit numbers.
    private static byte[] pickle() {
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        p.text("w").tensor("ShortStorage", "0", 6, 0, new long[]{2, 3}, new long[]{1, 2}).op('s');
        p.text("v").tensor("ShortStorage", "0", 6, 1, new long[]{2}, new long[]{1}).op('s');
        return p.stop();
    }

    private void read(byte[] bytes) {
        try (TensorFile torch = Checkpoints.open(Files.write(folder.resolve("mutant"), bytes))) {
            for (String name : torch.entries().keySet()) torch.floats(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
