package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Segments things in pictures by prompts: the picture is embedded once, then any number of prompts are answered.
///
///     var predictor = new SamPredictor(sam);
///     predictor.setImage(picture);
///     List<Candidate> candidates = predictor.predict(Prompt.click(120, 80), true);
///
/// For one ambiguous click, ask for several masks and take the one with the highest `iou`; for a box or several points, ask for one.
/// A second click improves a mask that is nearly right: `predict(Prompt.click(…).and(candidate.lowRes()), false)`.
///
/// It may be shared by several threads. Each prediction is about the image that was set when it began. A thread that wants to be sure which image
/// that is passes the result of [#embed] to `predict`.
///
/// Follows segment_anything/predictor.py @ dca509f.
public final class SamPredictor implements ClickModel {
    /// The most numbers in the largest tensor while prompts are answered together: at the official size, 8 prompts; more are no faster.
    private static final int LARGEST_ACTIVATION = 1 << 23;
    private static final double OFFICIAL_SIZE = 1024;

    private final Sam sam;
    private final Device device;
    private final Framing framing;
    private final Fingerprint weights;
    private volatile @Nullable EmbeddedImage image;

    /// For pictures that are framed as in SAM's training.
    public SamPredictor(Sam sam) {
        this(sam, new SamFraming());
    }

    /// For pictures that are framed in another way. The caller closes the model.
    public SamPredictor(Sam sam, Framing framing) {
        this.sam = sam;
        this.framing = framing;
        device = sam.device();
        weights = sam.identity();
    }

    // ---- the image

    /// Takes a picture through the image encoder: grey or in colour, of 8-bit values from 0 to 255. Opacity, a second or fourth channel, is ignored.
    /// The result does not know its picture until it is told ([EmbeddedImage#withPicture]).
    ///
    /// @throws IllegalArgumentException if it has other values
    public EmbeddedImage embed(Picture picture) {
        Picture rgb = rgb(picture);
        SamConfig c = sam.config();
        try (var _ = Scope.open()) {
            float[] embedding = sam.imageEncoder().forward(framing.input(device, rgb, c.imageSize())).toArray();
            return new EmbeddedImage(embedding, c.promptWidth(), c.grid(), rgb.height(), rgb.width(), framing.title(), "", weights);
        }
    }

    /// An embedding that was kept elsewhere, `(D, G, G)`, of a picture of this size with this framing. It does not know its picture.
    ///
    /// @throws IllegalArgumentException if it has another number of elements than this model's embeddings, or one that is not finite, or the picture
    /// has no pixel
    public EmbeddedImage embedded(float[] embedding, int height, int width) {
        SamConfig c = sam.config();
        if (embedding.length != c.embeddingSize())
            throw new IllegalArgumentException("an embedding of " + embedding.length + " numbers, where this model's have " + c.embeddingSize());
        if (height < 1 || width < 1) throw new IllegalArgumentException("a picture of " + height + " × " + width + " pixels");
        for (float v : embedding) if (!Float.isFinite(v)) throw new IllegalArgumentException("an embedding with the number " + v);
        return new EmbeddedImage(embedding.clone(), c.promptWidth(), c.grid(), height, width, framing.title(), "", weights);
    }

    /// The identity of a picture for an [EmbeddedImage]: channels, rows, columns, and the SHA-256 digest of its pixels in hexadecimal.
    public static String digest(Picture picture) {
        return picture.channels() + " × " + picture.height() + " × " + picture.width() + ", " + Sha256.of(picture.pixels());
    }

    private static Picture rgb(Picture picture) {
        int n = picture.height() * picture.width(), channels = picture.channels();
        if (channels > 4) throw new IllegalArgumentException("a picture of " + channels + " channels");
        boolean whole = true, aboveOne = false;
        for (float v : picture.pixels()) {
            if (!(v >= 0 && v <= 255))
                throw new IllegalArgumentException(
                        "a picture with the value " + v + ", where 8 bits hold 0 to 255; Intensity makes brightness of other numbers");
            aboveOne |= v > 1;
            whole &= v == (int) v;
        }
        if (!whole && !aboveOne)
            throw new IllegalArgumentException("a picture of numbers from 0 to 1, where 8 bits hold 0 to 255; Intensity stretches it");
        if (channels == 3) return picture;
        float[] pixels = new float[3 * n];
        for (int c = 0; c < 3; c++) System.arraycopy(picture.pixels(), channels < 3 ? 0 : c * n, pixels, c * n, n);
        return new Picture(3, picture.height(), picture.width(), pixels);
    }

