package dev.samovar.models.pretrain;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.Reading;
import dev.samovar.models.scenes.ClipArt;
import dev.samovar.models.scenes.Labelled;
import dev.samovar.models.scenes.Mixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The training data of a SAM: drawn scenes, clip art, and pictures with masks.
///
/// @param drawn whether scenes are drawn
/// @param clipArt a folder of pictures with transparency
/// @param labelled a dataset
/// @param reading how its files are read
/// @param heldOut its patients who are not learnt from; empty to choose them whenever it is opened, as older versions did
/// @param clipArtDigest of the clip art that is learnt from; empty if there is none, or if it is not known, as in runs of older versions
/// @param labelledDigest of the cases that are learnt from; empty likewise
public record Sources(boolean drawn, @Nullable Path clipArt, @Nullable Path labelled, Reading reading, List<String> heldOut, String clipArtDigest,
        String labelledDigest) {
    private static final double CLIP_ART = 3, LABELLED = 5;                        // where the drawn scenes have 5

    /// Copies the list.
    public Sources {
        heldOut = List.copyOf(heldOut);
    }

    /// Sources whose folders are as they are now: [#mixture] notices if they change, and the patients who are held out stay the same.
    ///
    /// @throws FormatException if it is not a dataset, or has labels of only one patient
    public static Sources of(boolean drawn, @Nullable Path clipArt, @Nullable Path labelled, Reading reading) {
        List<String> heldOut = labelled == null ? List.of() : Labelled.heldOut(labelled);
        return new Sources(drawn, clipArt, labelled, reading, heldOut, clipArt == null ? "" : new ClipArt(clipArt, false).digest(), labelled == null
                ? ""
                : new Labelled(labelled, reading, heldOut, false).digest());
    }

    /// All of them, mixed.
    ///
    /// @param unseen whether to take the part of each folder that is not learnt from
    /// @throws FormatException if there is too little in a folder, or if it is learnt from and holds other pictures or labels than it did
    public Mixture mixture(boolean unseen) {
        List<Mixture.Part> parts = new ArrayList<>();
        if (drawn) parts.addAll(Mixture.drawn().parts());
        if (clipArt != null) {
            var source = new ClipArt(clipArt, unseen);
            if (!unseen) require(clipArt, clipArtDigest, source::digest);
            parts.add(new Mixture.Part(source, CLIP_ART));
        }
        if (labelled != null) {
            var source = new Labelled(labelled, reading, heldOut, unseen);
            if (!unseen) require(labelled, labelledDigest, source::digest);
            parts.add(new Mixture.Part(source, LABELLED));
        }
        return new Mixture(parts);
    }

    private static void require(Path folder, String before, Supplier<String> now) {
        if (!before.isEmpty() && !before.equals(now.get()))
            throw new FormatException(folder + ": the pictures or labels to learn from are not those that the run was begun with; bring them back, "
                    + "or begin another run, with --weights from the network of this one");
    }

    Json json() {
        Json json = Json.object().with("drawn", drawn ? 1 : 0).with("clipArt", clipArt == null ? "" : clipArt.toString()).with("labelled",
                labelled == null ? "" : labelled.toString()).with("reading", reading.json());
        if (!heldOut.isEmpty()) json = json.with("heldOut", heldOut);
        if (!clipArtDigest.isEmpty()) json = json.with("clipArtDigest", clipArtDigest);
        return labelledDigest.isEmpty() ? json : json.with("labelledDigest", labelledDigest);
    }

    static Sources of(Json json) {
        return new Sources(json.at("drawn").integer() == 1, path(json.at("clipArt")), path(json.at("labelled")), json.has("reading")
                ? Reading.of(json.at("reading"))
                : Reading.PLAIN, json.has("heldOut") ? json.at("heldOut").strings() : List.of(), text(json, "clipArtDigest"),
                text(json, "labelledDigest"));
    }

    private static String text(Json json, String key) {
        return json.has(key) ? json.at(key).string() : "";
    }

    private static @Nullable Path path(Json json) {
        return json.string().isEmpty() ? null : Path.of(json.string());
    }
}
