package dev.samovar.core.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/// The rules of PyTorch's ReduceLROnPlateau with mode min, factor 0.1, threshold 1e-4 relative, cooldown 0, eps 1e-8.
class ReduceOnPlateauTest {
    private static final Tensor PARAMETER = Tensor.parameter(Device.reference(), new float[1], Shape.of(1), true);

    /// The observations, counted from 1, after which the rate fell.
    private static String falls(int patience, double rate, double... losses) {
        var adam = new Adam(Map.of("p", PARAMETER), rate);
        var plateau = new ReduceOnPlateau(adam, patience);
        var falls = new StringBuilder();
        for (int i = 0; i < losses.length; i++) {
            double before = adam.learningRate();
            var state = plateau.state();
            plateau = new ReduceOnPlateau(adam, patience);                         // each continues where the previous one stopped
            plateau.restore(state);
            plateau.observe(losses[i]);
            if (adam.learningRate() == before) continue;
            assertEquals(0.1 * before, adam.learningRate(), 1e-12 * before);
            falls.append(falls.isEmpty() ? "" : " ").append(i + 1);
        }
        return falls.toString();
    }

    private static double[] flat(int n, double loss) {
        double[] losses = new double[n];
        Arrays.fill(losses, loss);
        return losses;
    }

    private static double[] then(double[] a, double... b) {
        return DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }

    @Test
    void elevenObservationsWithoutProgressLowerTheRate() { assertEquals("12 23 34", falls(10, 5e-4, flat(40, 1))); }

    @Test
    void tenDoNot() { assertEquals("", falls(10, 5e-4, then(flat(11, 1), flat(11, 0.5)))); }

    @Test
    void progressStartsTheCountAgain() { assertEquals("18", falls(10, 5e-4, then(then(flat(6, 1), 0.9), flat(12, 1)))); }

    @Test
    void progressOfLessThanATenThousandthIsNone() {
        assertEquals("12", falls(10, 5e-4, then(flat(1, 1), flat(11, 0.99991))));
        assertEquals("", falls(10, 5e-4, then(flat(1, 1), flat(11, 0.99989))));
    }

    @Test
    void creepingDownIsMeasuredFromTheBestNotFromTheLast() {
        assertEquals("2 3 5 6", falls(0, 5e-1, 1, 0.99995, 0.99991, 0.9998, 0.99975, 0.9999));
    }

    @Test
    void afterAFallTheBestIsRemembered() { assertEquals("3 5 7", falls(1, 5e-4, 1, 2, 2, 1.5, 1.5, 1.2, 1.2)); }

    @Test
    void theRateStopsFallingWhereItWouldChangeByLessThanEps() { assertEquals("2 3 4 5 6", falls(0, 5e-4, flat(20, 1))); }

    @Test
    void whatIsNotANumberIsNoProgress() { assertEquals("4", falls(2, 5e-4, 1, Double.NaN, Double.NaN, Double.NaN, 0.5, 0.5)); }

    @Test
    void patienceZeroAllowsNoObservationWithoutProgress() { assertEquals("2 4", falls(0, 5e-4, 1, 1, 0.5, 0.6)); }
}
