package dev.samovar.models.edit;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How little sure a run is of images that nobody has labelled: those where it is least sure are worth labelling next.
///
/// It is kept in the file `uncertainty.json` beside the labels, and the next ranking takes its place.
///
/// @param run which was asked
/// @param cases for each image, how much the answers to it and to its mirror images part, from 0 to 1: [dev.samovar.models.metrics.Uncertainty#disagreement]
public record Ranking(String run, SortedMap<String, Double> cases) {
    private static final String FILE = "uncertainty.json";

    /// Copies the map.
    public Ranking { cases = Collections.unmodifiableSortedMap(new TreeMap<>(cases)); }

    /// What is kept in a folder; null if nothing is.
    ///
    /// @throws FormatException if the file is something else
    public static @Nullable Ranking of(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) return null;
        Json json = Json.read(file);
        SortedMap<String, Double> cases = new TreeMap<>();
        for (Json one : json.at("cases").list()) cases.put(one.at("id").string(), one.at("disagreement").number());
        return new Ranking(json.at("run").string(), cases);
    }

    /// Keeps it.
    void keep(Path folder) {
        AtomicFile.write(folder.resolve(FILE),
                Json.object().with("run", run).with("cases",
                        cases.entrySet().stream().map(one -> Json.object().with("id", one.getKey()).with("disagreement", one.getValue())).toList())
                        .pretty());
    }
}
