import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Safetensors.Item;
import java.nio.file.Path;
import java.util.Map;

/// Multiplies the embeddings of a SAM by a factor and adapts the weights around them: weights for what the decoder adds to an embedding are multiplied by it, and weights for what it reads from one
/// are divided. Only in the cross-attention of the decoder's first layer, in both directions, an embedding then has more weight relative to its position than before, and must be trained again.
///
///     java -cp 'cli/target/app/*' mini/LouderNeck.java FROM.safetensors TO.safetensors TIMES
final class LouderNeck {
    private static final String LOUDER = "image_encoder\\.neck\\.3\\..*|prompt_encoder\\.(no_mask_embed\\.weight|mask_downscaling\\.6\\..*)"
            + "|mask_decoder\\.transformer\\.layers\\.0\\.cross_attn_image_to_token\\.out_proj\\..*";
    private static final String QUIETER = "mask_decoder\\.transformer\\.layers\\.0\\.cross_attn_token_to_image\\.v_proj\\.weight";

    public static void main(String[] args) {
        float times = Float.parseFloat(args[2]);
        try (Safetensors from = Safetensors.open(Path.of(args[0]))) {
            Safetensors.write(Path.of(args[1]), Map.of(), from.entries().sequencedKeySet().stream().map(name -> Item.of(name, from.shape(name),
                    times(from.floats(name), name.matches(LOUDER) ? times : name.matches(QUIETER) ? 1 / times : 1))).toList());
        }
    }

    private static float[] times(float[] values, float factor) {
        for (int i = 0; i < values.length; i++) values[i] *= factor;
        return values;
    }
}
