package dev.samovar.models.edit;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.sam.Prompt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The folder in which labels are saved while they are edited, so that nothing is lost if a process is killed.
///
/// | file | what |
/// |---|---|
/// | `labels/NAME.nii.gz` (or `.png`, `.tif`, `.nrrd`, `.mha`, like the image) | the labels on the image's grid, for training and other programs |
/// | `state/NAME.json` | the names and colours of the objects, and the open prompts |
/// | `proposals/NAME…` | the labels that a trained run proposed, to compare with the corrected ones |
///
/// Each file is replaced atomically, the labels first. If the two do not agree, because a process was killed in between, the labels count.
public final class LabellingStore implements AutoCloseable {
    private static final String FORMAT = "samovar-labelling-1", LABELS = "labels", STATE = "state", PROPOSALS = "proposals",
            LOCK = ".lock";

    private final Path folder;
    private @Nullable FileChannel held;

    /// A store in a folder, which is created when something is saved.
    public LabellingStore(Path folder) {
        this.folder = folder;
        for (Path one : List.of(labels(), folder.resolve(STATE), folder.resolve(PROPOSALS)))
            if (Files.isDirectory(one)) AtomicFile.sweep(one);
    }

    /// The folder.
    public Path folder() {
        return folder;
    }

    /// The folder of the labels.
    public Path labels() {
        return folder.resolve(LABELS);
    }

    /// The file with the labels of an image.
    public Path labels(String name, Path image) {
        return Volumes.labels(labels(), name, image);
    }

    private Path state(String name) {
        return folder.resolve(STATE).resolve(name + ".json");
    }

    /// The facts about an image that are known without reading its labels.
    ///
    /// @param voxels the number of voxels that belong to an object
    /// @param objects the objects
    /// @param run the run that proposed labels for it, null if none did
    /// @param corrected the number of voxels that differ from the proposal
    public record Summary(int voxels, List<LabelledObject> objects, @Nullable String run, int corrected) {
        /// Copies the collection.
        public Summary { objects = List.copyOf(objects); }
    }

    /// The summary of an image; null if nothing was saved for it.
    ///
    /// @throws FormatException if the file is something else
    public @Nullable Summary summary(String name) {
        Path file = state(name);
        if (!Files.exists(file)) return null;
        Json json = checked(file);
        return new Summary(json.at("voxels").integer(), objects(json), json.has("run") ? json.at("run").string() : null,
                json.has("corrected") ? json.at("corrected").integer() : 0);
    }

    private static Json checked(Path file) {
        Json json = Json.read(file);
        if (!json.isObject() || !json.has("format") || !json.at("format").string().equals(FORMAT))
            throw new FormatException(file + ": it is not a file of samovar open; move it away");
        return json;
    }

    private static List<LabelledObject> objects(Json json) {
        List<LabelledObject> objects = new ArrayList<>();
        for (Json one : json.at("objects").list())
            objects.add(new LabelledObject(one.at("number").integer(), one.at("name").string(), LabelledObject.rgb(one.at("colour").string())));
        return objects;
    }

    /// The labels of an image as they were last saved, or new ones.
    ///
    /// @param beginning the objects of an image for which nothing was saved; if empty, there is one object without a name
    /// @throws FormatException if the saved labels belong to another image, or are damaged
    public Labelling load(OpenedImage image, List<LabelledObject> beginning) {
        Path file = labels(image.name(), image.files().getFirst());
        Path state = state(image.name());
        if (!Files.exists(file)) {
            List<LabelledObject> objects = Files.exists(state) ? objects(checked(state)) : beginning;
            return objects.isEmpty() ? new Labelling(image.grid()) : new Labelling(image.grid(), new byte[image.grid().voxels()], objects);
        }
        LabelVolume kept = onGrid(image, file);
        if (!Files.exists(state)) return new Labelling(image.grid(), kept.classes(), List.of());
        Json json = checked(state);
        Labelling labelling = new Labelling(image.grid(), kept.classes(), objects(json));
        Map<String, Labelling.Open> open = new TreeMap<>();
        for (Json one : json.at("open").list()) open.put(one.at("author").string(), open(one));
        labelling.resume(json.at("revision").whole(), open);
        return labelling;
    }

