package dev.samovar.models.resample;

/// What is thought to lie beyond the border of a picture.
public enum Border {
    /// The picture itself, mirrored about the centres of its outermost pixels: `c b | a b c`. So scikit-image's `reflect` and SciPy's `mirror`.
    MIRROR,
    /// Zeros. So scikit-image's `constant` and SciPy's `grid-constant`.
    ZERO;

    /// Where in `0 … n − 1` a place beyond it is mirrored to.
    static int mirrored(int i, int n) {
        if (i >= 0 && i < n) return i;
        if (n == 1) return 0;
        int at = Math.floorMod(i, 2 * (n - 1));
        return at < n ? at : 2 * (n - 1) - at;
    }
}
