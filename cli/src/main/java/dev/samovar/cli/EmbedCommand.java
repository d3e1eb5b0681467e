package dev.samovar.cli;

import dev.samovar.imaging.Slices;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Split;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Embedder;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.view.PrincipalComponents;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `embed`: fills the cache without training, and draws what is in it.
@Command(name = "embed", sortOptions = false, customSynopsis = "samovar embed --data DIR [--weights FILE] --cache DIR [OPTIONS]",
        description = {"Takes slices through the image encoder and keeps their embeddings for training with the same options.",
            "These are all slices of every case, and the views of the training cases: with --split those under train, otherwise all."})
final class EmbedCommand implements Runnable {
    private static final int CELL = 160, GAP = 4;                                  // pixels

    @ParentCommand
    private Main main;

    @Option(names = "--data", required = true, paramLabel = "DIR", description = "The dataset: images and labels in a folder.")
    private Path data;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Option(names = "--weights", paramLabel = "FILE", defaultValue = BuiltInSam.NAME,
            description = "The SAM checkpoint, or its image encoder alone: .pth, .safetensors, or a folder of transformers (default: ${DEFAULT-VALUE}, the small SAM that is built in).")
    private Path weights;

    @Option(names = "--cache", required = true, paramLabel = "DIR", description = "The folder of embeddings, created if it does not exist.")
    private Path cache;

    @Option(names = "--split", paramLabel = "FILE", description = "The split of the training: only its cases are embedded.")
    private @Nullable Path split;

    @Option(names = "--seed", paramLabel = "N",
            description = "The seed of the training, which the views of --augment views:N depend on (default: 1).")
    private @Nullable Long seed;

    @Option(names = "--picture", paramLabel = "DIR",
            description = "Also draw, for every case, each slice and below it the first three principal components of its embedding as red, "
                    + "green and blue: what the frozen encoder sees.")
    private @Nullable Path pictures;

    @Option(names = "--overwrite", description = "Replace pictures that exist.")
    private boolean overwrite;

    @Mixin
    private Prepare prepare = new Prepare();

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        if (prepare.augment() instanceof Augment.Online) throw Problem.input("--augment online embeds nothing beforehand");
        if (seed != null && !(prepare.augment() instanceof Augment.Views)) throw Problem.input("--seed is that of the views of --augment views:N");
        if (overwrite && pictures == null) throw Problem.input("--overwrite is for the pictures of --picture");
        Outputs.notAFile(cache);
        try (Workbench bench = Workbench.open(main.console(), compute, unknown, data, reading.reading(), reading.rule(), weights, cache)) {
            Preparation preparation = prepare.preparation(bench.weights().config());
            List<Case> cases = new ArrayList<>(bench.dataset().cases());
            Set<String> trained = new HashSet<>(), used = new HashSet<>();
            if (split != null) {
                for (int fold = 0; fold < Split.folds(split); fold++) {
                    Split chosen = Split.read(split, fold, cases);
                    trained.addAll(chosen.train());
                    for (List<String> side : List.of(chosen.train(), chosen.val(), chosen.test())) used.addAll(side);
                }
            } else {
                for (Case one : cases) trained.add(one.name());
                used.addAll(trained);
            }
            cases.removeIf(one -> !used.contains(one.name()));
            if (pictures != null) {
                for (Case one : cases) Outputs.inFolder(pictures, picture(one.name()), overwrite);
                Outputs.folder(pictures);
            }
            embed(bench, preparation, cases, trained);
        }
        main.console().result(cache + "\n");
    }

    private void embed(Workbench bench, Preparation preparation, List<Case> cases, Set<String> trained) {
        EmbeddingCache embeddings = bench.cache(preparation);
        var failures = new Failures(main.console(), cases.size());
        try (ProgressLine progress = bench.progress(); Embedder embedder = bench.embedder(preparation)) {
            progress.begin("embedding", cases.size());
            for (int i = 0; i < cases.size(); i++) {
                Case one = cases.get(i);
                final int number = i;
                failures.attempt(one.name(), () -> {
                    Sample sample = bench.dataset().load(one);
                    IntConsumer computed = n -> progress.done(number, sample.name() + ", slice " + n);
                    try (var plain = embeddings.of(sample.name(), sample.image(), embedder, computed)) {
                        if (pictures != null) draw(pictures.resolve(picture(sample.name())), sample, plain, bench.weights().config());
                    }
                    if (preparation.augment() instanceof Augment.Views views && trained.contains(sample.name()))
                        embeddings.views(sample, seed == null ? 1 : seed, views.count(), embedder, computed)
                                .forEach(EmbeddingCache.Embeddings::close);
                });
                progress.done(i + 1, one.name());
            }
        }
        failures.end("embedded", "give the command again" + (pictures != null && !overwrite ? " with --overwrite" : ""));
    }

    private static String picture(String name) {
        return name + ".png";
    }

    /// Pairs of a slice, as it is stretched to the encoder's square, and the colours of its embedding below it. The number of pairs in a row is
    /// chosen to make the picture about as wide as high.
    private static void draw(Path file, Sample sample, EmbeddingCache.Embeddings embeddings, SamConfig sam) {
        Slices slices = Slices.of(sample.image().geometry());
        List<float[]> all = new ArrayList<>();
        for (int s = 0; s < slices.count(); s++) {
            all.add(embeddings.slice(s));
        }
        PrincipalComponents colours = PrincipalComponents.of(all, sam.promptWidth(), sam.grid());
        int columns = (int) Math.ceil(Math.sqrt(2.0 * all.size())), rows = Math.ceilDiv(all.size(), columns);
        BufferedImage picture = new BufferedImage(columns * (CELL + GAP), rows * 2 * (CELL + GAP), BufferedImage.TYPE_INT_RGB);
        for (int s = 0; s < all.size(); s++) {
            int x = s % columns * (CELL + GAP), y = s / columns * 2 * (CELL + GAP);
            paint(picture, Pictures.drawable(Preprocessing.unit(slices.cut(sample.image(), s)), 255), x, y);
            paint(picture, colours.picture(all.get(s)), x, y + CELL);
        }
        Outputs.picture(file, picture);
    }

    /// Stretched over a cell, each pixel a rectangle.
    private static void paint(BufferedImage onto, BufferedImage picture, int left, int top) {
        for (int y = 0; y < CELL; y++)
            for (int x = 0; x < CELL; x++)
                onto.setRGB(left + x, top + y, picture.getRGB(x * picture.getWidth() / CELL, y * picture.getHeight() / CELL));
    }
}