    /// Labels from a file, brought onto the grid on which the image is edited.
    ///
    /// @throws FormatException if they lie on another grid than the image
    public static LabelVolume onGrid(OpenedImage image, Path file) {
        LabelVolume labels = Volumes.readLabels(file);
        try {
            return image.onGrid(labels);
        } catch (FormatException e) {
            throw new FormatException(file + ": it and the image " + image.name() + " " + e.getMessage() + "; move it away", e);
        }
    }

    /// Labels from the grid on which an image is edited, brought onto the grid of its file.
    public static LabelVolume asInFile(OpenedImage image, LabelVolume labels) {
        return image.orientation() == null ? labels : image.orientation().toOriginal(labels);
    }

    /// The objects of the image that was saved last; empty if nothing was saved.
    public List<LabelledObject> lastObjects() {
        Path states = folder.resolve(STATE);
        if (!Files.isDirectory(states)) return List.of();
        try (Stream<Path> files = Files.list(states)) {
            Optional<Path> last = files.filter(file -> file.toString().endsWith(".json")).max(Comparator.comparingLong(LabellingStore::changedAt));
            return last.isEmpty() ? List.of() : objects(checked(last.get()));
        } catch (IOException | FormatException _) {
            return List.of();                                           // they are only a convenience
        }
    }

    /// Takes the folder for this process, so that two processes do not overwrite each other's work. [#save] does it, too; whoever loads labels to save
    /// them later does it first.
    ///
    /// @throws FormatException if another process keeps labels in this folder
    /// @throws UncheckedIOException if it cannot be written
    public synchronized void hold() {
        if (held != null) return;
        AtomicFile.makeFolder(folder);
        try {
            FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (AtomicFile.lock(channel)) {
                held = channel;
                return;
            }
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to the folder " + folder + ": " + Sentence.reason(e), e);
        }
        throw new FormatException(folder
                + ": another samovar open keeps its labels there; close that one, or choose another folder with --out");
    }

