package dev.samovar.models.sam;

import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.data.Picture;
import dev.samovar.models.mask.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Segments things in pictures, as prompts say: the picture is embedded once, then any number of prompts are answered.
///
///     var predictor = new SamPredictor(sam);
///     predictor.setImage(picture);
///     List<Candidate> candidates = predictor.predict(Prompt.click(120, 80), true);
///
/// For one ambiguous click ask for several masks and take the one with the highest `iou`; for a box or several points ask for one.
/// A mask that is nearly right becomes better with a second click: `predict(Prompt.click(…).and(candidate.lowRes()), false)`.
///
/// May be shared by several threads. Each prediction is about the image that was set when it began; a thread that wants to be sure which one that is passes it
/// along, as [#embed] gave it.
///
/// Follows segment_anything/predictor.py @ dca509f.
public final class SamPredictor implements Clicks {
    private final Sam sam;
    private final Device device;
    private final Framing framing;
    private final String weights;
    private volatile @Nullable EmbeddedImage image;

    /// Of pictures that are framed as SAM was trained.
    public SamPredictor(Sam sam) {
        this(sam, Framing.SAM);
    }

    /// Of pictures that are framed in another way. The model stays the caller's to close.
    public SamPredictor(Sam sam, Framing framing) {
        this.sam = sam;
        this.framing = framing;
        device = sam.device();
        weights = sam.fingerprint();
    }

    // ---- the image

    /// Takes a picture through the image encoder: grey or in colour, of 8-bit values from 0 to 255.
    ///
    /// @throws IllegalArgumentException if it has other values
    public EmbeddedImage embed(Picture picture) {
        Picture rgb = rgb(picture);
        SamConfig c = sam.config();
        try (var _ = Scope.open()) {
            float[] embedding = sam.imageEncoder().forward(framing.input(device, rgb, c.imageSize())).toArray();
            return new EmbeddedImage(embedding, c.promptWidth(), c.grid(), rgb.height(), rgb.width(), framing.title(), digest(picture),
                    weights);
        }
    }

    /// The digest by which an [EmbeddedImage] knows its picture.
    public static String digest(Picture picture) {
        return Sha256.of(picture.pixels());
    }

    private static Picture rgb(Picture picture) {
        int n = picture.height() * picture.width();
        if (picture.channels() != 1 && picture.channels() != 3)
            throw new IllegalArgumentException("a picture of " + picture.channels() + " channels");
        for (float v : picture.pixels())
            if (!(v >= 0 && v <= 255)) throw new IllegalArgumentException("a picture with the value " + v + ", where 8 bits hold 0 to 255");
        if (picture.channels() == 3) return picture;
        float[] pixels = new float[3 * n];
        for (int c = 0; c < 3; c++) System.arraycopy(picture.pixels(), 0, pixels, c * n, n);
        return new Picture(3, picture.height(), picture.width(), pixels);
    }

    /// Embeds the picture that the next predictions are about.
    public void setImage(Picture picture) {
        image = embed(picture);
    }

    /// Sets the image that the next predictions are about.
    ///
    /// @throws IllegalArgumentException if it was embedded by other weights, or framed in another way
    public void setImage(EmbeddedImage embedded) {
        image = checked(embedded);
    }

    private EmbeddedImage checked(EmbeddedImage embedded) {
        if (!embedded.weights().equals(weights))
            throw new IllegalArgumentException("the image was embedded with other weights than these; embed it again");
        if (!embedded.framing().equals(framing.title()))
            throw new IllegalArgumentException("the image was framed as by " + embedded.framing() + ", and this is " + framing.title()
                    + "; embed it again");
        return embedded;
    }

    // ---- predictions

    /// The masks that a prompt may mean in the image that was set: three if `multimask`, else one, in the order of the decoder.
    ///
    /// @throws IllegalStateException if no image was set
    /// @throws PromptException if the prompt means nothing in it
    public List<Candidate> predict(Prompt prompt, boolean multimask) {
        EmbeddedImage now = image;
        if (now == null) throw new IllegalStateException("no image is set: call setImage before predict");
        return predict(now, prompt, multimask);
    }

    /// The same in an image of the caller's.
    public List<Candidate> predict(EmbeddedImage of, Prompt prompt, boolean multimask) {
        return predict(of, List.of(prompt), multimask).getFirst();
    }

    /// The masks for each of several prompts, which share what work they can. All must be alike: so many points each, a box each or none, a mask each or none.
    ///
    /// @throws PromptException if they are not alike, or mean nothing in the image
    public List<List<Candidate>> predict(EmbeddedImage of, List<Prompt> prompts, boolean multimask) {
        List<LowResAnswer> answers = lowRes(of, prompts, multimask);
        List<List<Candidate>> all = new ArrayList<>();
        for (LowResAnswer answer : answers) {
            List<Candidate> candidates = new ArrayList<>();
            for (int m = 0; m < answer.masks(); m++) {
                Mask mask = Mask.above(0, of.height(), of.width(), answer.logits(m));
                candidates.add(new Candidate(mask, answer.iou(m), answer.lowRes.get(m)));
            }
            all.add(candidates);
        }
        return all;
    }

    /// A mask's logits at the picture's size, row after row: what is above 0 is mask.
    public float[] logits(EmbeddedImage of, Prompt.LowRes lowRes) {
        try (var _ = Scope.open()) {
            Tensor logits = Tensor.of(device, lowRes.logits(), 1, 1, lowRes.side(), lowRes.side());
            return framing.masks(logits, of.height(), of.width(), sam.config().imageSize()).toArray();
        }
    }

