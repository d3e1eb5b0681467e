package dev.samovar.cli;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Truths;
import dev.samovar.models.metrics.Calibration;
import dev.samovar.models.metrics.Convention;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Scoring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

    @Option(names = "--pred", required = true, paramLabel = "DIR", description = "The predictions: label files, as of predict or another program.")
    private Path predictions;

    @Option(names = "--truth", required = true, paramLabel = "DIR",
            description = "The true labels, a dataset or a folder of files with the same names, which _mask, _label, _seg, _gt, _segmentation or .seg may follow.")
    private Path truths;

    @Option(names = "--split", paramLabel = "FILE",
            description = "Evaluate the cases that this split, or the run.json of a run, lists under test, each of which must be there.")
    private @Nullable Path split;

    @Option(names = "--fold", paramLabel = "K", description = "Which fold of a split file that has several, counted from 0.")
    private @Nullable Integer fold;

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

    @Option(names = "--further",
            description = "Also score boundary IoU, sensitivity, precision, volume difference, and piece by piece AJI and object Dice.")
    private boolean further;

    @Option(names = "--out", paramLabel = "DIR", description = "Also write evaluation.csv and evaluation.json into this folder.")
    private @Nullable Path out;

    @Option(names = "--csv", paramLabel = "FILE", description = "Also write the scores as CSV to this file.")
    private @Nullable Path csv;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the scores as JSON to this file.")
    private @Nullable Path json;

    @Option(names = "--calibration",
            description = "Also say whether probabilities mean what they say: the expected calibration error of the NAME_probabilities that predict --probabilities wrote beside the "
                    + "labels, and with --out the reliability curve, calibration.csv.")
    private boolean calibration;

    @Option(names = "--overwrite", description = "Replace files that exist.")
    private boolean overwrite;

    @Override
    public void run() {
        Scoring scoring = Problem.of("--tolerance", tolerance, () -> new Scoring(convention, tolerance, further));
        if (!numbers() && Set.copyOf(classes).size() < classes.size())
            throw Problem.input("--classes " + String.join(",", classes) + ": two classes have the same name");
        List<Path> csvs = files(csv, "evaluation.csv"), jsons = files(json, "evaluation.json"), curves = calibration
                ? files(null,
                        "calibration.csv")
                : List.of();
        if (fold != null && split == null) throw Problem.input("--fold is for --split");
        check(Stream.of(csvs, jsons, curves).flatMap(List::stream).toList());
        Truths real = truths();
        SortedMap<String, Path> probabilities = calibration ? probabilities(real) : Collections.emptySortedMap();
        Evaluation evaluation = evaluate(scoring, real);
        Calibrations calibrations = calibrations(real.named(probabilities.keySet()), probabilities);
        if (out != null) Outputs.folder(out);
        for (Path file : csvs) AtomicFile.write(file, evaluation.csv());
        for (Path file : jsons) AtomicFile.write(file, evaluation.json().pretty());
        main.console().result(evaluation.table());
        if (evaluation.classNames().size() == 1) main.console().warn("warning: neither truths nor predictions contain a class, so there is no score");
        if (calibration) tell(calibrations, curves);
    }

    /// The file that was chosen, and that in the folder of all results.
    private List<Path> files(@Nullable Path chosen, String name) {
        return Stream.concat(Stream.ofNullable(chosen), Stream.ofNullable(out).map(folder -> folder.resolve(name))).distinct().toList();
    }

    /// Makes sure that the files can be written, and are not one and the same.
    private void check(List<Path> files) {
        for (int i = 0; i < files.size(); i++)
            for (Path other : files.subList(i + 1, files.size()))
                if (Outputs.same(files.get(i).toAbsolutePath().normalize(), other.toAbsolutePath().normalize()))
                    throw Problem.input("two results would be one file, " + other + "; give one of them another name");
        for (Path file : files)
            if (out != null && out.equals(file.getParent())) Outputs.inFolder(out, String.valueOf(file.getFileName()), overwrite);
            else Outputs.check(file, overwrite);
    }

    /// The files of probabilities by the names of their cases.
    private SortedMap<String, Path> probabilities(Truths real) {
        SortedMap<String, Path> files = new TreeMap<>();
        Volumes.list(predictions).forEach((name, file) -> {
            if (name.endsWith(Evaluation.PROBABILITIES))
                files.put(name.substring(0, name.length() - Evaluation.PROBABILITIES.length()), file);
        });
        files.keySet().retainAll(real.named(Set.copyOf(files.keySet())).files().keySet());
        if (split != null) files.keySet().retainAll(tested(split));
        if (files.isEmpty())
            throw Problem.input(predictions + ": there are no probabilities of a case with a truth; predict --probabilities writes them");
        return files;
    }

    /// Of so many cases, over all voxels and over those that truth or prediction assign to a class.
    private record Calibrations(int cases, Calibration all, Calibration foreground) {}

    private static Calibrations calibrations(Truths real, SortedMap<String, Path> files) {
        LabelCoding coding = real.coding(files.keySet());
        Calibration all = new Calibration(), foreground = new Calibration();
        files.forEach((name, file) -> {
            List<Volume> probabilities = IntStream.range(0, Volumes.frames(file)).mapToObj(c -> Volumes.read(file, c)).toList();
            LabelVolume truth = Truths.read(requireNonNull(real.files().get(name)), coding);
            all.add(Problem.of("--calibration", file, () -> Calibration.of(probabilities, truth, false)));
            foreground.add(Calibration.of(probabilities, truth, true));
        });
        return new Calibrations(files.size(), all, foreground);
    }

    private void tell(Calibrations of, List<Path> curves) {
        for (Path curve : curves) AtomicFile.write(curve, Calibration.HEADER + of.all.csv("all") + of.foreground.csv("foreground"));
        main.console().result(String.format(Locale.ROOT,
                "%nCalibration of %d %s: expected calibration error %s over all voxels, %s over those that truth or prediction assign to a class.%n",
                of.cases,
                of.cases == 1 ? "case" : "cases", error(of.all), error(of.foreground)));
    }

    private static String error(Calibration of) {
        return of.voxels() == 0 ? "n/a" : String.format(Locale.ROOT, "%.4f", of.error());
    }

    private Truths truths() {
        Truths real = Truths.of(truths, LabelRule.of(numbers() ? classes : List.of(), ignored));
        Set<String> said = new HashSet<>();
        real.listen(remark -> {
            if (said.add(remark)) main.console().warn("warning: " + remark);
        });
        return real;
    }

    private boolean numbers() {
        return LabelRule.areNumbers(classes);
    }

    private Evaluation evaluate(Scoring scoring, Truths real) {
        List<String> names = new ArrayList<>(numbers() ? List.of() : classes);
        if (!names.isEmpty()) names.addFirst("background");
        return split == null
                ? Evaluation.folders(predictions, real, names, scoring)
                : Evaluation.folders(predictions, real, names, scoring, tested(split));
    }

    private List<String> tested(Path split) {
        int which = SplitOptions.fold(split, fold);
        Json json = Json.read(split);
        if (json.isList()) json = json.list().get(which);
        List<String> cases = (json.isObject() && json.has("split") ? json.at("split") : json).at("test").strings();
        if (cases.isEmpty()) throw Problem.input(split + ": it lists no case under test");
        return cases;
    }
}
