package dev.samovar.core.kernel.cpu;

/// Cuts work into pieces that are worth a thread. The cuts depend only on the work, never on the number of threads.
final class Split {
    /// The work of a piece, in multiply-adds.
    static final int GRAIN = 1 << 15;

    /// Does the items from `from` up to, but not including, `to`.
    @FunctionalInterface
    interface Piece {
        void run(int from, int to);
    }

    private Split() {}

    /// The number of items in a piece, if each costs `cost`.
    static int length(long cost) {
        return (int) Math.max(1, GRAIN / Math.max(1, cost));
    }

    /// Does `items` of `cost` each: at once if that is little, otherwise in pieces.
    static void run(Parallel parallel, int items, long cost, Piece piece) {
        pieces(parallel, items, length(cost), piece);
    }

    /// Does `items` in pieces of `length`.
    static void pieces(Parallel parallel, int items, int length, Piece piece) {
        if (items == 0) return;
        if (length >= items) {
            piece.run(0, items);
        } else {
            parallel.run(Math.ceilDiv(items, length), index -> piece.run(index * length, index * length + Math.min(length, items - index
                    * length)));
        }
    }
}
