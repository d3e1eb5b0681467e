package dev.samovar.cli;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.partitioningBy;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Palette;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.dicom.Segment.Algorithm;
import dev.samovar.imaging.dicom.Segment.Meaning;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.RoughLabels;
import dev.samovar.models.data.Sample;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Region;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.ExpectedDice;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Ensemble;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Mirror;
import dev.samovar.models.train.Run;
import dev.samovar.models.view.Overlay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `predict`: segments new volumes.
@Command(name = "predict", sortOptions = false, customSynopsis = "samovar predict --run RUN... [--input FILE|DIR] --output DIR [OPTIONS]",
        description = "Segments volumes with the head of a run: labels of the same name, kind and geometry for each.")
final class PredictCommand implements Runnable {
    private static final int SHOWN = 5;                                            // cases to look at first

    @ParentCommand
    private Main main;

    @Option(names = "--run", required = true, paramLabel = "RUN",
            description = "The folder that train wrote. Several (--run A --run B), of folds, seeds or methods, answer together: the mean of their probabilities.")
    private List<Path> runFolders;

    @Option(names = "--tta", paramLabel = "flips",
            description = "Also segment every slice mirrored left to right, top to bottom, and both, and average the four answers.")
    private @Nullable String tta;

    @Option(names = "--uncertainty",
            description = "Also write uncertainty.csv, which lists the cases, the least certain first: by the expected Dice of their labels, or, with several answers "
                    + "(--run, --tta), by how much these differ. They also give NAME_variance.nii.gz and NAME_entropy.nii.gz, which show where.")
    private boolean uncertainty;

    @Mixin
    private DecisionOptions decisions = new DecisionOptions();

    @Option(names = "--input", paramLabel = "FILE|DIR",
            description = "A volume or a picture, a folder of them, or a dataset, whose images without a label are segmented. Without this option, the run's "
                    + "own test cases are.")
    private @Nullable Path input;

    @Option(names = "--frame", paramLabel = "K",
            description = "Which frame of 4-D images to take, counted from 0 (default: the one that was trained on).")
    private @Nullable Integer frame;

    @Option(names = "--channels", paramLabel = "K", split = ",",
            description = "Which channels to take, counted from 0 and at most three (default: those that were trained on).")
    private List<Integer> channels = List.of();

    @Option(names = "--output", required = true, paramLabel = "DIR", description = "The folder for the labels, made if it is not there.")
    private Path output;

    @Mixin
    private TrainedOptions trained = new TrainedOptions();

    @Option(names = "--data", paramLabel = "DIR", description = "The dataset of the test cases, if it has moved since the training.")
    private @Nullable Path dataFolder;

    @Option(names = "--prompts", paramLabel = "truth|DIR",
            description = "For a method that is prompted with boxes: a folder of label volumes, perhaps rough ones, with the names of the images, which _mask, _label, "
                    + "_seg, _gt, _segmentation or .seg may follow; boxes are drawn around their classes, slice by slice. truth stands for the dataset's own labels of "
                    + "the test cases.")
    private @Nullable String prompts;

    @Option(names = "--classes", paramLabel = "N[:CLASS]", split = ",",
            description = "What the numbers in the labels of --prompts DIR mean, as in 0,85:1,170:2,255:ignore (default: what they mean in the dataset that was "
                    + "trained on, or the classes themselves, as predict writes them).")
    private List<String> classes = List.of();

    @Option(names = "--ignore-label", paramLabel = "N", split = ",", description = "Numbers in the labels of --prompts DIR that do not count.")
    private List<String> ignored = List.of();

    @Option(names = "--probabilities",
            description = "Also write NAME_probabilities.nii.gz: a frame of 32-bit floats for each class, background first.")
    private boolean probabilities;

    @Option(names = "--overlay", description = "Also write NAME_overlay.png: slices with the labels over them, to look at.")
    private boolean overlay;

    @Mixin
    private SeriesOptions series = new SeriesOptions();

    @Mixin
    private DicomOutput dicom = new DicomOutput();

    @Mixin
    private FormatOption format = new FormatOption();

    @Option(names = "--overwrite", description = "Replace files that exist.")
    private boolean overwrite;

    @Option(names = "--continue",
            description = "Leave out the cases whose files are there already, as after an interruption of the same command. Which run made them is not checked.")
    private boolean continued;

