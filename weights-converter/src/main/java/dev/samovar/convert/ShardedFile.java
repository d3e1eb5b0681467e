package dev.samovar.convert;

import static dev.samovar.core.io.FormatException.shown;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Function;

/// A checkpoint in several files, as transformers writes large ones, with an index that says which tensor is in which file:
/// `model.safetensors.index.json` or `pytorch_model.bin.index.json`. All are in one folder.
final class ShardedFile implements TensorFile {
    private static final int MAX_SHARDS = 1000;

    private final Path index;
    private final SequencedMap<String, TensorFile> shards = new LinkedHashMap<>();
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final SequencedMap<String, String> unread = new LinkedHashMap<>();
    private final Map<String, TensorFile> homes = new HashMap<>();

    /// Opens all files that an index names.
    ///
    /// @param open opens one of them
    /// @throws FormatException if a file or a tensor is not where the index says, or a tensor is in two files
    static ShardedFile open(Path index, Function<Path, TensorFile> open) {
        ShardedFile file = new ShardedFile(index);
        try {
            file.read(open);
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// The files that an index names.
    ///
    /// @throws FormatException if it is none
    static List<Path> files(Path index) {
        return new ShardedFile(index).names(map(index)).stream().map(index::resolveSibling).toList();
    }

    private ShardedFile(Path index) {
        this.index = index;
    }

    /// The file of each tensor.
    private static Json map(Path index) {
        Json json = Json.read(index);
        if (!json.has("weight_map")) throw new FormatException(index + ": it is JSON, but no checkpoint's index, which has a weight_map");
        return json.at("weight_map");
    }

    private void read(Function<Path, TensorFile> open) {
        Json map = map(index);
        for (String shard : names(map)) {
            TensorFile opened = open.apply(index.resolveSibling(shard));
            shards.put(shard, opened);
            opened.entries().forEach((name, entry) -> {
                if (homes.putIfAbsent(name, opened) != null) throw bad("the tensor " + shown(name) + " is in two of its files");
                entries.put(name, entry);
            });
            unread.putAll(opened.unread());
        }
        for (String name : map.keys()) {
            TensorFile told = shards.get(map.at(name).string());
            if (told == null || (!told.equals(homes.get(name)) && !told.unread().containsKey(name)))
                throw bad("the tensor " + shown(name) + " is not in " + shown(map.at(name).string()) + "; fetch that file again");
        }
    }

    /// The names of the files, which are plain ones: an index cannot lead out of its folder.
    private SequencedSet<String> names(Json map) {
        SequencedSet<String> names = new LinkedHashSet<>();
        for (String tensor : map.keys()) {
            String name = map.at(tensor).string();
            if (name.isEmpty() || name.startsWith(".") || name.matches("(?s).*[/\\\\:\\p{Cntrl}].*"))
                throw bad("it names the file " + shown(name) + ", which is no plain name");
            names.add(name);
        }
        if (names.isEmpty() || names.size() > MAX_SHARDS) throw bad("it names " + names.size() + " files");
        return names;
    }

    private FormatException bad(String what) {
        return new FormatException(index + " is no index of a checkpoint that can be read: " + what);
    }

    /// The names of the files, in the index's order.
    List<String> shards() {
        return List.copyOf(shards.keySet());
    }

    /// The first of them.
    TensorFile first() {
        return shards.firstEntry().getValue();
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
        return first().metadata();
    }

    @Override
    public ByteBuffer bytes(String name) {
        TensorFile home = homes.get(name);
        if (home == null) throw new IllegalArgumentException("there is no tensor " + shown(name) + " in " + index);
        return home.bytes(name);
    }

    @Override
    public void close() {
        shards.values().forEach(TensorFile::close);
    }

    @Override
    public String toString() {
        return index.toString();
    }
}
