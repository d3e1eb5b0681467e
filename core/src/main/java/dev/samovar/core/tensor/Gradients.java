package dev.samovar.core.tensor;

import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The gradients of one scalar with respect to every leaf that asked for one: what [Tensor#backward()] returns.
///
/// They are a value like any other: nothing is accumulated in the parameters, and nothing has to be zeroed. Their tensors belong to the scope in
/// which `backward` was called.
public final class Gradients {
    private final Map<Tensor, Tensor> byLeaf;                            // in the order of the walk, so that sums over all are the same every time

    private Gradients(Map<Tensor, Tensor> byLeaf) {
        this.byLeaf = byLeaf;
    }

    /// The gradient with respect to a leaf, in its shape.
    ///
    /// @throws IllegalArgumentException if the scalar does not depend on it
    public Tensor of(Tensor leaf) {
        Tensor g = byLeaf.get(leaf);
        if (g == null)
            throw new IllegalArgumentException("no gradient reached this tensor of shape " + leaf.shape()
                    + ": it took no part, or is frozen");
        return g;
    }

    /// Whether a gradient reached a leaf.
    public boolean reached(Tensor leaf) {
        return byLeaf.containsKey(leaf);
    }

    /// The leaves that a gradient reached.
    public Set<Tensor> leaves() {
        return Collections.unmodifiableSet(byLeaf.keySet());
    }

    /// The sums of these and other gradients, leaf by leaf, in the innermost scope: those of two batches together.
    public Gradients plus(Gradients other) {
        var sum = new LinkedHashMap<>(byLeaf);
        other.byLeaf.forEach((leaf, g) -> sum.merge(leaf, g, Tensor::add));
        return new Gradients(sum);
    }

    /// These gradients added to others, if there are any. The memory of the others is freed.
    public Gradients addedTo(@Nullable Gradients before) {
        if (before == null) return this;
        Gradients sums = before.plus(this);
        before.release(sums);
        return sums;
    }

    /// These gradients but for that of one leaf.
    public Gradients without(Tensor leaf) {
        var others = new LinkedHashMap<>(byLeaf);
        others.remove(leaf);
        return new Gradients(others);
    }

    /// Keeps these gradients when a scope closes, as [Scope#keep] does, and returns them.
    public Gradients keptBy(Scope scope) {
        byLeaf.values().forEach(scope::keep);
        return this;
    }

    /// The norm of all of them as one vector: `√Σ g²`.
    public double norm() {
        double sum = 0;
        for (Tensor g : byLeaf.values()) {
            try (var _ = Scope.open()) {
                sum += g.mul(g).sum().item();
            }
        }
        return Math.sqrt(sum);
    }

    /// These gradients, clipped to a norm of `longest`: if their norm is larger, they are multiplied by `longest / (norm + 1e-6)`, as by
    /// `torch.nn.utils.clip_grad_norm_`.
    public Gradients clip(double longest) {
        double factor = longest / (norm() + 1e-6);
        if (!(factor < 1)) return this;
        var clipped = new LinkedHashMap<Tensor, Tensor>();
        byLeaf.forEach((leaf, g) -> clipped.put(leaf, g.affine(factor, 0)));
        return new Gradients(clipped);
    }

    /// Frees them before their scope does, except memory that `others` also use. The two gradients of a sum, for example, are one.
    public void release(Gradients others) {
        Set<Storage> used = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Tensor g : others.byLeaf.values()) used.add(g.storage());
        for (Tensor g : byLeaf.values()) if (!used.contains(g.storage())) g.release();
    }

    /// Walks the graph behind `root` newest first. Each node's gradient is freed as soon as it has been passed on.
    static Gradients backward(Tensor root, Tensor seed) {
        try (var scope = Scope.open()) {
            var walk = new Walk();
            walk.arrive(root, seed);
            walk.run();
            walk.byLeaf.values().forEach(scope::keep);
            return new Gradients(walk.byLeaf);
        }
    }

    private static final class Walk {
        private final Map<Tensor, Tensor> byLeaf = new LinkedHashMap<>();
        private final IdentityHashMap<Node, Tensor> pending = new IdentityHashMap<>();
        private final PriorityQueue<Node> newestFirst = new PriorityQueue<>(Comparator.comparingLong(Node::serial).reversed());

        void run() {
            for (Node node; (node = newestFirst.poll()) != null;) {
                Tensor dy = pending.remove(node);
                if (dy == null) continue;
                List<@Nullable Tensor> grads;
                try (var inner = Scope.open()) {
                    grads = node.backward(dy);
                    for (Tensor g : grads) if (g != null) inner.keep(g);
                }
                for (int i = 0; i < grads.size(); i++) {
                    Tensor g = grads.get(i), input = node.inputs().get(i);
                    if (g == null || !input.requiresGrad()) continue;
                    if (!g.shape().equals(input.shape()))
                        throw new ShapeException(node.op() + ": gradient " + g.shape() + " for an input of shape " + input.shape());
                    arrive(input, g);
                }
                unpin(dy);
            }
        }

        /// Adds a gradient to what has already reached a tensor.
        void arrive(Tensor at, Tensor g) {
            Node node = at.node();
            Tensor before = node == null ? byLeaf.get(at) : pending.get(node);
            Tensor sum = before == null ? g : before.add(g);
            sum.storage().pins++;
            if (before != null) unpin(before);
            if (node == null) {
                byLeaf.put(at, sum);
            } else {
                if (pending.put(node, sum) == null) newestFirst.add(node);
            }
            if (before != null && g.storage().pins == 0) free(g);
        }

        /// Several tensors may share one storage (a reshaped gradient, or the two of a sum): it is freed when the last of them has been used.
        private void unpin(Tensor t) {
            if (--t.storage().pins == 0) free(t);
        }

        private void free(Tensor t) {
            if (t.storage().owner == Scope.innermost()) t.storage().release();
        }
    }
}
