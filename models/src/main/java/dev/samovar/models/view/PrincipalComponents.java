package dev.samovar.models.view;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/// Embeddings as colours: what the frozen encoder sees.
///
/// Each place of an embedding `(D, G, G)` is a point in D dimensions. The three directions in which the points of all given embeddings vary most
/// become red, green and blue, so that places that look alike to the encoder have similar colours in all of these embeddings. A direction and its
/// opposite are equally good, so the one whose largest coordinate is positive is taken.
public final class PrincipalComponents {
    private static final int COLOURS = 3;
    private static final double REACH = 2.5;                                       // standard deviations from black to grey, and on to full

    private final int channels, grid;
    private final double[] mean;
    private final double[][] directions;                                           // from deviations to −1 … 1, more or less

    private PrincipalComponents(int channels, int grid, double[] mean, double[][] directions) {
        this.channels = channels;
        this.grid = grid;
        this.mean = mean;
        this.directions = directions;
    }

    /// Finds the directions for embeddings `(D, G, G)`.
    ///
    /// @param channels D, at least 3
    /// @param grid G
    public static PrincipalComponents of(List<float[]> embeddings, int channels, int grid) {
        int n = grid * grid;
        if (channels < COLOURS || embeddings.isEmpty() || embeddings.stream().anyMatch(e -> e.length != channels * n))
            throw new IllegalArgumentException("these are not embeddings of " + channels + " × " + grid + " × " + grid);
        double[] mean = new double[channels];
        for (float[] e : embeddings) for (int i = 0; i < e.length; i++) mean[i / n] += e[i] / ((double) n * embeddings.size());
        DMatrixRMaj covariance = new DMatrixRMaj(channels, channels);
        for (float[] e : embeddings) {
            DMatrixRMaj deviations = new DMatrixRMaj(channels, n);
            for (int i = 0; i < e.length; i++) deviations.data[i] = e[i] - mean[i / n];
            CommonOps_DDRM.multAddTransB(1 / ((double) n * embeddings.size()), deviations, deviations, covariance);
        }
        return new PrincipalComponents(channels, grid, mean, directions(covariance));
    }

    private static double[][] directions(DMatrixRMaj covariance) {
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(covariance.numRows, true, true);
        if (!eigen.decompose(covariance)) throw new ArithmeticException("the covariance of the embeddings has no eigenvectors");
        List<Integer> largest = IntStream.range(0, covariance.numRows).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> eigen.getEigenvalue(i).real).reversed()).limit(COLOURS).toList();
        double[][] directions = new double[COLOURS][];
        for (int k = 0; k < COLOURS; k++) {
            double[] v = eigen.getEigenVector(largest.get(k)).getData().clone();
            int peak = 0;
            for (int i = 1; i < v.length; i++) if (Math.abs(v[i]) > Math.abs(v[peak])) peak = i;
            double variance = eigen.getEigenvalue(largest.get(k)).real;
            double scale = variance <= 0 ? 0 : Math.signum(v[peak]) / (REACH * Math.sqrt(variance));
            directions[k] = Arrays.stream(v).map(x -> x * scale).toArray();
        }
        return directions;
    }

    /// An embedding as a picture of `G · G` pixels.
    public BufferedImage picture(float[] embedding) {
        int n = grid * grid;
        BufferedImage picture = new BufferedImage(grid, grid, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < n; i++) {
            int rgb = 0;
            for (double[] direction : directions) {
                double along = 0;
                for (int c = 0; c < channels; c++) along += direction[c] * (embedding[c * n + i] - mean[c]);
                rgb = rgb << 8 | Math.clamp(Math.round(127.5 * (1 + along)), 0, 255);
            }
            picture.setRGB(i % grid, i / grid, rgb);
        }
        return picture;
    }
}