    @Mixin
    private ViewOption view = new ViewOption();

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        format.check(true);
        List<Run> runs = runFolders.stream().map(Run::open).toList();
        Run run = runs.getFirst();
        if (runs.stream().map(r -> r.folder().toAbsolutePath().normalize()).distinct().count() < runs.size())
            throw Problem.input("--run: one of them is given twice, and would answer twice the same");
        List<Mirror> mirrors = mirrors();
        if (input != null && dataFolder != null)
            throw Problem.input("--data is where the run's own test cases are, and --input is segmented instead; leave one of them out");
        if (!overlay && view.isGiven()) throw Problem.input("--neurological is for the pictures of --overlay; add that");
        if (continued && (overwrite || uncertainty))
            throw Problem
                    .input("--continue leaves out what is there, and cannot be combined with --overwrite or --uncertainty, which need all cases");
        checkReadings(runs);
        SortedMap<String, List<Path>> all = volumes(run);
        all.forEach(this::checkPlace);
        if (input != null && Outputs.same(input, output))
            throw Problem
                    .input("--output " + output + ": the images are there, and labels among them would be taken for images; choose another folder");
        SortedMap<String, List<Path>> volumes = left(all);
        checkPrompts(run);
        tellLearnt(runs, volumes);
        tellUnmirrored(runs, mirrors);
        boolean isDicom = volumes.values().stream().anyMatch(files -> DicomSeries.is(files.getFirst()));
        if (!isDicom && !series.choice().equals(Choice.NONE)) throw Problem.input("--series, --stack and --volume are for DICOM images");
        List<String> classes = run.config().classNames().subList(1, run.config().classNames().size());
        Map<String, Meaning> meanings = dicom.meanings(isDicom, classes::contains, String.join(", ", classes));
        if (uncertainty) check(triage());
        volumes.forEach((name, files) -> {
            Path volume = files.getFirst();
            String kind = labels(name, volume).toString();
            if (!kind.endsWith(".png") && !kind.endsWith(".tif")) pictureFor(name, 0);
            outputs(name, volume).forEach(this::check);
        });
        if (volumes.isEmpty()) return;                                             // --continue, and all are there: no model is needed
        Function<String, @Nullable LabelVolume> asked = asked(run, all.keySet());
        try (var answering = new Answering(runs, trained.which(), trained.weights(), unknown, compute, mirrors,
                decisions.decision(), main.console())) {
            new Batch(runs, answering, meanings, asked).segment(volumes);
        }
    }

    /// Refuses runs that have learnt from different parts of an image, and therefore cannot be shown the same one.
    private void checkReadings(List<Run> runs) {
        if (frame != null || !channels.isEmpty()) return;
        Reading first = runs.getFirst().config().origin().reading();
        for (Run other : runs) {
            Reading its = other.config().origin().reading();
            if (!Objects.equals(its.frame(), first.frame()) || !its.channels().equals(first.channels()))
                throw Problem.input(
                        "--run: " + runs.getFirst().folder() + " has learnt from " + part(first) + ", and " + other.folder() + " from " + part(its)
                                + "; say with --frame or --channels what all are to see, or give them one by one");
        }
    }

    private static String part(Reading reading) {
        if (reading.frame() != null) return "frame " + reading.frame();
        return reading.channels().isEmpty() ? "whole images" : "channels " + reading.channels().stream().map(String::valueOf).collect(joining(", "));
    }

    private void check(Path file) {
        Outputs.inFolder(output, String.valueOf(file.getFileName()), overwrite);
    }

    /// Refuses to write labels over an image.
    private void checkPlace(String name, List<Path> files) {
        Path labels = labels(name, files.getFirst());
        if (files.stream().anyMatch(file -> Outputs.same(file, labels)))
            throw Problem.input(labels + " is the volume itself; choose another --output");
    }

    /// The cases that are still to be done: with --continue, those without their files.
    private SortedMap<String, List<Path>> left(SortedMap<String, List<Path>> volumes) {
        if (!continued) return volumes;
        SortedMap<String, List<Path>> left = new TreeMap<>(volumes);
        left.entrySet().removeIf(one -> isDone(one.getKey(), one.getValue().getFirst()));
        main.console().say((volumes.size() - left.size()) + " of " + volumes.size() + " cases are there already");
        return left;
    }

    /// Whether the files of a case are there. They are written together, except a segmentation, which is not written where nothing was found.
    private boolean isDone(String name, Path volume) {
        Map<Boolean, List<Path>> files = outputs(name, volume).stream().filter(file -> !file.equals(segmentation(name))).collect(partitioningBy(
                PredictCommand::isThere));
        List<Path> there = files.getOrDefault(true, List.of()), absent = files.getOrDefault(false, List.of());
        if (there.isEmpty() || absent.isEmpty()) return absent.isEmpty();
        throw Problem.input(there.getFirst() + " is there, and " + absent.getFirst()
                + " is not: remove what there is of this case, or give --overwrite in place of --continue");
    }

    private static boolean isThere(Path file) {
        return Files.isRegularFile(file) && file.toFile().length() > 0;
    }

    private List<Mirror> mirrors() {
        if (tta == null) return Mirror.ALL.subList(0, 1);
        if (tta.equals("flips")) return Mirror.ALL;
        throw Problem.input("--tta " + tta + ": it is flips");
    }

    /// Warns of test cases of the first run that another one has learnt from.
    private void tellLearnt(List<Run> runs, Map<String, List<Path>> volumes) {
        if (input != null) return;
        for (Run other : runs) {
            List<String> learnt = volumes.keySet().stream().filter(other.split().train()::contains).toList();
            if (!learnt.isEmpty())
                main.console().warn("warning: " + other.folder() + " has learnt from " + String.join(", ", learnt)
                        + ": its answers there say nothing about other cases");
        }
    }

    /// Warns of runs that are shown mirrored slices and never learnt from any.
    private void tellUnmirrored(List<Run> runs, List<Mirror> mirrors) {
        if (mirrors.size() == 1) return;
        for (Run each : runs) {
            if (each.config().preparation().augment() instanceof Augment.None)
                main.console().warn(
                        "warning: " + each.folder() + " has never seen a mirrored slice (--augment none): its answers to them may be far worse");
        }
    }

    /// The cases of one call.
    private final class Batch {
        private final List<Run> runs;
        private final Run run;
        private final Answering answering;
        private final Map<String, Meaning> meanings;
        private final Reading reading;
        private final Function<String, @Nullable LabelVolume> asked;           // for the labels to draw boxes around
        private final List<Path> written = new ArrayList<>();
        private final List<Uncertain> uncertain = new ArrayList<>();

        Batch(List<Run> runs, Answering answering, Map<String, Meaning> meanings, Function<String, @Nullable LabelVolume> asked) {
            this.runs = runs;
            run = runs.getFirst();
            this.answering = answering;
            this.meanings = meanings;
            reading = reading(run);
            this.asked = asked;
        }

        /// Segments one case after another.
        void segment(SortedMap<String, List<Path>> volumes) {
            var failures = new Failures(main.console(), volumes.size());
            try (ProgressLine progress = new ProgressLine(main.console())) {
                progress.begin("segmenting", volumes.size());
                int done = 0;
                for (Map.Entry<String, List<Path>> one : volumes.entrySet()) {
                    int before = done;
                    String name = one.getKey();
                    failures.attempt(name, () -> segment(name, one.getValue(), at -> progress.done(before, name + ", " + at)));
                    progress.done(++done, name);
                }
            }
            if (overlay) main.console().say("overlays: " + colours(run.config().classNames()));
            if (!uncertain.isEmpty()) tell(uncertain, answering.answers());
            written.forEach(file -> main.console().result(file + "\n"));
            failures.end("segmented", "give the command again" + (uncertainty
                    ? " with --overwrite"
                    : overwrite ? " with --continue in place of --overwrite" : " with --continue"));
        }

        private void segment(String name, List<Path> files, Consumer<String> at) {
            Volume volume = image(name, files, reading);
            for (String remark : volume.remarks()) main.console().warn("warning: " + name + ": " + remark);
            pictureFor(name, volume.geometry().nz());
            Orientation orientation = Orientation.of(volume.geometry());
            if (input == null && frame == null && channels.isEmpty()) for (Run each : runs) each.require(name, orientation.toCanonical(volume));
            int slices = Slices.of(orientation.canonical()).count();
            if (decisions.decision().neighbours() > 0 && slices == 1)
                main.console().warn("warning: " + name + ": it is a single slice, which has no --neighbours");
            Answering.Answer found = answering.segment(volume, asked.apply(name), probabilities || uncertainty, slices,
                    slice -> at.accept("slice " + slice + " of "
                            + slices * answering.answers()));
            Outputs.folder(output);
            AtomicFile.allOrNone(() -> write(name, files.getFirst(), volume, found));
        }

        private void write(String name, Path file, Volume volume, Answering.Answer found) {
            List<String> classNames = run.config().classNames();
            List<Path> made = outputs(name, file);
            Volumes.write(labels(name, file), found.labels());
            format.write(stem(name), regions(found.labels(), classNames));
            for (Path tiff : tiff(name, file)) Volumes.write(tiff, found.labels());
            if (!dicom.write(segmentation(name), found.labels(), classNames, Algorithm.AUTOMATIC, meanings, main.console()))
                made.remove(segmentation(name));
            if (probabilities) Nifti.write(probabilities(name), found.probabilities());
            Ensemble.Answer together = found.together();
            if (uncertainty && together != null) {
                Nifti.write(variance(name), together.variance());
                Nifti.write(entropy(name), together.entropy());
            }
            if (uncertainty)
                uncertain.add(new Uncertain(name, together == null ? null : together.disagreement(),
                        ExpectedDice.of(found.probabilities(), found.labels())));
            if (overlay) Outputs.picture(overlay(name), Overlay.of(volume, found.labels(), null, Overlay.SLICES, view.chosen()));
            written.addAll(made);
        }
    }

    /// A case, how much the answers for it differ, and the Dice that its labels may be expected to have.
    private record Uncertain(String name, @Nullable Double disagreement, double expected) {
        double doubt() {
            return disagreement != null ? disagreement : 1 - expected;
        }
    }

    /// Writes the cases, the least certain first, and says which these are.
    private void tell(List<Uncertain> uncertain, int answers) {
        List<Uncertain> sorted = uncertain.stream().sorted(Comparator.comparingDouble((Uncertain one) -> one.doubt()).reversed()).toList();
        StringBuilder text = new StringBuilder("case,answers,disagreement,expected_dice\n");
        for (Uncertain one : sorted)
            text.append(one.name.contains(",") ? '"' + one.name + '"' : one.name).append(',').append(answers).append(',')
                    .append(one.disagreement == null ? "" : one.disagreement.toString())
                    .append(',').append(one.expected).append('\n');
        AtomicFile.write(triage(), text.toString());
        main.console()
                .say("to look at first (" + (answers > 1 ? "disagreement" : "1 - expected Dice") + "): "
                        + sorted.stream().limit(SHOWN).map(one -> String.format(Locale.ROOT, "%s (%.3f)", one.name,
                                one.doubt())).collect(joining(", ")));
        main.console().result(triage() + "\n");
    }

    /// An image as it is read for the run; in a DICOM folder, the chosen one.
    private Volume image(String name, List<Path> files, Reading reading) {
        Path file = files.getFirst();
        Volume volume = series.choice().equals(Choice.NONE)
                ? Dataset.image(name, files, reading)
                : Volumes.read(file, reading.frame(), series.choice());
        SeriesOptions.tell(file, volume, main.console());
        return volume;
    }

    /// How images are read: as in training, unless options say otherwise.
    private Reading reading(Run run) {
        if (frame != null && !channels.isEmpty()) throw Problem.input("--frame takes one frame, and --channels several: give one of them");
        return run.config().origin().reading().with(frame, channels);
    }

    private void checkPrompts(Run run) {
        String method = run.config().method().title();
        if (run.config().method().prompted() && prompts == null)
            throw Problem.input("the method " + method
                    + " needs prompts: give with --prompts DIR the labels to draw boxes around, or "
                    + "--prompts truth for the test cases' own");
        if (!run.config().method().prompted() && prompts != null) throw Problem.input("--prompts: the method " + method + " takes none");
        if ("truth".equals(prompts) && input != null)
            throw Problem.input("--prompts truth is for the run's own test cases, without --input");
        if ((prompts == null || prompts.equals("truth")) && !(classes.isEmpty() && ignored.isEmpty()))
            throw Problem.input("--classes and --ignore-label say what the numbers in the labels of --prompts DIR mean; give that folder");
    }

    private Path data(Run run) {
        Path data = dataFolder != null ? dataFolder : run.config().origin().data();
        if (dataFolder == null && !Files.exists(data)) throw Workbench.missing(data, "dataset", "--data");
        return data;
    }

    /// The labels to draw boxes around, by the name of the case; null if none are needed.
    ///
    /// @param names of all cases
    private Function<String, @Nullable LabelVolume> asked(Run run, Set<String> names) {
        if (prompts == null) return _ -> null;
        if (prompts.equals("truth")) {
            Dataset data = Dataset.open(data(run), run.config().origin().reading(), LabelRule.NONE);
            return name -> {
                Sample sample = data.load(data.cases(List.of(name)).getFirst());
                return sample.orientation().toOriginal(sample.label());
            };
        }
        LabelCoding learnt = run.config().origin().reading().coding();
        RoughLabels rough = new RoughLabels(Path.of(prompts), names, learnt != null ? learnt : LabelCoding.plain(run.config().classNames()),
                LabelRule.of(classes, ignored));
        main.console().say(prompts + ": " + rough.coding());
        return rough::of;
    }

    /// The colour of each class.
    private static String colours(List<String> classNames) {
        return IntStream.range(1, classNames.size()).mapToObj(c -> classNames.get(c) + " is " + Palette.name(c)).collect(joining(", "));
    }

    /// All files that are written for a case.
    private List<Path> outputs(String name, Path volume) {
        List<Path> files = new ArrayList<>(List.of(labels(name, volume)));
        files.addAll(format.files(stem(name)));
        files.addAll(tiff(name, volume));
        if (probabilities) files.add(probabilities(name));
        if (uncertainty && runFolders.size() * mirrors().size() > 1) files.addAll(List.of(variance(name), entropy(name)));
        if (overlay) files.add(overlay(name));
        if (DicomSeries.is(volume)) files.add(segmentation(name));
        return files;
    }

    private Path labels(String name, Path image) {
        return Volumes.labels(output, name, image);
    }

    /// The labels once more as TIFF, if that is wanted and they are something else.
    private List<Path> tiff(String name, Path image) {
        return format.tiff() && !labels(name, image).toString().endsWith(".tif")
                ? List.of(output.resolve(name + Evaluation.LABELS + ".tif"))
                : List.of();
    }

    private String stem(String name) {
        return output.resolve(name + "_").toString();
    }

    /// Refuses a volume of several slices, if files are wanted that only a picture has.
    private void pictureFor(String name, int slices) {
        if (slices != 1 && !format.files(stem(name)).isEmpty())
            throw Problem.input(name + " is a volume, and --format geojson and roi are for pictures; leave them out");
    }

    /// The classes of a picture that are not background.
    private List<Region> regions(LabelVolume labels, List<String> classNames) {
        if (labels.geometry().nz() != 1) return List.of();
        return IntStream.range(1, classNames.size()).mapToObj(c -> new Region(classNames.get(c), c, Mask.of(c, labels.geometry().ny(),
                labels.geometry().nx(), labels.classes()), Map.of())).toList();
    }

    private Path probabilities(String name) {
        return output.resolve(name + Evaluation.PROBABILITIES + ".nii.gz");
    }

    private Path variance(String name) {
        return output.resolve(name + Evaluation.VARIANCE + ".nii.gz");
    }

    private Path entropy(String name) {
        return output.resolve(name + Evaluation.ENTROPY + ".nii.gz");
    }

    /// The list of cases by how uncertain they are.
    private Path triage() {
        return output.resolve("uncertainty.csv");
    }

    private Path segmentation(String name) {
        return output.resolve(name + DicomOutput.ENDING);
    }

    private Path overlay(String name) {
        return output.resolve(name + Evaluation.OVERLAY + ".png");
    }

    /// The images to segment, by name.
    private SortedMap<String, List<Path>> volumes(Run run) {
        if (input == null) return testCases(run);
        if (!Files.isDirectory(input) || isOne(input))
            return new TreeMap<>(Map.of(name(input.toAbsolutePath().normalize()), Dataset.images(input, reading(run))));
        SortedMap<String, List<Path>> volumes = Dataset.images(input);
        if (volumes.isEmpty()) throw Problem.input(input + ": there is no file in it of the kinds that are read (" + Volumes.KINDS + ")");
        return volumes;
    }

    /// Whether a folder is one volume of DICOM images and not several cases: the images are directly in it, or one series was chosen, or all are of
    /// one series.
    private boolean isOne(Path folder) {
        if (Volumes.isSeries(folder) || !series.choice().equals(Choice.NONE)) return true;
        return !Dataset.isDataset(folder) && Volumes.list(folder).values().stream().allMatch(Volumes::isSeries) && DicomSeries.is(folder)
                && DicomSeries.isOne(folder);
    }

    private SortedMap<String, List<Path>> testCases(Run run) {
        Set<String> missing = new TreeSet<>(Judge.cases(run));
        if (missing.isEmpty()) throw Problem.input(run.folder() + ": this run has no test cases; say with --input what to segment");
        Path data = data(run);
        SortedMap<String, List<Path>> volumes = new TreeMap<>();
        for (Case one : Dataset.open(data).cases()) if (missing.remove(one.name())) volumes.put(one.name(), one.images());
        if (!missing.isEmpty())
            throw Problem.input(data + ": these test cases of the run no longer exist: " + String.join(", ", missing));
        return volumes;
    }

    /// The name of a file's case: without the extension, and without nnU-Net's number of the channel.
    private static String name(Path file) {
        return Volumes.name(file).replaceFirst("_000\\d$", "");
    }
}
