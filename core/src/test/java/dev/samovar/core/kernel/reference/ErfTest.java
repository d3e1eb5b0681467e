package dev.samovar.core.kernel.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ErfTest {
    /// Values that are exact to the last digit of a double, computed with 40 digits.
    private static final double[][] ERFC = {{0.0, 1.0}, {1e-08, 0.9999999887162083}, {0.1, 0.887537083981715}, {0.5, 0.4795001221869535},
        {0.9, 0.20309178757716786}, {0.999, 0.15771472979350307}, {1.0, 0.15729920705028513}, {1.001, 0.15688451452192373},
        {1.5, 0.033894853524689274}, {2.0, 0.004677734981047266}, {3.0, 2.209049699858544e-05}, {4.0, 1.541725790028002e-08},
        {5.0, 1.537459794428035e-12}, {6.0, 2.1519736712498913e-17}, {10.0, 2.088487583762545e-45}, {20.0, 5.395865611607901e-176},
        {26.0, 5.663192408856143e-296}};

    @Test
    void agreesWithTheTable() {
        for (double[] row : ERFC) {
            assertEquals(row[1], Erf.erfc(row[0]), 1e-13 * row[1], "erfc " + row[0]);
            assertEquals(1 - row[1], Erf.erf(row[0]), 4e-16, "erf " + row[0]);
            assertEquals(2 - row[1], Erf.erfc(-row[0]), 4e-16, "erfc " + -row[0]);
            assertEquals(row[1] - 1, Erf.erf(-row[0]), 4e-16, "erf " + -row[0]);
            assertEquals(row[1] / 2, Erf.phi(-row[0] * Math.sqrt(2)), 1e-12 * row[1], "phi " + row[0]);
        }
    }

    @Test
    void seriesAndFractionMeet() {
        assertEquals(Erf.erf(Math.nextDown(1.0)), Erf.erf(1), 1e-15);
        assertEquals(0, Erf.erf(0));
        assertEquals(1, Erf.erf(40));
        assertEquals(0, Erf.erfc(Double.POSITIVE_INFINITY));
        assertEquals(2, Erf.erfc(Double.NEGATIVE_INFINITY));
        assertEquals(Double.NaN, Erf.erf(Double.NaN));
    }
}
