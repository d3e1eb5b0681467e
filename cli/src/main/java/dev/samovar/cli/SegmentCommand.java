package dev.samovar.cli;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Shape;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.dicom.Segment.Algorithm;
import dev.samovar.imaging.dicom.Segment.Meaning;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.imaging.format.StoredPicture;
import dev.samovar.imaging.format.TiffLabels;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Region;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.medsam.MedSamFraming;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Framing;
import dev.samovar.models.sam.MaskFiles;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.PromptUncertainty;
import dev.samovar.models.view.MaskOverlay;
import dev.samovar.models.view.Overlay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `segment`: segments what points, boxes and masks point at.
@Command(name = "segment", sortOptions = false,
        customSynopsis = "samovar segment [--weights FILE] --image FILE (--point X,Y[,LABEL]... | --box X0,Y0,X1,Y1... | --mask FILE) --out DIR [OPTIONS]",
        description = {"Segments what a prompt points at, with SAM or MedSAM: in a picture, in a slice of a volume, or in a whole volume.",
            "One click may mean several things: the mask that SAM thinks fits best is taken; --multimask gives all three.",
            "Points and a mask belong to one thing, with or without a box; several boxes are several things, the later in front of the earlier.",
            "MedSAM (--preprocessing medsam) was trained with boxes alone."})
final class SegmentCommand implements Runnable {
    private static final double STOP = 0.3;
    private static final String LOW_RES = "low_res_masks";
    private static final int FEW = 4;                                              // with up to this many prompts most of the time goes into the encoder

    @ParentCommand
    private Main main;

    @Mixin
    private SamOptions model = new SamOptions();

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Mixin
    private PromptOptions prompts = new PromptOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder for the masks, created if it does not exist.")
    private Path out;

    @Option(names = "--multimask", description = "For a picture: write all three masks that the prompt may mean, in the decoder's order.")
    private boolean multimask;

    @Option(names = "--preprocessing", paramLabel = "sam|medsam|lite-medsam",
            description = "How pictures become inputs of the encoder: as SAM, MedSAM or LiteMedSAM was trained with them (default: sam; "
                    + "lite-medsam for a LiteMedSAM).")
    private @Nullable String preprocessing;
    private String framed = "";

    @Option(names = "--propagate",
            description = "From --slice on, follow each thing through the slices on both sides: the box around its mask, a little larger, is the prompt in the next one.")
    private boolean propagate;

    @Option(names = "--stop", paramLabel = "IOU",
            description = "With --propagate: a thing ends where its masks in two neighbouring slices overlap by less than this IoU, from 0 (never) to 1 (default: "
                    + STOP + ").")
    private @Nullable Double stop;

    @Option(names = "--embedding", paramLabel = "FILE",
            description = "For a picture: keep its embedding in this file, or use the file if it exists. The next prompt then does not need the encoder.")
    private @Nullable Path embedding;

    @Option(names = "--logits",
            description = "For a picture: also write NAME_logits.safetensors, the best mask first, for --mask of the next prompt.")
    private boolean logits;

    @Mixin
    private UncertaintyOptions uncertainty = new UncertaintyOptions();

    @Mixin
    private DicomOutput dicom = new DicomOutput();

    @Mixin
    private FormatOption format = new FormatOption();

    @Option(names = "--overwrite", description = "Replace files that exist.")
    private boolean overwrite;

    @Override
    public void run() {
        model.check();
        if (stop != null && !propagate) throw Problem.input("--stop is for --propagate");
        double least = stop != null ? stop : STOP;
        var end = Problem.of("--stop", least, () -> new VolumePredictor.Stop(least, 1));
        boolean volume = image.isVolume();
        format.check(!volume);
        if (volume && (multimask || embedding != null || logits))
            throw Problem.input("--multimask, --embedding and --logits are for pictures");
        uncertainty.check();
        if (uncertainty.wanted() && (multimask || propagate))
            throw Problem.input("--uncertainty asks the same question several times: it cannot be combined with --multimask or --propagate");
        if (uncertainty.wanted() && prompts.none()) throw Problem.input("--uncertainty moves points and boxes, and there are none");
        if (!volume && propagate) throw Problem.input("--propagate is for volumes");
        if (propagate && image.slice() == null) throw Problem.input("--propagate starts from a slice; say with --slice from which");
        prompts.check();
        if (volume) {
            segmentVolume(end);
        } else {
            dicom.meanings(false, _ -> true, "");
            segmentPicture();
        }
    }

