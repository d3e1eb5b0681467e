package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// The sizes of TinyViT, MobileSAM's image encoder: a stage of convolutions, then stages of attention within windows. Its weights do not depend on
/// the size of pictures.
///
/// So a checkpoint's shapes give all sizes except that of the picture. It is assumed to be 1024 pixels, as in MobileSAM, or, if the patches are
/// single pixels, 256, as in LiteMedSAM. The stride of the last merge cannot be derived either; in all encoders of a SAM it is 1.
///
/// @param widths channels of each stage
/// @param depths blocks of each stage
/// @param heads attention heads of each stage except the first
/// @param windows for each stage except the first, the side of the square within which it attends
/// @param imageSize side of the square picture that goes in, in pixels
/// @param patchKernel 3 if the first two convolutions have stride 2 and shrink the picture to a quarter of its sides, 1 if they keep its size
/// @param patchWidth channels between these two
/// @param expansion the factor by which the convolutions of the first stage have more channels inside
/// @param mlpRatio the factor by which the feed-forward layers have more channels inside
public record TinyVitConfig(List<Integer> widths, List<Integer> depths, List<Integer> heads, List<Integer> windows, int imageSize,
        int patchKernel, int patchWidth, int expansion, int mlpRatio) implements EncoderConfig {
    /// The number of stages of every TinyViT.
    public static final int STAGES = 4;
    private static final int OFFICIAL_SIZE = 1024, LITE_MED_SIZE = 256;
    private static final String ENCODER = SamConfig.ENCODER, PATCHES = ENCODER + "patch_embed.seq.0.c.weight";

    /// Copies the lists.
    public TinyVitConfig {
        widths = List.copyOf(widths);
        depths = List.copyOf(depths);
        heads = List.copyOf(heads);
        windows = List.copyOf(windows);
    }

    /// MobileSAM's.
    public static TinyVitConfig mobile() {
        return new TinyVitConfig(List.of(64, 128, 160, 320), List.of(2, 2, 6, 2), List.of(4, 5, 10), List.of(7, 14, 7), OFFICIAL_SIZE, 3,
                32, 4, 4);
    }

    /// LiteMedSAM's.
    public static TinyVitConfig liteMed() {
        return new TinyVitConfig(mobile().widths, mobile().depths, mobile().heads, mobile().windows, LITE_MED_SIZE, 1, 32, 4, 4);
    }

    /// Whether a checkpoint has such an encoder.
    static boolean isOne(CheckpointShapes shapes) {
        return shapes.has(PATCHES) && !shapes.has(ENCODER + "pos_embed");
    }

    static TinyVitConfig infer(CheckpointShapes shapes) {
        Shape patches = shapes.of(PATCHES, 4);
        List<Integer> widths = new ArrayList<>(), depths = new ArrayList<>(), heads = new ArrayList<>(), windows = new ArrayList<>();
        for (int i = 0; i < STAGES; i++) {
            String first = block(i, 0) + (i == 0 ? ".conv3.c.weight" : ".attn.proj.weight");
            widths.add(shapes.of(first, i == 0 ? 4 : 2).dim(0));
            int depth = 1;
            while (shapes.has(block(i, depth) + (i == 0 ? ".conv3.c.weight" : ".attn.proj.weight"))) depth++;
            depths.add(depth);
            if (i == 0) continue;
            Shape table = shapes.of(block(i, 0) + ".attn.attention_biases", 2);
            int window = (int) Math.round(Math.sqrt(table.dim(1)));
            if (window * window != table.dim(1) || widths.get(i) % table.dim(0) != 0)
                throw new FormatException(SamConfig.NOT_A_SAM + ": the attention biases of stage " + i + " have the shape " + table);
            heads.add(table.dim(0));
            windows.add(window);
        }
        int kernel = patches.dim(2);
        if (kernel != 1 && kernel != 3)
            throw new FormatException(SamConfig.NOT_A_SAM + ": its patches are embedded by convolutions of " + kernel + " × " + kernel);
        return new TinyVitConfig(widths, depths, heads, windows, kernel == 3 ? OFFICIAL_SIZE : LITE_MED_SIZE, kernel, patches.dim(0),
                shapes.of(block(0, 0) + ".conv1.c.weight", 4).dim(0) / widths.getFirst(), shapes.of(block(1, 0) + ".mlp.fc1.weight", 2)
                        .dim(0) / widths.get(1));
    }

    /// Channels of a stage.
    int width(int stage) {
        return widths.get(stage);
    }

    /// Attention heads of a stage other than the first.
    int heads(int stage) {
        return heads.get(stage - 1);
    }

    /// Side of the windows of a stage other than the first.
    int window(int stage) {
        return windows.get(stage - 1);
    }

    /// The factor by which the merge at the end of a stage shrinks height and width.
    public static int mergeStride(int stage) {
        return stage < STAGES - 2 ? 2 : 1;
    }

    /// Positions along a side of a stage's map.
    public int side(int stage) {
        int side = patchKernel == 3 ? imageSize / 4 : imageSize;
        for (int i = 0; i < stage; i++) side /= mergeStride(i);
        return side;
    }

    @Override
    public int grid() {
        return side(STAGES - 1);
    }

    @Override
    public TinyVitConfig forImages(int size) {
        int unit = patchKernel == 3 ? 16 : 4;
        if (size < unit || size % unit != 0)
            throw new FormatException("this image encoder takes pictures whose side is a multiple of " + unit + ", not of " + size
                    + " pixels");
        return new TinyVitConfig(widths, depths, heads, windows, size, patchKernel, patchWidth, expansion, mlpRatio);
    }

    @Override
    public ImageEncoder build(Params p, int promptWidth) {
        return new ImageEncoderTinyViT(p, this, promptWidth);
    }

    @Override
    public void tensors(StateDict all, int promptWidth) {
        int c = width(0), hidden = expansion * c;
        all.convBn(ENCODER + "patch_embed.seq.0", patchWidth, 3, patchKernel);
        all.convBn(ENCODER + "patch_embed.seq.2", c, patchWidth, patchKernel);
        for (int j = 0; j < depths.getFirst(); j++) bottleneck(all, block(0, j), c, hidden, c);
        bottleneck(all, downsample(0), c, width(1), width(1));
        for (int i = 1; i < STAGES; i++) {
            for (int j = 0; j < depths.get(i); j++) block(all, block(i, j), width(i), heads(i), window(i));
            if (i < STAGES - 1) bottleneck(all, downsample(i), width(i), width(i + 1), width(i + 1));
        }
        all.neck(ENCODER + "neck", width(STAGES - 1), promptWidth);
    }

    static String block(int stage, int index) {
        return ENCODER + "layers." + stage + ".blocks." + index;
    }

    private static String downsample(int stage) {
        return ENCODER + "layers." + stage + ".downsample";
    }

    private static void bottleneck(StateDict all, String name, int in, int hidden, int out) {
        all.convBn(name + ".conv1", hidden, in, 1);
        all.convBn(name + ".conv2", hidden, 1, 3);
        all.convBn(name + ".conv3", out, hidden, 1);
    }

    private void block(StateDict all, String name, int c, int heads, int window) {
        all.add(name + ".attn.attention_biases", heads, window * window);
        all.norm(name + ".attn.norm", c);
        all.pair(name + ".attn.qkv", 3 * c, c);
        all.pair(name + ".attn.proj", c, c);
        all.norm(name + ".mlp.norm", c);
        all.pair(name + ".mlp.fc1", mlpRatio * c, c);
        all.pair(name + ".mlp.fc2", c, mlpRatio * c);
        all.convBn(name + ".local_conv", c, 1, 3);
    }

    /// Tensors that only training or a classifier needs: counters of batches, the classifier's head, and the index tables of older files.
    @Override
    public boolean ignores(String tensor) {
        return tensor.startsWith(ENCODER) && (tensor.endsWith(".bn.num_batches_tracked") || tensor.endsWith(".attn.attention_bias_idxs")
                || tensor.matches("image_encoder\\.(norm_)?head\\.(weight|bias)"));
    }

    @Override
    public long operations(int promptWidth) {
        long first = side(0), whole = first * first, taps = (long) patchKernel * patchKernel, c = width(0);
        long inner = patchKernel == 3 ? 4 * whole : whole;
        long sum = inner * patchWidth * 3 * taps + whole * c * patchWidth * taps;
        sum += depths.getFirst() * whole * expansion * c * (2 * c + 9);
        for (int i = 0; i < STAGES; i++) {
            long n = (long) side(i) * side(i);
            if (i > 0) sum += depths.get(i) * block(n, side(i), width(i), window(i));
            if (i == STAGES - 1) return sum + n * promptWidth * (width(i) + 9L * promptWidth);
            long next = width(i + 1), after = (long) side(i + 1) * side(i + 1);
            sum += n * width(i) * next + after * next * (9 + next);
        }
        throw new AssertionError("the last stage returns");
    }

    /// Multiply-adds of a block of attention, including the padding of the windows.
    private long block(long n, int side, long c, long window) {
        long across = Math.ceilDiv(side, window), places = across * across * window * window;
        return places * c * (4 * c + 2 * window * window) + n * c * (9 + 2L * mlpRatio * c);
    }

    @Override
    public long activations() {
        long whole = (long) side(0) * side(0);
        return (patchKernel == 3 ? 4 : 1) * whole * patchWidth + 4 * whole * width(0);
    }

    @Override
    public String describe() {
        return "TinyViT, widths " + widths + ", depths " + depths + ", heads " + heads + ", windows " + windows;
    }
}
