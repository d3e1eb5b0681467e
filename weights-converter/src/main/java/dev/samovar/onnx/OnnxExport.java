package dev.samovar.onnx;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.data.Reading;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.sam.TinyVitConfig;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Exports the image encoder of a checkpoint, alone or with a trained head, or SAM's prompt encoder and mask decoder, for ONNX Runtime and other
/// readers of the ONNX format (opset 17, single precision).
///
/// An exported encoder takes a batch `image (N, 3, S, S)` of any size, already resized and normalised; the file says in words (`doc_string`) and in
/// its metadata what the numbers should be. Constants are those of the checkpoint under its names, transposed (`.T`) or scaled (`*0.125`) where a
/// product needs that. There is never more than one tensor in memory.
public final class OnnxExport {
    private static final String SAM_INPUT = "image: RGB from 0 to 255, the longest side resized to S, (x - pixel_mean) / pixel_std of the metadata, "
            + "then filled up with 0 on the right and at the bottom.";
    private static final String PAPER_INPUT = "image: a slice stretched from its smallest and largest value to 0 and 1, grey in all three channels, resized "
            + "bilinearly to a square of as many pixels a side as the metadata's frame, then to S.";
    private static final String CHANNELS = " The slice has the channels that the metadata name, each stretched to brightness over its whole volume first; "
            + "they take the place of grey, and of two the first is also the third.";
    private static final String LOGITS = " logits: a score per class and pixel of the same square, background first; to be resized bilinearly, the largest wins.";

    private static final String DECODER = "The prompt encoder and the mask decoder of a Segment Anything Model, with the inputs and outputs of the official "
            + "export. point_coords: x and y, times image_size / the picture's longest side. point_labels: 1 on the thing, 0 beside it, 2 and 3 the corners of a "
            + "box, -1 for none; without a box add one point 0, 0 with the label -1. has_mask_input: 0 if there is none. orig_im_size: height and width of the "
            + "picture. masks: above mask_threshold is mask; the first is for a clear prompt, the other three for an ambiguous one.";

    private OnnxExport() {}

    /// What was written.
    ///
    /// @param file the model
    /// @param data the file with its constants, null if they are in the model
    /// @param input name and shape of the input
    /// @param output name and shape of the output
    public record Report(Path file, @Nullable Path data, String input, String output) {
        /// A line for each field.
        @Override
        public String toString() {
            return "model         " + sized(file) + '\n' + (data == null ? "" : "constants     " + sized(data) + '\n')
                    + "input         " + input + "\noutput        " + output + "\nstandard      ONNX, opset " + OnnxFile.OPSET + '\n';
        }