    /// The preprocessing that was asked for; null for the model's own.
    private @Nullable Framing framing() {
        if (preprocessing == null) return null;
        return Stream.of(new SamFraming(), new MedSamFraming(), new LiteMedSamFraming()).filter(f -> f.title().equals(preprocessing)).findAny()
                .orElseThrow(() -> Problem.input("--preprocessing " + preprocessing + ": it is sam, medsam or lite-medsam"));
    }

    private void load(boolean once, Consumer<SamPredictor> work) {
        Framing asked = framing();
        try (Sam sam = model.load(main.console(), once)) {
            Framing framing = asked == null ? LiteMedSamFraming.orSams(sam.config()) : asked;
            framed = framing.title();
            work.accept(new SamPredictor(sam, framing));
        }
    }

    private Path output(String ending) {
        return Outputs.inFolder(out, image.name() + ending, overwrite);
    }

    // ---- pictures

    private void segmentPicture() {
        if (multimask && format.tiff())
            throw Problem.input("--format tif writes labels, and the masks of --multimask are alternatives; leave one of them out");
        if (multimask && prompts.things() > 1) throw Problem.input("--multimask is for one thing; leave it out for several boxes");
        int masks = multimask ? SamConfig.MASK_TOKENS - 1 : prompts.things();
        Path overlay = output("_overlay.png"), json = output("_masks.json"), kept = logits ? output("_logits.safetensors") : null;
        List<Path> files = IntStream.rangeClosed(1, masks).mapToObj(i -> output(masks == 1 ? "_mask.png" : "_mask_" + i + ".png")).toList();
        List<Path> others = new ArrayList<>();
        if (format.tiff()) others.add(output("_labels.tif"));
        List<Path> maps = uncertainty.files(this::output, ".png");
        others.addAll(maps);
        for (Path region : format.files(image.name() + "_")) others.add(output(region.toString().substring(image.name().length())));
        if (embedding != null && !Files.exists(embedding)) Outputs.check(embedding, false);
        Ahead<StoredPicture.Shown> reading = Ahead.of(image::picture);
        Question checked = BuiltInSam.is(model.weights()) ? null : question(reading.get());       // the built-in weights are loaded meanwhile
        load(!uncertainty.wanted() && prompts.things() <= FEW, predictor -> {
            Question question = checked == null ? question(reading.get()) : checked;
            StoredPicture.Shown shown = question.shown;
            Picture picture = shown.picture();
            List<Prompt> asked = asked(question.things, question.rough == null ? question.lowRes : predictor.prompt(question.rough));
            EmbeddedImage embedded = embedded(predictor, picture);
            List<Candidate> found = multimask
                    ? predictor.predict(embedded, asked.getFirst(), true)
                    : asked.stream().map(p -> predictor.best(embedded, p)).toList();
            Ahead<byte[]> drawn = Ahead.of(() -> Pictures.png(MaskOverlay.of(picture, found.stream().map(c -> Rle.of(c.mask())).toList())));
            Outputs.folder(out);
            List<PromptUncertainty> uncertain = uncertainty.wanted() ? uncertainty.ask(predictor, embedded, asked) : List.of();
            LabelPicture labels = format.tiff() ? labels(shown.grid(), found) : null;
            AtomicFile.allOrNone(() -> {
                for (int i = 0; i < masks; i++) MaskFiles.write(files.get(i), found.get(i).mask());
                if (!maps.isEmpty()) UncertaintyOptions.write(maps, picture, uncertain);
                AtomicFile.write(json, json(asked, found, files, uncertain).pretty());
                Outputs.png(overlay, drawn.get());
                if (kept != null) save(kept, found);
                format.write(out.resolve(image.name() + "_").toString(), regions(found));
                if (labels != null) TiffLabels.write(others.getFirst(), shown.grid(), labels.numbers());
            });
            if (labels != null && labels.covered() > 0) main.console().say(labels.remark(String.valueOf(others.getFirst().getFileName())));
            for (int i = 0; i < masks; i++) {
                main.console().say(String.format(Locale.ROOT, "%s: predicted IoU %.3f, %d pixels", files.get(i).getFileName(), found.get(i)
                        .iou(), found.get(i).mask().area()));
                if (found.get(i).mask().area() == 0) main.console().warn("warning: nothing was found: " + files.get(i).getFileName() + " is empty");
                if (!uncertain.isEmpty())
                    main.console().say(String.format(Locale.ROOT,
                            "  the answers differ by %.3f (1 - Dice), stability %.3f", uncertain.get(i).answers().disagreement(), uncertain.get(i)
                                    .stability()));
                main.console().result(files.get(i) + "\n");
            }
            tellOfOlder(Stream.of(files, others, kept == null ? List.<Path>of() : List.of(kept)).flatMap(List::stream).toList());
            main.console().result(overlay + "\n" + json + "\n" + (kept == null ? "" : kept + "\n"));
            others.forEach(other -> main.console().result(other + "\n"));
        });
    }

