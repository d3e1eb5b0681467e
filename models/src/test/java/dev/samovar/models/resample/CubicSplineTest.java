package dev.samovar.models.resample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// Compares with SciPy 1.17.1 (`map_coordinates`).
class CubicSplineTest {
    @Test
    void aSplineGoesThroughItsPixelsAndOnAsTheReferences() {
        var spline = new CubicSpline(plane(), 0, 10, 9);
        for (int row = 0; row < 10; row++)
            for (int column = 0; column < 9; column++) assertEquals(plane()[9 * row + column], spline.at(row, column), 1e-12);
        double[][] places = {{0, 0}, {3.3, 4.7}, {9, 8}, {-2, 5.5}, {11.2, -3}, {4.5, 0.25}, {8.9, 7.9}};
        double[] heights = {0, 0.6853804888134443, 0.1411764770746231, 0.863897751629425, 0.27370094964798114, 0.7041334027357692,
            0.25453448295587294};
        for (int i = 0; i < places.length; i++) assertEquals(heights[i], spline.at(places[i][0], places[i][1]), 1e-6, "place " + i);
    }

    /// Nine of the formula's ten columns.
    private static float[] plane() {
        float[] plane = new float[90];
        for (int i = 0; i < 90; i++) plane[i] = formula(i / 9 * 10 + i % 9);
        return plane;
    }

    private static float formula(int i) {
        return (i * 37 + i / 7 * 91) % 256 / 255f;
    }
}