        private static String sized(Path file) {
            try {
                return String.format(Locale.ROOT, "%s, %,d bytes", file, Files.size(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The name of the second file that belongs to a file of this name, if there is one.
    public static Path data(Path file) {
        return OnnxFile.data(file);
    }

    /// Exports the encoder: `image (N, 3, S, S)` → `embedding (N, C, G, G)`.
    ///
    /// @param external whether constants go into a second file, [#data]; they do anyway where one would be longer than 2 GiB
    /// @throws FormatException if a parameter is missing or has another shape than it should
    /// @throws UncheckedIOException if it cannot be written
    public static Report encoder(SamWeights weights, Path file, boolean external, Progress progress) {
        SamConfig c = weights.config();
        OnnxGraph graph = new OnnxGraph();
        graph.output(encode(graph, weights), "embedding", c.promptWidth(), c.grid(), c.grid());
        SequencedMap<String, String> metadata = metadata(weights);
        normalisation(metadata);
        String doc = "The image encoder of a Segment Anything Model. " + SAM_INPUT
                + " A model that was trained on other input, as MedSAM was, wants that instead.";
        return write(new OnnxFile(graph, doc, metadata), file, external, progress);
    }

    /// Exports the encoder with a head of a run: `image (N, 3, S, S)` → `logits (N, K, H, W)`, one for each class, background first; `H = W` is that
    /// of the head, mostly 4·G.
    ///
    /// @param external whether constants go into a second file, [#data]; they do anyway where one would be longer than 2 GiB
    /// @throws FormatException if the run has no such head, was trained with another checkpoint, or a parameter is not as it should be
    /// @throws UncheckedIOException if it cannot be written
    public static Report segmenter(SamWeights weights, Run run, Run.Which which, Path file, boolean external, Progress progress) {
        RunConfig config = run.config();
        config.require(weights);
        try (TensorFile trained = Safetensors.open(run.head(which))) {
            OnnxGraph graph = new OnnxGraph();
            HeadGraph head = new HeadGraph(config.head(), weights.config(), config.classes());
            String logits = head.append(new Part(graph, trained, ""), encode(graph, weights));
            graph.output(logits, "logits", config.classes(), head.side(), head.side());
            SequencedMap<String, String> metadata = metadata(weights);
            Preparation preparation = config.preparation();
            metadata.put("head", config.head().kind().title());
            metadata.put("classes", Json.of(config.classNames()).toString());
            metadata.put("preprocessing", preparation.preprocessing().title());
            if (preparation.preprocessing() == Preprocessing.PAPER) metadata.put("frame", Integer.toString(preparation.side()));
            else normalisation(metadata);
            Reading reading = config.origin().reading();
            if (reading.frame() != null) metadata.put("image_frame", reading.frame().toString());
            if (!reading.channels().isEmpty()) metadata.put("channels", Json.of(reading.channels()).toString());
            String doc = "The image encoder of a Segment Anything Model with a head that segments without a prompt. "
                    + (preparation.preprocessing() == Preprocessing.PAPER ? PAPER_INPUT : SAM_INPUT) + (reading.channels().isEmpty() ? "" : CHANNELS)
                    + LOGITS;
            return write(new OnnxFile(graph, doc, metadata), file, external, progress);
        }
    }

    /// Exports the prompt encoder and the mask decoder with the inputs and outputs of the official export, for one prompt at a time:
    /// `image_embeddings`, `point_coords`, `point_labels`, `mask_input`, `has_mask_input`, `orig_im_size` → `masks`, `iou_predictions`, `low_res_masks`.
    ///
    /// @param external whether constants go into a second file, [#data]
    /// @throws FormatException if the checkpoint has only an image encoder, or a parameter is not as it should be
    /// @throws UncheckedIOException if it cannot be written
    public static Report decoder(SamWeights weights, Path file, boolean external, Progress progress) {
        SamConfig c = SamConfig.ofWhole(weights.file());
        OnnxGraph graph = new OnnxGraph();
        new DecoderGraph(c).append(new Part(graph, weights.file(), ""));
        SequencedMap<String, String> metadata = metadata(weights);
        metadata.put("image_size", Integer.toString(c.imageSize()));
        metadata.put("mask_threshold", "0.0");
        return write(new OnnxFile(graph, DECODER, metadata), file, external, progress);
    }

    private static String encode(OnnxGraph graph, SamWeights weights) {
        SamConfig c = weights.config();
        String image = graph.input("image", 3, c.imageSize(), c.imageSize());
        return append(new Part(graph, weights.file(), "image_encoder"), c, image);
    }

    /// Appends a model's image encoder, whose parameters lie in this part.
    static String append(Part encoder, SamConfig c, String image) {
        return switch (c.encoder()) {
            case VitConfig vit -> new EncoderGraph(vit, c.promptWidth()).append(encoder, image);
            case TinyVitConfig tiny -> new TinyVitGraph(tiny, c.promptWidth()).append(encoder, image);
        };
    }

    private static Report write(OnnxFile onnx, Path file, boolean external, Progress progress) {
        Path data = onnx.write(file, external, progress);
        return new Report(file, data, onnx.graph().inputs(), onnx.graph().outputs());
    }

    private static SequencedMap<String, String> metadata(SamWeights weights) {
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put("model", weights.config().name());
        metadata.put("weights_sha256", weights.sha256());
        return metadata;
    }

    private static void normalisation(SequencedMap<String, String> metadata) {
        metadata.put("pixel_mean", channels(SamFraming::mean));
        metadata.put("pixel_std", channels(SamFraming::deviation));
    }

    private static String channels(IntFunction<Float> value) {
        return Json.of(IntStream.range(0, 3).mapToObj(value).toList()).toString();
    }
}