    /// What is asked about a picture.
    ///
    /// @param rough a mask to start from
    /// @param lowRes the same as logits
    private record Question(StoredPicture.Shown shown, List<Prompt> things, @Nullable Mask rough, Prompt.@Nullable LowRes lowRes) {}

    private Question question(StoredPicture.Shown shown) {
        image.tell(shown, main.console());
        Picture picture = shown.picture();
        Path file = prompts.mask();
        Mask rough = file == null || isLogits(file) ? null : rough(file, picture);
        Prompt.LowRes lowRes = file != null && isLogits(file) ? logits(file) : null;
        List<Prompt> things = prompts.ofPicture(picture.height(), picture.width(), main.console());
        for (Prompt thing : things) SamPredictor.check(thing, picture.height(), picture.width());
        return new Question(shown, things, rough, lowRes);
    }

    /// Warns of files of an earlier answer for this picture that this one has not replaced.
    private void tellOfOlder(List<Path> written) {
        Pattern ours = Pattern
                .compile(Pattern.quote(image.name()) + "_(mask(_\\d+)?\\.png|labels\\.tif|logits\\.safetensors|masks\\.geojson|RoiSet\\.zip|"
                        + String.join("|", UncertaintyOptions.MAPS) + "\\.png)");
        try (Stream<Path> all = Files.list(out)) {
            List<String> older = all.filter(file -> !written.contains(file)).map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> ours.matcher(name).matches()).sorted().toList();
            if (!older.isEmpty()) main.console().warn("warning: of an earlier answer, and not replaced: " + String.join(", ", older));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Region> regions(List<Candidate> found) {
        return IntStream.range(0, found.size()).mapToObj(i -> new Region((multimask ? "mask " : "thing ") + (i + 1), i + 1, found.get(i)
                .mask(), Map.of("predicted IoU", (double) found.get(i).iou()), image.slice())).toList();
    }

    /// For each pixel, the number of its thing, from 1. Later things are in front of earlier ones.
    private static LabelPicture labels(Geometry grid, List<Candidate> found) {
        return LabelPicture.of(grid.voxels(), found.stream().map(Candidate::mask).toList(), IntStream.range(0, found.size()).boxed().toList());
    }

    /// The prompts: things, of which a single one may have a mask, or a mask alone.
    private static List<Prompt> asked(List<Prompt> things, Prompt.@Nullable LowRes mask) {
        if (mask == null) return things;
        return List.of(things.isEmpty() ? mask : things.getFirst().and(mask));
    }

    /// The embedding of the picture, from now or from an earlier run.
    private EmbeddedImage embedded(SamPredictor predictor, Picture picture) {
        if (embedding != null && Files.exists(embedding)) {
            EmbeddedImage loaded = EmbeddedImage.load(embedding);
            if (!loaded.isOf(picture))
                throw Problem.input(embedding + " is the embedding of another picture than " + image.file() + "; give another file");
            try {
                predictor.check(loaded);
            } catch (FormatException e) {
                throw Problem.input(embedding + ": " + e.getMessage());
            }
            return loaded;
        }
        main.console().draw("embedding " + image.file() + " …");
        EmbeddedImage embedded = predictor.embed(picture);
        main.console().clear();
        if (embedding != null) embedded.save(embedding, picture);
        return embedded;
    }

    private Json json(List<Prompt> asked, List<Candidate> found, List<Path> files, List<PromptUncertainty> uncertain) {
        List<Json> masks = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            Candidate one = found.get(i);
            Prompt prompt = asked.get(multimask ? 0 : i);
            Json mask = Json.object()
                    .with("file", String.valueOf(files.get(i).getFileName()))
                    .with("prompt", json(prompt))
                    .with("predicted_iou", Json.orNull(one.iou()))
                    .with("area", one.mask().area())
                    .with("bbox", MaskFiles.cocoBox(one.mask().box()))
                    .with("segmentation", MaskFiles.json(Rle.of(one.mask())));
            if (!uncertain.isEmpty())
                mask = mask.with("answers", uncertain.get(i).answers().answers()).with("disagreement", uncertain.get(i).answers()
                        .disagreement()).with("stability", uncertain.get(i).stability());
            masks.add(mask);
        }
        return Json.object()
                .with("image", image.file().toString())
                .with("weights", model.weights().toString())
                .with("preprocessing", framed)
                .with("masks", masks);
    }

