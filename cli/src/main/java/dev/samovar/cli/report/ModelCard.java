package dev.samovar.cli.report;

import dev.samovar.convert.CheckpointInfo;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.methods.PublishedBackbone;
import dev.samovar.models.metrics.Average;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.TrainingLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// The model card of a trained head, for anyone who receives it: what it is for, what it learnt from, how it was evaluated, and its limits.
public final class ModelCard {
    private static final int FEW = 10;                                             // cases, below which a mean says little

    private final Result result;
    private final RunConfig config;
    private final Evaluation evaluation;
    private final Material material;
    private final List<Geometry> grids;                                            // of the cases it was evaluated on
    private final boolean heldOut;

    private ModelCard(Result result, Dataset dataset) {
        this.result = result;
        config = result.run().config();
        evaluation = result.evaluation();
        material = Material.of(result.run(), dataset);
        grids = evaluation.cases().stream().map(scores -> Judge.labels(result.run(), scores.name())
                .geometry()).toList();
        heldOut = !result.run().split().test().isEmpty();
    }

    /// The card of a run's head.
    ///
    /// @param version of this program
    public static Json of(Result result, Dataset dataset, SamWeights weights, String version) {
        return new ModelCard(result, dataset).json(weights, version);
    }

    private Json json(SamWeights weights, String version) {
        return Json.object().with("format", "samovar-model-card-1").with("name", result.name())
                .with("intendedUse", "Research on the segmentation of volumes like those it was trained on.")
                .with("notIntendedFor", "Diagnosis, treatment or any other clinical decision: this is not a medical device, it was never "
                        + "approved as one, and every segmentation needs the eye of a person who can tell whether it is right.")
                .with("head", head(weights)).with("trainedOn", trainedOn()).with("evaluatedOn", evaluatedOn()).with("limits", limits())
                .with("weights", Json.object().with("file", fileName(weights.path())).with("sha256", weights.sha256()))
                .with("licences", List.of("Segment Anything, code and weights: Apache License 2.0, Meta Platforms, Inc.; if the weights are "
                        + "another’s that grew from them, as MedSAM’s are, theirs as well.",
                        "The head has learnt from the training data and comes under the terms of that data."))
                .with("versions",
                        Json.object().with("samovar", version).with("java", Runtime.version().toString()).with("kernels", config.origin().kernels()));
    }

    private Json head(SamWeights weights) {
        Path file = result.run().head(result.which());
        CheckpointInfo info = CheckpointInfo.of(file);
        Json head = Json.object().with("kind", config.method().title()).with("encoder", encoder(weights)).with("file", fileName(file))
                .with("sha256", info.sha256())
                .with("epoch", info.metadata().getOrDefault("epoch", "unknown"));
        return result.run().isFinished() ? head.with("parameters", info.parameters()) : head;
    }

    private String encoder(SamWeights weights) {
        String name = weights.config().name();
        return switch (config.method().input()) {
            case EMBEDDING, EMBEDDING_AND_PICTURE -> "SAM’s image encoder, frozen: " + name;
            case PICTURE -> "SAM’s image encoder, which learnt: " + name;
            case FRAME -> "none of SAM’s";
            case PRIORS, FRAME_AND_PRIORS -> "none of SAM’s, which finds masks: " + name;
        };
    }

    private Json trainedOn() {
        Json on = Json.object().with("dataset", fileName(config.origin().data())).with("patients", material.patients()).with("volumes",
                material.volumes()).with("slices", material.slices()).with("classes", config.classNames())
                .with("augmentation", config.preparation().augment().toString()).with("epochs", TrainingLog.read(result.run().log()).epochs().size());
        RunConfig.Beginning beginning = config.origin().beginning();
        if (beginning.unlabelled() != null) on = on.with("unlabelled", fileName(beginning.unlabelled()));
        PublishedBackbone backbone = beginning.backbone();
        return backbone == null ? on : on.with("backbone", fileName(backbone.file())).with("backboneSha256", backbone.sha256());
    }

