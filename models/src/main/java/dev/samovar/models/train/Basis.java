package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Sample;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// The data that a run depends on, as digests: the images and labels of all cases of its split, the split itself, and the meaning of the numbers in
/// the labels. When a run is resumed, or used on these cases, they are compared with it.
///
/// @param split of the split
/// @param classes of the classes and of what the numbers in the labels mean
/// @param images of each case's voxels, in the canonical orientation, and their grid
/// @param labels of each case's classes
public record Basis(String split, String classes, SortedMap<String, String> images, SortedMap<String, String> labels) {

    /// Copies the maps.
    public Basis {
        images = Collections.unmodifiableSortedMap(new TreeMap<>(images));
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }

    /// The basis of a run, without its cases yet.
    static Basis of(Run run) {
        RunConfig config = run.config();
        return new Basis(digest(run.split().json().toString()), digest(config.classNames() + " " + config.origin().reading().json()),
                Collections.emptySortedMap(), Collections.emptySortedMap());
    }

    /// This basis with one more case.
    Basis with(Sample sample) {
        SortedMap<String, String> more = new TreeMap<>(images), other = new TreeMap<>(labels);
        more.put(sample.name(), digest(sample.image()));
        other.put(sample.name(), digest(sample.label()));
        return new Basis(split, classes, more, other);
    }

    /// This basis with one more image, which has no label.
    Basis with(String name, Volume image) {
        SortedMap<String, String> more = new TreeMap<>(images), other = new TreeMap<>(labels);
        more.put(name, digest(image));
        other.put(name, "");
        return new Basis(split, classes, more, other);
    }

    /// Makes sure that split and classes of a run are as they were.
    ///
    /// @throws FormatException if they are not
    void require(Run run) {
        Basis now = of(run);
        if (!now.split.equals(split)) throw changed(run, "its split was changed in run.json since it was begun");
        if (!now.classes.equals(classes)) throw changed(run, "its classes were changed in run.json since it was begun");
    }

    /// Makes sure that a case is as it was. A case that the run does not know is accepted.
    ///
    /// @throws FormatException if it is not, naming it
    void require(Run run, Sample sample) {
        require(run, sample.name(), sample.image());
        if (!digest(sample.label()).equals(labels.getOrDefault(sample.name(), digest(sample.label()))))
            throw changed(run, "the label of case " + FormatException.shown(sample.name()) + " is not the one that it was begun with");
    }

    /// Makes sure that the image of a case, in the canonical orientation, is as it was.
    ///
    /// @throws FormatException if it is not, naming the case
    void require(Run run, String name, Volume image) {
        if (!digest(image).equals(images.getOrDefault(name, digest(image))))
            throw changed(run, "the image of case " + FormatException.shown(name) + " is not the one that it was begun with");
    }

    private static FormatException changed(Run run, String what) {
        return new FormatException(run.folder() + ": " + what + "; put back what was there, or train again");
    }

    /// The digest of a case: of its image and its label.
    public static String digest(Sample sample) {
        return digest(digest(sample.image()) + " " + digest(sample.label()));
    }

    private static String digest(Volume image) {
        return digest(image.geometry() + " " + image.channels() + " " + Sha256.of(image.voxels()));
    }

    private static String digest(LabelVolume label) {
        return Sha256.of(ByteBuffer.wrap(label.classes()));
    }

    private static String digest(String text) {
        return Sha256.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// As JSON.
    Json json() {
        Json cases = Json.object();
        for (String name : images.keySet())
            cases = cases.with(name, Json.object().with("image", images.get(name)).with("label", labels.get(name)));
        return Json.object().with("split", split).with("classes", classes).with("cases", cases);
    }

    static Basis of(Json json) {
        SortedMap<String, String> images = new TreeMap<>(), labels = new TreeMap<>();
        Json cases = json.at("cases");
        for (String name : cases.keys()) {
            images.put(name, cases.at(name).at("image").string());
            labels.put(name, cases.at(name).at("label").string());
        }
        return new Basis(json.at("split").string(), json.at("classes").string(), images, labels);
    }
}
