package dev.samovar.models.train;

import dev.samovar.models.sam.SamConfig;
import java.util.Locale;

/// What a run will take, told before it starts.
///
/// @param slicesToEmbed slices that go through the encoder
/// @param slicesPerEpoch slices that go through the head in each epoch
/// @param encoderOperations multiply-adds of the encoder for one picture
/// @param headOperations multiply-adds of the head's forward pass for one picture
/// @param operations of the whole run, a backward pass counted as two forward ones
/// @param memory bytes at the peak, about
public record Cost(long slicesToEmbed, long slicesPerEpoch, long encoderOperations, long headOperations, double operations, long memory) {

    /// Of a run on so many slices.
    public static Cost of(RunConfig run, SamConfig sam, long slicesToEmbed, long slicesPerEpoch, long validatedPerEpoch,
            long headParameters) {
        long encoder = encoder(sam), head = run.head().operations(sam, run.classes());
        double total = (double) slicesToEmbed * encoder + (double) run.epochs() * head * (3 * slicesPerEpoch + validatedPerEpoch);
        long training = 4 * (run.batch() * run.head().activations(sam, run.classes(), run.labelSide()) + 4 * headParameters);
        return new Cost(slicesToEmbed, slicesPerEpoch, encoder, head, total, Math.max(slicesToEmbed == 0 ? 0 : encoderMemory(sam),
                training));
    }

    /// Multiply-adds of the image encoder for one picture.
    public static long encoder(SamConfig c) {
        long n = (long) c.grid() * c.grid(), w = c.width(), sum = n * w * 3 * c.patch() * c.patch();
        for (int i = 0; i < c.depth(); i++) {
            long side = c.isGlobal(i) ? c.grid() : c.window();
            long across = Math.ceilDiv(c.grid(), side), tokens = across * across * side * side;
            sum += tokens * w * (4 * w + 2 * side * side + 2 * side) + 2 * n * w * c.mlp();
        }
        return sum + n * c.promptWidth() * (w + 9L * c.promptWidth());
    }

    /// Bytes that embedding one picture takes at the peak: weights, their linear layers once more in the kernels' own form, and about six of the largest activation.
    public static long encoderMemory(SamConfig c) {
        long weights = c.tensors().entrySet().stream().filter(e -> e.getKey().startsWith("image_encoder.")).mapToLong(e -> e.getValue()
                .size()).sum();
        long linear = c.depth() * (4L * c.width() * c.width() + 2L * c.width() * c.mlp());
        return 4 * (weights + linear + 6L * c.grid() * c.grid() * c.mlp());
    }

    @Override
    public String toString() {
        return slicesToEmbed + " slices through the encoder (" + multiplyAdds((double) encoderOperations) + " each), " + slicesPerEpoch
                + " per epoch through the head (" + multiplyAdds((double) headOperations) + " each): " + multiplyAdds(operations)
                + " in all, about "
                + bytes(memory)
                + " of memory";
    }

    /// A number of multiply-adds with the unit that suits it.
    private static String multiplyAdds(double n) {
        if (n >= 1e12) return String.format(Locale.ROOT, "%.2f TMAC", n * 1e-12);
        if (n >= 1e9) return String.format(Locale.ROOT, "%.2f GMAC", n * 1e-9);
        return String.format(Locale.ROOT, "%.2f MMAC", n * 1e-6);
    }

    private static String bytes(long n) {
        return n >= 1L << 30 ? String.format(Locale.ROOT, "%.1f GiB", n / (double) (1L << 30)) : Math.max(1, n >> 20) + " MiB";
    }
}
