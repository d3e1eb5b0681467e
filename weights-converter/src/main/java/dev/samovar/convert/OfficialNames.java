package dev.samovar.convert;

import static dev.samovar.core.io.FormatException.shown;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.sam.CheckpointFamily;
import dev.samovar.models.sam.SamKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A SAM checkpoint under official names, whatever its own are ([Naming]) and wherever in the file it is, with low-rank updates merged ([LowRank]).
/// Tensors beside it, and those that have no place in it and are to be ignored, are left out and listed.
final class OfficialNames implements TensorFile {
    private static final Set<CheckpointFamily> OTHERS = Set.of(CheckpointFamily.SAM_2, CheckpointFamily.SAM_3,
            CheckpointFamily.EFFICIENTVIT_SAM);

    private static final String PARALLEL = "module.";
    private static final int MOST_OTHERS = 5;

    private final TensorFile file;
    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();
    private final List<String> layout = new ArrayList<>();
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final SequencedMap<String, String> unread = new LinkedHashMap<>();
    private final Map<String, String> inside = new HashMap<>();
    private final List<String> beside;
    private final List<String> ignored = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private final LowRank lowRank;

    /// Opens a file under official names; returns the file itself if nothing needs to change.
    ///
    /// @param settings what the files beside it say about it
    /// @param ignoreUnknown whether to leave out what a SAM has no place for
    /// @throws FormatException if two different tensors have the same official name
    static TensorFile of(TensorFile file, Settings settings, boolean ignoreUnknown) {
        List<String> names = Naming.names(file);
        List<Naming.Place> places = Naming.find(names);
        boolean isSam = !places.isEmpty() && Naming.isWhole(places.getFirst(), names);
        if (!isSam && CheckpointFamily.of(names).filter(OTHERS::contains).isPresent()) places = List.of();
        if (places.isEmpty() && !(file instanceof TorchCheckpoint)) return file;
        OfficialNames renamed = new OfficialNames(file, places.isEmpty() ? null : places.getFirst(), settings, ignoreUnknown);
        if (places.size() > 1) renamed.remarkOthers(places);
        return renamed;
    }

    /// Says which of several models in the file is read.
    private void remarkOthers(List<Naming.Place> places) {
        List<String> others = places.stream().skip(1).map(place -> place(place.prefix())).distinct().toList();
        remarks.add("it holds " + (others.size() + 1) + " models: the one " + place(places.getFirst().prefix()) + " is read, and not "
                + String.join(", ", others.subList(0, Math.min(MOST_OTHERS, others.size()))) + (others.size() > MOST_OTHERS
                        ? " and " + (others.size() - MOST_OTHERS) + " more"
                        : "")
                + "; if another is meant, save it alone");
    }

    private static String place(String prefix) {
        return prefix.isEmpty() ? "without a prefix" : "after " + shown(prefix);
    }

    private OfficialNames(TensorFile file, Naming.@Nullable Place place, Settings settings, boolean ignoreUnknown) {
        this.file = file;
        metadata.putAll(file.metadata());
        String main = place != null ? place.prefix() : file instanceof TorchCheckpoint torch ? torch.main() : "";
        String prefix = place == null && allBegin(main + PARALLEL) ? main + PARALLEL : main;
        UnaryOperator<String> clean = place == null ? UnaryOperator.identity() : Naming::clean;
        Groups outside = new Groups(prefix);
        for (String key : Naming.names(file)) {
            String name = clean.apply(key);
            if (!name.startsWith(prefix)) {
                outside.add(name);
                continue;
            }
            String rest = name.substring(prefix.length());
            add(key, place == null ? rest : LowRank.base(place.naming().official(rest)));
        }
        beside = outside.names();
        if (place != null && !place.naming().title().isEmpty()) layout.add(place.naming().title());
        String start = place == null ? prefix : asWritten(prefix);
        if (!start.isEmpty()) layout.add("all after " + shown(start));
        lowRank = new LowRank(new LinkedHashMap<>(entries), settings.loraScale());
        merge(settings);
        if (place != null && (place.naming() == Naming.HUGGING_FACE)) settings.apply(entries, metadata);
        if (ignoreUnknown) ignore();
    }

