package dev.samovar.convert;

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

/// Reads the part of Python's pickle format (protocols 2 to 5) that PyTorch needs to store tensors, and can do nothing but build data.
///
/// A pickle is a program for a small stack machine, and in Python it may call anything. Here a name in it is looked up in closed tables ([Global],
/// [TorchType]) of marks that mean "an ordered dict", "a tensor", "a storage of floats". Any other name, and whatever is made by calling it, is an
/// [Opaque] mark: no Java class is ever looked up by a name from the file, and nothing is called. An instruction that is not listed here ends the
/// reading with an error message.
///
/// What comes out: [Dict], `List<Object>` (of a set, too), [Tuple], [Tensor], [Storage], [Opaque], [Global], [TypeName], `String`, `Long`, `BigInteger`,
/// `Double`, `Boolean`, [None]. Lists, dicts and states may contain themselves: never walk down them without a bound, and never ask them for a hash.
///
/// Limits: [#MAX_MARKS] open brackets, [#MAX_MEMO] remembered values, [#MAX_INSTRUCTIONS]. Memory grows only with the bytes that are there.
///
/// Source: the instructions as Lib/pickletools.py of CPython 3.13 describes them; torch/_utils.py and torch/serialization.py of PyTorch 2.13.
final class Pickle {
    static final int MAX_MARKS = 64;
    static final int MAX_MEMO = 1_000_000;
    static final int MAX_INSTRUCTIONS = 10_000_000;

    private static final int MAX_NAME = 200;
    private static final String ODD = "a tensor, or its like, is not described as PyTorch does";
    private static final String ADVICE = "; save the state dict alone, with torch.save(model.state_dict(), FILE)";

    /// The names that mean something here, besides those of [TorchType].
    enum Global {
        ORDERED_DICT("collections.OrderedDict"),
        COUNTER("collections.Counter"),
        SIZE("torch.Size"),
        REBUILD_TENSOR("torch._utils._rebuild_tensor_v2"),
        REBUILD_TYPED_TENSOR("torch._utils._rebuild_tensor_v3"),
        REBUILD_PARAMETER("torch._utils._rebuild_parameter"),
        REBUILD_PARAMETER_WITH_STATE("torch._utils._rebuild_parameter_with_state"),
        REBUILD_FROM_TYPE("torch._tensor._rebuild_from_type_v2");

        final String python;

        Global(String python) {
            this.python = python;
        }
    }

    /// The name of a type of numbers, or of a storage of them.
    record TypeName(TorchType type, boolean storage) {}

    /// A value without a meaning here: its Python name, and the state it was given, if that is a dict.
    static final class Opaque {
        final String python;
        @Nullable
        Dict state;

        Opaque(String python) {
            this.python = python;
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
    record Storage(TorchType type, String key, long elements) {}

    /// A view of a storage: all numbers count elements of the tensor's type, none is negative.
    ///
    /// @param remark why it cannot be read although its type can, else empty
    record Tensor(Storage storage, TorchType type, long offset, List<Long> sizes, List<Long> strides, String remark) {}

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
    /// @param name the file's name in error messages
    static Result read(ByteBuffer in, String name) {
        Pickle pickle = new Pickle(in, name);
        int protocol = pickle.u1() == 0x80 ? pickle.u1() : 0;
        if (protocol < 2 || protocol > 5) throw pickle.bad("it is of none of the protocols 2 to 5" + ADVICE);
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
            case 'X' -> stack.add(text(need(4).getInt()));
            case 0x8c -> stack.add(text(u1()));
            case 0x8d -> stack.add(text(length()));
            case 'B' -> skip("bytes", need(4).getInt());
            case 'C' -> skip("bytes", u1());
            case 0x8e -> skip("bytes", length());
            case 0x96 -> skip("bytearray", length());
            case ')' -> stack.add(new Tuple(List.of()));
            case 0x85 -> tuple(1);
            case 0x86 -> tuple(2);
            case 0x87 -> tuple(3);
            case 't' -> stack.add(new Tuple(sinceMark()));
            case 0x91 -> stack.add(new Tuple(sinceMark()));                                         // a frozen set
            case ']', 0x8f -> stack.add(new ArrayList<>());                                         // a list, a set
            case 'a' -> append(popped(1));
            case 'e', 0x90 -> append(sinceMark());
            case '}' -> stack.add(new Dict(new LinkedHashMap<>(), false));
            case 's' -> put(popped(2));
            case 'u' -> put(sinceMark());
            case '(' -> mark();
            case 'q' -> remember(u1());
            case 'r' -> remember(need(4).getInt());
            case 0x94 -> remember(memo.size());
            case 'h' -> stack.add(remembered(u1()));
            case 'j' -> stack.add(remembered(need(4).getInt()));
            case 'c' -> stack.add(global(line() + "." + line()));
            case 0x93 -> stack.add(global(popped(2)));
            case 'R' -> reduce();
            case 0x81 -> create(popped(2));
            case 0x92 -> create(popped(3));
            case 0x95 -> length();                                                                  // of a frame: what follows is in this file, too
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
        if (top() instanceof Opaque) return;
        if (!(top() instanceof List<?>)) throw bad("it appends to what is no list");
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) top();                   // every list on the stack was made by ']' or 0x8f
        list.addAll(values);
    }

