package dev.samovar.onnx;

import static java.util.stream.Collectors.joining;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A graph of ONNX operators: the computation in its order, and its constants.
///
/// Values are referred to by name. Messages and field numbers are those of onnx/onnx.proto3 @ 004aa57.
final class OnnxGraph {
    static final int FLOAT = 1, INT64 = 7;                                             // TensorProto.DataType
    private static final int REAL = 1, WHOLE = 2, TEXT = 3, WHOLES = 7;                          // AttributeProto.AttributeType
    private static final int CHUNK = 1 << 14;

    /// A constant, row-major and little-endian, whose values are read only when they are written.
    record Constant(int type, Shape shape, long bytes, AtomicFile.Content content) {
        /// All but the values, a `TensorProto`.
        Message header(String name) {
            Message tensor = new Message();
            for (int dim : shape.dims()) tensor.number(1, dim);
            return tensor.number(2, type).text(8, name);
        }
    }

    private final List<Message> nodes = new ArrayList<>();
    private final SequencedMap<String, List<Object>> inputs = new LinkedHashMap<>(), outputs = new LinkedHashMap<>();
    private final SequencedMap<String, Constant> constants = new LinkedHashMap<>();
    private final Map<String, Integer> names = new HashMap<>();

    /// Appends an operator with one output.
    ///
    /// @param op its name, as in the standard's list of operators
    /// @param where the name of its output, to which a number is added if it is taken
    /// @return the name of its output
    String node(String op, String where, List<String> values, Message... attributes) {
        return nodes(op, where, values, 1, attributes).getFirst();
    }

    /// Appends an operator with several outputs.
    List<String> nodes(String op, String where, List<String> values, int results, Message... attributes) {
        String path = where + "/" + op;
        int before = names.merge(path, 1, Integer::sum) - 1;
        String name = before == 0 ? path : path + "_" + before;
        List<String> called = results == 1 ? List.of(name) : IntStream.range(0, results).mapToObj(i -> name + "." + i).toList();
        Message node = new Message();
        values.forEach(value -> node.text(1, value));                                  // NodeProto
        called.forEach(result -> node.text(2, result));
        node.text(3, name).text(4, op);
        for (Message attribute : attributes) node.message(5, attribute);
        nodes.add(node);
        return called;
    }

    /// An attribute that is a whole number.
    static Message whole(String name, long value) {
        return new Message().text(1, name).number(3, value).number(20, WHOLE);         // AttributeProto
    }

    /// An attribute that is a number of single precision.
    static Message real(String name, float value) {
        return new Message().text(1, name).real(2, value).number(20, REAL);
    }

    /// An attribute that is a text.
    static Message text(String name, String value) {
        return new Message().text(1, name).text(4, value).number(20, TEXT);
    }

    /// An attribute that is a list of whole numbers.
    static Message wholes(String name, int... values) {
        Message attribute = new Message().text(1, name);
        for (int value : values) attribute.number(8, value);
        return attribute.number(20, WHOLES);
    }

    /// A constant of single precision, added once for each name.
    String constant(String name, Shape shape, Supplier<float[]> values) {
        constants.putIfAbsent(name, new Constant(FLOAT, shape, (long) shape.size() * Float.BYTES, out -> {
            FloatBuffer all = FloatBuffer.wrap(values.get());
            byte[] chunk = new byte[CHUNK * Float.BYTES];
            while (all.hasRemaining()) {
                FloatBuffer next = all.slice(all.position(), Math.min(CHUNK, all.remaining()));
                all.position(all.position() + next.remaining());
                int bytes = next.remaining() * Float.BYTES;
                ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(next);
                out.write(chunk, 0, bytes);
            }
        }));
        return name;
    }

    /// A list of whole numbers, named after its values.
    String wholes(int... values) {
        String name = Arrays.toString(values);
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) bytes.putLong(value);
        constants.putIfAbsent(name, new Constant(INT64, Shape.of(values.length), bytes.capacity(), out -> out.write(bytes.array())));
        return name;
    }

    /// Declares an input, a batch `(N, dims…)` of any size.
    String input(String name, int... dims) {
        return port(name, batch(dims));
    }

    /// Declares an input whose dimensions are numbers, or the names of those that are not fixed.
    String port(String name, Object... dims) {
        inputs.put(name, List.of(dims));
        return name;
    }

    /// Declares a value as an output `(N, dims…)` with this name.
    void output(String value, String name, int... dims) {
        result(value, name, batch(dims));
    }

    /// Declares a value as an output with this name, whose dimensions are numbers, or the names of those that are not fixed.
    void result(String value, String name, Object... dims) {
        nodes.add(new Message().text(1, value).text(2, name).text(3, name + "/Identity").text(4, "Identity"));
        outputs.put(name, List.of(dims));
    }

    private static Object[] batch(int... dims) {
        return Stream.concat(Stream.of("N"), IntStream.of(dims).boxed()).toArray();
    }

    private static Message port(String name, List<Object> dims) {
        Message shape = new Message();                                                 // TensorShapeProto
        for (Object dim : dims)
            shape.message(1, dim instanceof Integer size ? new Message().number(1, size) : new Message().text(2, dim.toString()));
        Message tensor = new Message().number(1, FLOAT).message(2, shape);             // TypeProto.Tensor
        return new Message().text(1, name).message(2, new Message().message(1, tensor));       // ValueInfoProto
    }

    /// Names and shapes of all inputs.
    String inputs() {
        return described(inputs);
    }

    /// Names and shapes of all outputs.
    String outputs() {
        return described(outputs);
    }

    private static String described(SequencedMap<String, List<Object>> ports) {
        return ports.entrySet().stream().map(e -> e.getKey() + e.getValue().stream().map(Object::toString).collect(joining(", ", " (",
                ")"))).collect(joining(", "));
    }

    /// All constants by name.
    SequencedMap<String, Constant> constants() {
        return Collections.unmodifiableSequencedMap(constants);
    }

    /// The whole graph, a `GraphProto`, with the constants in the form in which they are stored, each a `TensorProto`.
    Message message(String name, List<Message> tensors) {
        Message graph = new Message();
        nodes.forEach(node -> graph.message(1, node));
        graph.text(2, name);
        tensors.forEach(tensor -> graph.message(5, tensor));
        inputs.forEach((input, shape) -> graph.message(11, port(input, shape)));
        outputs.forEach((output, shape) -> graph.message(12, port(output, shape)));
        return graph;
    }
}
