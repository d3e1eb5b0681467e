package dev.samovar.models.pretrain;

import dev.samovar.core.optim.AdamW;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// AdamW with a separate rate for every layer of the image encoder, which is smaller the nearer the layer is to the pixels, and without weight decay
/// for parameters that are not matrices.
///
/// Source: *BEiT* (Bao and others, 2022), as used by *Segment Anything*: the factor is `layerDecay` to the power of the number of layers above.
final class LayerRates implements AutoCloseable {
    private static final Pattern BLOCK = Pattern.compile("image_encoder\\.blocks\\.(\\d+)\\..*");

    private static final Pattern TABLE = Pattern.compile("pos_embed|rel_pos|_tokens?\\.weight|point_embed|no_mask_embed");

    private record Group(AdamW optimizer, double factor) {}

    private final List<Group> groups = new ArrayList<>();

    /// Over all parameters of a SAM whose encoder has `depth` blocks.
    LayerRates(SequencedMap<String, Tensor> parameters, int depth, Recipe recipe) {
        Map<Integer, SequencedMap<String, Tensor>> byKind = new TreeMap<>();
        parameters.forEach((name, p) -> byKind.computeIfAbsent(2 * layer(name, depth) + (decays(name, p) ? 1 : 0),
                _ -> new LinkedHashMap<>())
                .put(name, p));
        byKind.forEach((kind, of) -> {
            double factor = StrictMath.pow(recipe.layerDecay(), depth + 1 - kind / 2);
            groups.add(new Group(new AdamW(of, recipe.learningRate() * factor, kind % 2 == 1 ? recipe.weightDecay() : 0), factor));
        });
    }

    /// The number of a parameter's layer: 0 for the patches and their positions, then the blocks, then everything after them.
    static int layer(String parameter, int depth) {
        Matcher block = BLOCK.matcher(parameter);
        if (block.matches()) return 1 + Integer.parseInt(block.group(1));
        return parameter.startsWith("image_encoder.p") ? 0 : depth + 1;            // patch_embed, pos_embed
    }

    /// Whether a parameter is a matrix: no norm, no bias, no table of positions or tokens.
    static boolean decays(String parameter, Tensor p) {
        return p.shape().rank() > 1 && !TABLE.matcher(parameter).find();
    }

    void rate(double rate) {
        for (Group g : groups) g.optimizer.learningRate(rate * g.factor);
    }

    void step(Gradients gradients) {
        for (Group g : groups) g.optimizer.step(gradients);
    }

    /// The optimizer's memory of every parameter.
    Map<String, Tensor> moments() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (Group g : groups) all.putAll(g.optimizer.moments());
        return all;
    }

    void restore(int steps, Map<String, float[]> moments) {
        for (Group g : groups) {
            Map<String, float[]> of = new LinkedHashMap<>(moments);
            of.keySet().retainAll(g.optimizer.moments().keySet());
            g.optimizer.restore(steps, of);
        }
    }

    @Override
    public void close() {
        for (Group g : groups) g.optimizer.close();
    }
}
