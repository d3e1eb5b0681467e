package dev.samovar.models.study;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// A folder with an experiment: methods, each trained on different numbers of labelled patients, with several seeds and on several folds, and SAM
/// without training for comparison.
///
/// `methods.json` holds the settings of every cell from the start. Each cell has a folder in `cells/`, which is a [Run] if it is trained. A cell is
/// done when its `cell.json` exists. `data.json` holds digests of the cases, so that no two cells learn from, or are scored on, different data. Cells are
/// independent: they may be done in any order, and by several processes at a time, and a cell that was killed continues with the same bytes.
///
/// @param folder the folder
/// @param cells all of them, in the order in which they are done unless another process is working on one
public record MethodStudy(Path folder, List<Cell> cells) {
    /// The file that makes a folder a study: it holds the settings of every cell.
    public static final String JSON = "methods.json";
    private static final String FORMAT = "samovar-methods-1", CELLS = "cells";

    /// Copies the list.
    public MethodStudy {
        cells = List.copyOf(cells);
        if (cells.isEmpty()) throw new IllegalArgumentException("a study without a cell");
    }

    /// Makes sure that every cell can be done, before any is. This reads labels.
    ///
    /// @throws FormatException naming a cell that has nothing to learn from, or no case to be judged by
    public static void check(List<Cell> cells, Dataset dataset) {
        Map<String, Boolean> teaches = new HashMap<>();
        for (Cell cell : cells) cell.check(dataset, teaches);
    }

    /// Makes the folder and writes the plan.
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
        RunFolder.requireFormat(json, file, FORMAT, "a study of methods");
        List<Cell> cells = json.at("cells").list().stream().map(cell -> Cell.of(cell, file)).toList();
        if (cells.isEmpty()) throw new FormatException(file + ": it has no cell");
        return new MethodStudy(folder, cells);
    }

    /// The folder of a cell.
    public Path folder(Cell cell) {
        return folder.resolve(CELLS).resolve(cell.name());
    }

    /// The scores of a cell, once it is done: the last of its files.
    public Path evaluation(Cell cell) {
        return folder(cell).resolve("cell.json");
    }

    /// The file with the cost of a cell.
    public Path cost(Cell cell) {
        return folder(cell).resolve("cost.json");
    }

    /// The names of the cases that any cell learns from or is judged by.
    public SortedSet<String> cases() {
        SortedSet<String> names = new TreeSet<>();
        for (Cell cell : cells) names.addAll(cell.cases());
        return names;
    }

    /// Makes sure that cases are as they were when the study was begun. The first time, records what they are.
    ///
    /// @param now the digest of each case, [dev.samovar.models.train.Basis#digest], by name
    /// @throws FormatException if one is not, naming it
    public void require(SortedMap<String, String> now) {
        SortedMap<String, String> known = digests();
        now.forEach((name, digest) -> require(name, digest, known));
        if (known.isEmpty()) AtomicFile.write(data(), Json.of(now).pretty());
    }

    /// Makes sure that one case is as it was. One that is not known is accepted.
    void require(String name, String digest, SortedMap<String, String> known) {
        if (!digest.equals(known.getOrDefault(name, digest)))
            throw new FormatException(folder + ": image or label of case " + FormatException.shown(name)
                    + " is not the one that the study was begun with; put it back, or begin another study");
    }

    /// The digests of the cases, by name; empty before they were all read once.
    SortedMap<String, String> digests() {
        SortedMap<String, String> digests = new TreeMap<>();
        if (!Files.exists(data())) return digests;
        Json json = Json.read(data());
        for (String name : json.keys()) digests.put(name, json.at(name).string());
        return digests;
    }

    /// The file with the digests of the cases.
    public Path data() {
        return folder.resolve("data.json");
    }

    /// The file of locks, by which processes know what others are working on.
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

    /// The run of a cell that is trained: opened if it was begun, otherwise created.
    Run run(Cell cell) {
        Path at = folder(cell);
        return Run.isRun(at) ? Run.open(at) : Run.create(at, cell.config(), cell.split());
    }

    /// The cost of a cell.
    ///
    /// @param training seconds of its epochs, over all interruptions
    /// @param testing seconds until its test cases were segmented and scored
    /// @param memory bytes that kernels held at the peak of its training, in the process that ended it; 0 if nothing was trained there
    public record Took(double training, double testing, long memory) {}

    /// The cost of a cell, once it is done.
    public Optional<Took> took(Cell cell) {
        if (!Files.exists(cost(cell))) return Optional.empty();
        Json json = Json.read(cost(cell));
        return Optional.of(new Took(json.at("training").number(), json.at("testing").number(), json.at("memory").whole()));
    }
}
