package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.data.LabelVolume;
import dev.samovar.models.data.Orientation;
import dev.samovar.models.data.Picture;
import dev.samovar.models.data.Slices;
import dev.samovar.models.data.Volume;
import dev.samovar.models.heads.SegmentationHead;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/// A trained head with its encoder: volumes in, labels out.
///
/// One may be shared by several threads; each call works by itself.
public final class Segmenter implements AutoCloseable {
    private final RunConfig config;
    private final Embedder embedder;
    private final Params params;
    private final SegmentationHead head;

    /// A head of a run, on the checkpoint it was trained with.
    ///
    /// @throws FormatException if the run has no such head yet, or the checkpoint is another
    public Segmenter(Run run, Run.Which which, SamWeights weights, Device device) {
        config = run.config();
        if (!weights.sha256().equals(config.sha256()))
            throw new FormatException(weights.path() + ": is not the checkpoint that the run was trained with (SHA-256 " + weights.sha256()
                    + ", the run needs "
                    + config.sha256() + ")");
        try (var file = Safetensors.open(run.head(which))) {
            params = Params.load(file, device);
            head = config.head().build(params.frozen(), weights.config(), config.classes());
        }
        embedder = new Embedder(weights, config.preprocessing(), config.labelSide(), device);
    }

    /// The class of every voxel, on the volume's own grid, whatever its orientation: written, the labels have its header, bit for bit.
    ///
    /// In the canonical orientation, slice by slice: embedding, head, logits resized to the slice's own size, the largest wins.
    public LabelVolume segment(Volume volume) {
        return segment(volume, _ -> {});
    }

    /// The same, telling after each slice how many are done.
    public LabelVolume segment(Volume volume, IntConsumer done) {
        Orientation orientation = Orientation.of(volume.geometry());
        Volume canonical = orientation.toCanonical(volume);
        Slices slices = Slices.of(canonical.geometry());
        List<byte[]> labels = new ArrayList<>();
        for (int s = 0; s < slices.count(); s++) {
            labels.add(segment(slices.cut(canonical, s)));
            done.accept(s + 1);
        }
        return orientation.toOriginal(slices.stack(labels));
    }

    /// The class of every pixel of a slice, row after row.
    public byte[] segment(Picture slice) {
        try (var _ = Scope.open()) {
            int h = slice.height(), w = slice.width();
            Tensor logits = config.preprocessing().restore(head.forward(embedder.embed(slice)), h, w, embedder.config().imageSize());
            return largest(logits.toArray(), config.classes(), h * w);
        }
    }

    private static byte[] largest(float[] logits, int classes, int pixels) {
        byte[] labels = new byte[pixels];
        for (int i = 0; i < pixels; i++) {
            int best = 0;
            for (int c = 1; c < classes; c++) if (logits[c * pixels + i] > logits[best * pixels + i]) best = c;
            labels[i] = (byte) best;
        }
        return labels;
    }

    @Override
    public void close() {
        embedder.close();
        params.close();
    }
}
