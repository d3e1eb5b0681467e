package dev.samovar.benchmarks.peers;

import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Operations.Product;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Work;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;
import org.ejml.dense.row.CommonOps_MT_FDRM;

/// EJML's side: the products of matrices, whose bias is added by a loop.
final class EjmlWorks {
    private EjmlWorks() {}

    static Work of(String name, Sizes sizes, int threads) {
        Product p = Product.of(name, sizes);
        EjmlConcurrency.setMaxThreads(threads);
        var x = FMatrixRMaj.wrap(p.m(), p.k(), Numbers.of("x", p.m() * p.k()));
        var w = CommonOps_FDRM.transpose(FMatrixRMaj.wrap(p.n(), p.k(), Numbers.weights("w", p.n() * p.k(), p.k())), null);
        float[] bias = Numbers.of("b", p.n());
        var y = new FMatrixRMaj(p.m(), p.n());
        return new Work() {
            @Override
            public void run() {
                if (threads == 1) CommonOps_FDRM.mult(x, w, y);
                else CommonOps_MT_FDRM.mult(x, w, y);
                for (int i = 0, at = 0; i < p.m(); i++) for (int j = 0; j < p.n(); j++) y.data[at++] += bias[j];
            }

            @Override
            public float[] result() {
                return y.data.clone();
            }
        };
    }
}
