package dev.samovar.convert;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the part of Python's pickle format (protocol 2) that PyTorch needs to store tensors, and can do nothing but build data.
///
/// A pickle is a program for a small stack machine, and in Python it may call anything. Here a name in it is looked up in one closed
/// table ([Global]) of marks that mean "an ordered dict", "a tensor", "a storage of floats"; nothing is ever found by its name in Java,
/// nothing is called, and an instruction or name that is not listed here ends the reading with a sentence.
///
/// What comes out: [Dict], `List<Object>`, [Tuple], [Tensor], [Storage], [Global], `String`, `Long`, `BigInteger`, `Double`, `Boolean`,
/// [None]. Lists and dicts may contain themselves: never walk down them without a bound, and never ask them for a hash.
///
/// Limits: [#MAX_MARKS] open brackets, [#MAX_MEMO] remembered values, [#MAX_INSTRUCTIONS]. Memory follows the bytes that are there.
final class Pickle {
    static final int MAX_MARKS = 64;
    static final int MAX_MEMO = 1_000_000;
    static final int MAX_INSTRUCTIONS = 10_000_000;

    private static final int MAX_NAME = 200;
    private static final String ADVICE = "; save the state dict alone, with torch.save(model.state_dict(), FILE)";

    /// The names that a pickle may contain, and there is no other.
    enum Global {
        ORDERED_DICT("collections.OrderedDict", null), COUNTER("collections.Counter", null), SIZE("torch.Size", null), REBUILD_TENSOR(
                "torch._utils._rebuild_tensor_v2", null), REBUILD_PARAMETER("torch._utils._rebuild_parameter", null), FLOAT(
                        "torch.FloatStorage", DType.F32), DOUBLE("torch.DoubleStorage", DType.F64), HALF("torch.HalfStorage",
                                DType.F16), BFLOAT16("torch.BFloat16Storage", DType.BF16), LONG("torch.LongStorage", DType.I64), INT(
                                        "torch.IntStorage", DType.I32), SHORT("torch.ShortStorage", DType.I16), CHAR("torch.CharStorage",
                                                DType.I8), BYTE("torch.ByteStorage", DType.U8), BOOL("torch.BoolStorage", DType.BOOL);

        final String python;
        /// What a storage of this name holds; null if it names none.
        final @Nullable DType dtype;

        Global(String python, @Nullable DType dtype) {
            this.python = python;
            this.dtype = dtype;
        }
    }

    /// Python's None.
    enum None {
        NONE
    }

    /// A dict in its order; an ordered one may have attributes, which are dropped.
    record Dict(Map<Object, Object> items, boolean ordered) {}

    /// A tuple.
    record Tuple(List<Object> items) {}

    /// Numbers kept outside the pickle, under a key.
    record Storage(DType dtype, String key, long elements) {}

    /// A view of a storage: all four counted in elements, none negative.
    record Tensor(Storage storage, long offset, List<Long> sizes, List<Long> strides) {}

    /// The pickled value, and every storage that it refers to.
    record Result(Object value, Map<String, Storage> storages) {}

    private final ByteBuffer in;
    private final String name;
    private final Map<String, Storage> storages = new HashMap<>();
    private final List<Object> stack = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();        // how high the stack was at each open bracket
    private final Map<Integer, Object> memo = new HashMap<>();

    private Pickle(ByteBuffer in, String name) {
        this.in = in;
        this.name = name;
    }

    /// Reads one pickle and leaves the buffer behind it.
    ///
    /// @param in little-endian
    /// @param name what errors call the file
    static Result read(ByteBuffer in, String name) {
        Pickle pickle = new Pickle(in, name);
        if (pickle.u1() != 0x80 || pickle.u1() != 2) throw pickle.bad("it is not of protocol 2" + ADVICE);
        for (int i = 0; i < MAX_INSTRUCTIONS; i++) {
            int op = pickle.u1();
            if (op == '.') return new Result(pickle.stop(), pickle.storages);
            pickle.step(op);
        }
        throw pickle.bad("it has more than " + MAX_INSTRUCTIONS + " instructions");
    }

