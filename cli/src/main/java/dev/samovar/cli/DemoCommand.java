package dev.samovar.cli;

import dev.samovar.cli.report.ClickExample;
import dev.samovar.cli.report.Html;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Phantom;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.metrics.Convention;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Decision;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.view.Overlay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `demo`: training, prediction and scores, with built-in data and weights.
@Command(name = "demo", sortOptions = false, customSynopsis = "samovar demo [--out DIR] [OPTIONS]",
        description = {
            "Shows all steps on made-up data: draws hearts, trains the three heads on one labelled patient, chooses the best epoch by another,",
            "and tests them on four more.",
            "Takes two to three minutes, needs no file and no network, and writes into one folder."})
final class DemoCommand implements Runnable {
    private static final int PATIENTS = 6;                                         // one for training, one for validation, four for the test
    private static final long SEED = 1;
    private static final int LEFT_VENTRICLE = 3;

    @ParentCommand
    private Main main;

    @Option(names = "--out", paramLabel = "DIR", description = "The folder to make (default: samovar-demo, or -2, -3 … if that exists).")
    private @Nullable Path out;

    @Option(names = "--epochs", paramLabel = "N", converter = Positive.class,
            description = "Passes of each head over the training slices (default: 100 for the ViT head, 300 for the others, which are quicker); fewer show less.")
    private @Nullable Integer epochs;

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        Console console = main.console();
        Path folder = out != null ? out : unused(Path.of("samovar-demo"));
        if (Files.exists(folder)) throw Problem.input(folder + " exists already; choose another --out");
        Path data = folder.resolve("data");
        Outputs.folder(data);
        console.say("drawing the hearts of " + PATIENTS + " patients into " + data);
        for (int number = 1; number <= PATIENTS; number++) Phantom.write(data, SEED, number);
        List<List<String>> table = new ArrayList<>();
        List<Path> pages = new ArrayList<>();
        try (Workbench bench = Workbench.open(console, compute, new Unknown(), data, Reading.PLAIN, LabelRule.NONE, Path.of(BuiltInSam.NAME),
                folder.resolve("cache"))) {
            Split split = split(bench.dataset());
            Html click = click(bench, split.test().getFirst());
            for (HeadSpec.Kind kind : HeadSpec.Kind.values()) {
                Run run = Run.create(folder.resolve(kind.title()), config(bench, kind), split);
                long start = System.nanoTime();
                console.say(kind.title() + " head: training on " + split.train().size() + " volumes of one patient");
                bench.train(run);
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                Path page = run.folder().resolve("report.html");
                Evaluation evaluation = ReportCommand.write(bench, List.of(run), Run.Which.BEST, Decision.PLAIN, Overlay.View.RADIOLOGICAL,
                        kind.title()
                                + " head on phantoms",
                        page, click);
                if (table.isEmpty()) table.add(header(evaluation));
                table.add(row(kind, evaluation, took));
                pages.add(page);
            }
        }
        console.result(StudyTable.aligned(table) + "\n");
        for (Path page : pages) console.result("report   " + page + "\n");
        console.say("next: your own data, as in samovar train --data DIR --weights SAM --head cnn --labelled 5 --out RUN   (README.md says more)");
    }

    /// A click in the left ventricle, where it is largest, of a patient that was not used for training.
    private static Html click(Workbench bench, String name) {
        Sample sample = bench.dataset().load(bench.dataset().cases(List.of(name)).getFirst());
        Slices slices = Slices.of(sample.image().geometry());
        Mask largest = ventricle(slices, sample, 0);
        int at = 0;
        for (int s = 1; s < slices.count(); s++) {
            Mask mask = ventricle(slices, sample, s);
            if (mask.area() <= largest.area()) continue;
            largest = mask;
            at = s;
        }
        Picture picture = slices.cut(new Intensity.Auto().apply(sample.image()), at);
        try (Sam sam = Sam.load(bench.weights().file(), bench.device())) {
            return ClickExample.of(new SamPredictor(sam), picture, largest, "the left ventricle of " + name);
        }
    }

    private static Mask ventricle(Slices slices, Sample sample, int slice) {
        return Mask.of(LEFT_VENTRICLE, slices.height(), slices.width(), slices.cut(sample.label(), slice));
    }

    private static Path unused(Path folder) {
        for (int n = 2; Files.exists(folder); n++) folder = Path.of("samovar-demo-" + n);
        return folder;
    }

    /// The frames of the first patient for training, of the second for validation, the others' for the test.
    private static Split split(Dataset dataset) {
        List<String> names = dataset.cases().stream().map(c -> c.name()).toList();
        return new Split(names.subList(0, 2), names.subList(2, 4), names.subList(4, names.size()));
    }

    private RunConfig config(Workbench bench, HeadSpec.Kind kind) {
        var head = new HeadSpec(kind, 2, 16, false, false);                        // without the ReLU that kills classes of the linear head
        var preparation = new Preparation(Preprocessing.PAPER, 128, true, new Augment.Views(8));
        int passes = epochs != null ? epochs : kind == HeadSpec.Kind.VIT ? 100 : 300;
        var method = new HeadMethod(head);
        var schedule = RunConfig.Schedule.of(method.defaults(), passes, SEED, 5);
        return new RunConfig(method, bench.dataset().classNames(), preparation, schedule, bench.origin());
    }

    private static List<String> header(Evaluation evaluation) {
        List<String> header = new ArrayList<>(List.of("head"));
        for (int c = 1; c < evaluation.classNames().size(); c++) header.add("Dice " + evaluation.classNames().get(c));
        header.addAll(List.of("mean Dice", Metric.HD95.title(evaluation.unit()), Metric.ASSD.title(evaluation.unit()), "training"));
        return header;
    }

    private static List<String> row(HeadSpec.Kind kind, Evaluation evaluation, Duration took) {
        List<String> row = new ArrayList<>(List.of(kind.title()));
        for (int c = 1; c < evaluation.classNames().size(); c++) row.add(shown("%.3f", evaluation.mean(Metric.DICE, c)));
        row.addAll(List.of(shown("%.3f", evaluation.mean(Metric.DICE)), shown("%.1f", evaluation.mean(Metric.HD95)), shown("%.2f",
                evaluation.mean(Metric.ASSD)), Sizes.time(took)));
        return row;
    }

    private static String shown(String format, double score) {
        return Double.isNaN(score) ? "n/a" : String.format(Locale.ROOT, format, score);
    }
}
