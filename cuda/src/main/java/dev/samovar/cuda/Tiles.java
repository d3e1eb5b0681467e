package dev.samovar.cuda;

import dev.samovar.cuda.CudaStream.Launch;

/// How a product of tile.cuh is split into tiles: the suffix of the kernel's name, for tiles of 128 × 128 or of 64 × 64, and its launch.
record Tiles(String suffix, Launch launch) {

    /// For `m` rows and `n` columns: large tiles if there are enough of them for all multiprocessors.
    static Tiles of(CudaStream stream, int m, int n, int batch) {
        int large = Math.ceilDiv(n, 128) * Math.ceilDiv(m, 128);
        return (long) large * batch >= stream.multiprocessors()
                ? new Tiles("_large", Launch.blocks(Math.ceilDiv(n, 128), Math.ceilDiv(m, 128), batch))
                : new Tiles("_small", Launch.blocks(Math.ceilDiv(n, 64), Math.ceilDiv(m, 64), batch));
    }
}
