package dev.samovar.cli;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.StoredPicture;
import dev.samovar.imaging.format.TiffLabels;
import dev.samovar.models.mask.Region;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import dev.samovar.models.sam.MaskFiles;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.PromptException;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.view.MaskOverlay;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `masks`: everything in a picture.
@Command(name = "masks", sortOptions = false, customSynopsis = "samovar masks [--weights FILE] --image FILE --out DIR [OPTIONS]",
        description = {"Finds everything in a picture, or in a slice of a volume, by clicking on a grid of points.",
            "Writes 0.png, 1.png and so on, metadata.csv, masks.json with COCO's run lengths, and overlay.png. The options and their defaults "
                    + "are those of the official automatic mask generator."})
final class MasksCommand implements Runnable {
    private static final Settings DEFAULTS = Settings.defaults();
    private static final Pattern PARAMETER = Pattern.compile("[a-z]+(_[a-z]+)+");
    private static final String JSON = "masks.json", OVERLAY = "overlay.png", LABELS = "labels.tif";

    @ParentCommand
    private Main main;

    @Mixin
    private SamOptions model = new SamOptions();

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder for the masks: a new or an empty one.")
    private Path out;

    @Option(names = "--points-per-side", paramLabel = "N", description = "Points along a side of the grid (default: ${DEFAULT-VALUE}).")
    private int pointsPerSide = DEFAULTS.pointsPerSide();

    @Option(names = "--points-per-batch", paramLabel = "N",
            description = "Points that share work (default: ${DEFAULT-VALUE}). Masks do not depend on it.")
    private int pointsPerBatch = DEFAULTS.pointsPerBatch();

    @Option(names = "--pred-iou-thresh", paramLabel = "IOU",
            description = "Masks must have a predicted IoU above this (default: ${DEFAULT-VALUE}).")
    private double predIouThresh = DEFAULTS.predIouThresh();

    @Option(names = "--stability-score-thresh", paramLabel = "SCORE",
            description = "Masks must be this stable: the overlap of a stricter and a laxer version of each (default: ${DEFAULT-VALUE}).")
    private double stabilityScoreThresh = DEFAULTS.stabilityScoreThresh();

    @Option(names = "--stability-score-offset", paramLabel = "X",
            description = "How much stricter and laxer those are, in logits (default: ${DEFAULT-VALUE}).")
    private double stabilityScoreOffset = DEFAULTS.stabilityScoreOffset();

    @Option(names = "--box-nms-thresh", paramLabel = "IOU",
            description = "Of two masks whose boxes overlap more than this, the better one is kept (default: ${DEFAULT-VALUE}).")
    private double boxNmsThresh = DEFAULTS.boxNmsThresh();

    @Option(names = "--crop-n-layers", paramLabel = "N",
            description = "Layers of crops to search, too: 4 crops of the picture in the first, 16 in the second, and so on (default: ${DEFAULT-VALUE}).")
    private int cropNLayers = DEFAULTS.cropNLayers();

    @Option(names = "--crop-nms-thresh", paramLabel = "IOU",
            description = "As --box-nms-thresh, between crops (default: ${DEFAULT-VALUE}).")
    private double cropNmsThresh = DEFAULTS.cropNmsThresh();

    @Option(names = "--crop-overlap-ratio", paramLabel = "X",
            description = "How much crops overlap, as a fraction of the picture's shorter side (default: 512/1500).")
    private double cropOverlapRatio = DEFAULTS.cropOverlapRatio();

    @Option(names = "--crop-n-points-downscale-factor", paramLabel = "N",
            description = "The factor by which each layer of crops has fewer points along a side (default: ${DEFAULT-VALUE}).")
    private int cropNPointsDownscaleFactor = DEFAULTS.cropNPointsDownscaleFactor();

    @Option(names = "--min-mask-region-area", paramLabel = "PIXELS",
            description = "Fill smaller holes and remove smaller islands (default: ${DEFAULT-VALUE}, leave them).")
    private int minMaskRegionArea = DEFAULTS.minMaskRegionArea();

    @Mixin
    private FormatOption format = new FormatOption();

