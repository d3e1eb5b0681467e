package dev.samovar.convert;

import dev.samovar.core.io.TensorFile;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    private static final String DECODER = "mask_decoder.";
    /// Where trainings save their model, and where the names of a bare one begin.
    private static final Set<String> MODELS = Set.of("", "state_dict", "model", "model_state_dict", "model_state", "net", "network", "weights");
    /// Where other copies of it are: as it began, averaged, or the state of what learnt it.
    private static final Pattern COPIES = Pattern
            .compile("(?i)(^|_)(hyper|hparams|optim|optimi[sz]ers?|ema|init|initial|teacher|old|swa|averaged?)(_|$|[a-z]*parameters)");
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

    /// The places of SAMs in a file with tensors of these names, the one to be read first. A whole SAM goes before an encoder alone, what a training
    /// saves as its model before its other copies, then the one with the most tensors, then the first.
    static List<Place> find(Collection<String> names) {
        List<String> clean = names.stream().map(Naming::clean).toList();
        List<Place> found = clean.stream().flatMap(name -> of(name).stream()).distinct().limit(MAX_PLACES).toList();
        Map<Place, List<String>> inside = new LinkedHashMap<>();
        for (Place place : found)
            inside.put(place,
                    clean.stream().filter(name -> name.startsWith(place.prefix)).map(name -> name.substring(place.prefix.length())).toList());
        return inside.entrySet().stream()
                .sorted(Comparator
                        .comparing((Map.Entry<Place, List<String>> one) -> one.getValue().stream().noneMatch(name -> name.startsWith(DECODER)))
                        .thenComparingInt(one -> rank(one.getKey().prefix)).thenComparingInt(one -> -one.getValue().size()))
                .map(one -> isTimm(one.getKey(), one.getValue()) ? new Place(TIMM, one.getKey().prefix) : one.getKey()).toList();
    }

    /// Whether the model at a place in a file with tensors of these names has a mask decoder.
    static boolean isWhole(Place place, Collection<String> names) {
        return names.stream().anyMatch(name -> clean(name).startsWith(place.prefix + DECODER));
    }

    /// How likely a model at this place is the one that was meant, the likeliest first.
    private static int rank(String prefix) {
        String first = prefix.replaceFirst("\\..*", "");
        return MODELS.contains(first) ? 0 : COPIES.matcher(first).find() ? 2 : 1;
    }

    private static Optional<Place> of(String name) {
        return Stream.of(values()).flatMap(naming -> naming.signs.stream().filter(sign -> isOrEndsIn(name, sign))
                .map(sign -> new Place(naming, name.substring(0, name.length() - sign.length())))).findFirst();
    }

    private static boolean isOrEndsIn(String name, String part) {
        return name.endsWith(part) && (name.length() == part.length() || name.charAt(name.length() - part.length() - 1) == '.');
    }

    private static boolean isTimm(Place place, List<String> inside) {
        if (place.naming != ENCODER) return false;
        return inside.stream().anyMatch(TimmNames.FC.asPredicate()) && inside.stream().anyMatch(TimmNames.RELATIVE.asPredicate());
    }

    /// The names of all tensors in a file, also of those that cannot be read.
    static List<String> names(TensorFile file) {
        return Stream.concat(file.entries().keySet().stream(), file.unread().keySet().stream()).toList();
    }
}
