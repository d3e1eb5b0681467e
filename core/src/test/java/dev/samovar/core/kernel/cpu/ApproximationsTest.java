package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.reference.Erf;
import org.junit.jupiter.api.Test;

class ApproximationsTest {
    /// The next number of a sweep: a step of 1e-5, relative where the numbers are larger than 1.
    private static float next(float x) {
        return x + Math.max(1e-5f, Math.abs(x) * 1e-5f);
    }

    @Test
    void expIsRightToTheLastDigitOrSo() {
        double worst = 0;
        for (float x = -87; x < 88; x = next(x)) worst = Math.max(worst, Math.abs(Approximations.exp(x) / StrictMath.exp(x) - 1));
        assertTrue(worst < 8e-8, "relative error " + worst);
    }

    @Test
    void phiIsRightInTheMiddleAndInTheTail() {
        double absolute = 0, relative = 0;
        for (float x = -20; x < 20; x = next(x)) {
            double expected = Erf.phi(x), error = Math.abs(Approximations.phi(x) - expected);
            absolute = Math.max(absolute, error);
            if (x >= -6) relative = Math.max(relative, error / expected);
        }
        assertTrue(absolute < 9e-8, "absolute error " + absolute);
        assertTrue(relative < 1.3e-6, "relative error " + relative);
    }

    @Test
    void geluAndItsSlopeAreRight() {
        double ofGelu = 0, ofSlope = 0, relative = 0;
        for (float x = -20; x < 20; x = next(x)) {
            double expected = x * Erf.phi(x), error = Math.abs(Approximations.gelu(x) - expected);
            ofGelu = Math.max(ofGelu, error / Math.max(1, Math.abs(x)));
            if (x >= -6 && x != 0) relative = Math.max(relative, error / Math.abs(expected));
            ofSlope = Math.max(ofSlope, Math.abs(Approximations.geluSlope(x) - (Erf.phi(x) + x * Erf.density(x))));
        }
        assertTrue(ofGelu < 8e-8, "error of gelu over max(1, |x|): " + ofGelu);
        assertTrue(relative < 1.3e-6, "relative error of gelu " + relative);
        assertTrue(ofSlope < 1.4e-7, "error of the slope " + ofSlope);
    }

    @Test
    void sinAndCosAreRightToTheLastDigitOrSo() {
        double ofSin = 0, ofCos = 0;
        for (float x = -1e6f; x < 1e12f; x = next(x)) {
            ofSin = Math.max(ofSin, Math.abs(Approximations.sin(x) - StrictMath.sin(x)));
            ofCos = Math.max(ofCos, Math.abs(Approximations.cos(x) - StrictMath.cos(x)));
        }
        assertTrue(ofSin < 6e-8, "error of sin " + ofSin);
        assertTrue(ofCos < 6e-8, "error of cos " + ofCos);
    }

    @Test
    void extremesAreWhatTheyShouldBe() {
        assertEquals(1, Approximations.exp(0));
        assertEquals(0, Approximations.exp(-200));
        assertEquals(0, Approximations.exp(Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, Approximations.exp(100));
        assertEquals(Float.NaN, Approximations.exp(Float.NaN));
        assertEquals(0.5, Approximations.phi(0));
        assertEquals(0, Approximations.phi(-1e30f));
        assertEquals(1, Approximations.phi(Float.POSITIVE_INFINITY));
        assertEquals(Float.NaN, Approximations.phi(Float.NaN));
        assertEquals(0, Approximations.gelu(0));
        assertEquals(0, Approximations.gelu(Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, Approximations.gelu(Float.POSITIVE_INFINITY));
        assertEquals(Float.NaN, Approximations.gelu(Float.NaN));
        assertEquals(0.5, Approximations.geluSlope(0));
        assertEquals(0, Approximations.sin(0));
        assertEquals(1, Approximations.cos(0));
        assertEquals((float) StrictMath.sin(1e30f), Approximations.sin(1e30f));
        assertEquals(Float.NaN, Approximations.cos(Float.POSITIVE_INFINITY));
        assertEquals(Float.NaN, Approximations.sin(Float.NaN));
    }
}
