package dev.samovar.serve;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.models.edit.Asked;
import dev.samovar.models.edit.LabelledObject;
import dev.samovar.models.edit.Labelling;
import dev.samovar.models.edit.OpenedImage;
import dev.samovar.models.edit.Runs;
import dev.samovar.models.edit.VoxelBox;
import dev.samovar.models.sam.Prompt;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cases and their state, as JSON.
final class Described {
    private static final List<String> PLANES = List.of("sagittal", "coronal", "axial"), TO = List.of("R", "A", "S"), FROM = List.of("L",
            "P", "I");
    private static final float AIR = -500;                              // Hounsfield units; only computed tomography has such numbers

    private Described() {}

    /// The fields of a case that never change.
    static Json image(OpenCase one) {
        OpenedImage image = one.image();
        Geometry grid = image.grid();
        Pixels pixels = one.pixels();
        List<Json> planes = new ArrayList<>();
        for (int axis : image.axes()) planes.add(plane(image, axis));
        List<List<Double>> affine = new ArrayList<>();
        for (int r = 0; r < 3; r++)
            affine.add(List.of(grid.affine(r, 0), grid.affine(r, 1), grid.affine(r, 2), grid.affine(r, 3)));
        affine.add(List.of(0.0, 0.0, 0.0, 1.0));
        double low = image.limits().lower(), high = image.limits().upper();
        return Json.object().with("id", one.id()).with("name", one.id()).with("kind", image.isPicture() ? "picture" : "volume")
                .with("colour", pixels.isColour()).with("dims", List.of(grid.nx(), grid.ny(), grid.nz()))
                .with("spacing", List.of(grid.spacing(0), grid.spacing(1), grid.spacing(2))).with("affine", image.isPicture()
                        ? null
                        : affine)
                .with("planes", planes)
                .with("stored", Json.object().with("type", pixels.isColour() ? "rgb8" : "u16").with("offset", pixels.offset())
                        .with("scale", pixels.scale()))
                .with("range", List.of(pixels.min(), pixels.max())).with("window", List.of(low, high)).with("presets", presets(one, low, high))
                .with("formats", one.formats().stream().map(format -> format.code()).toList());
    }

    private static Json plane(OpenedImage image, int axis) {
        Slices slices = image.slices(axis);
        Geometry grid = image.grid();
        int columns = slices.columns(), rows = slices.rows();
        Json letters = Json.object().with("left", FROM.get(columns)).with("right", TO.get(columns)).with("top", FROM.get(rows)).with("bottom",
                TO.get(rows));
        return Json.object().with("axis", axis).with("name", image.isPicture() ? "picture" : PLANES.get(axis)).with("count", slices.count())
                .with("width", slices.width()).with("height", slices.height()).with("pixel", List.of(grid.spacing(columns), grid.spacing(rows)))
                .with("letters", image.isPicture() ? null : letters);
    }

    private static List<Json> presets(OpenCase one, double low, double high) {
        List<Json> presets = new ArrayList<>();
        presets.add(preset("As SAM sees it", low, high));
        presets.add(preset("Full range", one.pixels().min(), one.pixels().max()));
        Object source = one.image().orientation() == null ? null : one.image().orientation().original().source();
        boolean tomography = source instanceof DicomSeries series ? series.modality().equals("CT") : one.pixels().min() <= AIR;
        if (one.image().isPicture() || !tomography) return presets;
        presets.add(window("CT: soft tissue", Intensity.Window.SOFT));
        presets.add(window("CT: lung", Intensity.Window.LUNG));
        presets.add(window("CT: brain", Intensity.Window.BRAIN));
        presets.add(window("CT: bone", new Intensity.Window(400, 1800)));
        return presets;
    }

    private static Json window(String name, Intensity.Window window) {
        return preset(name, window.level() - window.width() / 2, window.level() + window.width() / 2);
    }

    private static Json preset(String name, double low, double high) {
        return Json.object().with("name", name).with("low", low).with("high", high);
    }

    /// The state of a case as one tab sees it.
    static Json work(OpenCase one, Labelling.State state) {
        return work(Json.object(), one, state);
    }

    /// The state of a case as one tab sees it, added after other fields.
    static Json work(Json json, OpenCase one, Labelling.State state) {
        int[] voxels = one.labelling().voxels();
        Geometry grid = one.image().grid();
        double millilitres = one.image().isPicture() ? Double.NaN : grid.spacing(0) * grid.spacing(1) * grid.spacing(2) / 1000;
        List<Json> objects = new ArrayList<>();
        for (LabelledObject object : one.labelling().objects()) {
            double volume = voxels[object.number()] * millilitres;
            objects.add(Json.object().with("number", object.number()).with("name", object.name()).with("colour", object.css())
                    .with("voxels", voxels[object.number()]).with("ml", Json.orNull(volume)));
        }
        return json.with("revision", state.revision()).with("saved", one.saved()).with("undo", state.undo()).with("redo", state.redo())
                .with("objects", objects).with("open", state.open() == null ? null : open(state.open()))
                .with("patch", state.changed() == null ? null : patch(one, state.changed()));
    }

    private static Json open(Asked asked) {
        Prompt.Box box = asked.box();
        return Json.object().with("object", asked.object()).with("axis", asked.axis()).with("index", asked.index())
                .with("points", asked.points().stream().map(p -> Json.object().with("x", p.x()).with("y", p.y()).with("label", p.label()))
                        .toList())
                .with("box", box == null ? null : List.of(box.x0(), box.y0(), box.x1(), box.y1()))
                .with("candidates", asked.answers().stream().map(a -> Json.object().with("iou", a.iou()).with("area", a.area())).toList())
                .with("chosen", asked.chosen());
    }

    /// The labels of a box.
    static Json patch(OpenCase one, VoxelBox box) {
        return box(box).with("runs", Runs.of(one.labelling().labels(box)));
    }

    static Json box(@Nullable VoxelBox box) {
        if (box == null) return Json.object();
        return Json.object().with("from", List.of(box.i0(), box.j0(), box.k0())).with("to", List.of(box.i1(), box.j1(), box.k1()));
    }
}