    @Override
    public Pictured look(Picture picture) {
        EmbeddedImage embedded = embed(picture);
        return points -> List.copyOf(lowRes(embedded, points.stream().<Prompt>map(p -> new Prompt.Points(List.of(p))).toList(), true));
    }

    /// What the decoder gave for one prompt, not yet at the picture's size.
    private final class LowResAnswer implements Answer {
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
    }

    private List<LowResAnswer> lowRes(EmbeddedImage of, List<Prompt> prompts, boolean multimask) {
        List<Prompt.Combination> all = prompts.stream().map(Prompt.Combination::of).toList();
        for (Prompt.Combination prompt : all) check(prompt, of);
        try (var _ = Scope.open()) {
            var decoded = sam.decode(checked(of).tensor(device), points(all, of), boxes(all, of), masks(all)).choose(multimask);
            int m = decoded.iou().dim(1), side = decoded.masks().dim(3);
            float[] masks = decoded.masks().toArray(), iou = decoded.iou().toArray();
            List<LowResAnswer> answers = new ArrayList<>();
            for (int b = 0; b < all.size(); b++) {
                List<Prompt.LowRes> lowRes = new ArrayList<>();
                for (int i = b * m; i < b * m + m; i++)
                    lowRes.add(new Prompt.LowRes(side, Arrays.copyOfRange(masks, i * side * side, (i + 1) * side * side)));
                answers.add(new LowResAnswer(of, lowRes, Arrays.copyOfRange(iou, b * m, b * m + m)));
            }
            return answers;
        }
    }

    // ---- prompts as tensors

    private PromptEncoder.@Nullable Points points(List<Prompt.Combination> prompts, EmbeddedImage of) {
        Prompt.Points first = prompts.getFirst().points();
        int n = first == null ? 0 : first.points().size();
        float[] coords = new float[prompts.size() * n * 2];
        List<Integer> labels = new ArrayList<>();
        for (Prompt.Combination prompt : prompts) {
            List<Prompt.Point> points = prompt.points() == null ? List.of() : prompt.points().points();
            if (points.size() != n) throw unlike(n + " points in one and " + points.size() + " in another");
            for (Prompt.Point p : points) {
                place(p.x(), p.y(), of, coords, 2 * labels.size());
                labels.add(p.label());
            }
        }
        return n == 0 ? null : new PromptEncoder.Points(Tensor.of(device, coords, prompts.size(), n, 2), labels);
    }

    private @Nullable Tensor boxes(List<Prompt.Combination> prompts, EmbeddedImage of) {
        float[] corners = new float[prompts.size() * 4];
        int there = 0;
        for (Prompt.Combination prompt : prompts) {
            Prompt.Box box = prompt.box();
            if (box == null) continue;
            place(box.x0(), box.y0(), of, corners, 4 * there);
            place(box.x1(), box.y1(), of, corners, 4 * there++ + 2);
        }
        if (there != 0 && there != prompts.size()) throw unlike("a box in some, in others none");
        return there == 0 ? null : Tensor.of(device, corners, prompts.size(), 4);
    }

    private @Nullable Tensor masks(List<Prompt.Combination> prompts) {
        int side = 4 * sam.config().grid(), there = 0;
        float[] logits = new float[prompts.getFirst().mask() == null ? 0 : prompts.size() * side * side];
        for (Prompt.Combination prompt : prompts) {
            if (prompt.mask() == null) continue;
            if (prompt.mask().side() != side)
                throw new PromptException("a mask of " + prompt.mask().side() + " × " + prompt.mask().side()
                        + " logits, where this model takes " + side + " × " + side);
            if (logits.length > 0) System.arraycopy(prompt.mask().logits(), 0, logits, there * side * side, side * side);
            there++;
        }
        if (there != 0 && there != prompts.size()) throw unlike("a mask in some, in others none");
        return there == 0 ? null : Tensor.of(device, logits, prompts.size(), 1, side, side);
    }

    private static PromptException unlike(String how) {
        return new PromptException("prompts that are answered together must be alike, and these have " + how + "; predict them one by one");
    }

    /// A place of the picture in the network's square.
    private void place(double x, double y, EmbeddedImage of, float[] to, int at) {
        to[at] = (float) framing.x(x, of.height(), of.width(), sam.config().imageSize());
        to[at + 1] = (float) framing.y(y, of.height(), of.width(), sam.config().imageSize());
    }

    private static void check(Prompt.Combination prompt, EmbeddedImage of) {
        if (prompt.points() != null)
            for (Prompt.Point p : prompt.points().points()) check("the point " + p.x() + "," + p.y(), p.x(), p.y(), of);
        Prompt.Box box = prompt.box();
        if (box == null) return;
        check("the corner " + box.x0() + "," + box.y0() + " of the box", box.x0(), box.y0(), of);
        check("the corner " + box.x1() + "," + box.y1() + " of the box", box.x1(), box.y1(), of);
    }

    /// The right and the lower edge still belong: that is where boxes end.
    private static void check(String what, double x, double y, EmbeddedImage of) {
        if (!(x >= 0 && x <= of.width() && y >= 0 && y <= of.height()))
            throw new PromptException(what + " lies outside of the picture, which is " + of.width() + " wide and " + of.height() + " high");
    }
}
