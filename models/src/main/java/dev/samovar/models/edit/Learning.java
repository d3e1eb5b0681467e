package dev.samovar.models.edit;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.methods.Adapter;
import dev.samovar.models.methods.AutoSam;
import dev.samovar.models.methods.Decoder;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.Lora;
import dev.samovar.models.methods.MedSam;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.UNetMethod;
import dev.samovar.models.metrics.ExpectedDice;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Segmenter;
import dev.samovar.models.train.TrainedSam;
import dev.samovar.models.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/// Training on labels made by hand, and proposals for images that are not labelled yet.
///
/// A run is in `runs/NAME`, and its dataset in `runs/NAME-data`: links to the images, and the labels as they were when it began, so
/// that the user can go on labelling meanwhile. Objects with the same name in all images are one class.
public final class Learning {
    private static final String RUNS = "runs", DATA = "-data", CACHE = "cache";
    private static final long SEED = 1;

    private final Path folder;
    private final SamWeights weights;
    private final Device device;

    /// Learning in the folder where the labels are saved.
    public Learning(Path folder, SamWeights weights, Device device) {
        this.folder = folder;
        this.weights = weights;
        this.device = device;
    }

    /// A method that can be chosen. One that takes no prompts proposes labels; one that does answers clicks and boxes.
    ///
    /// @param about an explanation for a person who has never trained anything
    public record Choice(Method method, String title, String about) {}

    /// The methods that can be chosen for this checkpoint, the usual one first.
    public List<Choice> choices() {
        boolean learns = weights.config().encoder() instanceof VitConfig;
        return CHOICES.stream().filter(one -> learns || !one.method().prompted() || one.method().input() == Method.Input.EMBEDDING).toList();
    }

    private static final List<Choice> CHOICES = List.of(new Choice(head(HeadSpec.Kind.CNN), "CNN head",
            "Learns in minutes from what SAM sees in each slice; a good first choice."),
            new Choice(head(HeadSpec.Kind.VIT), "ViT head",
                    "Starts from SAM's own mask decoder: needs the fewest examples, and somewhat longer."),
            new Choice(head(HeadSpec.Kind.LINEAR), "Linear head", "The smallest and fastest; for large, simple shapes."),
            new Choice(new AutoSam(HarDNet.Layout.of("hardnet85"), 0), "AutoSAM",
                    "A large network learns to prompt SAM; for many examples and much time."),
            new Choice(new UNetMethod(64), "U-Net", "Learns from scratch, without SAM; for many examples and much time."),
            new Choice(new Decoder(), "Decoder, for clicks", "SAM’s mask decoder learns in minutes, and then answers your clicks and boxes."),
            new Choice(new Lora(4, 0), "LoRA, for clicks",
                    "The decoder and small updates of the encoder learn, to answer clicks and boxes; takes longer."),
            new Choice(new Adapter(1, Adapter.Form.SAM), "Adapters, for clicks",
                    "The decoder and small networks in the encoder learn, to answer clicks and boxes; takes longer."),
            new Choice(new MedSam(), "MedSAM, for clicks", "All of SAM learns to answer clicks and boxes; for many examples and much time."));

    private static Method head(HeadSpec.Kind kind) {
        HeadSpec usual = HeadSpec.of(kind);
        return new HeadMethod(kind == HeadSpec.Kind.LINEAR ? new HeadSpec(kind, usual.depth(), usual.topChannel(), false, false) : usual);
    }

    /// The method of this name.
    ///
    /// @throws FormatException if it is none of the choices
    public Method method(String title) {
        return choices().stream().map(Choice::method).filter(method -> method.title().equals(title)).findFirst()
                .orElseThrow(() -> new FormatException("there is no method " + FormatException.shown(title) + " to choose: it is " + String.join(", ",
                        choices().stream().map(choice -> choice.method().title()).toList())));
    }

    /// A labelled image.
    ///
    /// @param labels the file with its labels
    public record Example(String name, List<Path> images, Path labels, List<LabelledObject> objects) {}

    /// What to learn, and for how long.
    ///
    /// @param epochs 0 for the method's default
    /// @param validation the number of examples, the last ones, that are held back for validation
    /// @param whole whether all slices of the examples are labelled; if not, slices without a label are not learnt from
    public record Plan(Method method, int epochs, int validation, boolean whole) {}