    private Json evaluatedOn() {
        Json on = Json.object().with("dataset", fileName(config.origin().data())).with("cases", evaluation.cases().size()).with("heldOut",
                heldOut).with("scored", evaluation.scoring().convention().compared()).with("unit", evaluation.unit());
        if (!result.decision().isPlain()) on = on.with("decision", result.decision().words());
        for (Metric metric : Metric.values()) on = on.with(metric.name().toLowerCase(Locale.ROOT), rounded(evaluation.mean(metric)));
        for (Metric metric : Metric.values())
            if (metric.isDistance())
                on = on.with(metric.name().toLowerCase(Locale.ROOT) + "DefinedOnly", rounded(evaluation.mean(metric,
                        Average.DEFINED_ONLY)));
        return on.with("voxels", range(grids.stream().map(ModelCard::dims).toList(), "%.0f")).with("spacingInMillimetres",
                range(grids.stream().map(ModelCard::spacings).toList(), "%.3g"));
    }

    private static String rounded(double score) {
        return Double.isNaN(score) ? "n/a" : String.format(Locale.ROOT, "%.4f", score);
    }

    private List<String> limits() {
        int cases = evaluation.cases().size();
        List<String> limits = new ArrayList<>();
        limits.add("It has seen " + counted(material.patients(), "labelled patient") + " (" + counted(material.slices(), "slice")
                + ") of one dataset; other scanners, sites, protocols, ages and diseases were not tested.");
        if (!result.run().isFinished())
            limits.add("Its training was cut short: it is that of " + counted(TrainingLog.read(result.run().log()).epochs().size(), "epoch")
                    + " of "
                    + config.schedule().epochs() + ", and train --resume continues it.");
        for (int c = 1; c < config.classNames().size(); c++)
            if (!material.classes().get(c)) limits.add("No case that it learnt from contains " + theClass(config.classNames().get(c)) + ".");
        limits.add("It was evaluated on " + counted(cases, "case") + " of the same dataset" + (cases < FEW
                ? ", too few to show more than the order of magnitude of its errors."
                : "."));
        if (!heldOut) limits.add("These cases were also its validation cases, so the scores are too good.");
        if (config.method().prompted())
            limits.add(
                    "It needs prompts, and was evaluated with boxes around the true labels, slice by slice, which do not exist for a new volume: its "
                            + "scores cannot be compared with those of a method without prompts.");
        limits.add("Volumes outside the sizes and spacings of those cases were not tested.");
        for (int c = 1; c < evaluation.classNames().size(); c++) {
            String name = evaluation.classNames().get(c);
            int known = cases - evaluation.absent(c) - evaluation.spurious(c), missed = evaluation.missed(c);
            if (known == 0) limits.add("No case that it was evaluated on contains " + theClass(name) + ".");
            else
                if (missed > 0)
                    limits.add("It missed " + theClass(name) + " in " + missed + " of " + counted(known,
                            "case") + " that contain it.");
            int spurious = evaluation.spurious(c), without = evaluation.absent(c) + spurious;
            if (spurious > 0)
                limits.add("It found " + theClass(name) + " in " + spurious + " of " + counted(without, "case") + " that do not contain it.");
        }
        if (grids.stream().anyMatch(grid -> !grid.hasSpacing()))
            limits.add("Of some cases the size of a pixel is not known: their distances are in pixels, not in mm.");
        int stack = config.method().neighbours();
        limits.add(stack == 1
                ? "It segments slice by slice and does not know the slices above and below."
                : "It sees stacks of " + stack + " slices and nothing above and below them.");
        return limits;
    }

    /// Classes without a name are called `class 1` already.
    private static String theClass(String name) {
        return name.startsWith("class ") ? name : "the class " + name;
    }

    private static String counted(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }

    private static List<Double> dims(Geometry grid) {
        return IntStream.range(0, 3).mapToObj(a -> (double) grid.dim(a)).toList();
    }

    private static List<Double> spacings(Geometry grid) {
        return DoubleStream.of(grid.spacing(0), grid.spacing(1), grid.spacing(2)).boxed().toList();
    }

    /// From the least to the most along each axis: `31–40 × 45–55 × 24–40`.
    private static String range(List<List<Double>> triples, String format) {
        List<String> axes = new ArrayList<>();
        for (int a = 0; a < 3; a++) {
            int axis = a;
            var all = triples.stream().mapToDouble(triple -> triple.get(axis)).summaryStatistics();
            String least = String.format(Locale.ROOT, format, all.getMin()), most = String.format(Locale.ROOT, format, all.getMax());
            axes.add(least.equals(most) ? least : least + "–" + most);
        }
        return String.join(" × ", axes);
    }

    private static String fileName(Path path) {
        return String.valueOf(path.getFileName());
    }
}