    /// Embeds the picture that the next predictions are about.
    public void setImage(Picture picture) {
        image = embed(picture);
    }

    /// Sets the image that the next predictions are about.
    ///
    /// @throws FormatException if it was embedded by other weights, or framed in another way
    public void setImage(EmbeddedImage embedded) {
        check(embedded);
        image = embedded;
    }

    /// Makes sure that an embedded image can be used here.
    ///
    /// @throws FormatException if it was embedded by other weights, or framed in another way
    public void check(EmbeddedImage embedded) {
        if (!embedded.isBy(weights) || !embedded.fits(sam.config()))
            throw new FormatException("the image was embedded with other weights than these; embed it again");
        if (!embedded.framing().equals(framing.title()))
            throw new FormatException("the image was framed for " + embedded.framing() + ", and this is " + framing.title()
                    + "; embed it again");
    }

    // ---- predictions

    /// The masks that a prompt may mean in the image that was set: three if `multimask`, else one, in the order of the decoder.
    ///
    /// @throws IllegalStateException if no image was set
    /// @throws PromptException if the prompt makes no sense for it
    public List<Candidate> predict(Prompt prompt, boolean multimask) {
        EmbeddedImage now = image;
        if (now == null) throw new IllegalStateException("no image is set: call setImage before predict");
        return predict(now, prompt, multimask);
    }

    /// The masks that a prompt may mean in a given image.
    ///
    /// @throws PromptException if the prompt makes no sense for the image
    public List<Candidate> predict(EmbeddedImage of, Prompt prompt, boolean multimask) {
        return predict(of, List.of(prompt), multimask).getFirst();
    }

    /// The masks for each of several prompts, which share as much work as possible. All must be alike: the same number of points, a box in all or
    /// none, a mask in all or none.
    ///
    /// @throws PromptException if they are not alike, or make no sense for the image
    public List<List<Candidate>> predict(EmbeddedImage of, List<Prompt> prompts, boolean multimask) {
        return lowRes(of, prompts, multimask, _ -> true).stream().map(
                answer -> IntStream.range(0, answer.masks()).mapToObj(answer::candidate).toList()).toList();
    }

    /// The masks that a prompt may mean, the one that SAM thinks fits best first: three for a single click, which may mean several things, unless
    /// the model [was taught one][Sam#isAmbiguous]; one for any other prompt.
    ///
    /// @throws PromptException if the prompt makes no sense for the image
    public List<Candidate> candidates(EmbeddedImage of, Prompt prompt) {
        return ranked(of, prompt).toList();
    }

    /// The best mask for a prompt: the first of its [#candidates], without the time that the others take.
    ///
    /// @throws PromptException if the prompt makes no sense for the image
    public Candidate best(EmbeddedImage of, Prompt prompt) {
        return ranked(of, prompt).findFirst().orElseThrow();
    }

    /// The candidates in order, each as large as the picture only when it is asked for.
    private Stream<Candidate> ranked(EmbeddedImage of, Prompt prompt) {
        boolean click = Kind.of(Prompt.Combination.of(prompt)).equals(Kind.CLICK);
        LowResAnswer answer = lowRes(of, List.of(prompt), click && sam.isAmbiguous(), _ -> true).getFirst();
        return IntStream.range(0, answer.masks()).boxed().sorted(Comparator.<Integer>comparingDouble(answer::iou).reversed()).map(answer::candidate);
    }

    /// A mask of a picture as a prompt.
    public Prompt.LowRes prompt(Mask mask) {
        return framing.prompt(mask, sam.config().imageSize());
    }

    /// The box around a mask as a prompt, grown on all sides, within the picture.
    ///
    /// @param margin how far, in pixels of the official network's picture of 1024
    public Prompt.Box around(EmbeddedImage of, Box box, double margin) {
        int h = of.height(), w = of.width(), size = sam.config().imageSize();
        double own = margin * size / OFFICIAL_SIZE, across = own * w / framing.x(w, h, w, size), down = own * h / framing.y(h, h, w, size);
        return new Prompt.Box(Math.max(0, box.x0() - across), Math.max(0, box.y0() - down), Math.min(w, box.x1() + across),
                Math.min(h, box.y1() + down));
    }

