package dev.samovar.models.medsam;

import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.PromptException;
import dev.samovar.models.sam.SamPredictor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Segments things in a volume, slice by slice: by a prompt in every slice, or from one slice on to its neighbours.
///
/// Prompts are in pixels of a slice as [Slices] cuts it, with columns to the right and rows downwards. Thing number `n` of a list, counted from 0,
/// becomes class `n + 1`; where two overlap, the later one is in front.
public final class VolumePredictor {
    /// How much the box of a mask grows on the way to the next slice, in pixels of a network's picture of 1024.
    private static final double MARGIN = 5;
    /// The number of classes that a byte holds, without the background.
    private static final int MOST = 255;

    /// When a thing ends: at the first slice where its mask has fewer pixels than `fewest`, or overlaps with that of the slice before by less
    /// than `overlap`, as intersection over union.
    ///
    /// @param overlap from 0 (never ends) to 1
    /// @param fewest 1 or more
    public record Stop(double overlap, int fewest) {
        /// Checks both.
        ///
        /// @throws PromptException if they make no sense
        public Stop {
            if (!(overlap >= 0 && overlap <= 1) || fewest < 1)
                throw new PromptException("a thing ends at an overlap from 0 to 1 and 1 pixel or more, not " + overlap + " and "
                        + fewest);
        }

        boolean ends(Mask before, Mask now) {
            int common = 0, area = now.area();
            for (int i = 0; i < now.pixels().length; i++) if (now.pixels()[i] && before.pixels()[i]) common++;
            return area < fewest || common < overlap * (area + before.area() - common);
        }
    }

    private final SamPredictor predictor;
    private final Slices slices;
    private final IntFunction<EmbeddedImage> embedder;

    /// For one volume.
    ///
    /// @param predictor segments a slice
    /// @param volume with values from 0 to 255
    /// @param slices how it is cut
    public VolumePredictor(SamPredictor predictor, Volume volume, Slices slices) {
        this(predictor, slices, slice -> predictor.embed(slices.cut(volume, slice)));
    }

    /// For one volume whose slices are embedded elsewhere.
    ///
    /// @param predictor segments a slice
    /// @param slices how the volume is cut
    /// @param embedder gives the embedding of a slice
    public VolumePredictor(SamPredictor predictor, Slices slices, IntFunction<EmbeddedImage> embedder) {
        this.predictor = predictor;
        this.slices = slices;
        this.embedder = embedder;
    }

    /// Makes sure that things are within a volume that is cut in this way.
    ///
    /// @throws PromptException if one does not, or there are more than 255
    public static void check(List<VolumePrompt> things, Slices slices) {
        count(things.size());
        for (VolumePrompt thing : things) {
            if (thing.first() < 0 || thing.first() > thing.last() || thing.last() >= slices.count())
                throw new PromptException("slices " + thing.first() + " to " + thing.last()
                        + " are not in the volume, which has slices 0 to "
                        + (slices.count() - 1));
            SamPredictor.check(thing.prompt(), slices.height(), slices.width());
        }
    }

    private static void count(int things) {
        if (things > MOST)
            throw new PromptException(things + " things, and labels tell " + MOST + " apart; segment some of them at a time");
    }

    /// The number of slices in which there is one of these things.
    public static int slices(List<VolumePrompt> things) {
        return (int) things.stream().flatMapToInt(thing -> IntStream.rangeClosed(thing.first(), thing.last())).distinct().count();
    }

    /// The best mask in a slice for each of these prompts.
    ///
    /// @throws PromptException if one makes no sense for it
    public List<Mask> masks(int slice, List<Prompt> prompts) {
        EmbeddedImage image = embed(slice);
        return prompts.stream().map(prompt -> predictor.best(image, prompt).mask()).toList();
    }

    /// Takes one slice through the image encoder.
    public EmbeddedImage embed(int slice) {
        return embedder.apply(slice);
    }

    /// Segments each thing in its slices, each slice by itself: a box that is the same in all of them is a box in three dimensions.
    ///
    /// @param done receives the number of slices embedded so far
    /// @throws PromptException if a prompt makes no sense for a slice, or a slice is not in the volume
    public LabelVolume segment(List<VolumePrompt> things, IntConsumer done) {
        check(things, slices);
        Map<Integer, byte[]> labels = new HashMap<>();
        int embedded = 0;
        for (int s = 0; s < slices.count(); s++) {
            Watch.step("slices", s, slices.count());
            EmbeddedImage image = null;
            for (int n = 0; n < things.size(); n++) {
                VolumePrompt thing = things.get(n);
                if (s < thing.first() || s > thing.last()) continue;
                if (image == null) image = embed(s);
                paint(slice(labels, s), predictor.best(image, thing.prompt()).mask(), n);
            }
            if (image != null) done.accept(++embedded);
        }
        return slices.of(labels);
    }

    /// Follows things that are known in one slice upwards and downwards: the box around each mask, a little larger, is the prompt in the next slice,
    /// until the thing ends.
    ///
    /// @param slice where they are known
    /// @param masks their masks there, which stay as they are
    /// @param stop when a thing ends
    /// @param done receives the number of slices embedded so far
    /// @throws PromptException if there is no such slice, a mask is not of its size, or there are more than 255
    public LabelVolume propagate(int slice, List<Mask> masks, Stop stop, IntConsumer done) {
        return propagate(slice, masks, stop, 0, slices.count() - 1, done);
    }

    /// Follows masks within some of the slices.
    ///
    /// @param first the first slice that is looked at, at most `slice`
    /// @param last the last one, at least `slice`
    /// @throws PromptException as above, or if these slices do not exist
    public LabelVolume propagate(int slice, List<Mask> masks, Stop stop, int first, int last, IntConsumer done) {
        count(masks.size());
        if (first < 0 || last >= slices.count() || slice < first || slice > last)
            throw new PromptException("slice " + slice + " is not among the slices " + Math.max(0, first) + " to "
                    + Math.min(last, slices.count() - 1) + " of the volume");
        for (Mask mask : masks)
            if (mask.height() != slices.height() || mask.width() != slices.width())
                throw new PromptException("a " + mask + " for a slice of " + slices.height() + " × " + slices.width());
        Map<Integer, byte[]> labels = new HashMap<>();
        for (int n = 0; n < masks.size(); n++) paint(slice(labels, slice), masks.get(n), n);
        int embedded = 0;
        for (int step : new int[]{1, -1}) {
            List<@Nullable Mask> alive = new ArrayList<>(masks);
            alive.replaceAll(mask -> mask == null || mask.box() == null ? null : mask);
            for (int s = slice + step; s >= first && s <= last && alive.stream().anyMatch(Objects::nonNull); s += step) {
                Watch.step("slices", embedded, slices.count());
                EmbeddedImage image = embed(s);
                for (int n = 0; n < alive.size(); n++) {
                    Mask before = alive.get(n);
                    Box box = before == null ? null : before.box();
                    if (before == null || box == null) continue;
                    Mask now = predictor.best(image, predictor.around(image, box, MARGIN)).mask();
                    boolean ends = stop.ends(before, now);
                    alive.set(n, ends ? null : now);
                    if (!ends) paint(slice(labels, s), now, n);
                }
                done.accept(++embedded);
            }
        }
        return slices.of(labels);
    }

    private byte[] slice(Map<Integer, byte[]> labels, int slice) {
        return labels.computeIfAbsent(slice, _ -> new byte[slices.height() * slices.width()]);
    }

    private static void paint(byte[] labels, Mask mask, int thing) {
        for (int i = 0; i < labels.length; i++) if (mask.pixels()[i]) labels[i] = (byte) (thing + 1);
    }
}
