package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Split;
import dev.samovar.models.train.RunConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One of the trainings of a study, or one way to ask SAM as it is, on one fold.
///
/// @param name its folder
/// @param row what it is called in a table: the method, with its prompt if it is asked by one
/// @param labelled how many patients it learns from; 0 for SAM as it is
/// @param fold from 0
/// @param zeroShot how SAM is asked; null for a training
/// @param config of a training; for SAM as it is, what says how slices are prepared and where everything lies
/// @param split which cases are learnt from, steered by and tested
public record Cell(String name, String row, int labelled, int fold, @Nullable ZeroShot zeroShot, RunConfig config, Split split) {

    /// The cases that it is judged by, as a run is.
    List<String> tested() {
        return split.test().isEmpty() ? split.val() : split.test();
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
