import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Safetensors.Item;
import java.nio.file.Path;
import java.util.Map;

/// Makes the embeddings of a SAM so many times as large, and the numbers around them fit: what its decoder adds to an embedding grows with it, what it takes from one shrinks. Only where the first layer of the
/// decoder looks from the tokens to the image, and back, an embedding then counts for more beside its place than it did, and has to be trained again.
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
