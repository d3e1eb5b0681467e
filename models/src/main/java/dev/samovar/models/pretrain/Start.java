package dev.samovar.models.pretrain;

import dev.samovar.core.io.MadeTensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;

/// The initial weights of a SAM that is trained from scratch: random numbers, and a decoder that attends to the place of the prompt.
///
/// A network with the default initialisation of its layers first has to discover that the encoding of a click and that of a place in the image belong
/// together; until then it answers with empty masks. So for the attention between tokens and image, queries and keys start with the same projection,
/// which makes the score of two places fall with their distance. Everything else in those scores, the tokens' own numbers and the norms before them,
/// starts small.
final class Start {
    private static final double SPREAD = 1 / Math.sqrt(3);                         // of the default: uniform between ±1/√fanIn
    private static final double SHARPNESS = 3, TOKEN = 0.1;
    private static final float QUIET = 0.35f;

    private static final Pattern LOOK = Pattern.compile("mask_decoder\\..*(cross_attn|final_attn)_\\w+\\.[qk]_proj\\.weight");
    private static final Pattern TOKENS = Pattern.compile(".*(_tokens?|point_embeddings\\.\\d|not_a_point_embed|no_mask_embed)\\.weight");
    private static final Pattern QUIET_NORM = Pattern.compile("mask_decoder\\.transformer\\..*norm.*\\.weight|image_encoder\\.neck\\.3\\.weight");

    private Start() {}

    /// The initial tensors of a network of these sizes, the same for the same seed.
    static TensorFile of(SamConfig config, long seed) {
        var shapes = config.tensors();
        return new MadeTensors(shapes, name -> values(name, Objects.requireNonNull(shapes.get(name), name), seed));
    }

    private static float[] values(String name, Shape shape, long seed) {
        float[] values = new float[shape.size()];
        boolean vector = shape.rank() == 1;
        if (vector && name.endsWith(".weight")) Arrays.fill(values, QUIET_NORM.matcher(name).matches() ? QUIET : 1);
        if (vector || name.contains("rel_pos") || name.contains("pos_embed")) return values;
        boolean looks = LOOK.matcher(name).matches();
        Random random = new Random(seed, looks ? name.replace("k_proj", "q_proj") : name);
        double scale = scale(name, shape) * (looks ? SHARPNESS : 1);
        for (int i = 0; i < values.length; i++) values[i] = (float) (scale * random.normal());
        return values;
    }

    private static double scale(String name, Shape shape) {
        if (name.endsWith("positional_encoding_gaussian_matrix")) return 1;
        if (TOKENS.matcher(name).matches()) return TOKEN;
        boolean transposed = name.contains("output_upscaling");                    // (in, out, 2, 2), and no two inputs meet
        return SPREAD / Math.sqrt(transposed ? shape.dim(0) : shape.size() / shape.dim(0));
    }
}