    /// Releases the folder.
    @Override
    public synchronized void close() {
        try {
            if (held != null) held.close();
            held = null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Saves the labels of an image as they are now. Returns the revision that was saved.
    ///
    /// @param proposal the labels that a run proposed, null if none did
    /// @throws FormatException if another process keeps labels in this folder
    /// @throws UncheckedIOException if it cannot be written
    public long save(OpenedImage image, Labelling labelling, @Nullable Proposal proposal) {
        hold();
        Labelling.Snapshot now = labelling.snapshot();
        byte[] labels = now.labels().classes();
        int voxels = 0;
        for (byte label : labels) if (label != 0) voxels++;
        AtomicFile.makeFolder(labels());
        AtomicFile.makeFolder(folder.resolve(STATE));
        Volumes.write(labels(image.name(), image.files().getFirst()), asInFile(image, now.labels()));
        Json json = Json.object().with("format", FORMAT).with("image", image.name()).with("revision", now.revision()).with("voxels", voxels)
                .with("objects", now.objects().stream().map(one -> Json.object().with("number", one.number()).with("name", one.name())
                        .with("colour", one.css())).toList())
                .with("open", now.open().entrySet().stream().map(one -> json(one.getKey(), one.getValue())).toList());
        if (proposal != null) json = json.with("run", proposal.run()).with("corrected", proposal.corrected(labels));
        AtomicFile.write(state(image.name()), json.pretty());
        return now.revision();
    }

    // ---- proposals

    /// Labels that a run proposed for an image, on the grid on which it is edited.
    ///
    /// @param labels the numbers of the objects when the proposal was made
    public record Proposal(String run, LabelVolume labels) {
        /// The number of voxels that have changed since.
        public int corrected(byte[] now) {
            byte[] then = labels.classes();
            int corrected = 0;
            for (int v = 0; v < now.length; v++) if (now[v] != then[v]) corrected++;
            return corrected;
        }
    }

    /// Saves a proposal.
    public void propose(OpenedImage image, Proposal proposal) {
        AtomicFile.makeFolder(folder.resolve(PROPOSALS));
        Volumes.write(proposal(image), asInFile(image, proposal.labels()));
    }

    /// When labels were proposed for an image, in milliseconds since the epoch; 0 if none were.
    public long proposedAt(String name, Path image) {
        return changedAt(Volumes.labels(folder.resolve(PROPOSALS), name, image));
    }

    private static long changedAt(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException _) {
            return 0;
        }
    }

    /// The proposal for an image; null if there is none.
    public @Nullable Proposal proposed(OpenedImage image) {
        Summary summary = summary(image.name());
        if (summary == null || summary.run() == null || !Files.exists(proposal(image))) return null;
        return new Proposal(summary.run(), onGrid(image, proposal(image)));
    }

    private Path proposal(OpenedImage image) {
        return Volumes.labels(folder.resolve(PROPOSALS), image.name(), image.files().getFirst());
    }

    // ---- open prompts

    private static Json json(String author, Labelling.Open open) {
        Asked asked = open.asked();
        Prompt.Box box = asked.box();
        return Json.object().with("author", author).with("object", asked.object()).with("axis", asked.axis()).with("index", asked.index())
                .with("points", asked.points().stream().map(p -> List.of(p.x(), p.y(), p.label())).toList())
                .with("box", box == null ? null : List.of(box.x0(), box.y0(), box.x1(), box.y1()))
                .with("answers", asked.answers().stream().map(a -> List.of(a.iou(), a.area())).toList()).with("chosen", asked.chosen())
                .with("changed", runs(open.change().voxels())).with("before", Runs.of(open.change().before()));
    }

    private static Labelling.Open open(Json json) {
        List<Prompt.Point> points = new ArrayList<>();
        for (Json one : json.at("points").list()) points.add(new Prompt.Point(one.numbers()[0], one.numbers()[1], (int) one.numbers()[2]));
        double[] box = json.has("box") ? json.at("box").numbers() : null;
        List<Asked.Answer> answers = new ArrayList<>();
        for (Json one : json.at("answers").list()) answers.add(new Asked.Answer(one.numbers()[0], (int) one.numbers()[1]));
        Asked asked = new Asked(json.at("object").integer(), json.at("axis").integer(), json.at("index").integer(), points, box == null
                ? null
                : new Prompt.Box(box[0], box[1], box[2], box[3]), answers, json.at("chosen").integer());
        int[] voxels = voxels(json.at("changed").integers());
        return new Labelling.Open(asked, Change.of(voxels, Runs.values(json.at("before").integers(), voxels.length), (byte) asked.object()));
    }

    /// Ascending numbers as runs: the first number of each, and its length.
    private static int[] runs(int[] ascending) {
        int[] runs = new int[2 * ascending.length];
        int n = 0;
        for (int i = 0; i < ascending.length; i++) {
            if (n > 0 && runs[n - 2] + runs[n - 1] == ascending[i]) {
                runs[n - 1]++;
            } else {
                runs[n++] = ascending[i];
                runs[n++] = 1;
            }
        }
        return Arrays.copyOf(runs, n);
    }

    private static int[] voxels(int[] runs) {
        int count = 0, n = 0;
        for (int i = 1; i < runs.length; i += 2) count += runs[i];
        int[] voxels = new int[count];
        for (int i = 0; i < runs.length; i += 2) for (int v = 0; v < runs[i + 1]; v++) voxels[n++] = runs[i] + v;
        return voxels;
    }
}
