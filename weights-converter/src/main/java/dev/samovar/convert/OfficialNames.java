package dev.samovar.convert;

import static dev.samovar.core.io.FormatException.shown;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/// A SAM checkpoint under the names of the official ones, whatever its own are.
///
/// Undone are the names of Hugging Face's `SamModel` ([HuggingFaceNames]), and a beginning that all names share, such as the `module.` of parallel
/// training or the `sam.` of a model around the model. Which of them there are is told by where the weights of the patches' projection are.
final class OfficialNames implements TensorFile {
    private static final List<String> PATCHES = List.of("image_encoder.patch_embed.proj.weight",
            "image_encoder.patch_embed.seq.0.c.weight");                           // SAM's and MobileSAM's

    private final TensorFile file;
    private final String layout;
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> inside = new HashMap<>();

    /// The same file if its names are the official ones or it is no SAM.
    ///
    /// @throws FormatException if two different tensors have the same official name
    static TensorFile of(TensorFile file) {
        for (String name : file.entries().keySet()) {
            String own = PATCHES.stream().filter(patches -> isOrEndsIn(name, patches)).findAny().orElse("");
            boolean official = !own.isEmpty(), huggingFace = isOrEndsIn(name, HuggingFaceNames.PATCHES);
            if (!official && !huggingFace) continue;
            int length = name.length() - (official ? own : HuggingFaceNames.PATCHES).length();
            String prefix = name.substring(0, length);
            if (!file.entries().keySet().stream().allMatch(other -> other.startsWith(prefix))) return file;
            if (official && prefix.isEmpty()) return file;
            List<String> layout = new ArrayList<>();
            if (huggingFace) layout.add("names as in Hugging Face's SamModel");
            if (!prefix.isEmpty()) layout.add("all after " + shown(prefix));
            UnaryOperator<String> rename = huggingFace ? HuggingFaceNames::official : UnaryOperator.identity();
            return new OfficialNames(file, String.join(", ", layout), key -> rename.apply(key.substring(length)));
        }
        return file;
    }

    private static boolean isOrEndsIn(String name, String part) {
        return name.endsWith(part) && (name.length() == part.length() || name.charAt(name.length() - part.length() - 1) == '.');
    }

    private OfficialNames(TensorFile file, String layout, UnaryOperator<String> rename) {
        this.file = file;
        this.layout = layout;
        file.entries().forEach((key, entry) -> {
            String name = rename.apply(key), twin = inside.putIfAbsent(name, key);
            if (twin == null) entries.put(name, entry);
            else
                if (!entry.equals(file.entries().get(twin)) || !file.bytes(key).equals(file.bytes(twin)))
                    throw new FormatException(file + " has two different tensors, " + shown(twin) + " and " + shown(key) + ", for "
                            + shown(name) + "; take one of them out");
        });
    }

    /// The file with its own names.
    TensorFile file() {
        return file;
    }

    /// What its own names are like.
    String layout() {
        return layout;
    }

    @Override
    public SequencedMap<String, Entry> entries() {
        return Collections.unmodifiableSequencedMap(entries);
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public ByteBuffer bytes(String name) {
        String key = inside.get(name);
        if (key == null) throw new IllegalArgumentException("there is no tensor " + shown(name) + " in " + file);
        return file.bytes(key);
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