    private void put(List<Object> pairs) {
        if (pairs.size() % 2 != 0) throw bad("it puts a key without a value into a dict");
        if (top() instanceof Opaque) return;
        if (!(top() instanceof Dict dict)) throw bad("it puts items into what is no dict");
        for (int i = 0; i < pairs.size(); i += 2) {
            Object key = pairs.get(i);
            if (key instanceof Dict || key instanceof List) throw bad("a key of a dict is a dict or a list");
            boolean plain = key instanceof String || key instanceof Long || key instanceof Boolean || key instanceof Double
                    || key == None.NONE;
            if (!plain) key = "(key " + dict.items.size() + ", which is no text)";
            if (dict.items.put(key, pairs.get(i + 1)) != null)
                throw bad("the key " + FormatException.shown(key.toString()) + " occurs twice in a dict");
        }
    }

    // Names, and what they stand for ---------------------------------------------------------------------------------------

    private static Object global(String python) {
        for (Global known : Global.values()) if (known.python.equals(python)) return known;
        TorchType storage = TorchType.ofStorage(python), type = TorchType.of(python);
        return storage != null ? new TypeName(storage, true) : type != null ? new TypeName(type, false) : new Opaque(python);
    }

    private Object global(List<Object> moduleAndName) {
        if (moduleAndName.getFirst() instanceof String module && moduleAndName.getLast() instanceof String called
                && module.length() <= MAX_NAME && called.length() <= MAX_NAME)
            return global(module + "." + called);
        throw bad("a name in it is no text, or longer than " + MAX_NAME + " characters");
    }

    private void reduce() {
        if (!(pop() instanceof Tuple(List<Object> arguments))) throw bad("it calls something without a tuple of arguments");
        stack.add(called(pop(), arguments));
    }

    /// An object of a class, made without calling anything in Python either.
    private void create(List<Object> classAndArguments) {
        if (!(classAndArguments.getFirst() instanceof Opaque kind) || !(classAndArguments.get(1) instanceof Tuple))
            throw bad("it makes an object of what is no class" + ADVICE);
        stack.add(new Opaque(kind.python));
    }

    private Object called(Object name, List<Object> arguments) {
        if (name instanceof Opaque unknown) return new Opaque(unknown.python);
        if (!(name instanceof Global global)) throw bad("it calls something that has no name, or a type of storage");
        return switch (global) {
            case ORDERED_DICT -> {
                if (!arguments.isEmpty()) throw bad("it makes an ordered dict out of something");
                yield new Dict(new LinkedHashMap<>(), true);
            }
            case COUNTER -> argument(arguments, 0, 1, Dict.class);
            case SIZE -> argument(arguments, 0, 1, Tuple.class);
            case REBUILD_TENSOR -> tensor(arguments, arguments.size() == 7 ? 7 : 6, null);         // newer files have a seventh: a dict of flags
            case REBUILD_TYPED_TENSOR -> typedTensor(arguments);
            case REBUILD_PARAMETER -> parameter(arguments, 3);
            case REBUILD_PARAMETER_WITH_STATE -> parameter(arguments, 4);
            case REBUILD_FROM_TYPE -> {                             // a function, a class, the function's arguments, attributes
                if (arguments.size() != 4 || arguments.getFirst() == Global.REBUILD_FROM_TYPE) throw bad(ODD);
                yield called(arguments.getFirst(), argument(arguments, 2, 4, Tuple.class).items);
            }
        };
    }

    private Object parameter(List<Object> arguments, int count) {
        argument(arguments, 1, count, Boolean.class);
        noHooks(argument(arguments, 2, count, Object.class));
        return arguments.getFirst() instanceof Opaque unknown ? unknown : argument(arguments, 0, count, Tensor.class);
    }