    /// A mask's logits at the picture's size, row by row: pixels above 0 are in the mask.
    public float[] logits(EmbeddedImage of, Prompt.LowRes lowRes) {
        try (var _ = Scope.open()) {
            Tensor logits = Tensor.of(device, lowRes.logits(), 1, 1, lowRes.side(), lowRes.side());
            return framing.masks(logits, of.height(), of.width(), sam.config().imageSize()).toArray();
        }
    }

    @Override
    public Seen look(Picture picture) {
        return look(embed(picture));
    }

    /// An embedded image, for clicks.
    public Seen look(EmbeddedImage embedded) {
        return (points, wanted) -> List.copyOf(lowRes(embedded, points.stream().<Prompt>map(p -> new Prompt.Points(List.of(p))).toList(),
                true, wanted));
    }

    /// The decoder's answer for one prompt, not yet at the picture's size; without masks if they were not wanted.
    private final class LowResAnswer implements Masks {
        private final EmbeddedImage of;
        private final List<Prompt.LowRes> lowRes;
        private final float[] iou;

        LowResAnswer(EmbeddedImage of, List<Prompt.LowRes> lowRes, float[] iou) {
            this.of = of;
            this.lowRes = lowRes;
            this.iou = iou;
        }

        @Override
        public int masks() {
            return iou.length;
        }

        @Override
        public float iou(int mask) {
            return iou[mask];
        }

        @Override
        public float[] logits(int mask) {
            return SamPredictor.this.logits(of, lowRes.get(mask));
        }

        Candidate candidate(int mask) {
            return new Candidate(Mask.above(0, of.height(), of.width(), logits(mask)), iou(mask), lowRes.get(mask));
        }

        @Override
        public StableMask stable(int mask, int height, int width, double offset) {
            Prompt.LowRes small = lowRes.get(mask);
            Zoom zoom = framing.zoom(small.side(), height, width, sam.config().imageSize());
            return zoom == null ? Masks.super.stable(mask, height, width, offset) : StableMask.of(zoom, small.logits(), offset);
        }
    }

    /// Answers prompts, in portions that limit the memory for intermediate results.
    private List<LowResAnswer> lowRes(EmbeddedImage of, List<Prompt> prompts, boolean multimask, DoublePredicate wanted) {
        List<Prompt.Combination> all = prompts.stream().map(Prompt.Combination::of).toList();
        check(of);
        for (Prompt.Combination prompt : all) check(prompt, of.height(), of.width());
        if (all.stream().map(Kind::of).distinct().count() > 1)
            throw new PromptException(
                    "prompts that are answered together must be alike: the same number of points in each, a box in all or none, a mask in all or none");
        if (all.isEmpty()) return List.of();
        if (Kind.of(all.getFirst()).equals(Kind.NOTHING))
            return Collections.nCopies(all.size(), decode(of, all.subList(0, 1), multimask, wanted).getFirst());
        int together = Math.max(1, LARGEST_ACTIVATION / sam.config().embeddingSize());
        List<LowResAnswer> answers = new ArrayList<>();
        for (int from = 0; from < all.size(); from += together) {
            Watch.step("prompts", from, all.size());
            answers.addAll(decode(of, all.subList(from, Math.min(from + together, all.size())), multimask, wanted));
        }
        return answers;
    }

    /// Prompts of which no mask is wanted are only taken as far as the predicted IoU.
    private List<LowResAnswer> decode(EmbeddedImage of, List<Prompt.Combination> prompts, boolean multimask, DoublePredicate wanted) {
        try (var _ = Scope.open()) {
            var attended = sam.attend(of.tensor(device), points(prompts, of), boxes(prompts, of), masks(prompts)).choose(multimask);
            float[] iou = attended.iou().toArray();
            int m = attended.iou().dim(1);
            List<LowResAnswer> answers = new ArrayList<>();
            for (int from = 0, to; from < prompts.size(); from = to) {
                boolean some = wanted(iou, from, m, wanted);
                for (to = from + 1; to < prompts.size() && wanted(iou, to, m, wanted) == some;) to++;
                List<Prompt.LowRes> lowRes = some ? lowRes(sam.maskDecoder().masks(attended.prompts(from, to))) : List.of();
                for (int b = from; b < to; b++)
                    answers.add(new LowResAnswer(of, some ? lowRes.subList((b - from) * m, (b - from + 1) * m) : lowRes,
                            Arrays.copyOfRange(iou, b * m, b * m + m)));
            }
            return answers;
        }
    }