    /// The beginning of the model's first name in the file, including wrappers.
    private String asWritten(String prefix) {
        for (String key : file.entries().keySet()) {
            String name = Naming.clean(key);
            if (name.startsWith(prefix) && key.endsWith(name.substring(prefix.length())))
                return key.substring(0, key.length() - name.length() + prefix.length());
        }
        return prefix;
    }

    private boolean allBegin(String start) {
        String main = start.substring(0, start.length() - PARALLEL.length());
        return Naming.names(file).stream().filter(name -> name.startsWith(main)).allMatch(name -> name.startsWith(start));
    }

    private void add(String key, String name) {
        Entry entry = file.entries().get(key);
        if (entry == null) {
            unread.put(name, file.unread().getOrDefault(key, ""));
            return;
        }
        String twin = inside.putIfAbsent(name, key);
        if (twin == null) entries.put(name, entry);
        else
            if (!entry.equals(file.entries().get(twin)) || !file.bytes(key).equals(file.bytes(twin)))
                throw new FormatException(file + " has two different tensors, " + shown(twin) + " and " + shown(key) + ", for " + shown(name)
                        + "; take one of them out");
    }

    private void merge(Settings settings) {
        if (lowRank.count() == 0) return;
        entries.keySet().removeIf(lowRank::isPart);
        entries.replaceAll((name, entry) -> lowRank.changes(name) ? new Entry(DType.F32, entry.shape()) : entry);
        layout.add("low-rank updates merged");
        remarks.add("low-rank updates (LoRA) of " + lowRank.count() + " weights are merged, times " + settings.loraScaleInWords());
    }

    private void ignore() {
        for (String name : SamKeys.of(this).inside()) {
            entries.remove(name);
            unread.remove(name);
            ignored.add(name);
        }
    }

    /// The factor of the low-rank updates that are merged, null if there are none.
    @Nullable
    Double loraScale() {
        return lowRank.count() == 0 ? null : lowRank.scale();
    }

    /// The file with its own names.
    TensorFile file() {
        return file;
    }

    /// The scheme of its own names; empty if they are the official ones.
    String layout() {
        return String.join(", ", layout);
    }

    /// The tensors that are in the file but not here: those beside the model, and those to be ignored. Many with a common origin are listed as one.
    List<String> beside() {
        List<String> all = new ArrayList<>(ignored);
        all.addAll(beside);
        return all;
    }

    /// The tensors [#beside] the model, and those here that belong to none of a SAM's networks.
    List<String> leftOut() {
        SamKeys keys = SamKeys.of(this);
        List<String> all = new ArrayList<>(ignored);
        Set<String> inside = Set.copyOf(keys.inside());
        Groups outside = new Groups("");
        keys.unexpected().stream().filter(name -> !inside.contains(name)).forEach(outside::add);
        all.addAll(outside.names());
        all.addAll(beside);
        return all;
    }

    /// What a user should know about how the file was read, one sentence for each point.
    List<String> remarks() {
        return Collections.unmodifiableList(remarks);
    }

    /// The tensors within the networks that are ignored on request.
    List<String> ignored() {
        return Collections.unmodifiableList(ignored);
    }

    @Override
    public SequencedMap<String, Entry> entries() {
        return Collections.unmodifiableSequencedMap(entries);
    }

    @Override
    public SequencedMap<String, String> unread() {
        return Collections.unmodifiableSequencedMap(unread);
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return Collections.unmodifiableSequencedMap(metadata);
    }

    @Override
    public ByteBuffer bytes(String name) {
        if (!entries.containsKey(name)) throw new IllegalArgumentException("there is no tensor " + shown(name) + " in " + file);
        return lowRank.changes(name) ? lowRank.merged(name, this::asStored) : file.bytes(key(name));
    }

    private float[] asStored(String name) {
        return file.floats(key(name));
    }

    private String key(String name) {
        return Objects.requireNonNull(inside.get(name));
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