    /// The folder of a run.
    ///
    /// @throws FormatException if it is not a valid name
    public Path run(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,63}")) throw new FormatException("there is no run " + FormatException.shown(name));
        return folder.resolve(RUNS).resolve(name);
    }

    /// The names of all runs, in order.
    public List<String> runs() {
        if (!Files.isDirectory(folder.resolve(RUNS))) return List.of();
        try (Stream<Path> all = Files.list(folder.resolve(RUNS))) {
            return all.filter(Run::isRun).map(run -> String.valueOf(run.getFileName())).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder.resolve(RUNS), e);
        }
    }

    /// A name that no run has yet: the method's with a number.
    public String free(Method method) {
        int number = 1;
        while (Files.exists(run(method.title() + "-" + number)) || Files.exists(run(method.title() + "-" + number + DATA))) number++;
        return method.title() + "-" + number;
    }

    /// Makes a run on these examples.
    ///
    /// @param reading how their images are read
    /// @throws FormatException if there are too few, nothing is labelled in them, or the names of their objects cannot be those of classes
    public Run begin(String name, Plan plan, List<Example> examples, Reading reading) {
        if (examples.size() <= plan.validation() || plan.validation() < 0)
            throw new FormatException("of " + examples.size() + " labelled images, " + plan.validation()
                    + " cannot be held back; label more, or hold back fewer");
        Gathering gathering = Gathering.of(run(name + DATA), examples);
        boolean done = false;
        try {
            gathering.make();
            Run run = create(name, plan, examples, Dataset.open(gathering.folder(), reading, LabelRule.NONE));
            done = true;
            return run;
        } finally {
            if (!done) gathering.discard();
        }
    }

    private Run create(String name, Plan plan, List<Example> examples, Dataset dataset) {
        Method.Defaults usual = plan.method().defaults();
        int side = usual.wholeSide() ? weights.config().imageSize() : Preparation.side(weights.config());
        boolean empty = plan.whole() && !plan.method().prompted();                 // slices without an object have no prompt
        var preparation = new Preparation(Preprocessing.of(usual.preprocessing()), side, empty, new Augment.None());
        var schedule = RunConfig.Schedule.of(usual, plan.epochs() == 0 ? usual.epochs() : plan.epochs(), SEED, 1);
        var origin = new RunConfig.Origin(dataset.folder().toAbsolutePath().normalize(), dataset.reading(),
                weights.path().toAbsolutePath().normalize(),
                false, weights.sha256(), device.toString(), folder.resolve(CACHE).toAbsolutePath().normalize());
        int trained = examples.size() - plan.validation();
        List<String> names = examples.stream().map(Example::name).toList();
        Split split = new Split(names.subList(0, trained), names.subList(trained, names.size()), List.of());
        return Run.create(run(name), new RunConfig(plan.method(), dataset.classNames(), preparation, schedule, origin), split);
    }

    /// Trains a run to its end, from wherever it stopped. It can be cancelled by a [Watch][dev.samovar.core.tensor.Watch], and then continues another
    /// time.
    ///
    /// @throws FormatException if its data are no longer there, or were changed
    public void train(Run run, Progress progress) {
        RunConfig.Origin origin = run.config().origin();
        Dataset dataset = Dataset.open(origin.data(), origin.reading(), LabelRule.NONE);
        try (Trainer trainer = new Trainer(run, weights, dataset, cache(run, progress), device, progress)) {
            trainer.run();
        }
    }

    private EmbeddingCache cache(Run run, Progress progress) {
        return new EmbeddingCache(run.config().origin().cache(), weights, run.config().preparation(), device, progress);
    }

    /// A run's labels for an image, on the grid on which the image is edited; if the run has validated, by its best head.
    ///
    /// @param done receives the number of slices that had to be embedded
    /// @throws FormatException if the run has learnt nothing yet, or takes prompts
    public LabelVolume propose(Run run, OpenedImage image, IntConsumer done) {
        Volume volume = Dataset.image(image.name(), image.files(), run.config().origin().reading());
        Orientation orientation = Orientation.of(volume.geometry());
        try (Segmenter segmenter = segmenter(run)) {
            LabelVolume found = segmenter.segment(image.name(), orientation.toCanonical(volume), null, cache(run, Progress.silent()), done);
            return image.orientation() == null ? orientation.toOriginal(found).on(image.grid()) : found.on(image.grid());
        }
    }

    private Segmenter segmenter(Run run) {
        return new Segmenter(run, which(run), weights, device);
    }

    private static Run.Which which(Run run) {
        return run.has(Run.Which.BEST) && !run.split().val().isEmpty() ? Run.Which.BEST : Run.Which.LAST;
    }

    /// What a run made of a SAM, to answer clicks and boxes: of one that has validated, the best of it.
    ///
    /// @param sam the checkpoint's model, which is closed after what is returned
    /// @param held how many embeddings of slices are held in memory
    /// @param computed is told what was embedded ahead
    /// @throws FormatException if the run has learnt nothing yet, or takes no prompts
    public Answerer answerer(Run run, Sam sam, int held, Consumer<SliceEmbeddings.Place> computed) {
        return Answerer.of(new TrainedSam(run, which(run), weights, sam), run.config().origin().cache(), held, computed);
    }

    /// Segments images with a run, and saves how sure it is of each. The result is saved after each image, so that nothing is lost if this is cancelled.
    ///
    /// @param name of the run
    /// @param images the files of each by its name
    /// @throws FormatException if the run has learnt nothing yet, or takes prompts
    public Ranking rank(String name, SequencedMap<String, List<Path>> images, Progress progress) {
        Run run = Run.open(run(name));
        SortedMap<String, Double> cases = new TreeMap<>();
        try (Segmenter segmenter = segmenter(run)) {
            progress.begin("cases", images.size());
            for (Map.Entry<String, List<Path>> image : images.entrySet()) {
                progress.done(cases.size(), image.getKey());
                Volume volume = Dataset.image(image.getKey(), image.getValue(), run.config().origin().reading());
                Segmenter.Segmentation found = segmenter.segment(volume, null, true, _ -> {});
                cases.put(image.getKey(), 1 - ExpectedDice.of(found.probabilities(), found.labels()));
                new Ranking(name, cases).keep(folder);
            }
            progress.done(cases.size(), "");
        }
        return new Ranking(name, cases);
    }
}
