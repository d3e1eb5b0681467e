package dev.samovar.cli;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Truths;
import dev.samovar.models.metrics.Convention;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Scoring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `evaluate --pred DIR --truth DIR`.
@Command(name = "evaluate", sortOptions = false, customSynopsis = "samovar evaluate --pred DIR --truth DIR [--out DIR] [OPTIONS]",
        description = "Compares predicted with true label volumes of the same names: Dice, IoU, NSD, HD95 and ASSD per class, case and mean.")
final class EvaluateCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Option(names = "--pred", required = true, paramLabel = "DIR", description = "The predictions: NIfTI files or PNG.")
    private Path predictions;

    @Option(names = "--truth", required = true, paramLabel = "DIR", description = "The true labels, files of the same names.")
    private Path truths;

    @Option(names = "--split", paramLabel = "FILE",
            description = "Evaluate the cases that this split, or the run.json of a run, lists under test, each of which must be there.")
    private @Nullable Path split;

    @Option(names = "--classes", paramLabel = "NAME|N[:CLASS]", split = ",",
            description = "Names of the classes from 1 on, for the report: liver,tumour; or what the numbers in the true labels mean: "
                    + "0,85:1,170:2,255:ignore")
    private List<String> classes = List.of();

    @Option(names = "--ignore-label", paramLabel = "N", split = ",", description = "Numbers in the true labels that do not count.")
    private List<String> ignored = List.of();

    @Option(names = "--convention", paramLabel = "mm|paper",
            description = "What is compared: each volume in millimetres (the default), or a patient's slices at 224 x 224 pixels, as by the paper's code.")
    private Convention convention = Scoring.DEFAULT.convention();

    @Option(names = "--tolerance", paramLabel = "LENGTH",
            description = "NSD is the share of the surfaces that lie this close, in mm or, with --convention paper, in pixels (default: 2).")
    private double tolerance = Scoring.DEFAULT.tolerance();

    @Option(names = "--out", paramLabel = "DIR", description = "Also write evaluation.csv and evaluation.json into this folder.")
    private @Nullable Path out;

    @Option(names = "--csv", paramLabel = "FILE", description = "Also write the scores as CSV to this file.")
    private @Nullable Path csv;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the scores as JSON to this file.")
    private @Nullable Path json;

    @Option(names = "--overwrite", description = "Replace files that exist.")
    private boolean overwrite;

    @Override
    public void run() {
        Scoring scoring = Problem.of("--tolerance", tolerance, () -> new Scoring(convention, tolerance));
        if (out != null) {
            if (csv == null) csv = out.resolve("evaluation.csv");
            if (json == null) json = out.resolve("evaluation.json");
            Outputs.folder(out);
        }
        if (csv != null) Outputs.check(csv, overwrite);
        if (json != null) Outputs.check(json, overwrite);
        Evaluation evaluation = evaluate(scoring);
        if (csv != null) AtomicFile.write(csv, evaluation.csv());
        if (json != null) AtomicFile.write(json, evaluation.json().pretty());
        main.console().result(evaluation.table());
    }

    private Evaluation evaluate(Scoring scoring) {
        boolean numbers = classes.stream().allMatch(one -> one.matches("(\\d+|#[0-9a-fA-F]{6})(:\\w+)?"));
        List<String> names = new ArrayList<>(numbers ? List.of() : classes);
        if (!names.isEmpty()) names.addFirst("background");
        Truths real = Truths.of(truths, LabelRule.of(numbers ? classes : List.of(), ignored));
        real.listen(remark -> main.console().warn("warning: " + remark));
        if (split == null) return Evaluation.folders(predictions, real, names, scoring);
        Json json = Json.read(split);
        List<String> cases = (json.isObject() && json.has("split") ? json.at("split") : json).at("test").strings();
        if (cases.isEmpty()) throw Problem.input(split + ": it lists no case under test");
        return Evaluation.folders(predictions, real, names, scoring, cases);
    }
}
