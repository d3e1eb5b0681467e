package dev.samovar.models.pretrain;

import dev.samovar.core.io.Json;
import dev.samovar.models.data.Reading;
import dev.samovar.models.scenes.ClipArt;
import dev.samovar.models.scenes.Labelled;
import dev.samovar.models.scenes.Mixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The training data of a SAM: drawn scenes, clip art, and pictures with masks.
///
/// @param drawn whether scenes are drawn
/// @param clipArt a folder of pictures with transparency
/// @param labelled a dataset
/// @param reading how its files are read
/// @param heldOut its patients who are not learnt from; empty to choose them whenever it is opened, as older versions did
public record Sources(boolean drawn, @Nullable Path clipArt, @Nullable Path labelled, Reading reading, List<String> heldOut) {
    private static final double CLIP_ART = 3, LABELLED = 5;                        // where the drawn scenes have 5

    /// Copies the list.
    public Sources {
        heldOut = List.copyOf(heldOut);
    }

    /// Sources whose dataset is as it is now: the patients who are held out stay the same if it changes.
    ///
    /// @throws dev.samovar.core.io.FormatException if it is not a dataset, or has labels of only one patient
    public static Sources of(boolean drawn, @Nullable Path clipArt, @Nullable Path labelled, Reading reading) {
        return new Sources(drawn, clipArt, labelled, reading, labelled == null ? List.of() : Labelled.heldOut(labelled));
    }

    /// All of them, mixed.
    ///
    /// @param unseen whether to take the part of each folder that is not learnt from
    /// @throws dev.samovar.core.io.FormatException if there is too little in a folder
    public Mixture mixture(boolean unseen) {
        List<Mixture.Part> parts = new ArrayList<>();
        if (drawn) parts.addAll(Mixture.drawn().parts());
        if (clipArt != null) parts.add(new Mixture.Part(new ClipArt(clipArt, unseen), CLIP_ART));
        if (labelled != null) parts.add(new Mixture.Part(new Labelled(labelled, reading, heldOut, unseen), LABELLED));
        return new Mixture(parts);
    }

    Json json() {
        Json json = Json.object().with("drawn", drawn ? 1 : 0).with("clipArt", clipArt == null ? "" : clipArt.toString()).with("labelled",
                labelled == null ? "" : labelled.toString()).with("reading", reading.json());
        return heldOut.isEmpty() ? json : json.with("heldOut", heldOut);
    }

    static Sources of(Json json) {
        return new Sources(json.at("drawn").integer() == 1, path(json.at("clipArt")), path(json.at("labelled")), json.has("reading")
                ? Reading.of(json.at("reading"))
                : Reading.PLAIN, json.has("heldOut") ? json.at("heldOut").strings() : List.of());
    }

    private static @Nullable Path path(Json json) {
        return json.string().isEmpty() ? null : Path.of(json.string());
    }
}