    @Override
    public void run() {
        model.check();
        format.check(true);
        Settings settings = settings();
        Outputs.empty(out);
        StoredPicture.Shown shown = picture();
        Picture picture = shown.picture();
        List<MaskRecord> found = masks(picture, settings);
        BufferedImage overlay = MaskOverlay.of(picture, found.stream().map(MaskRecord::segmentation).toList());
        List<Path> others = new ArrayList<>();
        AtomicFile.allOrNone(() -> {
            MaskFiles.write(out, found);
            AtomicFile.write(out.resolve(JSON), MaskFiles.json(found).pretty());
            Outputs.picture(out.resolve(OVERLAY), overlay);
            others.addAll(others(shown.grid(), found));
        });
        long empty = found.stream().filter(mask -> mask.area() == 0).count();   // if all are taken, however unstable
        main.console().say(found.isEmpty()
                ? "nothing was found that meets the thresholds; lower --pred-iou-thresh or --stability-score-thresh"
                : found.size() + (found.size() == 1 ? " mask" : " masks") + (empty > 0 ? ", " + empty + " of them empty" : ""));
        main.console().result(out.resolve(MaskFiles.METADATA) + "\n" + out.resolve(JSON) + "\n" + out.resolve(OVERLAY) + "\n");
        others.forEach(file -> main.console().result(file + "\n"));
    }

    /// The settings that were given. The reference's `points_per_side` is `--points-per-side` here.
    private Settings settings() {
        try {
            return new Settings(pointsPerSide, pointsPerBatch, predIouThresh, stabilityScoreThresh, stabilityScoreOffset, boxNmsThresh,
                    cropNLayers, cropNmsThresh, cropOverlapRatio, cropNPointsDownscaleFactor, null, minMaskRegionArea);
        } catch (PromptException e) {
            throw Problem.input(PARAMETER.matcher(String.valueOf(e.getMessage())).replaceAll(name -> "--" + name.group().replace('_', '-')));
        }
    }

    /// Writes the files for other programs. In labels, which cannot overlap, the smaller mask is in front; the mask of `0.png` has the number 1.
    private List<Path> others(Geometry grid, List<MaskRecord> found) {
        String stem = out.resolve("x").toString().replaceFirst("x$", "");
        format.write(stem, IntStream.range(0, found.size()).mapToObj(i -> new Region("mask " + i, i + 1, found.get(i).segmentation().mask(),
                Map.of("predicted IoU", (double) found.get(i).predictedIou(), "stability score", (double) found.get(i).stabilityScore()),
                image.slice())).toList());
        List<Path> files = new ArrayList<>(format.files(stem));
        if (!format.tiff()) return files;
        List<Integer> order = IntStream.range(0, found.size()).boxed().sorted(Comparator.comparingInt(i -> -found.get(i).area())).toList();
        LabelPicture labels = LabelPicture.of(grid.voxels(), found.stream().map(one -> one.segmentation().mask()).toList(), order);
        TiffLabels.write(out.resolve(LABELS), grid, labels.numbers());
        if (labels.covered() > 0) main.console().say(labels.remark(LABELS));
        files.add(out.resolve(LABELS));
        return files;
    }

    private StoredPicture.Shown picture() {
        if (!image.isVolume()) {
            StoredPicture.Shown shown = image.picture();
            image.tell(shown, main.console());
            return shown;
        }
        Integer slice = image.slice();
        if (slice == null) throw Problem.input(image.file() + " is a volume; say with --slice which slice of it");
        Volume volume = image.volume(main.console());
        Slices slices = image.slices(volume);
        return new StoredPicture.Shown(slices.cut(volume, slice), slices.grid(), List.of());
    }

    private List<MaskRecord> masks(Picture picture, Settings settings) {
        try (Sam sam = model.load(main.console()); ProgressLine progress = new ProgressLine(main.console())) {
            return new AutomaticMaskGenerator(new SamPredictor(sam, LiteMedSamFraming.orSams(sam.config())), settings).generate(picture, (done,
                    all) -> {
                if (done == 0) progress.begin("clicking", all);
                else progress.done(done, "");
            });
        }
    }
}
