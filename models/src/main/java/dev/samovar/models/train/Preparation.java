package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.models.augment.Augmentation;
import dev.samovar.models.augment.Warp;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.Method;
import dev.samovar.models.sam.SamConfig;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What happens to labelled slices before the encoder sees them.
///
/// @param preprocessing how slices become inputs
/// @param side of the frame, in pixels: slices are augmented, and the loss is computed, at this size
/// @param emptySlices whether slices without a labelled pixel are learnt from; the paper's converter of NIfTI volumes leaves them out. A slice
/// whose pixels are all ignored is never learnt from
/// @param augment how often new views are seen
public record Preparation(Preprocessing preprocessing, int side, boolean emptySlices, Augment augment) {
    private static final int PAPER_SIDE = 224;

    /// A slice and its labels on the frame.
    ///
    /// @param frame three channels of `side · side` pixels, and the channels of the maps
    /// @param labels `side · side` of them
    record View(Picture frame, Labels labels) {}

    /// Checks the side.
    ///
    /// @throws FormatException if it is out of range
    public Preparation {
        if (side < 8 || side > 4096) throw new FormatException("the frame has 8 to 4096 pixels a side, not " + side);
    }

    /// The side of the frame if no other is given: the paper's 224, but no more than the encoder sees.
    public static int side(SamConfig sam) {
        return Math.min(PAPER_SIDE, sam.imageSize());
    }

    /// From settings that may be null; the method decides those.
    ///
    /// @param side null for the paper's 224 or the encoder's size, whichever is smaller; for a method that wants the whole square, the encoder's size
    /// @param emptySlices null for all slices, or, if the method is a prompted one, only for slices with labels, because an empty slice has nothing
    /// to prompt for
    /// @throws FormatException if the side is impossible
    public static Preparation of(SamConfig sam, Method method, @Nullable Preprocessing preprocessing, @Nullable Integer side,
            @Nullable Boolean emptySlices, Augment augment) {
        Method.Defaults defaults = method.defaults();
        int square = side != null ? side : defaults.wholeSide() ? sam.imageSize() : side(sam);
        Preprocessing how = preprocessing != null ? preprocessing : Preprocessing.of(defaults.preprocessing());
        return new Preparation(how, square, emptySlices != null ? emptySlices : !method.prompted(), augment);
    }

    /// The numbers of the slices of a labelled volume that are learnt from, or validated on.
    public List<Integer> learntFrom(LabelVolume label) {
        Slices slices = Slices.of(label.geometry());
        return IntStream.range(0, slices.count()).filter(s -> teaches(slices.cut(label, s))).boxed().toList();
    }

    /// The stacks of neighbouring slices of which at least one is learnt from.
    ///
    /// @param depth slices of a stack
    List<List<Integer>> stacks(LabelVolume label, int depth) {
        List<Integer> learnt = learntFrom(label);
        return Stacks.of(Slices.of(label.geometry()).count(), depth).stream().filter(stack -> stack.stream().anyMatch(learnt::contains)).toList();
    }

    private boolean teaches(byte[] classes) {
        for (byte c : classes) if (c != (byte) Labels.IGNORED && (emptySlices || c != 0)) return true;
        return false;
    }

    /// A slice's labels on the frame, not augmented.
    Labels labels(Slices slices, LabelVolume label, int slice) {
        return onFrame(preprocessing.labels(slices.cut(label, slice), slices.height(), slices.width(), side));
    }

    /// The labels of some slices, one after another.
    Labels labels(Slices slices, LabelVolume label, List<Integer> some) {
        ByteBuffer all = ByteBuffer.allocate(some.size() * side * side);
        for (int s : some) all.put(labels(slices, label, s).classes());
        return new Labels(some.size(), side, side, all.array());
    }

    /// A numbered view of a slice of a sample: the same for the same seed, whenever it is drawn.
    View view(Device device, Sample sample, Slices slices, int slice, int number, long seed) {
        var random = new Random(seed, "view " + number + " of " + sample.name() + ", slice " + slice);
        return view(device, slices.cut(sample.image(), slice), null, slices.cut(sample.label(), slice), random);
    }

    /// A random view of a slice: its brightness is changed, then it is brought to the frame, then its shape is changed, together with its maps.
    ///
    /// @param maps more channels, whose brightness does not change; null if there are none
    View view(Device device, Picture slice, @Nullable Picture maps, byte[] classes, Random random) {
        Picture bright = Augmentation.brightness(Preprocessing.unit(slice), random);
        Picture frame = preprocessing.frame(device, maps == null ? bright : bright.beside(maps), side);
        byte[] labels = preprocessing.labels(classes, slice.height(), slice.width(), side);
        Warp warp = Warp.draw(side, random);
        return new View(warp.apply(frame), onFrame(warp.apply(labels)));
    }

    /// A random view, without labels, of a slice with three channels in about [0, 1]: its frame.
    Picture view(Device device, Picture unit, Random random) {
        Picture frame = preprocessing.frame(device, Augmentation.brightness(unit, random), side);
        return Warp.draw(side, random).apply(frame);
    }

    private Labels onFrame(byte[] classes) {
        return new Labels(1, side, side, classes);
    }

    Json json() {
        return Json.object().with("preprocessing", preprocessing.title()).with("side", side).with("emptySlices", emptySlices)
                .with("augment", augment.toString());
    }

    static Preparation of(Json json) {
        return new Preparation(Preprocessing.of(json.at("preprocessing").string()), json.at("side").integer(),
                json.at("emptySlices").truth(), Augment.of(json.at("augment").string()));
    }
}
