package dev.samovar.spark;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Truths;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Segmenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Labels a whole data set with the head of a run: writes the same files, byte for byte, as `samovar predict`.
@Command(name = "predict", sortOptions = false,
        customSynopsis = "samovar-spark predict --run RUN (--input PATTERN | --manifest FILE) --output DIR [OPTIONS]",
        description = "Segments volumes and pictures with the head of a run: labels of the same name, kind and geometry for each. What was made of the same files by the same "
                + "head is not computed again.")
public final class Predict extends Job {
    private static final List<String> OF_A_RUN = List.of("run.json", "head-last.safetensors", "head-best.safetensors",
            "checkpoint.safetensors");

    @Option(names = "--run", required = true, paramLabel = "RUN",
            description = "The folder that train wrote. Any path that Hadoop reaches.")
    private String runFolder = "";

    @Mixin
    private SourceOptions source = new SourceOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--output", required = true, paramLabel = "DIR",
            description = "The folder for the labels. Any path that Hadoop reaches.")
    private String output = "";

    @Option(names = "--best", description = "Take the head with the lowest validation loss instead of the last one.")
    private boolean best;

    @Option(names = "--probabilities",
            description = "Also write NAME_probabilities.nii.gz: a frame of 32-bit floats for each class, background first.")
    private boolean probabilities;

    @Option(names = "--overwrite", description = "Replace labels that were made of something else.")
    private boolean overwrite;

    /// For programs, which give the options directly.
    public Predict() {}

    /// For `spark-submit`.
    public static void main(String[] args) {
        Job.main(new Predict(), args);
    }

    /// For programs: takes the same options.
    ///
    /// @throws Refusal if an option is wrong, or an executor cannot be used
    public static Report run(SparkSession spark, String... options) {
        return run(new Predict(), spark, options);
    }

    @Override
    Report run(SparkSession spark, Consumer<String> say) throws IOException {
        Runner runner = runner(spark, say);
        Storage storage = runner.storage();
        String from = storage.absolute(runFolder);
        Run.Which which = best ? Run.Which.BEST : Run.Which.LAST;
        try (Desk desk = new Desk(storage)) {
            Run run = Run.open(copy(from, desk));
            String head = Sha256.of(run.head(which));
            Runner.Needs needs = model.needs(where(run.config().origin().weights()), run.config().origin().ignoreUnknown(), storage);
            SourceOptions.Found found = source.find(spark, storage);
            boolean prompted = run.config().method().prompted();
            if (prompted && found.items().stream().anyMatch(item -> item.label() == null))
                throw Refusal.input("the method " + run.config().method().title()
                        + " answers what it is asked: give with --data or --manifest labels around which boxes are to be drawn");
            Reading reading = run.config().origin().reading().with(source.frame(), source.channels());
            String folder = storage.absolute(output);
            storage.make(folder);
            var work = new Segmenting(requireNonNull(needs.model()), from, head, which, SourceOptions.text(reading), prompted,
                    probabilities,
                    overwrite, folder);
            return runner.run("predict", found.items(), needs, work).with(output + "\n");
        }
    }

    /// The path of a run's checkpoint. It is on this machine, whatever Hadoop's default file system is.
    private static String where(Path checkpoint) {
        return BuiltInSam.is(checkpoint) ? BuiltInSam.NAME : checkpoint.toUri().toString();
    }

    /// The parts of a run that a segmenter needs.
    private static Path copy(String run, Desk desk) throws IOException {
        Path here = Storage.here(run);
        if (here != null) return here;
        Path folder = desk.folder().resolve("run");
        for (String name : OF_A_RUN)
            if (desk.storage().exists(Storage.in(run, name))) desk.storage().fetch(Storage.in(run, name), folder);
        return folder;
    }

    private record Segmenting(Engine.Model model, String run, String head, Run.Which which, String reading, boolean prompted,
            boolean probabilities, boolean overwrite, String output) implements Runner.Work {

        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            Engine engine = desk.engine(model);
            List<Path> images = desk.fetch(item.images());
            Path asked = prompted ? desk.fetch(requireNonNull(item.label())) : null;
            List<Path> files = new ArrayList<>(images);
            if (asked != null) files.add(asked);
            Path labels = Volumes.labels(desk.folder(), item.name(), images.getFirst());
            String key = Keys.of(List.of("labels-1", head, engine.weights().sha256(), engine.device().toString(), reading, probabilities
                    ? "probabilities"
                    : ""), files), name = String.valueOf(labels.getFileName()), keys = Storage.in(output, Keys.FOLDER);
            String there = desk.storage().text(Storage.in(keys, name)), place = Storage.in(output, name);
            Path likely = desk.folder().resolve(item.name() + Evaluation.PROBABILITIES + ".nii.gz");
            boolean exists = desk.storage().exists(place), same = there.equals(key);
            if (exists && same && (!probabilities || desk.storage().exists(Storage.in(output, String.valueOf(likely.getFileName())))))
                return Outcome.there(item);
            if (exists && !same && !overwrite)
                return Outcome.failed(item, place + " exists already" + (there.isEmpty()
                        ? "; choose another name, or add --overwrite"
                        : ", and was made of something else; choose another --output, or add --overwrite"));
            Reading how = Reading.of(Json.parse(reading, "reading"));
            Volume volume = Dataset.image(item.name(), images, how);
            List<String> remarks = new ArrayList<>(volume.remarks());
            if (volume.geometry().source() instanceof DicomSeries series) remarks.addAll(series.notes());
            Segmenter.Segmentation found = segmenter(engine, desk).segment(volume, asked == null ? null : asked(asked, how), probabilities,
                    _ -> {});
            if (probabilities) {
                Nifti.write(likely, found.probabilities());
                desk.storage().put(likely, output);
            }
            Path made = desk.folder().resolve("made");                             // the image itself may be a copy of that name
            Files.createDirectories(made);
            Volumes.write(made.resolve(name), found.labels());
            if (exists && !same) desk.storage().delete(place);
            Path written = Files.writeString(desk.folder().resolve("key"), key);
            desk.storage().put(written, keys, name);                               // before the labels: without a key they would be taken for someone else's
            desk.storage().put(made.resolve(name), output);
            return Outcome.done(item, Slices.of(volume.geometry()).count(), remarks, null);
        }

        private Segmenter segmenter(Engine engine, Desk desk) throws IOException {
            return engine.segmenter(run + " " + head + " " + which, Run.open(copy(run, desk)), which);
        }

        private static LabelVolume asked(Path file, Reading how) {
            @Nullable
            LabelCoding coding = how.coding();
            return coding == null ? Volumes.readLabels(file) : Truths.read(file, coding);
        }
    }
}
