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

/// How uncertain a run is about unlabelled images: those where it is least certain are worth labelling next.
///
/// It is saved in the file `ranking.json` beside the labels; the next ranking replaces it.
///
/// @param run the run
/// @param cases the uncertainty of each image, from 0 to 1: 1 − the [expected Dice][dev.samovar.models.metrics.ExpectedDice] of the run's labels
public record Ranking(String run, SortedMap<String, Double> cases) {
    private static final String FILE = "ranking.json";

    /// Copies the map.
    public Ranking { cases = Collections.unmodifiableSortedMap(new TreeMap<>(cases)); }

    /// The ranking in a folder; null if there is none.
    ///
    /// @throws FormatException if the file is something else
    public static @Nullable Ranking of(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) return null;
        Json json = Json.read(file);
        SortedMap<String, Double> cases = new TreeMap<>();
        for (Json one : json.at("cases").list()) cases.put(one.at("id").string(), one.at("uncertainty").number());
        return new Ranking(json.at("run").string(), cases);
    }

    /// Saves it.
    void keep(Path folder) {
        AtomicFile.write(folder.resolve(FILE),
                Json.object().with("run", run).with("cases",
                        cases.entrySet().stream().map(one -> Json.object().with("id", one.getKey()).with("uncertainty", one.getValue())).toList())
                        .pretty());
    }
}
