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
public record Sources(boolean drawn, @Nullable Path clipArt, @Nullable Path labelled, Reading reading) {
    private static final double CLIP_ART = 3, LABELLED = 5;                        // where the drawn scenes have 5

    /// All of them, mixed.
    ///
    /// @param heldOut whether to take the part of each folder that is not learnt from
    /// @throws dev.samovar.core.io.FormatException if there is nothing in a folder
    public Mixture mixture(boolean heldOut) {
        List<Mixture.Part> parts = new ArrayList<>();
        if (drawn) parts.addAll(Mixture.drawn().parts());
        if (clipArt != null) parts.add(new Mixture.Part(new ClipArt(clipArt, heldOut), CLIP_ART));
        if (labelled != null) parts.add(new Mixture.Part(new Labelled(labelled, reading, heldOut), LABELLED));
        return new Mixture(parts);
    }

    Json json() {
        return Json.object().with("drawn", drawn ? 1 : 0).with("clipArt", clipArt == null ? "" : clipArt.toString()).with("labelled",
                labelled == null ? "" : labelled.toString()).with("reading", reading.json());
    }

    static Sources of(Json json) {
        return new Sources(json.at("drawn").integer() == 1, path(json.at("clipArt")), path(json.at("labelled")), json.has("reading")
                ? Reading.of(json.at("reading"))
                : Reading.PLAIN);
    }

    private static @Nullable Path path(Json json) {
        return json.string().isEmpty() ? null : Path.of(json.string());
    }
}
