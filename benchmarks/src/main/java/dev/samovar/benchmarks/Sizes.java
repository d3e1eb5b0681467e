package dev.samovar.benchmarks;

import dev.samovar.models.pretrain.PretrainConfig;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.TinyVitConfig;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.unet.UNetEncoder;
import java.util.List;

/// The sizes of the pieces of work.
///
/// @param sam the model whose shapes are used
/// @param batch pictures in a training step
/// @param classes with the background
/// @param labelSide side of the labels, in pixels
/// @param topChannel channels of the CNN head's last block
/// @param volumeSide rows and columns of a volume in a file
/// @param volumeSlices its slices
public record Sizes(SamConfig sam, int batch, int classes, int labelSide, int topChannel, int volumeSide, int volumeSlices) {

    /// ViT-B, the paper's training, and a long scan.
    public static final Sizes FULL = new Sizes(SamConfig.vitB(), 4, 4, 224, 64, 512, 400);

    /// Small enough for the reference kernels, with windows that do not divide the grid.
    public static final Sizes TINY = new Sizes(new SamConfig(new VitConfig(24, 2, 2, 4, List.of(1), 40, 4, 48), 16, 32, 16), 2, 3, 13, 2, 20, 9);

    /// These sizes with MobileSAM's encoder.
    public Sizes mobile() {
        SamConfig small = new SamConfig(new TinyVitConfig(List.of(8, 12, 12, 16), List.of(1, 1, 2, 1), List.of(2, 3, 4), List.of(7, 5, 3),
                64, 3,
                6, 4, 4), 16, 32, 16);
        return with(isFull() ? SamConfig.mobile() : small);
    }

    /// These sizes with another model.
    private Sizes with(SamConfig other) {
        return new Sizes(other, batch, classes, labelSide, topChannel, volumeSide, volumeSlices);
    }

    private boolean isFull() {
        return sam.imageSize() == SamConfig.vitB().imageSize();
    }

    /// The sizes of a piece of work, by its name: some have their own model.
    public Sizes of(String work) {
        return switch (work) {
            case "encode-mobile" -> mobile();
            case "encode-large" -> isFull() ? with(SamConfig.vitL()) : this;
            case "encode-huge" -> isFull() ? with(SamConfig.vitH()) : this;
            case "train-mini" -> isFull() ? with(PretrainConfig.mini()) : this;
            default -> this;
        };
    }

    /// The number of clicks along a side of a picture when everything in it is segmented.
    public int clicks() {
        return isFull() ? 32 : 3;
    }

    /// The side of the pictures that a U-Net learns from: that of the labels, padded so that it can be halved often enough.
    public int frameSide() {
        return Math.ceilDiv(labelSide, UNetEncoder.STEP) * UNetEncoder.STEP;
    }

    /// Tokens of a picture.
    public int tokens() {
        return sam.grid() * sam.grid();
    }

    /// Windows of a picture.
    public int windows() {
        int across = Math.ceilDiv(sam.grid(), sam.vit().window());
        return across * across;
    }

    /// Numbers of a picture.
    public int pixels() {
        return 3 * sam.imageSize() * sam.imageSize();
    }
}
