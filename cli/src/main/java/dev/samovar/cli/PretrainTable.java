package dev.samovar.cli;

import dev.samovar.cli.report.PretrainReport;
import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.pretrain.HeldOut;
import dev.samovar.models.pretrain.PretrainRun;
import dev.samovar.models.pretrain.Sources;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.scenes.Mixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Scores of a pretrained network and of others, on scenes that none of them saw.
final class PretrainTable {
    private static final int SIDE = 256;                                           // of scenes, in pixels, independent of the network's
    private static final List<String> HEADER = List.of("network", "scenes", "things", "click, best of 3", "click", "box", "1 correction",
            "3 corrections", "5 corrections", "r");

    private final PretrainRun run;
    private final Device device;
    private final int scenes;
    private final ProgressLine progress;
    private final Console console;
    private final Mixture sources;
    private final List<List<String>> table = new ArrayList<>(List.of(HEADER));
    private final List<Json> figures = new ArrayList<>();

    PretrainTable(PretrainRun run, Device device, int scenes, ProgressLine progress, Console console) {
        this.run = run;
        this.device = device;
        this.scenes = scenes;
        this.progress = progress;
        this.console = console;
        sources = run.config().sources().mixture(true);
    }

    /// Makes sure, before long training, that there is something to test on: a scene of each source is drawn.
    ///
    /// @throws Problem if there is nothing to test on
    static void check(Sources of) {
        for (Mixture.Part part : of.mixture(true).parts())
            try {
                HeldOut.scene(part.source(), 0, SIDE);
            } catch (FormatException e) {
                throw Problem.input("the part that is held out for the test, one in ten by name, gives no scene: " + e.getMessage()
                        + "; mend it, or add more");
            }
    }

    /// Tests the run's network and others, prints the table, and writes it and the page.
    ///
    /// @param beside checkpoints of other networks
    /// @param how they are read
    void write(List<Path> beside, Checkpoints.Options how) {
        if (!Files.exists(run.sam()))
            throw Problem.input(run.folder() + ": has no network yet; go on with it: pretrain --resume " + Shell.word(run.folder()));
        String its = last(run.folder());
        List<String> names = new ArrayList<>(List.of(its));
        for (Path other : beside) names.add(name(other));
        for (Path other : beside)
            try (TensorFile file = Checkpoints.open(other, how); Sam sam = Sam.load(file, device)) {
                String name = name(other);
                ask(Collections.frequency(names, name) > 1 ? other.toString() : name, new SamPredictor(sam));
            }
        try (TensorFile file = Checkpoints.open(run.sam()); Sam sam = Sam.load(file, device)) {
            SamPredictor predictor = new SamPredictor(sam);
            ask(its, predictor);
            AtomicFile.write(run.heldOut(), Json.object().with("side", SIDE).with("scenesOfEach", scenes).with("networks", figures).pretty());
            AtomicFile.write(run.report(), PretrainReport.html(run, table, predictor, sources, SIDE));
        }
        console.result(StudyTable.aligned(table) + "\n");
    }

    /// A network is called by its file, or by its folder if every run has a file of this name.
    private static String name(Path network) {
        Path folder = network.toAbsolutePath().normalize().getParent();
        return folder != null && network.endsWith(PretrainRun.SAM) ? last(folder) : last(network);
    }

    private static String last(Path path) {
        return String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }

    private void ask(String name, SamPredictor predictor) {
        for (Mixture.Part part : sources.parts()) {
            HeldOut of = HeldOut.of(predictor, part.source(), scenes, SIDE, progress);
            progress.close();
            String what = part.source().describe();
            figures.add(Json.object().with("network", name).with("scenes", what).with("figures", of.json()));
            List<String> row = new ArrayList<>(List.of(name, what, Integer.toString(of.things())));
            for (double iou : List.of(of.bestOfThree(), of.chosen(), of.box(), of.corrected().get(0), of.corrected().get(2), of.corrected().get(4)))
                row.add(String.format(Locale.ROOT, "%.3f", iou));
            row.add(String.format(Locale.ROOT, "%.2f", of.correlation()));
            table.add(row);
        }
    }
}
