package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Safetensors.Item;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.SamConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The small SAM as other programs may save it, in files that this test writes.
class CheckpointSiblingsTest {
    private static final Path TINY = Golden.path("sam-tiny/sam-tiny.safetensors");
    private static final String QKV = "image_encoder.blocks.0.attn.qkv";

    @TempDir
    private Path folder;

    /// Writes the fixture's tensors under other names, without those whose new name is empty, and then more tensors.
    private Path write(String name, UnaryOperator<String> rename, Item... more) {
        Path file = folder.resolve(name);
        try (Safetensors sam = Safetensors.open(TINY)) {
            List<Item> items = new ArrayList<>();
            for (String tensor : sam.entries().keySet()) {
                String called = rename.apply(tensor);
                Item item = Item.of(tensor, sam);
                if (!called.isEmpty()) items.add(new Item(called, item.dtype(), item.shape(), item.bytes()));
            }
            items.addAll(List.of(more));
            Safetensors.write(file, Map.of(), items);
        }
        return file;
    }

    private static Item item(String name, int... dims) {
        float[] values = new float[Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) values[i] = (i * 37 % 101 - 50) / 500f;
        return Item.of(name, Shape.of(dims), values);
    }

    /// Whole, or its image encoder alone.
    private static void isTiny(TensorFile file, String... but) {
        try (Safetensors fixture = Safetensors.open(TINY)) {
            Set<String> missing = new TreeSet<>(fixture.entries().keySet());
            missing.removeAll(file.entries().keySet());
            missing.removeAll(List.of(but));
            if (!file.entries().containsKey("mask_decoder.iou_token.weight")) missing.removeIf(name -> !name.startsWith("image_encoder."));
            assertEquals(Set.of(), missing);
            for (String name : file.entries().keySet())
                if (!List.of(but).contains(name)) assertArrayEquals(fixture.floats(name), file.floats(name), name);
        }
    }

    /// Writes the fixture several times, each time with all numbers times another one than before, and under names that begin with another prefix.
    private Path writeSeveral(List<String> prefixes) {
        Path file = folder.resolve("several.safetensors");
        try (Safetensors sam = Safetensors.open(TINY)) {
            List<Item> items = new ArrayList<>();
            for (int p = 0; p < prefixes.size(); p++) for (String name : sam.entries().keySet()) {
                if (prefixes.get(p).endsWith("teacher.") && !name.startsWith("image_encoder.")) continue;
                float[] values = sam.floats(name);
                for (int i = 0; i < values.length; i++) values[i] *= p + 1;
                items.add(Item.of(prefixes.get(p) + (prefixes.get(p).endsWith("teacher.") ? name.substring(14) : name), sam.shape(name), values));
            }
            if (prefixes.contains("ema.")) items.add(item("ema.n_averaged", 1));
            Safetensors.write(file, Map.of(), items);
        }
        return file;
    }

    /// A file may hold the model as it began, its average, or another one's encoder, and any of them may be first, or have a tensor more.
    @ParameterizedTest
    @CsvSource(delimiter = '|',
            value = {"hyper_parameters.sam. state_dict.sam.|1", "ema. model.|1", "model. ema.|0", "init_weights. model_state_dict.|1",
                "optimizer.exp_avg. model.|1", "fisher. model.|1", "state_dict.teacher. state_dict.sam.|1", "a_model. net.|1", "best. last.|0"})
    void ofSeveralModelsTheOneThatWasTrainedIsReadAndTheOthersAreNamed(String prefixes, int read) {
        List<String> all = List.of(prefixes.split(" ", -1));
        try (TensorFile file = Checkpoints.open(writeSeveral(all)); Safetensors fixture = Safetensors.open(TINY)) {
            String name = QKV + ".weight";
            float[] is = file.floats(name), was = fixture.floats(name);
            for (int i = 0; i < is.length; i++) assertEquals((read + 1) * was[i], is[i]);
            String remarks = Checkpoints.remarks(file).toString();
            assertTrue(remarks.contains("it holds 2 models: the one after \"" + all.get(read)), remarks);
            assertTrue(remarks.contains("is read, and not after \"" + all.get(1 - read)), remarks);
        }
    }

    private static String refusal(Path path) {
        return assertThrows(FormatException.class, () -> {
            try (TensorFile file = Checkpoints.open(path)) {
                SamConfig.of(file);
            }
        }).getMessage();
    }