    private void step(int op) {
        switch (op) {
            case 'N' -> stack.add(None.NONE);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'K' -> stack.add((long) u1());
            case 'M' -> stack.add((long) Short.toUnsignedInt(need(2).getShort()));
            case 'J' -> stack.add((long) need(4).getInt());
            case 0x8a -> stack.add(integer(bytes(u1())));
            case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(need(8).getLong())));   // the only big-endian one
            case 'X' -> stack.add(text());
            case ')' -> stack.add(new Tuple(List.of()));
            case 0x85 -> tuple(1);
            case 0x86 -> tuple(2);
            case 0x87 -> tuple(3);
            case 't' -> stack.add(new Tuple(sinceMark()));
            case ']' -> stack.add(new ArrayList<>());
            case 'a' -> append(popped(1));
            case 'e' -> append(sinceMark());
            case '}' -> stack.add(new Dict(new LinkedHashMap<>(), false));
            case 's' -> put(popped(2));
            case 'u' -> put(sinceMark());
            case '(' -> mark();
            case 'q' -> remember(u1());
            case 'r' -> remember(need(4).getInt());
            case 'h' -> stack.add(remembered(u1()));
            case 'j' -> stack.add(remembered(need(4).getInt()));
            case 'c' -> stack.add(global());
            case 'R' -> reduce();
            case 'Q' -> stack.add(storage());
            case 'b' -> build();
            default -> throw bad("it has the instruction " + String.format("0x%02x", op)
                    + ", which is not one of those that only build data" + ADVICE);
        }
    }

    private Object stop() {
        Object value = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) throw bad("it ends with something unfinished");
        return value;
    }

    // The stack ----------------------------------------------------------------------------------------------------------

    private int floor() {
        return marks.isEmpty() ? 0 : marks.element();
    }

    private Object pop() {
        if (stack.size() <= floor()) throw bad("it takes a value where there is none");
        return stack.removeLast();
    }

    private Object top() {
        if (stack.size() <= floor()) throw bad("it takes a value where there is none");
        return stack.getLast();
    }

    private List<Object> popped(int count) {
        if (stack.size() - floor() < count) throw bad("it takes a value where there is none");
        List<Object> tail = stack.subList(stack.size() - count, stack.size());
        List<Object> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    private void mark() {
        if (marks.size() == MAX_MARKS) throw bad("it is nested more than " + MAX_MARKS + " deep");
        marks.push(stack.size());
    }

    private List<Object> sinceMark() {
        if (marks.isEmpty()) throw bad("it closes a bracket that is not open");
        List<Object> values = popped(stack.size() - floor());
        marks.pop();
        return values;
    }

    private void remember(int index) {
        if (index < 0 || index >= MAX_MEMO) throw bad("it remembers more than " + MAX_MEMO + " values");
        memo.put(index, top());
    }

    private Object remembered(int index) {
        Object value = memo.get(index);
        if (value == null) throw bad("it recalls a value that it has not remembered");
        return value;
    }

    // Containers ---------------------------------------------------------------------------------------------------------

    private void tuple(int count) {
        stack.add(new Tuple(popped(count)));
    }

    private void append(List<Object> values) {
        if (!(top() instanceof List<?>)) throw bad("it appends to what is no list");
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) top();                   // every list on the stack was made by ']'
        list.addAll(values);
    }

    private void put(List<Object> pairs) {
        if (!(top() instanceof Dict dict)) throw bad("it puts items into what is no dict");
        if (pairs.size() % 2 != 0) throw bad("it puts a key without a value into a dict");
        for (int i = 0; i < pairs.size(); i += 2) {
            Object key = pairs.get(i);
            if (!(key instanceof String || key instanceof Long || key instanceof Boolean || key instanceof Double || key == None.NONE))
                throw bad("a key of a dict is neither a text nor a number");
            if (dict.items.put(key, pairs.get(i + 1)) != null)
                throw bad("the key " + FormatException.shown(key.toString()) + " occurs twice in a dict");
        }
    }

    // Names, and what they stand for ---------------------------------------------------------------------------------------

    private Global global() {
        String python = line() + "." + line();
        for (Global known : Global.values()) if (known.python.equals(python)) return known;
        throw bad("it refers to " + FormatException.shown(python) + ", which is not one of the names that only stand for data" + ADVICE);
    }

    private void reduce() {
        if (!(pop() instanceof Tuple(List<Object> arguments))) throw bad("it calls something without a tuple of arguments");
        if (!(pop() instanceof Global global)) throw bad("it calls something that has no name");
        stack.add(switch (global) {
            case ORDERED_DICT -> {
                if (!arguments.isEmpty()) throw bad("it makes an ordered dict out of something");
                yield new Dict(new LinkedHashMap<>(), true);
            }
            case COUNTER -> argument(arguments, 0, 1, Dict.class);
            case SIZE -> argument(arguments, 0, 1, Tuple.class);
            case REBUILD_TENSOR -> tensor(arguments);
            case REBUILD_PARAMETER -> {
                argument(arguments, 1, 3, Boolean.class);
                noHooks(argument(arguments, 2, 3, Object.class));
                yield argument(arguments, 0, 3, Tensor.class);
            }
            default -> throw bad("it calls a type of storage");
        });
    }

    private Tensor tensor(List<Object> arguments) {
        int count = arguments.size() == 7 ? 7 : 6;                  // newer files have a seventh: a dict of flags
        Storage storage = argument(arguments, 0, count, Storage.class);
        long offset = argument(arguments, 1, count, Long.class);
        List<Long> sizes = counts(argument(arguments, 2, count, Tuple.class)), strides = counts(argument(arguments, 3, count, Tuple.class));
        argument(arguments, 4, count, Boolean.class);
        noHooks(argument(arguments, 5, count, Object.class));
        if (count == 7) noHooks(arguments.getLast());
        if (offset < 0 || sizes.size() != strides.size()) throw bad("a tensor has an impossible offset or stride");
        return new Tensor(storage, offset, sizes, strides);
    }

    private List<Long> counts(Tuple tuple) {
        List<Long> counts = new ArrayList<>();
        for (Object item : tuple.items) {
            if (!(item instanceof Long n) || n < 0) throw bad("a size or stride of a tensor is no count");
            counts.add(n);
        }
        return Collections.unmodifiableList(counts);
    }

    /// Hooks are functions to be called on a gradient: there are none in a file that only holds data.
    private void noHooks(Object hooks) {
        if (hooks != None.NONE && !(hooks instanceof Dict dict && dict.items.isEmpty())) throw bad("a tensor has something attached to it");
    }

    private <T> T argument(List<Object> arguments, int index, int count, Class<T> kind) {
        if (arguments.size() != count || !kind.isInstance(arguments.get(index)))
            throw bad("a tensor, or its like, is not described as PyTorch does");
        return kind.cast(arguments.get(index));
    }

    /// `('storage', type, key, device, elements)`; the legacy format adds None, or a view of another storage, which is refused.
    private Storage storage() {
        if (pop() instanceof Tuple(List<Object> id) && (id.size() == 5 || (id.size() == 6 && id.getLast() == None.NONE))
                && id.get(0).equals("storage") && id.get(1) instanceof Global type && type.dtype != null
                && id.get(2) instanceof String key && id.get(3) instanceof String && id.get(4) instanceof Long elements && elements >= 0) {
            Storage storage = new Storage(type.dtype, key, elements);
            if (!storage.equals(storages.computeIfAbsent(key, _ -> storage))) throw bad("it describes a storage in two ways");
            return storage;
        }
        throw bad("it refers to something outside that is no storage of numbers");
    }

    /// An ordered dict may be given attributes: PyTorch gives its state dicts one, with versions. It is not kept.
    private void build() {
        List<Object> taken = popped(2);
        if (!(taken.getFirst() instanceof Dict target && target.ordered) || !(taken.getLast() instanceof Dict state)
                || !Set.of("_metadata").containsAll(state.items.keySet()))
            throw bad("it sets the state of an object" + ADVICE);
        stack.add(taken.getFirst());
    }

    // Bytes --------------------------------------------------------------------------------------------------------------

    private int u1() {
        return Byte.toUnsignedInt(need(1).get());
    }

    /// The input, if it still has so many bytes.
    private ByteBuffer need(int count) {
        if (count < 0 || in.remaining() < count) throw bad("it ends too early");
        return in;
    }

    private byte[] bytes(int count) {
        need(count);
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private String text() {
        byte[] utf8 = bytes(need(4).getInt());
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException _) {
            throw bad("a text in it is not UTF-8");
        }
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int c = u1(); c != '\n'; c = u1()) {
            if (line.length() == MAX_NAME) throw bad("a name in it is longer than " + MAX_NAME + " characters");
            line.append((char) c);
        }
        return line.toString();
    }

    /// Little-endian two's complement, shortest first.
    private static Object integer(byte[] little) {
        byte[] big = new byte[little.length];
        for (int i = 0; i < big.length; i++) big[i] = little[big.length - 1 - i];
        BigInteger value = big.length == 0 ? BigInteger.ZERO : new BigInteger(big);
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private FormatException bad(String what) {
        return new FormatException(name + " is not a checkpoint that can be read: at byte " + in.position() + " of its pickle, " + what);
    }
}