    private static Json json(Prompt prompt) {
        var all = Prompt.Combination.of(prompt);
        Json json = Json.object();
        if (all.points() != null)
            json = json.with("points", all.points().points().stream().map(p -> List.of(p.x(), p.y(), p.label())).toList());
        if (all.box() != null) json = json.with("box", List.of(all.box().x0(), all.box().y0(), all.box().x1(), all.box().y1()));
        return all.mask() == null ? json : json.with("mask", true);
    }

    // ---- volumes

    private void segmentVolume(VolumePredictor.Stop end) {
        Volume volume = image.volume(main.console());
        boolean isDicom = volume.geometry().source() instanceof DicomSeries;
        Map<String, Meaning> meanings = dicom.meanings(isDicom, name -> name.matches("thing [1-9]\\d*"), "thing 1, thing 2 and so on");
        Slices slices = image.slices(volume);
        Integer slice = image.slice();
        Path annotation = prompts.mask();
        if (annotation != null && !(propagate && prompts.none()))
            throw Problem.input("--mask for a volume is what --propagate starts from, in place of points and boxes");
        List<Mask> annotated = annotation == null || slice == null ? List.of() : annotated(annotation, volume, slices, slice);
        List<VolumePrompt> things = annotation != null
                ? List.of()
                : prompts.ofVolume(slices, slice, main.console());
        VolumePredictor.check(things, slices);
        Path labels = labels(), overlay = output("_overlay.png"), tiff = format.tiff() ? output("_labels.tif") : null,
                segmentation = isDicom ? output(DicomOutput.ENDING) : null;
        List<Path> maps = uncertainty.files(this::output, ".nii.gz");
        if (Outputs.same(labels, image.file())) throw Problem.input(labels + " is the volume itself; choose another --out");
        load(false, predictor -> {
            var through = new VolumePredictor(predictor, volume, slices);
            LabelVolume found;
            try (ProgressLine progress = new ProgressLine(main.console())) {
                progress.begin("segmenting " + image.name(), propagate ? slices.count() : VolumePredictor.slices(things));
                if (slice == null || !propagate) {
                    found = through.segment(things, n -> progress.done(n, ""));
                } else {
                    List<Mask> start = annotation != null
                            ? annotated
                            : through.masks(slice, things.stream().map(VolumePrompt::prompt).toList());
                    found = through.propagate(slice, start, end, n -> progress.done(n, ""));
                }
            }
            Outputs.folder(out);
            AtomicFile.allOrNone(() -> {
                Volumes.write(labels, found);
                if (tiff != null) TiffLabels.write(tiff, found);
                Outputs.picture(overlay, Overlay.asCut(volume, found, slices));
                if (!maps.isEmpty()) uncertainty.write(maps, predictor, volume, slices, things, main.console());
                tell(found, slices, annotation != null ? annotated.size() : things.size());
                boolean written = segmentation != null && dicom.write(segmentation, found, names(annotation != null
                        ? annotated.size()
                        : things.size()),
                        Algorithm.SEMIAUTOMATIC, meanings, main.console());
                maps.forEach(map -> main.console().result(map + "\n"));
                main.console().result(labels + "\n" + overlay + "\n" + (written ? segmentation + "\n" : "") + (tiff == null
                        ? ""
                        : tiff + "\n"));
            });
        });
    }

    /// The label file, of the format of the image.
    private Path labels() {
        String ending = String.valueOf(Volumes.labels(out, image.name(), image.file()).getFileName()).substring(image.name().length());
        return output(ending);
    }

    private static List<String> names(int things) {
        return IntStream.rangeClosed(0, things).mapToObj(c -> c == 0 ? "background" : "thing " + c).toList();
    }

    /// Says for each thing in which slices it was found.
    private void tell(LabelVolume found, Slices slices, int things) {
        int[] voxels = new int[things + 1], first = new int[things + 1], last = new int[things + 1];
        for (int s = 0; s < slices.count(); s++) {
            for (byte label : slices.cut(found, s)) {
                int c = label & 0xFF;
                if (voxels[c]++ == 0) first[c] = s;
                last[c] = s;
            }
        }
        for (int c = 1; c <= things; c++) {
            if (voxels[c] == 0)
                main.console().warn(c == things
                        ? "warning: nothing was found of thing " + c
                        : "warning: nothing is to be seen of thing " + c + ": nothing was found, or later things are in front of it");
            else
                main.console().say("thing " + c + ": slices " + first[c] + " to " + last[c] + " across " + ImageOptions.AXES.get(slices.axis())
                        + ", " + voxels[c]
                        + " voxels");
        }
    }