    // Names and places ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"image_encoder.,_orig_mod.image_encoder.", "image_encoder.,image_encoder.module.",
        "image_encoder.blocks.,image_encoder._orig_mod.blocks.",
        "attn.qkv.weight,attn.qkv.base_layer.weight", "mask_decoder.,mask_decoder._fsdp_wrapped_module."})
    void partsThatOnlyTellHowAModelWasWrappedAreDropped(String from, String to) {
        try (TensorFile file = Checkpoints.open(write("wrapped", name -> "base_model.model." + name.replace(from, to)))) {
            SamConfig config = SamConfig.ofWhole(file);
            assertEquals(config.tensors().keySet(), file.entries().keySet().stream().collect(Collectors.toSet()));
            isTiny(file);
        }
    }

    @Test
    void anEncoderAloneMayHaveAnyOfItsNames() {
        UnaryOperator<String> encoder = name -> name.startsWith("image_encoder.") ? name : "",
                bare = name -> encoder.apply(name).replace("image_encoder.", ""),
                huggingFace = name -> encoder.apply(name).isEmpty() ? "" : HuggingFaceNamesTest.huggingFace().apply(name);
        List<UnaryOperator<String>> all = List.of(encoder, bare, name -> bare.apply(name).replace("mlp.lin", "mlp.fc"), huggingFace,
                name -> huggingFace.apply(name).replace("vision_encoder.", ""), name -> bare.apply(name).isEmpty()
                        ? ""
                        : "model.backbone." + bare.apply(name));
        for (int i = 0; i < all.size(); i++) {
            try (TensorFile file = Checkpoints.open(write("encoder" + i, all.get(i)))) {
                SamConfig config = SamConfig.of(file);
                assertFalse(config.hasDecoder());
                assertEquals(config.tensors().size(), file.entries().size());
                isTiny(file);
            }
        }
    }

    @Test
    void anEncoderWithoutItsDecodersLastPartIsNoEncoderAlone() {
        assertTrue(refusal(write("torn", name -> name.contains("iou_prediction_head") ? "" : name)).contains("iou_prediction_head.layers.0.weight"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"mask_decoder.hf_token.weight|is SAM-HQ: a tensor",
        "image_encoder.blocks.0.Adapter.x|a SAM with adapters: a tensor",
        "image_encoder.prompt_generator.x|a SAM with adapters", "prompt_encoder.x|something else than a plain SAM: a tensor",
        "image_encoder.blocks.9.norm1.weight|something else than a plain SAM",
        "image_encoder.blocks.0.attn.qkv.lora_A|low-rank updates (LoRA) of a SAM"})
    void aTensorWithinTheNetworksIsRefusedByItsFamily(String name, String family) {
        String says = refusal(write("x.safetensors", n -> n, item(name, 3)));
        assertTrue(says.contains(family) && says.contains("\"" + name + "\"") && says.contains("--ignore-unknown-weights"), says);
        try (TensorFile known = Checkpoints.open(folder.resolve("x.safetensors"), new Checkpoints.Options(true, null))) {
            SamConfig.of(known);
            assertEquals(List.of(name), Checkpoints.leftOut(known));
            isTiny(known);
        }
    }

    @Test
    void ofTwoModelsTheWholeOneIsTakenElseTheFirst() {
        try (Safetensors sam = Safetensors.open(TINY)) {
            List<Item> twins = new ArrayList<>();
            for (String name : sam.entries().keySet())
                if (name.startsWith("image_encoder.")) twins.add(item("ema." + name, sam.shape(name).dims()));
            try (TensorFile file = Checkpoints.open(write("two", name -> "net." + name, twins.toArray(Item[]::new)))) {
                isTiny(file);
                assertEquals(List.of("ema (" + twins.size() + " tensors)"), Checkpoints.leftOut(file));
            }
        }
    }

    @Test
    void medicalSamAdaptersOtherNamesOfRelativePositionsAreToldByTheFamily() {
        String says = refusal(write("msa", name -> name.replace("rel_pos_", "rel_"), item("image_encoder.blocks.0.MLP_Adapter.D_fc1.weight",
                2, 2)));
        assertTrue(says.contains("is a SAM with adapters and no plain SAM") && says.contains("rel_pos_h"), says);
    }

    // Low-rank updates ------------------------------------------------------------------------------------------------

    private static float[] merged(float[] w, float[] a, float[] b, int rank, double scale, int row) {
        int in = a.length / rank;
        float[] sum = w.clone();
        for (int i = 0; i < b.length / rank; i++) for (int j = 0; j < in; j++) {
            double d = 0;
            for (int k = 0; k < rank; k++) d += (double) b[i * rank + k] * a[k * in + j];
            sum[(row + i) * in + j] += (float) (scale * d);
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({".lora_A.other.weight,.lora_B.other.weight", ".lora_A.weight,.lora_B.weight", ".lora_A,.lora_B"})
    void updatesOfEachLibraryAreMerged(String a, String b) {
        Item down = item(QKV + a, 4, 48), up = item(QKV + b, 144, 4);
        Path path = write("lora", name -> name, down, up);
        try (TensorFile file = Checkpoints.open(path);
                TensorFile twice = Checkpoints.open(path, new Checkpoints.Options(false, 2.0));
                Safetensors base = Safetensors.open(TINY)) {
            float[] w = base.floats(QKV + ".weight"), x = DType.F32.floats(down.bytes().get().rewind()), y = DType.F32.floats(up.bytes()
                    .get().rewind());
            assertArrayEquals(merged(w, x, y, 4, 1, 0), file.floats(QKV + ".weight"));
            assertArrayEquals(merged(w, x, y, 4, 2, 0), twice.floats(QKV + ".weight"));
            assertFalse(Checkpoints.digest(path, file).equals(Checkpoints.digest(path, twice)));
            assertEquals(SamConfig.of(file).tensors().size(), file.entries().size());
            isTiny(file, QKV + ".weight");
        }
    }

    @Test
    void peftsFactorIsReadBesideTheFile() throws IOException {
        Path path = write("lora", name -> name, item(QKV + ".lora_A.weight", 4, 48), item(QKV + ".lora_B.weight", 144, 4));
        Files.writeString(folder.resolve("adapter_config.json"), "{\"r\": 4, \"lora_alpha\": 8, \"use_rslora\": true}");
        try (TensorFile file = Checkpoints.open(path)) {
            assertEquals(List.of("low-rank updates (LoRA) of 1 weights are merged, times 4.0, as adapter_config.json tells"),
                    Checkpoints.remarks(file));
        }
    }

    @ParameterizedTest
    @CsvSource({"rank_pattern, 2", "alpha_pattern, 16"})
    void factorsOfSingleUpdatesAreRefused(String pattern, int value) throws IOException {
        Path path = write("lora", name -> name, item(QKV + ".lora_A.weight", 4, 48), item(QKV + ".lora_B.weight", 144, 4));
        Path config = folder.resolve("adapter_config.json");
        Files.writeString(config, "{\"r\": 4, \"lora_alpha\": 8, \"" + pattern + "\": {\"lin1\": " + value + "}}");
        assertEquals(config + ": with " + pattern
                + ", low-rank updates have factors of their own, which are not read; merge them by peft's merge_and_unload, and save the model",
                assertThrows(FormatException.class, () -> Checkpoints.open(path)).getMessage());
        Files.writeString(config, "{\"r\": 4, \"lora_alpha\": 8, \"" + pattern + "\": {}}");
        Checkpoints.open(path).close();
    }

    /// Such names are those of SAM 2's networks, but beside them lies a whole SAM.
    @Test
    void aSamIsReadBesideWhatLooksLikeAnother() {
        Item adapter = item("mask_adapter.sam_mask_decoder.w", 2), memory = item("memory_attention.w", 2);
        try (TensorFile file = Checkpoints.open(write("anything", name -> "ori_sam." + name, adapter, memory))) {
            isTiny(file);
        }
    }

    @Test
    void updatesOfQueriesAndValuesAreMergedAsSamedDoes() {
        UnaryOperator<String> wrapped = name -> name.replace(QKV + ".", QKV + ".qkv.");
        Item aq = item(QKV + ".linear_a_q.weight", 2, 48), bq = item(QKV + ".linear_b_q.weight", 48, 2);
        Item av = item(QKV + ".linear_a_v.weight", 3, 48), bv = item(QKV + ".linear_b_v.weight", 48, 3);
        try (TensorFile file = Checkpoints.open(write("samed", wrapped, aq, bq, av, bv)); Safetensors base = Safetensors.open(TINY)) {
            float[] w = merged(base.floats(QKV + ".weight"), numbers(aq), numbers(bq), 2, 1, 0);
            assertArrayEquals(merged(w, numbers(av), numbers(bv), 3, 1, 96), file.floats(QKV + ".weight"));
            assertEquals(SamConfig.of(file).tensors().size(), file.entries().size());
        }
    }

    private static float[] numbers(Item item) {
        return DType.F32.floats(item.bytes().get().rewind());
    }

    @Test
    void updatesOfAConvolutionAreMerged() {
        String conv = "image_encoder.neck.2";
        Item a = item(conv + ".lora_A.default.weight", 2, 32, 3, 3), b = item(conv + ".lora_B.default.weight", 32, 2, 1, 1);
        try (TensorFile file = Checkpoints.open(write("conv", name -> name, a, b)); Safetensors base = Safetensors.open(TINY)) {
            assertArrayEquals(merged(base.floats(conv + ".weight"), numbers(a), numbers(b), 2, 1, 0), file.floats(conv + ".weight"));
        }
    }

    @Test
    void updatesThatCannotBeMergedAreRefused() {
        Item a = item(QKV + ".lora_A.default.weight", 4, 48), b = item(QKV + ".lora_B.default.weight", 144, 4);
        List<Item[]> bad = List.of(new Item[]{a}, new Item[]{a, item(QKV + ".lora_B.default.weight", 144, 3)},
                new Item[]{a, item(QKV + ".lora_B.default.weight", 96, 4)}, new Item[]{a, b, item(QKV
                        + ".lora_magnitude_vector.default.weight", 144)},
                new Item[]{a, b, item(QKV + ".lora_A.more.weight", 4, 48), item(QKV + ".lora_B.more.weight", 144, 4)},
                new Item[]{a, b, item(QKV + ".lora_B.default.bias", 144)});
        for (Item[] items : bad) {
            String says = refusal(write("bad", name -> name, items));
            assertTrue(says.contains("low-rank updates (LoRA) of a SAM"), says);
        }
    }

    // Folders ---------------------------------------------------------------------------------------------------------

    @Test
    void aFolderOfTransformersIsOneFileAndItsSettings() throws IOException {
        Path file = write("model.safetensors", HuggingFaceNamesTest.huggingFace());
        Files.writeString(folder.resolve("config.json"),
                "{\"model_type\": \"sam\", \"mask_decoder_config\": {\"num_attention_heads\": 4}}");
        try (TensorFile open = Checkpoints.open(folder); TensorFile alone = Checkpoints.open(file)) {
            isTiny(open);
            assertEquals(4, SamConfig.ofWhole(open).decoderHeads());
            assertEquals(4, SamConfig.ofWhole(alone).decoderHeads());
            assertEquals(Sha256.of(file), Checkpoints.digest(folder, open));
        }
        Path converted = folder.resolve("converted");
        Converter.convert(folder, converted);
        try (TensorFile open = Checkpoints.open(converted)) {
            assertEquals(4, SamConfig.ofWhole(open).decoderHeads());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"vision_config|hidden_size|64|48", "vision_config|num_attention_heads|4|3",
        "vision_config|window_size|7|5",
        "vision_config|global_attn_indexes|[1, 2]|[1, 3]", "vision_config|image_size|1024|128", "vision_config|hidden_act|\"relu\"|gelu",
        "vision_config|use_rel_pos|false|true", "vision_config|layer_norm_eps|1e-5|1.0E-6", "mask_decoder_config|mlp_dim|2048|64",
        "mask_decoder_config|num_hidden_layers|3|2", "mask_decoder_config|attention_downsample_rate|4|2",
        "prompt_encoder_config|hidden_size|256|32"})
    void settingsThatContradictTheShapesAreRefused(String part, String key, String value, String instead) throws IOException {
        write("model.safetensors", HuggingFaceNamesTest.huggingFace());
        Files.writeString(folder.resolve("config.json"), "{\"" + part + "\": {\"" + key + "\": " + value + "}}");
        String says = refusal(folder);
        assertTrue(says.contains("config.json: " + key + " is ") && says.contains(instead), says);
    }

    @Test
    void decoderHeadsThatDoNotDivideAreRefused() throws IOException {
        write("model.safetensors", HuggingFaceNamesTest.huggingFace());
        Files.writeString(folder.resolve("config.json"), "{\"mask_decoder_config\": {\"num_attention_heads\": 5}}");
        assertTrue(refusal(folder).contains("do not divide into 5 heads"), refusal(folder));
    }

    @Test
    void settingsOfAnotherModelAreNotLookedAt() throws IOException {
        write("model.safetensors", HuggingFaceNamesTest.huggingFace());
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"clip\", \"vision_config\": {\"hidden_size\": 512}}");
        try (TensorFile open = Checkpoints.open(folder)) {
            assertEquals(8, SamConfig.ofWhole(open).decoderHeads());
        }
    }

    private void shards(String last) throws IOException {
        write("a.safetensors", name -> name.startsWith("image_encoder.") ? name : "");
        write("b.safetensors", name -> name.startsWith("image_encoder.") ? "" : name);
        StringBuilder map = new StringBuilder();
        try (Safetensors sam = Safetensors.open(TINY)) {
            for (String name : sam.entries().keySet())
                map.append("\"").append(name).append("\": \"").append(name.startsWith("image_encoder.") ? "a" : "b").append(".safetensors\", ");
        }
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"metadata\": {}, \"weight_map\": {" + map + last + "}}");
    }

    @Test
    void shardsAreOneCheckpoint() throws IOException {
        shards("\"image_encoder.x\": \"a.safetensors\"");
        assertTrue(refusal(folder).contains("\"image_encoder.x\" is not in \"a.safetensors\""), refusal(folder));
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, Files.readString(index).replace(", \"image_encoder.x\": \"a.safetensors\"", ""));
        try (TensorFile file = Checkpoints.open(folder); TensorFile same = Checkpoints.open(index)) {
            assertTrue(SamConfig.ofWhole(file).hasDecoder());
            isTiny(file);
            assertEquals(Checkpoints.digest(folder, file), Checkpoints.digest(index, same));
            assertEquals("safetensors, in 2 files", Checkpoints.format(file));
        }
        Files.copy(folder.resolve("a.safetensors"), folder.resolve("c.safetensors"));
        Files.writeString(index, Files.readString(index).replaceFirst("a\\.safetensors", "c.safetensors"));
        assertTrue(refusal(folder).contains("is in two of its files"), refusal(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a.safetensors", "/a.safetensors", "..", ".", "", "a\\\\b", "C:a", "x/../a.safetensors", "a\\u0000b"})
    void anIndexCannotLeadOutOfItsFolder(String name) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"w\": \"" + name + "\"}}");
        assertTrue(refusal(folder).contains("no plain name"), refusal(folder));
    }

    @Test
    void anIndexOfNothingOrOfIndicesIsRefused() throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        for (String json : List.of("{}", "{\"weight_map\": {}}", "{\"weight_map\": []}", "{\"weight_map\": {\"w\": 1}}",
                "{\"weight_map\": {\"w\": \"model.safetensors.index.json\"}}", "{\"weight_map\": {\"w\": \"none\"}}")) {
            Files.writeString(index, json);
            assertThrows(RuntimeException.class, () -> Checkpoints.open(folder).close(), json);
        }
        Files.writeString(index, "{}");
        assertTrue(refusal(folder).contains("model.safetensors.index.json: it is JSON, but no checkpoint's index"), refusal(folder));
        Files.delete(index);
        assertTrue(refusal(folder).contains("give the file itself"), refusal(folder));
    }

    // Types and values ------------------------------------------------------------------------------------------------

    @Test
    void aTypeThatIsNotReadMattersOnlyWhereItIsNeeded() throws IOException {
        String needed = "image_encoder.neck.1.bias", beside = "loss.x";
        for (String name : List.of(needed, beside)) {
            Path file = write("f8", n -> n.equals(name) ? "" : n, new Item(name, DType.U8, Shape.of(32), () -> ByteBuffer.allocate(32)));
            byte[] bytes = Files.readAllBytes(file);
            String header = new String(bytes, StandardCharsets.ISO_8859_1);
            int at = header.indexOf("\"U8\"", header.indexOf("\"" + name + "\""));
            Path changed = Files.write(folder.resolve("f8e4"), longer(bytes, at));
            try (TensorFile open = Checkpoints.open(changed)) {
                assertTrue(Checkpoints.skipped(open).contains(name + " (it is stored as F8_E4M3, which is not read here)"),
                        Checkpoints.skipped(open).toString());
                SamConfig.ofWhole(open);
                if (name.equals(needed)) {
                    assertEquals("its tensor \"" + needed + "\" is needed, but it is stored as F8_E4M3, which is not read here", open.lacks(needed));
                } else {
                    assertEquals(List.of(beside), Checkpoints.leftOut(open));
                    isTiny(open);
                }
            }
        }
    }

    /// Replaces `"U8"` by `"F8_E4M3"`, which makes the header five bytes longer.
    private static byte[] longer(byte[] bytes, int at) {
        ByteBuffer out = ByteBuffer.allocate(bytes.length + 5).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() + 5).put(bytes, 8, at - 8);
        out.put("\"F8_E4M3\"".getBytes(StandardCharsets.US_ASCII)).put(bytes, at + 4, bytes.length - at - 4);
        return out.array();
    }

    @Test
    void anInfinityIsNamedWhereverTheWeightIsTaken() {
        Path file = write("inf", name -> name.equals("mask_decoder.iou_token.weight") ? "" : name, Item.of("mask_decoder.iou_token.weight",
                Shape.of(1, 32),
                () -> {
                    float[] x = new float[32];
                    x[7] = Float.NEGATIVE_INFINITY;
                    return x;
                }));
        try (TensorFile open = Checkpoints.open(file)) {
            String says = assertThrows(FormatException.class, () -> open.weights("mask_decoder.iou_token.weight")).getMessage();
            assertTrue(says.contains("\"mask_decoder.iou_token.weight\" holds -Infinity (its element 7)"), says);
        }
        assertTrue(CheckpointInfo.of(file).toString().contains("not finite    1: mask_decoder.iou_token.weight\n"));
    }

    // Pickles ---------------------------------------------------------------------------------------------------------

    private static final String PATCHES = "image_encoder.patch_embed.proj.weight";

    private TensorFile torch(PickleWriter p) throws IOException {
        return Checkpoints.open(Files.write(folder.resolve("x.pth"), PickleWriter.zip(p.stop(), Map.of("0", new byte[]{1, 0, 2, 0}))));
    }

    private static PickleWriter two(PickleWriter p, String name) {
        return p.text(name).tensor("ShortStorage", "0", 2, 0, new long[]{2}, new long[]{1}).op('s');
    }

    @Test
    void aModelIsFoundInAListInADict() throws IOException {
        PickleWriter p = two(PickleWriter.protocol(2).op('}').text("runs").op(']').number(7).op('a').emptyDict(), PATCHES);
        try (TensorFile file = torch(two(p, "x").op('a', 's').text("best").number(1).op('s'))) {
            assertEquals(List.of(PATCHES, "x"), List.copyOf(file.entries().keySet()));
            assertEquals("PyTorch (zip), all after \"runs.1.\"", Checkpoints.format(file));
            assertEquals(List.of("best"), Checkpoints.skipped(file));
        }
    }

    @Test
    void aWholeModuleIsReadAsItsStateDict() throws IOException {
        PickleWriter p = module(PickleWriter.protocol(2), "segment_anything.modeling.sam", "Sam");
        p.text("_parameters").op('}', 's').text("_modules").op('}').text("image_encoder");
        module(p, "segment_anything.modeling.image_encoder", "ImageEncoderViT").text("_parameters").op('}', 's').text("_modules").op('}')
                .text("patch_embed");
        module(p, "segment_anything.modeling.image_encoder", "PatchEmbed").text("_parameters").op('}', 's').text("_modules").op('}').text("proj");
        two(module(p, "torch.nn.modules.conv", "Conv2d").text("_modules").op('}', 's').text("_parameters").op('}'), "weight").op('s', 'b',
                's', 's', 'b', 's', 's',
                'b', 's', 's', 'b');
        try (TensorFile file = torch(p)) {
            assertEquals(List.of(PATCHES), List.copyOf(file.entries().keySet()));
            assertArrayEquals(new float[]{1, 2}, file.floats(PATCHES));
            assertEquals(List.of(), Checkpoints.skipped(file));
        }
    }

    /// An object, and the state that all modules have; whatever follows goes into that dict.
    private static PickleWriter module(PickleWriter p, String module, String name) {
        return p.global(module, name).op(')', 0x81, '}').text("training").op(0x88, 's').text("_buffers").op('}', 's');
    }

    @Test
    void aTensorThatRepeatsItsNumbersMattersOnlyWhereItIsNeeded() throws IOException {
        PickleWriter p = two(PickleWriter.protocol(2).emptyDict(), PATCHES).text("mask").tensor("ShortStorage", "0", 2, 0, new long[]{9},
                new long[]{0}).op('s');
        try (TensorFile file = torch(p)) {
            assertEquals(List.of(PATCHES), List.copyOf(file.entries().keySet()));
            assertEquals(List.of("mask (it repeats numbers; save a contiguous copy of it)"), Checkpoints.skipped(file));
        }
    }
}
