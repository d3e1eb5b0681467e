package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One training run of a study, or one way to prompt SAM without training, on one fold.
///
/// @param name its folder
/// @param row its name in a table: the method, with its prompt if it takes one
/// @param labelled the number of patients it learns from; 0 for SAM without training
/// @param fold from 0
/// @param zeroShot how SAM is prompted; null for a training run
/// @param config of a training run; for SAM without training, it says how slices are prepared and where the files are
/// @param split the cases for training, validation and test
public record Cell(String name, String row, int labelled, int fold, @Nullable ZeroShot zeroShot, RunConfig config, Split split) {

    /// The cases that it is judged by, as a run is.
    List<String> tested() {
        return Judge.cases(split);
    }

    /// The names of the cases that it learns from or is judged by.
    public List<String> cases() {
        return zeroShot != null ? tested() : Stream.of(split.train(), split.val(), split.test()).flatMap(List::stream).toList();
    }

    /// Makes sure that there is something to learn from, and a case to be judged by.
    ///
    /// @param teaches what is known already of cases: whether anything in them is labelled
    /// @throws FormatException naming the cell
    void check(Dataset dataset, Map<String, Boolean> teaches) {
        if (tested().isEmpty()) throw new FormatException("cell " + name + ": " + Judge.NO_CASES);
        if (zeroShot != null) return;
        for (Case one : dataset.cases(split.train()))
            if (teaches.computeIfAbsent(one.name(), _ -> !dataset.load(one).label().foreground().isEmpty())) return;
        throw new FormatException("cell " + name + ": " + Trainer.NOTHING_TO_LEARN);
    }

    Json json() {
        Json json = Json.object().with("name", name).with("row", row).with("labelled", labelled).with("fold", fold);
        if (zeroShot != null) json = json.with("zeroShot", zeroShot.toString());
        return json.with("run", config.json()).with("split", split.json());
    }

    static Cell of(Json json, Path file) {
        String name = json.at("name").string();
        if (!name.matches("[a-z0-9][a-z0-9-]{0,99}")) throw new FormatException(file + ": it calls a cell " + FormatException.shown(name));
        ZeroShot zeroShot = json.has("zeroShot") ? ZeroShot.of(json.at("zeroShot").string()) : null;
        return new Cell(name, json.at("row").string(), json.at("labelled").integer(), json.at("fold").integer(), zeroShot,
                RunConfig.of(json.at("run"), file), Split.of(json.at("split"), file));
    }
}
