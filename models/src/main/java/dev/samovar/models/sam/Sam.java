package dev.samovar.models.sam;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The Segment Anything Model: a picture and a prompt in, masks out.
///
///     picture (1, 3, S, S) → ImageEncoder → (1, C, G, G) ─┐
///     points, boxes, masks → PromptEncoder → tokens, dense ──┴→ MaskDecoder → masks (B, 4, 4G, 4G) and their predicted IoU (B, 4)
///
/// `S` is the side of the network's picture, `G` of the grid of patches, `C` the width of everything after the encoder: 1024, 64, 256 for the
/// official models. Everything is differentiable, including with respect to the pixels and the coordinates of prompts. To segment pictures,
/// [SamPredictor] is more convenient.
///
/// Follows segment_anything/modeling/sam.py @ dca509f; parameter names are the checkpoint's.
public final class Sam implements AutoCloseable {

    private static final String ENCODER = "image_encoder";
    private static final int FINGERPRINT = 4096;

    private final SamConfig config;
    private final Params params;
    private final ImageEncoder imageEncoder;
    private final PromptEncoder promptEncoder;
    private final MaskDecoder maskDecoder;
    private final @Nullable Sam base;                                              // what of it learnt nothing; null if these are all parameters
    private volatile boolean closed;

    /// A SAM with these parameters, which [#close] frees.
    public Sam(Params p, SamConfig c) {
        this(p, c, null, ImageEncoder.of(p.in(ENCODER), c), new PromptEncoder(p.in("prompt_encoder"), c),
                new MaskDecoder(p.in("mask_decoder"), c));
    }

    private Sam(Params p, SamConfig c, @Nullable Sam base, ImageEncoder imageEncoder, PromptEncoder promptEncoder, MaskDecoder maskDecoder) {
        config = c;
        params = p;
        this.base = base;
        this.imageEncoder = imageEncoder;
        this.promptEncoder = promptEncoder;
        this.maskDecoder = maskDecoder;
    }

    /// A checkpoint's model with frozen parameters, which may be shared by several threads. The file may be closed afterwards.
    ///
    /// @throws dev.samovar.core.io.FormatException if it is not a SAM, or contains other tensors within the networks
    public static Sam load(TensorFile checkpoint, Device device) {
        SamConfig config = SamConfig.ofWhole(checkpoint);
        Params params = Params.load(checkpoint, device).frozen();
        try {
            return new Sam(params, config);
        } catch (RuntimeException e) {
            params.close();
            throw e;
        }
    }

    /// A model of which a part was trained, to give one mask for each prompt. It shares the rest with this model, so close it first.
    ///
    /// @param learnt the parameters of that part, by their full names, which closing the new model frees
    /// @param learns whether a parameter of this name belongs to that part
    /// @param encoder makes the image encoder of both; null for this model's own
    /// @param decoder makes the mask decoder of both
    public Sam with(Params learnt, Predicate<String> learns, @Nullable Function<Params, ImageEncoder> encoder,
            Function<Params, MaskDecoder> decoder) {
        checkOpen();
        Params both = learnt.frozen().over(params, learns);
        return new Sam(learnt, config, this, encoder == null ? imageEncoder : encoder.apply(both), promptEncoder, decoder.apply(both));
    }

    /// Whether a click, which may mean several things, gets three masks. A model of which a part was trained learnt to give one.
    public boolean isAmbiguous() {
        return base == null;
    }

    /// Its sizes.
    public SamConfig config() {
        return config;
    }

    /// From pictures to embeddings.
    ///
    /// @throws IllegalStateException after [#close]
    public ImageEncoder imageEncoder() {
        checkOpen();
        return imageEncoder;
    }

    /// From prompts to tokens.
    public PromptEncoder promptEncoder() {
        return promptEncoder;
    }

    /// From both to masks.
    public MaskDecoder maskDecoder() {
        return maskDecoder;
    }

    /// All four masks for each of B prompts.
    ///
    /// @param image `(1, 3, S, S)`, or `(B, 3, S, S)` for a prompt in each of B pictures, from [SamFraming]
    public MaskDecoder.Decoded forward(Tensor image, PromptEncoder.@Nullable Points points, @Nullable Tensor boxes,
            @Nullable Tensor masks) {
        return decode(imageEncoder().forward(image), points, boxes, masks);
    }

    /// All four masks for each of B prompts about an image's embedding, `(1, C, G, G)` or `(B, C, G, G)`.
    ///
    /// @throws IllegalStateException after [#close]
    public MaskDecoder.Decoded decode(Tensor embedding, PromptEncoder.@Nullable Points points, @Nullable Tensor boxes,
            @Nullable Tensor masks) {
        checkOpen();
        return maskDecoder.forward(embedding, promptEncoder.densePe(), promptEncoder.forward(points, boxes, masks));
    }

    /// The first half of [#decode]: predicts how good the masks will be; [MaskDecoder#masks] then computes them.
    ///
    /// @throws IllegalStateException after [#close]
    public MaskDecoder.Attended attend(Tensor embedding, PromptEncoder.@Nullable Points points, @Nullable Tensor boxes,
            @Nullable Tensor masks) {
        checkOpen();
        return maskDecoder.attend(embedding, promptEncoder.densePe(), promptEncoder.forward(points, boxes, masks));
    }

    /// The device that it computes on.
    public Device device() {
        return params.device();
    }

    /// Identifies the model that made an embedding: the SHA-256 digest, in hexadecimal, of the first numbers of each of the image encoder's
    /// parameters.
    public String fingerprint() {
        return identity().digest();
    }

    /// The [#fingerprint], which may not be computed yet.
    Fingerprint identity() {
        checkOpen();
        List<float[]> first = new ArrayList<>();
        try (var _ = Scope.open()) {
            for (Sam part = this; part != null; part = part.base) {
                part.params.all().forEach((name, parameter) -> {
                    int n = Math.min(parameter.shape().size(), FINGERPRINT);
                    if (name.contains(ENCODER + ".")) first.add(parameter.detach().reshape(-1).slice(0, 0, n).toArray());
                });
            }
        }
        FloatBuffer all = FloatBuffer.allocate(first.stream().mapToInt(v -> v.length).sum());
        first.forEach(all::put);
        return new Fingerprint(all.array());
    }

    private void checkOpen() {
        if (closed)
            throw new IllegalStateException(
                    "this Sam was closed, and its weights are freed: load it again, or close it when all predictions are made");
    }

    /// Frees its parameters. Nothing can be predicted afterwards.
    @Override
    public void close() {
        closed = true;
        params.close();
    }
}
