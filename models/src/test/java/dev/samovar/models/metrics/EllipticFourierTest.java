package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.models.mask.Mask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EllipticFourierTest {
    @Test
    void descriptorsAndReconstructionAreTheReferences() throws IOException {
        Json golden;                                                               // by pyefd
        try (var in = EllipticFourierTest.class.getResourceAsStream("efd.json")) {
            golden = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "efd.json");
        }
        List<Json> contour = golden.at("contour_xy_closed_implicitly").list();
        double[] x = contour.stream().mapToDouble(p -> p.numbers()[0]).toArray(), y = contour.stream().mapToDouble(p -> p.numbers()[1]).toArray();
        EllipticFourier found = EllipticFourier.of(x, y, golden.at("order").integer());
        List<Json> coefficients = golden.at("coeffs_a_b_c_d").list();
        for (int n = 0; n < coefficients.size(); n++) {
            EllipticFourier.Ellipse e = found.ellipses().get(n);
            assertArrayEquals(coefficients.get(n).numbers(), new double[]{e.a(), e.b(), e.c(), e.d()}, 5e-7, "order " + (n + 1));
        }
        assertArrayEquals(golden.at("A0_C0").numbers(), new double[]{found.x0(), found.y0()}, 5e-7);
        List<Json> points = golden.at("reconstruction_9_points_t_linspace_0_1_inclusive").list();
        for (int i = 0; i < 9; i++) assertArrayEquals(points.get(i).numbers(), found.at(i / 8.0), 5e-7, "point " + i);
    }

    @Test
    void anEllipseIsDescribedByTheFirstOrderAndWhatHasTeethIsNot() {
        Mask ellipse = drawn((x, y) -> x * x / 900 + y * y / 225 <= 1),
                comb = drawn((x, y) -> Math.abs(x) < 28 && y > -20 && y < (Math.floorMod((int) x, 8) < 4 ? 20 : -5));
        double simple = EllipticFourier.complexity(ellipse), complex = EllipticFourier.complexity(comb);
        assertTrue(simple >= 1 && simple < 1 + 2 * 3, "one ellipse, which misses at most 3 %: " + simple);
        assertTrue(complex > simple + 10, complex + " beside " + simple);
    }

    @Test
    void aStarIsNotGivenUpAfterTheOrdersThatBringNothing() {
        Mask star = drawn((x, y) -> Math.hypot(x, y) <= 18 + 9 * Math.cos(5 * Math.atan2(y, x)));
        double found = EllipticFourier.complexity(star);
        assertTrue(found >= 4 && found < 20, "orders 4 and 6 describe a star of five points, orders 2 and 3 none of it: " + found);
    }

    @Test
    void thingsOfOnePixelAndOfNoneHaveABoundaryToo() {
        assertEquals(0, EllipticFourier.complexity(new Mask(3, 3, new boolean[9])));
        boolean[] one = new boolean[9];
        one[0] = true;
        double found = EllipticFourier.complexity(new Mask(3, 3, one));
        assertTrue(found >= 1 && found < 65, "" + found);
    }

    @Test
    void twoCornersInOnePlaceAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> EllipticFourier.of(new double[]{0, 0, 1}, new double[]{0, 0, 1}, 1));
    }

    private interface Shape {
        boolean holds(double x, double y);
    }

    private static Mask drawn(Shape shape) {
        boolean[] pixels = new boolean[64 * 64];
        for (int y = 0; y < 64; y++) for (int x = 0; x < 64; x++) pixels[64 * y + x] = shape.holds(x - 31.5, y - 31.5);
        return new Mask(64, 64, pixels);
    }
}
