package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Labels;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Sample;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.train.EmbeddingCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;

/// SAM without training, prompted for every class in every slice by a prompt that is made from the truth: an unfair comparison for methods without
/// prompts.
///
/// Slices are prepared as in SAM's training, unlike in the published baseline of the heads' paper, where colours from 0 to 1 were normalised as if
/// they had 8 bits. Boxes are tight, where that code's boxes were a pixel larger and their axes exchanged. So this is that baseline, corrected.
///
/// Source: the heads' paper, Hu and others, arXiv 2306.13731; scripts of the AutoSAM code @ 50a6ff4.
public enum ZeroShot {
    /// The tight box around the class, one mask.
    BOX("SAM zero-shot, truth's boxes"),
    /// A click at one of the deepest pixels of the class, and the mask that SAM thinks best of three.
    CLICK("SAM zero-shot, clicks at truth's centres");

    private final String words;

    ZeroShot(String words) {
        this.words = words;
    }

    /// Its name in a table, with its prompt.
    public String words() {
        return words;
    }

    /// Its name on the command line and in files.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The prompt of this name.
    ///
    /// @throws FormatException if there is none
    public static ZeroShot of(String name) {
        for (ZeroShot one : values()) if (one.toString().equals(name)) return one;
        throw new FormatException("SAM is prompted with box or click, not " + FormatException.shown(name));
    }

    /// The classes that a SAM finds in a volume. If several masks cover a pixel, the one with the highest logit wins.
    ///
    /// @param embeddings of the sample's slices, prepared as in SAM's training
    /// @param done receives the number of finished slices, after each
    LabelVolume segment(SamPredictor predictor, Sample sample, EmbeddingCache.Embeddings embeddings, IntConsumer done) {
        Slices slices = Slices.of(sample.image().geometry());
        int h = slices.height(), w = slices.width();
        List<byte[]> found = new ArrayList<>();
        for (int s = 0; s < slices.count(); s++) {
            byte[] truth = slices.cut(sample.label(), s), labels = new byte[h * w];
            float[] highest = new float[h * w];                                    // a mask begins above 0
            EmbeddedImage image = null;
            for (int c = 1; c < Labels.IGNORED; c++) {
                Mask object = Mask.of(c, h, w, truth);
                if (object.box() == null) continue;
                if (image == null) image = predictor.embedded(embeddings.slice(s), h, w);
                Candidate answer = predictor.best(image, prompt(object, new Random(0, sample.name() + ", slice " + s + ", class " + c)));
                float[] logits = predictor.logits(image, answer.lowRes());
                for (int i = 0; i < labels.length; i++) {
                    if (logits[i] <= highest[i]) continue;
                    highest[i] = logits[i];
                    labels[i] = (byte) c;
                }
            }
            found.add(labels);
            done.accept(s + 1);
        }
        return slices.stack(found);
    }

    private Prompt prompt(Mask object, Random random) {
        if (this == BOX) return Prompt.Box.around(object);
        PromptRules.Pixel centre = PromptRules.centre(object, random);
        if (centre == null) throw new IllegalArgumentException("an object without a pixel");
        return new Prompt.Points(List.of(centre.click(true)));
    }
}
