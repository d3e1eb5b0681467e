package dev.samovar.models.sam;

import dev.samovar.models.mask.Box;
import java.util.ArrayList;
import java.util.List;

/// A part of a picture that is segmented separately, so that small things appear larger.
///
/// Source: segment_anything/utils/amg.py @ dca509f (`generate_crop_boxes`, `is_box_near_crop_edge`).
///
/// @param x its leftmost column
/// @param y its uppermost row
/// @param width its number of columns
/// @param height its number of rows
/// @param layer 0 for the whole picture; each layer has twice as many crops along a side as the one before
public record Crop(int x, int y, int width, int height, int layer) {
    private static final int NEAR = 20;

    /// The whole picture and `layers` layers of crops, each layer column by column.
    ///
    /// @param overlap how much neighbours in the first layer overlap, as a fraction of the picture's shorter side; in each further layer it is half
    /// as much
    /// @throws PromptException if the picture is too small
    public static List<Crop> layers(int height, int width, int layers, double overlap) {
        List<Crop> crops = new ArrayList<>(List.of(new Crop(0, 0, width, height, 0)));
        for (int layer = 1; layer <= layers; layer++) {
            int n = 1 << layer, shared = (int) (overlap * Math.min(height, width) * (2.0 / n));
            int w = Math.ceilDiv(shared * (n - 1) + width, n), h = Math.ceilDiv(shared * (n - 1) + height, n);
            if ((w - shared) * (n - 1) >= width || (h - shared) * (n - 1) >= height)
                throw new PromptException("a picture of " + width + " × " + height + " pixels is too small for " + layers
                        + " layers of crops; take fewer");
            for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) {
                int x = (w - shared) * i, y = (h - shared) * j;
                crops.add(new Crop(x, y, Math.min(w, width - x), Math.min(h, height - y), layer));
            }
        }
        return crops;
    }

    /// Whether a mask found in this crop may extend beyond it: a side of its box, in the whole picture, is near that of the crop and not near
    /// that of the picture.
    boolean cuts(Box box, int pictureHeight, int pictureWidth) {
        return cuts(box.x0(), x, 0) || cuts(box.y0(), y, 0) || cuts(box.x1(), x + width, pictureWidth)
                || cuts(box.y1(), y + height, pictureHeight);
    }

    private static boolean cuts(int side, int crop, int picture) {
        return Math.abs(side - crop) <= NEAR && Math.abs(side - picture) > NEAR;
    }
}
