package dev.samovar.convert;

import dev.samovar.core.io.TensorFile;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Naming schemes for a SAM's tensors. The scheme, and the place of the model in a file, are recognised by the weights of the patches' projection.
@SuppressWarnings("ImmutableEnumChecker") // the lists are List.of, the functions without a state
enum Naming {
    /// As in the official checkpoints.
    OFFICIAL("", List.of("image_encoder.patch_embed.proj.weight", "image_encoder.patch_embed.seq.0.c.weight"), UnaryOperator.identity()),
    /// As in Hugging Face's `SamModel`.
    HUGGING_FACE("names as in Hugging Face's SamModel", List.of(HuggingFaceNames.PATCHES), HuggingFaceNames::official),
    /// As in the official image encoder by itself.
    ENCODER("an image encoder by itself", List.of("patch_embed.proj.weight", "patch_embed.seq.0.c.weight"), name -> "image_encoder."
            + name),
    /// As in timm's `VisionTransformerSAM`: an image encoder with feed-forward layers named `fc1` and `fc2`.
    TIMM("an image encoder by itself, in timm's names", List.of(),
            name -> "image_encoder." + TimmNames.FC.matcher(name).replaceFirst("blocks.$1.mlp.lin$2.")),
    /// As in Hugging Face's vision encoder by itself.
    HUGGING_FACE_ENCODER("an image encoder by itself, in Hugging Face's names", List.of("patch_embed.projection.weight"),
            name -> HuggingFaceNames.official("vision_encoder." + name));

    /// A place in a file.
    ///
    /// @param prefix what the model's names begin with there, once they are [clean][#clean]
    record Place(Naming naming, String prefix) {}

    private static final class TimmNames {
        static final Pattern FC = Pattern.compile("^blocks\\.(\\d+)\\.mlp\\.fc([12])\\.");
        static final Pattern RELATIVE = Pattern.compile("^blocks\\.\\d+\\.attn\\.rel_pos_h$");
    }

    private static final int MAX_PLACES = 100;
    private static final Pattern WRAPPERS = Pattern
            .compile("(?<=^|\\.)(module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|base_layer)\\.");

    private final String title;
    private final List<String> signs;
    private final UnaryOperator<String> official;

    Naming(String title, List<String> signs, UnaryOperator<String> official) {
        this.title = title;
        this.signs = signs;
        this.official = official;
    }

    /// A description; empty for the official scheme.
    String title() {
        return title;
    }

    /// The official name of a tensor with this name.
    String official(String name) {
        return official.apply(name);
    }

    /// A name without the parts that come only from wrapping a model: for several GPUs, for compilation, for low-rank updates.
    static String clean(String name) {
        return WRAPPERS.matcher(name).replaceAll("");
    }

    /// The place of the SAM in a file with tensors of these names: the one with the most tensors, the first if there are several.
    static Optional<Place> find(Collection<String> names) {
        List<String> clean = names.stream().map(Naming::clean).toList();
        List<Place> found = clean.stream().flatMap(name -> of(name).stream()).distinct().limit(MAX_PLACES).toList();
        Map<Place, Long> sizes = new LinkedHashMap<>();
        for (Place place : found) sizes.put(place, size(place, clean));
        Optional<Place> best = found.stream().reduce((one, other) -> sizes.getOrDefault(other, 0L) > sizes.getOrDefault(one, 0L)
                ? other
                : one);
        return best.map(place -> isTimm(place, clean) ? new Place(TIMM, place.prefix) : place);
    }

    private static long size(Place place, List<String> clean) {
        return clean.stream().filter(name -> name.startsWith(place.prefix)).count();
    }

    private static Optional<Place> of(String name) {
        return Stream.of(values()).flatMap(naming -> naming.signs.stream().filter(sign -> isOrEndsIn(name, sign))
                .map(sign -> new Place(naming, name.substring(0, name.length() - sign.length())))).findFirst();
    }

    private static boolean isOrEndsIn(String name, String part) {
        return name.endsWith(part) && (name.length() == part.length() || name.charAt(name.length() - part.length() - 1) == '.');
    }

    private static boolean isTimm(Place place, List<String> clean) {
        if (place.naming != ENCODER) return false;
        List<String> inside = clean.stream().filter(name -> name.startsWith(place.prefix)).map(name -> name.substring(place.prefix.length()))
                .toList();
        return inside.stream().anyMatch(TimmNames.FC.asPredicate()) && inside.stream().anyMatch(TimmNames.RELATIVE.asPredicate());
    }

    /// The names of all tensors in a file, also of those that cannot be read.
    static List<String> names(TensorFile file) {
        return Stream.concat(file.entries().keySet().stream(), file.unread().keySet().stream()).toList();
    }
}
