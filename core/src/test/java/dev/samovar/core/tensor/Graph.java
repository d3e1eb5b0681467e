package dev.samovar.core.tensor;

import java.util.HashSet;
import java.util.Set;

/// A look at the graph behind a tensor.
public final class Graph {
    private Graph() {}

    /// The operations that made it.
    public static Set<Class<? extends Op>> operations(Tensor y) {
        Set<Class<? extends Op>> found = new HashSet<>();
        collect(y, found);
        return found;
    }

    private static void collect(Tensor y, Set<Class<? extends Op>> found) {
        Node node = y.node();
        if (node == null) return;
        found.add(node.op().getClass());
        for (Tensor input : node.inputs()) collect(input, found);
    }

    /// Whether its memory has been given back.
    public static boolean released(Tensor x) {
        return x.storage().released();
    }
}
