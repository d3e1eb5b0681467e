package dev.samovar.core.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Owns the memory of every tensor computed while it is the innermost open scope of its thread, and recycles it at the closing brace.
///
///     try (var scope = Scope.open()) {
///         …
///         return scope.keep(y);        // y outlives the scope, everything else is freed
///     }
///
/// Everything that a kept tensor's gradient will need is kept with it. Kept tensors move to the enclosing scope; if there is none,
/// the garbage collector frees them. Parameters belong to their `Params`, never to a scope.
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<@Nullable Scope> INNERMOST = new ThreadLocal<>();

    private final @Nullable Scope parent;
    private final long firstSerial = Node.nextSerial();
    private final List<Storage> owned = new ArrayList<>();
    private final List<Tensor> kept = new ArrayList<>();
    private boolean closed;

    private Scope(@Nullable Scope parent) {
        this.parent = parent;
    }

    /// Opens a scope inside the innermost one of this thread.
    public static Scope open() {
        var scope = new Scope(INNERMOST.get());
        INNERMOST.set(scope);
        return scope;
    }

    /// Applies `f` and frees all that it made except its result.
    public static Tensor tidy(UnaryOperator<Tensor> f, Tensor x) {
        try (var scope = Scope.open()) {
            return scope.keep(f.apply(x));
        }
    }

    /// One of several pieces of work.
    @FunctionalInterface
    public interface Piece<R> {
        /// Does piece number `index` in a scope of its own.
        R run(int index, Scope scope);
    }

    /// Does numbered pieces of work, several at a time if the device has threads for that, and returns their results in order. What a piece's scope
    /// keeps moves to the caller's innermost scope. For work of many small operations, which by themselves keep only one thread busy; results do not
    /// depend on how many pieces run at a time.
    public static <R> List<R> sideBySide(Device device, int pieces, Piece<R> piece) {
        Scope caller = innermost();
        List<R> results = new ArrayList<>(Collections.nCopies(pieces, null));
        device.kernels().sideBySide(pieces, index -> {
            Scope before = INNERMOST.get();                                        // none on a helping thread
            INNERMOST.set(caller);
            try (var scope = Scope.open()) {
                results.set(index, piece.run(index, scope));
            } finally {
                INNERMOST.set(before);
            }
        });
        return results;
    }

    /// Lets a tensor outlive this scope.
    public Tensor keep(Tensor tensor) {
        kept.add(tensor);
        return tensor;
    }

    static Scope innermost() {
        Scope scope = INNERMOST.get();
        if (scope == null)
            throw new IllegalStateException("no scope is open on this thread: wrap the computation in try (var scope = Scope.open()) { … }");
        return scope;
    }

    synchronized void own(Storage storage) {                                       // pieces side by side may close at the same moment
        storage.owner = this;
        owned.add(storage);
    }

    /// Frees what was computed inside, except what was kept.
    @Override
    public void close() {
        if (closed) return;
        if (INNERMOST.get() != this)
            throw new IllegalStateException("scopes close in the reverse order of opening, on the thread that opened them");
        closed = true;
        INNERMOST.set(parent);
        Set<Storage> needed = needed();
        for (Storage storage : owned) {
            if (storage.owner != this) continue;                                   // already belongs elsewhere
            if (!needed.contains(storage)) {
                storage.release();
            } else if (parent != null) {
                parent.own(storage);
            } else {
                storage.owner = null;
            }
        }
    }

    /// The storages of the tensors kept in this scope and in those around it, and of all that their backward passes will read. Nodes older than this
    /// scope only read older tensors.
    private Set<Storage> needed() {
        Set<Storage> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        var pending = new ArrayDeque<Node>();
        for (Scope s = this; s != null; s = s.parent) {
            for (Tensor t : s.kept) {
                needed.add(t.storage());
                if (t.node() != null) pending.add(t.node());
            }
        }
        while (!pending.isEmpty()) {
            Node node = pending.pop();
            if (node.serial() < firstSerial || !seen.add(node)) continue;
            for (Tensor saved : node.context().allSaved()) needed.add(saved.storage());
            for (Tensor input : node.inputs()) if (input.node() != null) pending.add(input.node());
        }
        return needed;
    }
}