    /// The things that a file of labels shows in a slice, one for each class: a volume on the same grid, or a picture of the slice.
    private List<Mask> annotated(Path file, Volume volume, Slices slices, int slice) {
        LabelVolume labels = Grids.align(rough(file), volume.geometry());
        int h = slices.height(), w = slices.width();
        byte[] classes;
        if (labels.geometry().size().equals(volume.geometry().size())) {
            classes = slices.cut(onGridOf(volume, labels, file), slice);
        } else if (labels.geometry().nz() == 1 && labels.geometry().nx() == w && labels.geometry().ny() == h) {
            classes = labels.classes();
        } else {
            throw Problem.input(file + ": it is " + labels.geometry().size()
                    + ", and neither on the grid of the volume nor a picture of its slices, which are " + w
                    + " wide and " + h + " high");
        }
        List<Mask> masks = new ArrayList<>();
        for (int c = 1; c <= labels.max(); c++) masks.add(Mask.of(c, h, w, classes));
        if (masks.stream().allMatch(m -> m.area() == 0)) throw Problem.input(file + ": there is nothing in its slice " + slice);
        return masks;
    }

    private LabelVolume onGridOf(Volume volume, LabelVolume labels, Path file) {
        try {
            Grids.Pair pair = Grids.pair(volume, labels);
            pair.remark().ifPresent(remark -> main.console().warn("warning: " + file + ": " + remark));
            return pair.labels();
        } catch (FormatException e) {
            throw Problem.input(file + ": " + e.getMessage());
        }
    }

    // ---- files of masks

    /// The labels to start from. Says what is slightly irregular in them.
    private LabelVolume rough(Path file) {
        LabelVolume labels = Volumes.readLabels(file);
        for (String remark : labels.remarks()) main.console().warn("warning: " + file + ": " + remark);
        return labels;
    }

    private static boolean isLogits(Path file) {
        return file.toString().endsWith(".safetensors");
    }

    /// What is not background in a picture of labels.
    private Mask rough(Path file, Picture picture) {
        LabelVolume labels = rough(file);
        if (labels.geometry().nx() != picture.width() || labels.geometry().ny() != picture.height() || labels.geometry().nz() != 1)
            throw Problem.input(file + ": it is " + labels.geometry().size() + ", and the picture is " + picture.width() + " wide and "
                    + picture.height() + " high");
        boolean[] pixels = new boolean[labels.classes().length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = labels.classes()[i] != 0;
        if (prompts.none() && labels.max() == 0) throw Problem.input(file + ": there is nothing in it, and no point or box says what to segment");
        return new Mask(picture.height(), picture.width(), pixels);
    }

    /// The best of the masks' logits that [#save] wrote.
    private static Prompt.LowRes logits(Path path) {
        try (var file = Safetensors.open(path)) {
            var entry = file.entries().get(LOW_RES);
            if (entry == null || entry.shape().rank() != 3 || entry.shape().dim(0) == 0 || entry.shape().dim(1) != entry.shape().dim(2))
                throw new FormatException(path + ": there are no logits in it; take a file that segment --logits wrote");
            int side = entry.shape().dim(1);
            float[] best = Arrays.copyOf(file.floats(LOW_RES), side * side);
            for (float logit : best)
                if (!Float.isFinite(logit)) throw new FormatException(path + ": it holds the logit " + logit + "; write it again");
            return new Prompt.LowRes(side, best);
        }
    }

    /// Writes the logits of masks, the one with the highest predicted IoU first.
    private static void save(Path file, List<Candidate> found) {
        List<Candidate> best = found.stream().sorted(Comparator.comparingDouble(c -> -c.iou())).toList();
        int side = best.getFirst().lowRes().side(), n = side * side;
        float[] all = new float[best.size() * n];
        for (int i = 0; i < best.size(); i++) System.arraycopy(best.get(i).lowRes().logits(), 0, all, i * n, n);
        Safetensors.write(file, Map.of(), List.of(Safetensors.Item.of(LOW_RES, Shape.of(best.size(), side, side), all)));
    }
}
