package dev.samovar.models.study;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.train.Basis;
import dev.samovar.models.train.Pieces;
import dev.samovar.models.train.Preprocessing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A folder with the answers of one SAM to prompts made from the truth of a dataset, by the protocols of two published evaluations.
///
/// An object is a class in a slice; slices are cut as for training, across the axis of the largest spacing in the canonical orientation, and each is
/// stretched to 8 bits by itself. A slice is embedded once, and only if it contains an object. `prompts.json` holds the settings, and
/// `cases/NAME.json` is written when a case is finished. So a study that was cut short continues with the next case, and the same settings give the
/// same bytes.
///
/// @param folder the folder
/// @param settings the settings
/// @param classNames background first
/// @param cases the names of its cases
/// @param weightsSha256 the digest of the checkpoint
public record PromptStudy(Path folder, PromptSettings settings, List<String> classNames, List<String> cases, String weightsSha256) {
    private static final String JSON = "prompts.json", FORMAT = "samovar-prompts-1", CASES = "cases", DIGEST = "digest";

    /// Copies the lists.
    public PromptStudy {
        classNames = List.copyOf(classNames);
        cases = List.copyOf(cases);
    }

    /// Begins a study, or continues it.
    ///
    /// @throws FormatException if another one was begun in the folder
    public void begin() {
        check();
        Path file = folder.resolve(JSON);
        if (Files.exists(file)) {
            AtomicFile.sweep(folder.resolve(CASES));
            return;
        }
        AtomicFile.makeFolder(folder.resolve(CASES));
        AtomicFile.write(file, json().pretty());
    }

    /// Makes sure that no other study was begun in the folder, and writes nothing.
    ///
    /// @throws FormatException if one was
    public void check() {
        Path file = folder.resolve(JSON);
        if (Files.exists(file) && !Json.read(file).equals(Json.parse(json().toString(), JSON)))
            throw new FormatException(folder + ": a study with other settings, cases or weights was begun there; give another --out");
    }

    private Json json() {
        return Json.object().with("format", FORMAT).with("settings", settings.json()).with("classNames", classNames).with("cases", cases)
                .with("weightsSha256", weightsSha256);
    }

    /// Makes sure that the finished cases are as they were when they were asked about.
    ///
    /// @throws FormatException if one is not, naming it
    public void checkFinished(Dataset dataset, Progress progress) {
        List<String> names = cases.stream().filter(name -> Files.exists(file(name))).toList();
        progress.begin("comparing", names.size());
        int done = 0;
        for (Case one : dataset.cases(names)) {
            if (!Json.read(file(one.name())).at(DIGEST).string().equals(Basis.digest(dataset.load(one))))
                throw new FormatException(folder + ": image or label of case " + FormatException.shown(one.name())
                        + " is not the one that was asked about; put it back, or give another --out");
            progress.done(++done, one.name());
        }
    }

    /// The cases that are not finished.
    public List<String> missing() {
        return cases.stream().filter(name -> !Files.exists(file(name))).toList();
    }

    private Path file(String name) {
        return folder.resolve(CASES).resolve(name + ".json");
    }

    /// The number of slices in the missing cases that contain an object, and the number of objects. This reads their labels.
    public Work work(Dataset dataset, Progress progress) {
        List<String> names = missing();
        progress.begin("reading", names.size());
        int slices = 0, objects = 0, done = 0;
        for (Case one : dataset.cases(names)) {
            Sample sample = dataset.load(one);
            Slices cut = Slices.of(sample.image().geometry());
            for (int s = 0; s < cut.count(); s++) {
                int there = objects(cut.cut(sample.label(), s), cut).size();
                objects += there;
                if (there > 0) slices++;
            }
            progress.done(++done, one.name());
        }
        return new Work(slices, objects);
    }

    /// The work to do.
    ///
    /// @param slices to embed
    /// @param objects to prompt for
    public record Work(int slices, int objects) {}

    /// The estimated time.
    ///
    /// @param seconds approximately
    /// @param settled whether the rehearsal had stopped becoming faster; if not, the seconds are probably too many
    public record Time(double seconds, boolean settled) {}

    /// The estimated time for the missing cases: a slice with an object is embedded and prompted for repeatedly, for a few seconds.
    public Time time(Dataset dataset, SamPredictor predictor, Work work) {
        for (Case one : dataset.cases(missing())) {
            Sample sample = dataset.load(one);
            Slices slices = Slices.of(sample.image().geometry());
            List<Integer> there = IntStream.range(0, slices.count()).filter(s -> !objects(slices.cut(sample.label(), s), slices).isEmpty()).boxed()
                    .toList();
            if (!there.isEmpty()) return rehearsed(sample, slices, there.get(there.size() / 2), predictor, work);
        }
        return new Time(0, true);
    }

