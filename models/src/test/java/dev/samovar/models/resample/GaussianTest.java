package dev.samovar.models.resample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// Compares with SciPy 1.17.1 (`gaussian_filter`).
class GaussianTest {
    @Test
    void aGaussianSmoothsAsTheReferences() {
        double[] x = new double[63];
        for (int i = 0; i < 63; i++) x[i] = i * 29 % 17 / 17.0;
        double[] narrow = Gaussian.smooth(x, 7, 9, 1.7), wide = Gaussian.smooth(x, 7, 9, 6);
        int[] at = {0, 31, 62, 25};
        double[] ofNarrow = {0.14416488922398965, 0.49258249890168615, 0.159947250019214, 0.35580071817658043};
        double[] ofWide = {0.08386017467780744, 0.11434814391416472, 0.08497912085827072, 0.10190150894498795};
        for (int i = 0; i < 4; i++) {
            assertEquals(ofNarrow[i], narrow[at[i]], 1e-12);
            assertEquals(ofWide[i], wide[at[i]], 1e-12, "wider than the picture");
        }
    }
}
