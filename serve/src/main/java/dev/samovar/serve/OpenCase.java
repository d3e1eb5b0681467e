package dev.samovar.serve;

import dev.samovar.models.edit.LabelFiles;
import dev.samovar.models.edit.Labelling;
import dev.samovar.models.edit.LabellingStore;
import dev.samovar.models.edit.OpenedImage;
import dev.samovar.models.sam.KeptMasks;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An open image and the labels that are being made for it.
final class OpenCase {
    private static final int MOST_SEARCHED = 8;

    private final OpenedImage image;
    private final Labelling labelling;
    private final Pixels pixels;
    private final Map<List<Integer>, KeptMasks> searched = new LinkedHashMap<>();
    private volatile LabellingStore.@Nullable Proposal proposal;
    private volatile long saved;
    private int users;                                                  // guarded by the desk

    OpenCase(OpenedImage image, Labelling labelling, LabellingStore.@Nullable Proposal proposal) {
        this.image = image;
        this.labelling = labelling;
        this.proposal = proposal;
        pixels = new Pixels(image.values());
        saved = labelling.state("").revision();
    }

    OpenedImage image() {
        return image;
    }

    String id() {
        return image.name();
    }

    Labelling labelling() {
        return labelling;
    }

    Pixels pixels() {
        return pixels;
    }

    LabellingStore.@Nullable Proposal proposal() {
        return proposal;
    }

    void proposal(LabellingStore.Proposal made) {
        proposal = made;
    }

    /// The revision that is on disk.
    long saved() {
        return saved;
    }

    void saved(long revision) {
        saved = revision;
    }

    boolean isSaved() {
        return saved == labelling.state("").revision();
    }

    void use(int more) {
        users += more;
    }

    boolean isUsed() {
        return users > 0;
    }

    /// Keeps all masks that were found in a slice, because the thresholds choose among them later.
    void found(int axis, int index, KeptMasks masks) {
        synchronized (searched) {
            searched.remove(List.of(axis, index));
            searched.put(List.of(axis, index), masks);
            if (searched.size() > MOST_SEARCHED) searched.remove(searched.keySet().iterator().next());
        }
    }

    /// @throws Refusal if they have not been computed
    KeptMasks masks(int axis, int index) {
        synchronized (searched) {
            KeptMasks masks = searched.get(List.of(axis, index));
            if (masks == null) throw Refusal.absent("everything in this slice has not been looked for yet");
            return masks;
        }
    }

    List<LabelFiles.Format> formats() {
        return Arrays.stream(LabelFiles.Format.values()).filter(format -> format.fits(image)).toList();
    }

    /// Makes sure that there is such a slice.
    ///
    /// @throws Refusal if there is none
    void check(int axis, int index) {
        if (!image.axes().contains(axis))
            throw Refusal.absent(image.isPicture() ? "a picture has slices across axis 2 alone" : "a volume has the axes 0, 1 and 2");
        int count = image.slices(axis).count();
        if (index < 0 || index >= count) throw Refusal.absent("there is no slice " + index + ", there are slices 0 to " + (count - 1));
    }
}
