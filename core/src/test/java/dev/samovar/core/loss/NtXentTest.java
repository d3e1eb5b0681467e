package dev.samovar.core.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.GradCheck;
import org.junit.jupiter.api.Test;

class NtXentTest {
    /// By the definition: the mean over 2N views of minus the logarithm of the pair's share in the sum of `exp(cos / T)` over all other views.
    private static double byHand(double[][] z, double temperature) {
        int all = z.length;
        double sum = 0;
        for (int i = 0; i < all; i++) {
            double others = 0;
            for (int j = 0; j < all; j++) if (j != i) others += Math.exp(cosine(z[i], z[j]) / temperature);
            sum -= cosine(z[i], z[(i + all / 2) % all]) / temperature - Math.log(others);
        }
        return sum / all;
    }

    private static double cosine(double[] a, double[] b) {
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    @Test
    void eachViewIsToFindItsPair() {
        var random = new Random(3, "views");
        double[][] z = new double[10][7];
        for (double[] row : z) for (int i = 0; i < row.length; i++) row[i] = random.normal();
        double[] zi = new double[35], zj = new double[35];
        for (int i = 0; i < 5; i++) {
            System.arraycopy(z[i], 0, zi, 7 * i, 7);
            System.arraycopy(z[i + 5], 0, zj, 7 * i, 7);
        }
        for (Device device : new Device[]{Device.reference(), Device.scalar(2), Device.cpu(2)}) {
            try (var _ = Scope.open()) {
                assertEquals(byHand(z, 0.5), NtXent.of(Tensor.of(device, zi, 5, 7), Tensor.of(device, zj, 5, 7), 0.5).item(), 1e-5);
            }
        }
    }

    @Test
    void itsGradientIsTheDerivative() {
        GradCheck.check("ntXent", xs -> NtXent.of(xs[0], xs[1], 0.5), Shape.of(3, 5), Shape.of(3, 5));
    }

    @Test
    void oneViewHasNoOthersToBeToldFrom() {
        try (var _ = Scope.open()) {
            Tensor one = Tensor.full(Device.reference(), 1, 1, 4);
            assertThrows(ShapeException.class, () -> NtXent.of(one, one, 0.5));
        }
    }
}