    private Time rehearsed(Sample sample, Slices slices, int s, SamPredictor predictor, Work work) {
        byte[] labels = slices.cut(sample.label(), s);
        Picture picture = Preprocessing.stretched(slices.cut(sample.image(), s));
        EmbeddedImage embedded = predictor.embed(picture);
        List<Mask> truths = objects(labels, slices).stream().map(c -> Mask.of(c, slices.height(), slices.width(), labels)).toList();
        Mask labelled = labelled(labels, slices), ignored = ignored(labels, slices);
        var pieces = new Pieces();
        Pieces.Piece embedding = pieces.of(work.slices, _ -> Objects.requireNonNull(predictor.embed(picture)));
        Pieces.Piece looking = pieces.of(settings.protocols().contains(Protocol.EVERYTHING) ? work.slices : 0,
                _ -> Objects.requireNonNull(everything(predictor, embedded, picture)));
        Pieces.Piece asking = pieces.of(work.objects, n -> {
            Mask truth = truths.get(n % truths.size());
            Objects.requireNonNull(ObjectProperties.of(truth, picture));
            Objects.requireNonNull(ObjectStudy.scores(Asked.of(predictor, embedded), truth, labelled, ignored, settings, "rehearsal " + n, List::of));
        });
        boolean settled = pieces.rehearse();
        return new Time(work.slices * (embedding.seconds() + looking.seconds()) + work.objects * asking.seconds(), settled);
    }

    /// Does the missing cases.
    ///
    /// @throws FormatException if one cannot be read
    public void run(Dataset dataset, SamPredictor predictor, Progress progress) {
        List<String> names = missing();
        progress.begin("asking", names.size());
        int done = 0;
        for (Case one : dataset.cases(names)) {
            Watch.step("cases", done, names.size());
            Sample sample = dataset.load(one);
            final int number = done;
            String modality = dataset.modality(one);
            List<ObjectResult> results = results(sample, modality, predictor, s -> progress.done(number, one.name() + ", slice " + s));
            AtomicFile.write(file(one.name()), Json.object().with("case", one.name()).with(DIGEST, Basis.digest(sample)).with("modality", modality)
                    .with("objects", results.stream().map(ObjectResult::json).toList()).pretty());
            progress.done(++done, one.name());
        }
    }

    private List<ObjectResult> results(Sample sample, String modality, SamPredictor predictor, IntConsumer slice) {
        Slices slices = Slices.of(sample.image().geometry());
        List<ObjectResult> results = new ArrayList<>();
        for (int s = 0; s < slices.count(); s++) {
            byte[] labels = slices.cut(sample.label(), s);
            List<Integer> objects = objects(labels, slices);
            if (objects.isEmpty()) continue;
            slice.accept(s);
            Picture picture = Preprocessing.stretched(slices.cut(sample.image(), s));
            EmbeddedImage embedded = predictor.embed(picture);
            var everything = new Once(() -> everything(predictor, embedded, picture));
            Mask labelled = labelled(labels, slices), ignored = ignored(labels, slices);
            for (int c : objects) {
                Mask truth = Mask.of(c, slices.height(), slices.width(), labels);
                results.add(new ObjectResult(sample.name(), modality, s, c, ObjectProperties.of(truth, picture),
                        ObjectStudy.scores(Asked.of(predictor, embedded), truth, labelled, ignored, settings,
                                sample.name() + ", slice " + s + ", class " + c, everything)));
            }
        }
        return results;
    }

    /// The classes of a slice that have enough pixels.
    private List<Integer> objects(byte[] labels, Slices slices) {
        List<Integer> objects = new ArrayList<>();
        for (int c = 1; c < classNames.size() && c < Labels.IGNORED; c++)
            if (Mask.of(c, slices.height(), slices.width(), labels).area() >= settings.fewest()) objects.add(c);
        return objects;
    }

    private static Mask labelled(byte[] labels, Slices slices) {
        boolean[] pixels = new boolean[labels.length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = labels[i] != 0 && labels[i] != (byte) Labels.IGNORED;
        return new Mask(slices.height(), slices.width(), pixels);
    }

    private static Mask ignored(byte[] labels, Slices slices) {
        return Mask.of(Labels.IGNORED, slices.height(), slices.width(), labels);
    }

    private List<MaskRecord> everything(SamPredictor predictor, EmbeddedImage embedded, Picture picture) {
        var how = AutomaticMaskGenerator.Settings.defaults().withPoints(settings.pointsPerSide()).withThresholds(settings.predictedIou(),
                settings.stability());
        return new AutomaticMaskGenerator(_ -> predictor.look(embedded), how).generate(picture);      // without crops it only looks at the whole picture
    }

    /// A value that is computed when it is first asked for, and then kept.
    private static final class Once implements Supplier<List<MaskRecord>> {
        private final Supplier<List<MaskRecord>> work;
        private @Nullable List<MaskRecord> value;

        Once(Supplier<List<MaskRecord>> work) {
            this.work = work;
        }

        @Override
        public List<MaskRecord> get() {
            if (value == null) value = work.get();
            return Objects.requireNonNull(value);
        }
    }

    /// The results so far, case by case.
    public List<ObjectResult> results() {
        List<ObjectResult> results = new ArrayList<>();
        for (String name : cases) {
            if (!Files.exists(file(name))) continue;
            Json one = Json.read(file(name));
            for (Json object : one.at("objects").list()) results.add(ObjectResult.of(name, one.at("modality").string(), object));
        }
        return results;
    }
}
