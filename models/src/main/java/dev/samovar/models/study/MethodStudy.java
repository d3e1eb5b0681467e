package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A folder with an experiment: methods, each trained on so many labelled patients, with several seeds and on several folds, and SAM as it is beside them.
///
/// `methods.json` holds the settings of every cell from the start; each has a folder in `cells/`, which is a [Run] if it is trained. A cell is done when its `evaluation.json` is there. Cells are
/// independent: they may be done in any order, and by several processes at a time, and whatever was killed goes on with the same bytes.
///
/// @param folder the folder
/// @param cells all of them, in the order in which they are done unless another process is at one
public record MethodStudy(Path folder, List<Cell> cells) {
    private static final String JSON = "methods.json", FORMAT = "samovar-methods-1", CELLS = "cells";

    /// Copies the list.
    public MethodStudy {
        cells = List.copyOf(cells);
        if (cells.isEmpty()) throw new IllegalArgumentException("a study without a cell");
    }

    /// Makes the folder and writes what is planned.
    ///
    /// @throws FormatException if there is something of this name already
    public static MethodStudy create(Path folder, List<Cell> cells) {
        var study = new MethodStudy(folder, cells);
        RunFolder.make(folder, JSON, Json.object().with("format", FORMAT).with("cells", cells.stream().map(Cell::json).toList()).pretty());
        return study;
    }

    /// Whether a folder holds such a study.
    public static boolean isStudy(Path folder) {
        return Files.isRegularFile(folder.resolve(JSON));
    }

    /// The study in a folder.
    ///
    /// @throws FormatException if there is none
    public static MethodStudy open(Path folder) {
        if (!isStudy(folder)) throw new FormatException(folder + ": is no study of methods, it has no " + JSON);
        Path file = folder.resolve(JSON);
        Json json = Json.read(file);
        if (!json.isObject() || !json.has("format") || !json.at("format").string().equals(FORMAT))
            throw new FormatException(file + ": it does not describe a study of methods of this version (" + FORMAT + ")");
        List<Cell> cells = json.at("cells").list().stream().map(cell -> Cell.of(cell, file)).toList();
        if (cells.isEmpty()) throw new FormatException(file + ": it has no cell");
        return new MethodStudy(folder, cells);
    }

    /// The folder of a cell.
    public Path folder(Cell cell) {
        return folder.resolve(CELLS).resolve(cell.name());
    }

    /// The scores of a cell, once it is done.
    Path evaluation(Cell cell) {
        return folder(cell).resolve("evaluation.json");
    }

    /// What a cell took.
    Path cost(Cell cell) {
        return folder(cell).resolve("cost.json");
    }

    /// The file in which processes tell each other what they are at.
    Path locks() {
        return folder.resolve("cells.lock");
    }

    /// Whether a cell is done.
    public boolean isDone(Cell cell) {
        return Files.exists(evaluation(cell));
    }

    /// The cells that are not done.
    public List<Cell> missing() {
        return cells.stream().filter(cell -> !isDone(cell)).toList();
    }

    /// The run of a cell that is trained: opened if it was begun, else made.
    Run run(Cell cell) {
        Path at = folder(cell);
        return Run.isRun(at) ? Run.open(at) : Run.create(at, cell.config(), cell.split());
    }

    /// What a cell took.
    ///
    /// @param training seconds of its epochs, through all interruptions
    /// @param testing seconds until its test cases were segmented and scored
    /// @param memory bytes that kernels held at the peak of its training, in the process that ended it; 0 if nothing was trained there
    public record Took(double training, double testing, long memory) {}

    /// What a cell took, once it is done.
    public Optional<Took> took(Cell cell) {
        if (!Files.exists(cost(cell))) return Optional.empty();
        Json json = Json.read(cost(cell));
        return Optional.of(new Took(json.at("training").number(), json.at("testing").number(), json.at("memory").whole()));
    }
}
