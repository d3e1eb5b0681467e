package dev.samovar.core.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One recorded computation: the operation, what it saved, and its inputs. Together the nodes behind a tensor are its graph.
///
/// Serial numbers grow with time, and an operation can only use existing tensors, so newest first is a topological order.
final class Node {
    private static final AtomicLong SERIAL = new AtomicLong();

    private final long serial = nextSerial();
    private final Op op;
    private final Context context;
    private final List<Tensor> inputs;

    Node(Op op, Context context, List<Tensor> inputs) {
        this.op = op;
        this.context = context;
        this.inputs = inputs;
    }

    static long nextSerial() {
        return SERIAL.getAndIncrement();
    }

    long serial() {
        return serial;
    }

    Op op() {
        return op;
    }

    Context context() {
        return context;
    }

    List<Tensor> inputs() {
        return inputs;
    }

    /// The gradient of each input, given that of the output; null where none is asked for.
    List<@Nullable Tensor> backward(Tensor dy) {
        return switch (op) {
            case Op.Unary unary -> Arrays.asList(unary.backward(context, dy));
            case Op.Binary binary -> {
                Op.Grads g = binary.backward(context, dy);
                yield Arrays.asList(g.a(), g.b());
            }
            case Op.Nary nary -> nary.backward(context, dy);
        };
    }
}
