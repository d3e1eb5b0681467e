package dev.samovar.core.tensor;

import java.util.HashSet;
import java.util.Set;

/// Inspects the graph behind a tensor.
public final class Graph {
    private Graph() {}

    /// The operations that made a tensor.
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

    /// Whether a tensor's memory has been released.
    public static boolean released(Tensor x) {
        return x.storage().released();
    }
}
