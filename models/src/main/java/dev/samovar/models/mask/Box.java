package dev.samovar.models.mask;

/// A box around pixels, given by the centres of its corner pixels: the box of a single pixel is 0 wide and 0 high.
///
/// That is how the reference counts (`batched_mask_to_box`, segment_anything/utils/amg.py @ dca509f), so its boxes are one pixel narrower than their
/// content.
///
/// @param x0 the leftmost column
/// @param y0 the uppermost row
/// @param x1 the rightmost column, itself within
/// @param y1 the lowest row, itself within
public record Box(int x0, int y0, int x1, int y1) {

    /// The distance from the first column to the last.
    public int width() {
        return x1 - x0;
    }

    /// The distance from the first row to the last.
    public int height() {
        return y1 - y0;
    }

    /// This box in a picture whose origin is `dx` further left and `dy` further up.
    public Box moved(int dx, int dy) {
        return new Box(x0 + dx, y0 + dy, x1 + dx, y1 + dy);
    }
}
