package dev.samovar.imagej;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.mask.ImageJRois;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Region;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.medsam.MedSamFraming;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import ij.ImagePlus;
import ij.gui.PointRoi;
import ij.gui.Roi;
import ij.io.RoiDecoder;
import java.awt.Rectangle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Segments an ImageJ image into regions of interest. SAM sees the pixels as they are displayed, with the chosen brightness range and colours.
public final class Segmentation implements AutoCloseable {
    private static final VolumePredictor.Stop STOP = new VolumePredictor.Stop(0.4, 10);

    private final String name;
    private final boolean medSam;
    private final Sam sam;
    private final SamPredictor predictor;
    private @Nullable EmbeddedImage last;

    private Segmentation(String name, TensorFile checkpoint, boolean medSam) {
        this.name = name;
        this.medSam = medSam;
        sam = Sam.load(checkpoint, Device.cpu());
        predictor = new SamPredictor(sam, medSam ? new MedSamFraming() : LiteMedSamFraming.orSams(sam.config()));
    }

    /// With a checkpoint.
    ///
    /// @param medSam whether it is MedSAM's, which has SAM's tensors, but sees pictures stretched to a square
    public static Segmentation of(Path checkpoint, boolean medSam) {
        try (TensorFile file = Checkpoints.open(checkpoint)) {
            return new Segmentation(checkpoint.toString(), file, medSam);
        }
    }

    /// With the built-in SAM: quick, and good enough for small tasks.
    public static Segmentation builtIn() {
        try (TensorFile file = BuiltInSam.open()) {
            return new Segmentation("", file, false);
        }
    }

    /// The checkpoint's path, or empty for the built-in model.
    public String name() {
        return name;
    }

    /// Whether the checkpoint is taken for MedSAM's.
    boolean isMedSam() {
        return medSam;
    }

    /// The object that the selection points to, in the displayed slice.
    ///
    /// @throws IllegalArgumentException if there is no selection that is a prompt
    public List<Roi> selection(ImagePlus image) {
        Planes planes = Planes.of(image);
        Mask mask = mask(planes);
        return mask.area() == 0 ? List.of() : List.of(roi(mask, title(image) + " thing", 1, planes, planes.here()));
    }

    /// The settings for finding everything: those of SAM's authors, but with lower thresholds for the built-in model, which predicts lower scores for
    /// its masks.
    static AutomaticMaskGenerator.Settings settings(boolean builtIn) {
        AutomaticMaskGenerator.Settings settings = AutomaticMaskGenerator.Settings.defaults();
        return builtIn ? settings.withThresholds(0.5, 0.5) : settings;
    }

    /// Everything in the displayed slice, the regions with the highest predicted IoU first.
    public List<Roi> everything(ImagePlus image, AutomaticMaskGenerator.Settings settings) {
        List<Roi> found = new ArrayList<>();
        Planes planes = Planes.of(image);
        for (MaskRecord record : new AutomaticMaskGenerator(predictor, settings).generate(planes.picture(planes.here())))
            found.add(roi(record.segmentation().mask(), title(image) + " thing " + (found.size() + 1), found.size() + 1, planes, planes.here()));
        return found;
    }

    /// The object that the selection points to, followed from the displayed slice through its neighbours on both sides: a region for each slice where
    /// it was found. An image with a single slice is followed through time.
    ///
    /// @throws IllegalArgumentException if there is no selection that is a prompt, or the image is not a stack
    public List<Roi> propagate(ImagePlus image) {
        Planes planes = Planes.of(image);
        int depth = planes.count(), w = image.getWidth(), h = image.getHeight();
        if (depth < 2) throw new IllegalArgumentException("The image is no stack: there are no other slices to go to.");
        Mask start = mask(planes);
        int channels = planes.picture(planes.here()).channels();
        var volume = new Volume(Geometry.of(w, h, depth, 1, 1, 1), channels, (channel, _, slice, to, at) -> System.arraycopy(planes.picture(
                slice).pixels(), channel * w * h, to, at, w * h), List.of());
        Slices slices = new Slices(volume.geometry(), 2);
        LabelVolume labels = new VolumePredictor(predictor, volume, slices).propagate(planes.here(), List.of(start), STOP, _ -> {});
        List<Roi> found = new ArrayList<>();
        for (int s = 0; s < depth; s++) {
            Mask mask = Mask.of(1, h, w, slices.cut(labels, s));
            if (mask.area() > 0) found.add(roi(mask, title(image) + " slice " + (s + 1), 1, planes, s));
        }
        return found;
    }

    private Mask mask(Planes planes) {
        Prompt prompt = prompt(planes);
        Picture picture = planes.picture(planes.here());
        EmbeddedImage embedded = last;
        if (embedded == null || !embedded.isOf(picture)) embedded = predictor.embed(picture).withPicture(picture);
        last = embedded;                                                           // the next click in it is quick
        return predictor.best(embedded, prompt).mask();
    }

    /// A selection as a prompt: the points in the plane that is shown, where counter 0 is on the object and all others are beside it, or the box around any other selection, as far as it is in the image.
    static Prompt prompt(Planes planes) {
        Roi roi = planes.image().getRoi();
        if (roi instanceof PointRoi points) {
            var corners = points.getContainedFloatPoints();
            List<Prompt.Point> all = new ArrayList<>();
            for (int i = 0; i < corners.npoints; i++)
                if (planes.shows(points, i)) all.add(new Prompt.Point(corners.xpoints[i], corners.ypoints[i], points.getCounter(i) == 0 ? 1 : 0));
            if (all.isEmpty()) throw new IllegalArgumentException("None of the points is in the slice that is shown: click in it, or go to theirs.");
            return Prompt.points(all.toArray(Prompt.Point[]::new));
        }
        if (roi == null || !roi.isArea())
            throw new IllegalArgumentException(
                    "Draw a rectangle around the thing first, or click on it with the point tool (points of counter 1 are beside it).");
        var box = roi.getBounds().intersection(new Rectangle(planes.image().getWidth(), planes.image().getHeight()));
        if (box.isEmpty()) throw new IllegalArgumentException("The selection is outside the image.");
        return Prompt.box(box.x, box.y, box.x + box.width, box.y + box.height);
    }

    private static Roi roi(Mask mask, String name, int label, Planes planes, int plane) {
        Roi roi = RoiDecoder.openFromByteArray(ImageJRois.bytes(new Region(name, label, mask, Map.of()), name));
        planes.place(roi, plane);
        return roi;
    }

    private static String title(ImagePlus image) {
        return String.valueOf(image.getShortTitle());
    }

    /// Frees the model.
    @Override
    public void close() {
        sam.close();
    }
}
