package dev.samovar.models.augment;

import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.MaskRecord;
import java.util.List;

/// SAM's automatic masks of a picture as two maps that another network sees beside it: where there are objects, weighted by their stability, and
/// where their edges are.
///
/// *Input Augmentation with SAM: Boosting Medical Image Segmentation with Segmentation Foundation Model* (Zhang, Zhou, Wang, Liang, Chen; arXiv 2304.11332); SAMAug.py of
/// yizhezhang2000/SAMAug @ 53d84a4.
public final class PriorMaps {
    /// The segmentation prior and the boundary prior.
    public static final int COUNT = 2;

    private static final int COLOURS = 3;

    private PriorMaps() {}

    /// The maps of a picture's masks, `(2, h, w)`. In the first, a pixel holds the sum of the stability scores of the masks that it belongs to, which
    /// may exceed 1. In the second, it is 1 if a mask ends between it and one of its four neighbours, else 0.
    public static Picture of(List<MaskRecord> masks, int h, int w) {
        double[] segmentation = new double[h * w];
        float[] maps = new float[COUNT * h * w];
        for (MaskRecord found : masks) {
            Mask mask = found.segmentation().mask();
            for (int i = 0; i < h * w; i++) {
                if (mask.pixels()[i]) segmentation[i] += found.stabilityScore();
                if (ends(mask, i / w, i % w)) maps[h * w + i] = 1;
            }
        }
        for (int i = 0; i < h * w; i++) maps[i] = (float) segmentation[i];
        return new Picture(COUNT, h, w, maps);
    }

    private static boolean ends(Mask mask, int row, int column) {
        boolean inside = mask.at(row, column);
        return (row > 0 && mask.at(row - 1, column) != inside) || (row + 1 < mask.height() && mask.at(row + 1, column) != inside)
                || (column > 0 && mask.at(row, column - 1) != inside) || (column + 1 < mask.width() && mask.at(row, column + 1) != inside);
    }

    /// A picture in [0, 1] combined with its maps for a network, `(3, h, w)`. A coloured picture keeps its red, and the maps are added to green and
    /// blue. For a grey one, the result is its first channel and the two maps. Nothing is cut at 1.
    ///
    /// @param picture three channels and the maps, `(5, h, w)`
    public static Picture onto(Picture picture, boolean grey) {
        int n = picture.height() * picture.width();
        float[] from = picture.pixels(), seen = new float[COLOURS * n];
        System.arraycopy(from, 0, seen, 0, n);
        for (int i = n; i < COLOURS * n; i++) seen[i] = (grey ? 0 : from[i]) + from[COUNT * n + i];
        return new Picture(COLOURS, picture.height(), picture.width(), seen);
    }
}