    /// Whether a mask of one prompt is wanted.
    private static boolean wanted(float[] iou, int prompt, int masks, DoublePredicate wanted) {
        return IntStream.range(prompt * masks, (prompt + 1) * masks).anyMatch(i -> wanted.test(iou[i]));
    }

    /// Each mask by itself.
    private static List<Prompt.LowRes> lowRes(Tensor masks) {
        int side = masks.dim(3), n = side * side;
        float[] all = masks.toArray();
        return IntStream.range(0, all.length / n).mapToObj(i -> new Prompt.LowRes(side, Arrays.copyOfRange(all, i * n, i * n + n))).toList();
    }

    // ---- prompts as tensors

    /// The parts of a prompt.
    private record Kind(int points, boolean box, boolean mask) {
        static final Kind NOTHING = new Kind(0, false, false), CLICK = new Kind(1, false, false);

        static Kind of(Prompt.Combination prompt) {
            return new Kind(prompt.points() == null ? 0 : prompt.points().points().size(), prompt.box() != null, prompt.mask() != null);
        }
    }

    private PromptEncoder.@Nullable Points points(List<Prompt.Combination> prompts, EmbeddedImage of) {
        int n = Kind.of(prompts.getFirst()).points;
        float[] coords = new float[prompts.size() * n * 2];
        List<Integer> labels = new ArrayList<>();
        for (Prompt.Combination prompt : prompts) {
            if (prompt.points() == null) return null;
            for (Prompt.Point p : prompt.points().points()) {
                place(p.x(), p.y(), of, coords, 2 * labels.size());
                labels.add(p.label());
            }
        }
        return new PromptEncoder.Points(Tensor.of(device, coords, prompts.size(), n, 2), labels);
    }

    private @Nullable Tensor boxes(List<Prompt.Combination> prompts, EmbeddedImage of) {
        float[] corners = new float[prompts.size() * 4];
        for (int i = 0; i < prompts.size(); i++) {
            Prompt.Box box = prompts.get(i).box();
            if (box == null) return null;
            place(box.x0(), box.y0(), of, corners, 4 * i);
            place(box.x1(), box.y1(), of, corners, 4 * i + 2);
        }
        return Tensor.of(device, corners, prompts.size(), 4);
    }

    private @Nullable Tensor masks(List<Prompt.Combination> prompts) {
        int side = 4 * sam.config().grid();
        Tensor[] masks = new Tensor[prompts.size()];
        for (int i = 0; i < masks.length; i++) {
            Prompt.LowRes mask = prompts.get(i).mask();
            if (mask == null) return null;
            if (mask.side() != side)
                throw new PromptException("a mask of " + mask.side() + " × " + mask.side() + " logits, where this model takes " + side
                        + " × " + side);
            masks[i] = Tensor.of(device, mask.logits(), 1, 1, side, side);
        }
        return Tensor.concat(0, masks);
    }

    /// Writes a point of the picture in coordinates of the network's square.
    private void place(double x, double y, EmbeddedImage of, float[] to, int at) {
        to[at] = (float) framing.x(x, of.height(), of.width(), sam.config().imageSize());
        to[at + 1] = (float) framing.y(y, of.height(), of.width(), sam.config().imageSize());
    }

    /// Makes sure that a prompt points into a picture of this size. The right and the lower edge are included, because boxes may end there.
    ///
    /// @throws PromptException if it does not
    public static void check(Prompt prompt, int height, int width) {
        Prompt.Combination all = Prompt.Combination.of(prompt);
        if (all.points() != null)
            for (Prompt.Point p : all.points().points()) check("the point " + p.x() + "," + p.y(), p.x(), p.y(), height, width);
        Prompt.Box box = all.box();
        if (box == null) return;
        check("the corner " + box.x0() + "," + box.y0() + " of the box", box.x0(), box.y0(), height, width);
        check("the corner " + box.x1() + "," + box.y1() + " of the box", box.x1(), box.y1(), height, width);
    }

    private static void check(String what, double x, double y, int height, int width) {
        if (!(x >= 0 && x <= width && y >= 0 && y <= height))
            throw new PromptException(what + " lies outside of the picture, which is " + width + " wide and " + height + " high");
    }
}
