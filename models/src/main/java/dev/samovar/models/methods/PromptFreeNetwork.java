package dev.samovar.models.methods;

import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A network that computes the logits of all classes, `(B, K, ·, ·)`, from its input alone, or several times, from different parts of the input. In
/// that case each of them learns, and the answer is the mean of their probabilities.
record PromptFreeNetwork(List<UnaryOperator<Tensor>> opinions) implements Network {
    PromptFreeNetwork(UnaryOperator<Tensor> only) {
        this(List.of(only));
    }

    @Override
    public Tensor losses(Batch batch) {
        return opinions.stream().map(opinion -> onLabels(opinion.apply(batch.input()), batch).crossEntropyAndDice(batch.labels())).reduce(Tensor::add)
                .orElseThrow();
    }

    @Override
    public double validate(Batch batch, List<? extends Collection<Integer>> regions) {
        Tensor logits = onLabels(logits(batch.input(), null), batch).detach();
        if (regions.isEmpty()) return logits.softmax(1).softDice(batch.labels()).item();
        Tensor likely = logits.softmax(1);
        return regions.stream().mapToDouble(region -> union(likely, region).softDice(batch.labels().union(region)).item()).average().orElse(0);
    }

    // From the probabilities of classes, `(B, K, L, L)`, that of a region as class 1, `(B, 2, L, L)`; soft Dice ignores class 0, the background.
    private static Tensor union(Tensor likely, Collection<Integer> region) {
        Tensor in = region.stream().map(c -> likely.slice(1, c, c + 1)).reduce(Tensor::add).orElseThrow();
        return Tensor.concat(1, in, in);
    }

    private static Tensor onLabels(Tensor logits, Batch batch) {                   // (B, K, L, L)
        return logits.resizeBilinear(batch.labels().height(), batch.labels().width());
    }

    @Override
    public Tensor logits(Tensor input, @Nullable Labels asked) {
        if (opinions.size() == 1) return opinions.getFirst().apply(input);
        return mean(opinions.stream().map(opinion -> opinion.apply(input)).toList());
    }

    /// Logits whose softmax is the mean of the softmaxes of several.
    static Tensor mean(List<Tensor> logits) {
        Tensor likely = logits.stream().map(l -> l.softmax(1)).reduce(Tensor::add).orElseThrow();
        return likely.affine(1.0 / logits.size(), Float.MIN_NORMAL).log();
    }
}
