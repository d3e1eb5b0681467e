package dev.samovar.spark;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Embedder;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Embeds a whole data set: fills the cache that `train` reads, with the same files, byte for byte, that `samovar embed` writes.
@Command(name = "embed", sortOptions = false,
        customSynopsis = "samovar-spark embed (--data DIR | --input PATTERN | --manifest FILE) --weights FILE --cache DIR [OPTIONS]",
        description = "Takes slices through the image encoder and keeps their embeddings, all slices of each item in one file. What is there already is not computed again.")
public final class Embed extends Job {
    @Mixin
    private SourceOptions source = new SourceOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--cache", required = true, paramLabel = "DIR", description = "The folder of embeddings. Any path that Hadoop reaches.")
    private String cache = "";

    @Option(names = "--seed", paramLabel = "N",
            description = "The seed of the training, which its views depend on (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--augment", paramLabel = "none|views:N",
            description = "Also embed N random views of each labelled slice, for a training with the same option (default: none).")
    private String augment = "none";

    @Option(names = "--preprocessing", paramLabel = "paper|sam|medsam",
            description = "How slices become inputs of the encoder (default: paper).")
    private @Nullable Preprocessing preprocessing;

    @Option(names = "--side", paramLabel = "N",
            description = "Pixels a side of the squares that slices are brought to first (default: 224, or the encoder's size if smaller).")
    private @Nullable Integer side;

    @Option(names = "--empty-slices", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Views of slices without a labelled pixel, too (default), or not: as the training is told.")
    private boolean emptySlices = true;

    /// For programs, which give the options directly.
    public Embed() {}

    /// For `spark-submit`.
    public static void main(String[] args) {
        Job.main(new Embed(), args);
    }

    /// For programs: takes the same options.
    ///
    /// @throws Refusal if an option is wrong, or an executor cannot be used
    public static Report run(SparkSession spark, String... options) {
        return run(new Embed(), spark, options);
    }

    @Override
    Report run(SparkSession spark, Consumer<String> say) throws IOException {
        if (Augment.of(augment) instanceof Augment.Online) throw Refusal.input("--augment online embeds nothing beforehand");
        Runner runner = runner(spark, say);
        Storage storage = runner.storage();
        Runner.Needs needs = model.needs(storage);
        SourceOptions.Found found = source.find(spark, storage);
        if (Augment.of(augment) instanceof Augment.Views && Reading.of(Json.parse(found.reading(), "reading")).coding() == null)
            throw Refusal.input("--augment " + augment
                    + ": views are of slices with labels; give --data, or a manifest with labels and what their numbers mean with --classes");
        String folder = storage.absolute(cache);
        storage.make(folder);
        var work = new Embedding(requireNonNull(needs.model()), new Preparing(preprocessing, side, emptySlices, augment), found.reading(),
                seed, folder);
        return runner.run("embed", found.items(), needs, work).with(cache + "\n");
    }

    /// A [Preparation] for a model that is not known yet.
    private record Preparing(@Nullable Preprocessing preprocessing, @Nullable Integer side, boolean emptySlices,
            String augment) implements Serializable {
        Preparation of(SamConfig sam) {
            return Preparation.of(sam, new HeadMethod(HeadSpec.of(HeadSpec.Kind.VIT)), preprocessing, side, emptySlices, Augment.of(augment));
        }
    }

    private record Embedding(Engine.Model model, Preparing preparing, String reading, long seed, String cache) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            Engine engine = desk.engine(model);
            Preparation preparation = preparing.of(engine.weights().config());
            Embedder embedder = engine.embedder(preparation);
            var own = new EmbeddingCache(desk.folder().resolve("cache"), engine.weights(), preparation, engine.device(), Progress.silent());
            Reading how = Reading.of(Json.parse(reading, "reading"));
            List<Path> images = desk.fetch(item.images());
            List<String> remarks = new ArrayList<>();
            Sample sample = null;
            Volume image;
            if (item.label() != null && how.coding() != null) {
                sample = Dataset.load(new Case(item.name(), item.name(), images, desk.fetch(item.label())), how, remarks::add);
                image = sample.image();
            } else {
                Volume stored = Dataset.image(item.name(), images, how);
                remarks.addAll(stored.remarks());
                image = Orientation.of(stored.geometry()).toCanonical(stored);
            }
            long slices = 0;
            Path file = own.file(item.name(), image);
            if (!isThere(file, desk)) {
                own.of(item.name(), image, embedder, _ -> {}).close();
                desk.storage().put(file, cache);
                slices += Slices.of(image.geometry()).count();
            }
            if (sample != null && preparation.augment() instanceof Augment.Views views) {
                List<Path> files = own.viewFiles(sample, seed, views.count());
                for (int v = 0; v < files.size(); v++) {
                    if (isThere(files.get(v), desk)) continue;
                    own.view(sample, seed, v, embedder, _ -> {}).close();
                    desk.storage().put(files.get(v), cache);
                    slices += preparation.learntFrom(sample.label()).size();
                }
            }
            return slices == 0 ? Outcome.there(item) : Outcome.done(item, slices, remarks, null);
        }

        private boolean isThere(Path file, Desk desk) throws IOException {
            return desk.storage().exists(Storage.in(cache, String.valueOf(file.getFileName())));
        }
    }
}
