package dev.samovar.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.core.testkit.Resources;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares exported models, run by ONNX Runtime, with the reference implementation's numbers and with our own.
class OnnxExportTest {
    private static final String ENCODER = "image_encoder";
    private static final int PICTURE = 3 * 128 * 128, EMBEDDING = 32 * 8 * 8;

    @TempDir
    private Path folder;

    // The encoder -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTinyEncoderEqualsTheReferenceAndOurOwn(boolean external) {
        Path file = folder.resolve("encoder ü.onnx");
        try (Safetensors tiny = tiny(); Safetensors golden = Golden.open("sam-tiny/encoder.safetensors")) {
            OnnxExport.Report report = OnnxExport.encoder(weights(tiny), file, external, Progress.silent());
            assertEquals(external, report.data() != null);
            assertTrue(report.toString().contains("output        embedding (N, 32, 8, 8)"), report.toString());
            float[] both = golden.floats("input"), expected = golden.floats("output");
            try (Onnx model = Onnx.open(file)) {
                float[] embedding = model.run(both, 2, 3, 128, 128);
                Golden.assertClose("both pictures", expected, embedding, 1e-5);
                Golden.assertClose("our own", own(tiny, both), embedding, 1e-5);
                for (int i = 0; i < 2; i++)
                    Golden.assertClose("picture " + i, part(expected, i, EMBEDDING), model.run(part(both, i, PICTURE), 1, 3, 128, 128), 1e-5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("otherSizes")
    void encodersOfOtherSizesEqualOurOwn(SamConfig sizes) {
        try (TensorFile file = Formula.checkpoint("", sizes.tensors())) {
            assertEquals(sizes, SamConfig.infer(file));
            Path model = folder.resolve("other.onnx");
            OnnxExport.encoder(weights(file), model, false, Progress.silent());
            float[] image = Formula.signed("image", 3 * sizes.imageSize() * sizes.imageSize(), 2);
            try (Onnx onnx = Onnx.open(model)) {
                float[] embedding = onnx.run(image, 1, 3, sizes.imageSize(), sizes.imageSize());
                Golden.assertClose(sizes.toString(), own(file, image), embedding, 1e-5);
            }
        }
    }

    /// Windows that fill the grid exactly, windows larger than the grid, no windows at all, no global block; a head's width that is not a power of four.
    static Stream<SamConfig> otherSizes() {
        return Stream.of(new SamConfig(new VitConfig(24, 2, 2, 3, List.of(1), 48, 8, 40), 16, 16, 16),
                new SamConfig(new VitConfig(24, 1, 2, 7, List.of(), 40, 8, 40), 16, 16, 16),
                new SamConfig(new VitConfig(20, 2, 4, 0, List.of(0, 1), 32, 8, 24), 16, 16, 16));
    }

    @Test
    void vitBAtFullSizeEqualsTheReference() {
        assumeTrue(Boolean.getBoolean("samovar.thorough"), "takes a minute and two gigabytes: -Pthorough");
        Path file = folder.resolve("vit_b.onnx");
        OnnxExport.encoder(weights(Formula.checkpoint("", SamConfig.vitB().tensors())), file, true, Progress.silent());
        try (Onnx model = Onnx.open(file); Safetensors golden = Golden.open("sam-full/vit_b.safetensors")) {
            float[] expected = golden.floats("embedding.sample");
            float[] embedding = model.run(Formula.signed("input.image", 3 * 1024 * 1024, 2), 1, 3, 1024, 1024);
            Golden.assertClose("embedding", expected, Golden.sample(embedding, expected.length), 2e-5);
        }
    }

    @Test
    void theTinyMobileSamEqualsTheReferenceAndOurOwn() {
        try (Safetensors tiny = Golden.open("mobile-sam/tiny-checkpoint.safetensors");
                Safetensors golden = Golden.open("mobile-sam/tiny.safetensors")) {
            SamConfig config = SamConfig.infer(tiny).forImages(128);
            Path file = folder.resolve("mobile.onnx");
            OnnxExport.encoder(new SamWeights(Path.of("mobile"), "0123", tiny, config), file, false, Progress.silent());
            try (Onnx model = Onnx.open(file)) {
                Golden.assertClose("both pictures", golden.floats("embedding"), model.run(golden.floats("input"), 2, 3, 128, 128), 2e-5);
            }
        }
    }

    @Test
    void mobileSamAtFullSizeEqualsTheReference() {
        SamConfig config = SamConfig.mobile();
        Path file = folder.resolve("vit_t.onnx");
        TensorFile weights = Formula.file(config.tensors(), name -> Formula.mobile(name, Objects.requireNonNull(config.tensors().get(name))));
        OnnxExport.encoder(weights(weights), file, false, Progress.silent());
        try (Onnx model = Onnx.open(file); Safetensors golden = Golden.open("mobile-sam/full.safetensors")) {
            float[] expected = golden.floats("embedding.sample");
            float[] embedding = model.run(Formula.signed("input.image", 3 * 1024 * 1024, 2), 1, 3, 1024, 1024);
            Golden.assertClose("embedding", expected, Golden.sample(embedding, expected.length), 5e-5);
        }
    }

    // Heads -----------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(HeadSpec.Kind.class)
    void eachHeadEqualsTheReference(HeadSpec.Kind kind) {
        try (Safetensors tiny = tiny(); Safetensors golden = Golden.open("heads-small/" + kind.title() + ".safetensors")) {
            OnnxGraph graph = new OnnxGraph();
            HeadGraph head = new HeadGraph(new HeadSpec(kind, 3, 8, true, false), SamConfig.infer(tiny), 3);
            String logits = head.append(new Part(graph, fixture(golden), ""), graph.input("image", 32, 8, 8));
            graph.output(logits, "logits", 3, head.side(), head.side());
            Path file = folder.resolve("head.onnx");
            new OnnxFile(graph, "", new LinkedHashMap<>()).write(file, false, Progress.silent());
            try (Onnx model = Onnx.open(file)) {
                Golden.assertClose(kind + " logits", golden.floats("logits"), model.run(golden.floats("embedding"), 2, 32, 8, 8), 1e-5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("heads")
    void theEncoderWithAHeadOfARunEqualsOurOwn(HeadSpec spec) {
        try (Safetensors tiny = tiny(); Safetensors golden = Golden.open("sam-tiny/encoder.safetensors")) {
            Run run = run(weights(tiny), spec);
            float[] expected = logits(tiny, run, golden.floats("input"));
            Path file = folder.resolve("segmenter.onnx");
            OnnxExport.segmenter(weights(tiny), run, Run.Which.LAST, file, false, Progress.silent());
            try (Onnx model = Onnx.open(file)) {
                Golden.assertClose(spec.toString(), expected, model.run(golden.floats("input"), 2, 3, 128, 128), 1e-5);
                assertEquals("logits", model.output());
                assertEquals("[\"background\",\"a, b\"]", model.metadata().get("classes"));
            }
        }
    }

    static Stream<HeadSpec> heads() {
        return Stream.of(new HeadSpec(HeadSpec.Kind.VIT, 4, 8, true, false), new HeadSpec(HeadSpec.Kind.VIT, 4, 8, true, true),
                new HeadSpec(HeadSpec.Kind.CNN, 1, 8, true, false), new HeadSpec(HeadSpec.Kind.CNN, 2, 8, true, false),
                new HeadSpec(HeadSpec.Kind.CNN, 4, 8, true, false), new HeadSpec(HeadSpec.Kind.LINEAR, 4, 8, true, false),
                new HeadSpec(HeadSpec.Kind.LINEAR, 4, 8, false, false));
    }

    @Test
    void aRunOfAnotherCheckpointIsRefused() {
        try (Safetensors tiny = tiny()) {
            SamWeights weights = weights(tiny), other = new SamWeights(Path.of("other"), "abc", tiny);
            Run run = run(weights, HeadSpec.of(HeadSpec.Kind.LINEAR));
            var e = assertThrows(FormatException.class, () -> OnnxExport.segmenter(other, run, Run.Which.LAST, folder.resolve("x.onnx"),
                    false,
                    Progress.silent()));
            assertTrue(e.getMessage().startsWith("other: is not the checkpoint that the run was trained with"), e.getMessage());
        }
    }

    // The file --------------------------------------------------------------------------------------------------------

    @Test
    void theFileIsAModelWithNamedConstantsAndSaysWhatItWants() throws IOException {
        Path file = folder.resolve("encoder.onnx");
        try (Safetensors tiny = tiny()) {
            OnnxExport.encoder(weights(tiny), file, false, Progress.silent());
            Protobuf model = Protobuf.of(ByteBuffer.wrap(Files.readAllBytes(file))), graph = model.message(7);
            assertEquals(List.of(8L), model.numbers(1), "IR version");
            assertEquals("Samovar", model.text(2));
            assertTrue(model.text(6).contains("pixel_mean"), model.text(6));
            assertEquals(List.of(17L), model.message(8).numbers(2), "opset");
            Map<String, String> metadata = new LinkedHashMap<>();
            model.messages(14).forEach(entry -> metadata.put(entry.text(1), entry.text(2)));
            assertEquals(List.of("model", "weights_sha256", "pixel_mean", "pixel_std"), List.copyOf(metadata.keySet()));
            assertEquals("[58.395,57.12,57.375]", metadata.get("pixel_std"));
            List<String> names = graph.messages(5).stream().map(tensor -> tensor.text(8)).toList();
            assertEquals(names.size(), names.stream().distinct().count());
            assertTrue(names.containsAll(List.of("image_encoder.pos_embed", "image_encoder.blocks.0.norm1.weight",
                    "image_encoder.blocks.3.mlp.lin2.weight.T", "image_encoder.neck.2.weight")), names.toString());
            List<String> outputs = graph.messages(1).stream().flatMap(node -> node.texts(2).stream()).toList();
            assertEquals(outputs.size(), outputs.stream().distinct().count(), "every value has one name");
            for (Protobuf tensor : graph.messages(5)) {
                long elements = tensor.numbers(1).stream().reduce(1L, (a, b) -> a * b);
                assertEquals(List.of((int) elements * (tensor.numbers(2).getFirst() == 1 ? 4 : 8)), tensor.lengths(9), tensor.text(8));
            }
        }
    }

    @Test
    void constantsBesideTheModelBeginOnPagesAndDoNotOverlap() throws IOException {
        Path file = folder.resolve("encoder.onnx");
        try (Safetensors tiny = tiny()) {
            Path data = Objects.requireNonNull(OnnxExport.encoder(weights(tiny), file, true, Progress.silent()).data());
            assertEquals(folder.resolve("encoder.onnx.data"), data);
            long end = 0;
            int outside = 0;
            for (Protobuf tensor : Protobuf.of(ByteBuffer.wrap(Files.readAllBytes(file))).message(7).messages(5)) {
                Map<String, String> place = new LinkedHashMap<>();
                tensor.messages(13).forEach(entry -> place.put(entry.text(1), entry.text(2)));
                if (place.isEmpty()) continue;
                long offset = Long.parseLong(Objects.requireNonNull(place.get("offset")));
                assertTrue(offset % 4096 == 0 && offset >= end, tensor.text(8) + " " + place);
                assertEquals("encoder.onnx.data", place.get("location"));
                assertEquals(List.of(1L), tensor.numbers(14), "it is marked as external data");
                end = offset + Long.parseLong(Objects.requireNonNull(place.get("length")));
                outside++;
            }
            assertTrue(outside > 30, "constants in the other file: " + outside);
            assertEquals(end, Files.size(data));
            assertTrue(Files.size(file) < 100_000, "the model itself: " + Files.size(file));
        }
    }

    @Test
    void theSameCheckpointGivesTheSameBytes() throws IOException {
        try (Safetensors tiny = tiny()) {
            OnnxExport.encoder(weights(tiny), folder.resolve("a.onnx"), false, Progress.silent());
            OnnxExport.encoder(weights(tiny), folder.resolve("b.onnx"), false, Progress.silent());
            assertEquals(-1, Files.mismatch(folder.resolve("a.onnx"), folder.resolve("b.onnx")));
        }
    }

    @Test
    void onlyVitHIsTooLongForOneFile() {
        assertFalse(encoder(Formula.checkpoint("", SamConfig.vitL().tensors())).isLong());
        assertTrue(encoder(Formula.checkpoint("", SamConfig.vitH().tensors())).isLong());
    }

    // Failures --------------------------------------------------------------------------------------------------------

    @Test
    void aParameterThatIsMissingOrMisshapenIsNamedAndNothingIsWritten() throws IOException {
        String key = "image_encoder.blocks.2.mlp.lin2.bias";
        for (Consumer<Map<String, Shape>> fault : List.<Consumer<Map<String, Shape>>>of(t -> t.remove(key), t -> t.put(key, Shape.of(5)))) {
            try (Safetensors tiny = tiny()) {
                Map<String, Shape> tensors = new LinkedHashMap<>(SamConfig.infer(tiny).tensors());
                fault.accept(tensors);
                SamWeights weights = weights(Formula.checkpoint("", tensors));
                var e = assertThrows(FormatException.class, () -> OnnxExport.encoder(weights, folder.resolve("x.onnx"), false, Progress.silent()));
                assertTrue(e.getMessage().contains(key), e.getMessage());
            }
        }
        assertEquals(List.of(), files());
    }

    @Test
    void windowsFarLargerThanThePictureAreRefused() {
        SamConfig huge = new SamConfig(new VitConfig(4, 1, 4, 30_000, List.of(), 16, 16, 4), 16, 8, 8);
        SamWeights weights = weights(Formula.checkpoint("", huge.tensors()));
        var e = assertThrows(FormatException.class, () -> OnnxExport.encoder(weights, folder.resolve("x.onnx"), false, Progress.silent()));
        assertTrue(e.getMessage().contains("windows of 30000 patches"), e.getMessage());
    }

    @Test
    void ofAFailureNothingIsLeft() throws IOException {
        try (Safetensors tiny = tiny()) {
            OnnxExport.encoder(weights(tiny), folder.resolve("x.onnx"), true, Progress.silent());
            List<String> before = List.of(Sha256.of(folder.resolve("x.onnx")), Sha256.of(folder.resolve("x.onnx.data")));
            SamWeights torn = weights(Formula.file(SamConfig.infer(tiny).tensors(), torn(tiny)));
            for (boolean external : new boolean[]{true, false}) {
                assertThrows(FormatException.class, () -> OnnxExport.encoder(torn, folder.resolve("x.onnx"), external, Progress.silent()));
                assertThrows(FormatException.class, () -> OnnxExport.encoder(torn, folder.resolve("y.onnx"), external, Progress.silent()));
            }
            assertEquals(before, List.of(Sha256.of(folder.resolve("x.onnx")), Sha256.of(folder.resolve("x.onnx.data"))),
                    "the old files stay");
            Files.createDirectories(folder.resolve("z.onnx/full"));
            assertThrows(UncheckedIOException.class, () -> OnnxExport.encoder(weights(tiny), folder.resolve("z.onnx"), true, Progress.silent()));
        }
        assertEquals(List.of("x.onnx", "x.onnx.data", "z.onnx"), files());
    }

    /// A checkpoint that is damaged in its middle.
    private static Function<String, float[]> torn(TensorFile file) {
        return name -> {
            if (name.contains("blocks.2")) throw new FormatException("damaged");
            return file.floats(name);
        };
    }

    // -----------------------------------------------------------------------------------------------------------------

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }

    private static Safetensors tiny() {
        return Golden.open("sam-tiny/sam-tiny.safetensors");
    }

    private static SamWeights weights(TensorFile file) {
        return new SamWeights(Path.of("sam"), "0123", file);
    }

    private static OnnxFile encoder(TensorFile file) {
        OnnxGraph graph = new OnnxGraph();
        SamConfig c = SamConfig.infer(file);
        String image = graph.input("image", 3, c.imageSize(), c.imageSize());
        graph.output(OnnxExport.append(new Part(graph, file, ENCODER), c, image), "embedding", c.promptWidth(), c.grid(), c.grid());
        return new OnnxFile(graph, "", new LinkedHashMap<>());
    }

    private static float[] part(float[] all, int index, int size) {
        float[] one = new float[size];
        System.arraycopy(all, index * size, one, 0, size);
        return one;
    }

    private static float[] own(TensorFile file, float[] images) {
        SamConfig c = SamConfig.infer(file);
        int n = images.length / (3 * c.imageSize() * c.imageSize());
        try (Params p = Params.load(file, Device.cpu()); var _ = Scope.open()) {
            Tensor image = Tensor.of(Device.cpu(), images, n, 3, c.imageSize(), c.imageSize());
            return ImageEncoder.of(p.in(ENCODER).frozen(), c).forward(image).toArray();
        }
    }

    private static float[] logits(TensorFile file, Run run, float[] images) {
        SamConfig c = SamConfig.infer(file);
        try (Safetensors trained = Safetensors.open(run.head(Run.Which.LAST));
                Params p = Params.load(trained, Device.cpu());
                var _ = Scope.open()) {
            Tensor embedding = Tensor.of(Device.cpu(), own(file, images), 2, c.promptWidth(), c.grid(), c.grid());
            return run.config().head().build(p.frozen(), c, run.config().classes()).forward(embedding).toArray();
        }
    }

    /// A run with an untrained head, as the seed drew it.
    private Run run(SamWeights weights, HeadSpec spec) {
        Preparation preparation = new Preparation(Preprocessing.PAPER, 32, false, Augment.of("none"));
        RunConfig.Origin origin = new RunConfig.Origin(folder, Reading.PLAIN, weights.path(), false, weights.sha256(), "none", folder);
        Run run = Run.create(folder.resolve("run"),
                new RunConfig(new HeadMethod(spec), List.of("background", "a, b"), preparation, new RunConfig.Schedule(120, 5e-4, 4, 1, 1),
                        origin),
                new Split(List.of("a"), List.of(), List.of()));
        try (Params p = Params.random(7, Device.cpu())) {
            var _ = spec.build(p, weights.config(), 2);
            p.save(run.folder().resolve("head-last.safetensors"), Map.of());
        }
        return run;
    }

    /// The weights that the reference's head started from, under our names.
    private static TensorFile fixture(Safetensors golden) {
        SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
        String init = "init.", decoder = "mask_decoder.", matrix = "pe_layer.positional_encoding_gaussian_matrix";
        golden.entries().forEach((key, entry) -> {
            if (key.startsWith(init)) shapes.put(decoder + key.substring(init.length()), entry.shape());
        });
        shapes.put(matrix, Shape.of(2, 16));
        return Formula.file(shapes, name -> name.equals(matrix)
                ? Formula.parameter(matrix, Shape.of(2, 16))
                : golden.floats(init + name.substring(decoder.length())));
    }
}