    private Object typedTensor(List<Object> arguments) {
        int count = arguments.size() == 8 ? 8 : 7;
        Object type = argument(arguments, 6, count, Object.class);
        if (type instanceof Opaque unknown) return unknown;
        if (!(type instanceof TypeName(TorchType element, boolean storage)) || storage) throw bad(ODD);
        List<Object> plain = new ArrayList<>(arguments);
        plain.remove(6);
        return tensor(plain, count - 1, element);
    }

    private Object tensor(List<Object> arguments, int count, @Nullable TorchType type) {
        if (!arguments.isEmpty() && arguments.getFirst() instanceof Opaque unknown) return unknown;
        Storage storage = argument(arguments, 0, count, Storage.class);
        long offset = argument(arguments, 1, count, Long.class);
        List<Long> sizes = counts(argument(arguments, 2, count, Tuple.class)), strides = counts(argument(arguments, 3, count, Tuple.class));
        argument(arguments, 4, count, Boolean.class);
        noHooks(argument(arguments, 5, count, Object.class));
        String remark = count == 7 && !isNothing(arguments.getLast()) ? "it is marked as negated or conjugated" : "";
        if (offset < 0 || sizes.size() != strides.size()) throw bad("a tensor has an impossible offset or stride");
        return new Tensor(storage, type != null ? type : storage.type, offset, sizes, strides, remark);
    }

    private List<Long> counts(Tuple tuple) {
        List<Long> counts = new ArrayList<>();
        for (Object item : tuple.items) {
            if (!(item instanceof Long n) || n < 0) throw bad("a size or stride of a tensor is no count");
            counts.add(n);
        }
        return Collections.unmodifiableList(counts);
    }

    /// Hooks are functions to be called on a gradient: a file that only holds data has none.
    private void noHooks(Object hooks) {
        if (!isNothing(hooks)) throw bad("a tensor has something attached to it");
    }

    private static boolean isNothing(Object value) {
        return value == None.NONE || (value instanceof Dict dict && dict.items.isEmpty());
    }

    private <T> T argument(List<Object> arguments, int index, int count, Class<T> kind) {
        if (arguments.size() != count || !kind.isInstance(arguments.get(index))) throw bad(ODD);
        return kind.cast(arguments.get(index));
    }

    /// `('storage', type, key, device, elements)`; the legacy format adds None, or a view of another storage, which is refused.
    private Object storage() {
        Object told = pop();
        if (told instanceof Tuple(List<Object> id) && id.size() == 5 && id.get(1) instanceof Opaque unknown) return unknown;
        if (told instanceof Tuple(List<Object> id) && (id.size() == 5 || (id.size() == 6 && id.getLast() == None.NONE))
                && id.get(0).equals("storage") && id.get(1) instanceof TypeName(TorchType type, boolean ofStorage) && ofStorage
                && id.get(2) instanceof String key && id.get(3) instanceof String && id.get(4) instanceof Long elements && elements >= 0) {
            Storage storage = new Storage(type, key, elements);
            if (!storage.equals(storages.computeIfAbsent(key, _ -> storage))) throw bad("it describes a storage in two ways");
            return storage;
        }
        throw bad("it refers to something outside that is no storage of numbers");
    }

    /// An ordered dict may be given attributes: PyTorch gives its state dicts one, with versions. It is not kept.
    private void build() {
        List<Object> taken = popped(2);
        if (taken.getFirst() instanceof Opaque object) {
            if (taken.getLast() instanceof Dict state) object.state = state;
        } else
            if (!(taken.getFirst() instanceof Dict target && target.ordered) || !(taken.getLast() instanceof Dict state)
                    || !Set.of("_metadata").containsAll(state.items.keySet()))
                throw bad("it sets the state of what has none" + ADVICE);
        stack.add(taken.getFirst());
    }

    // Bytes --------------------------------------------------------------------------------------------------------------

    private int u1() {
        return Byte.toUnsignedInt(need(1).get());
    }

    /// The input, after checking that it still has so many bytes.
    private ByteBuffer need(int count) {
        if (count < 0 || in.remaining() < count) throw bad("it ends too early");
        return in;
    }

    /// A length of 64 bits, of data that must be there.
    private int length() {
        long length = need(8).getLong();
        if (length < 0 || length > in.remaining()) throw bad("it ends too early");
        return (int) length;
    }

    /// Skips data without a meaning here.
    private void skip(String kind, int count) {
        need(count);
        in.position(in.position() + count);
        stack.add(new Opaque(kind));
    }

    private byte[] bytes(int count) {
        need(count);
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private String text(int length) {
        byte[] utf8 = bytes(length);
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
