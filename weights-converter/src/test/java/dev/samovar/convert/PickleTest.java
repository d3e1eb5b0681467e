package dev.samovar.convert;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Allocation;
import java.io.ObjectInputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PickleTest {

    @Test
    void theListOfNamesIsExactlyThis() {
        assertEquals(Set.of("collections.OrderedDict", "collections.Counter", "torch.Size", "torch._utils._rebuild_tensor_v2",
                "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
                "torch._tensor._rebuild_from_type_v2"), Stream.of(Pickle.Global.values()).map(g -> g.python).collect(Collectors.toSet()));
    }

    @Test
    void theListOfInstructionsIsExactlyThis() {
        Set<Integer> allowed = ".()]}NKMJGXBCtaesuqrhjcRQb".chars().boxed().collect(Collectors.toSet());
        allowed.addAll(List.of(0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96));
        for (int op = 0; op < 256; op++) {
            byte[] pickle = PickleWriter.protocol(2).op(op).op(new int[40]).unfinished();
            boolean known = true;
            try {
                Pickle.read(little(pickle), "test");
            } catch (FormatException e) {
                known = !e.getMessage().contains(String.format("instruction 0x%02x", op));
            }
            assertEquals(allowed.contains(op), known, "instruction " + op);
        }
    }

    @Test
    void noClassIsEverFoundByName() {
        var classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.samovar.convert");
        noClasses().should().callMethod(Class.class, "forName", String.class)
                .orShould().callMethod(Class.class, "forName", String.class, boolean.class, ClassLoader.class)
                .orShould().dependOnClassesThat().resideInAnyPackage("java.lang.reflect..", "java.lang.invoke..", "javax.script..", "sun..")
                .orShould().dependOnClassesThat().belongToAnyOf(ObjectInputStream.class, ClassLoader.class, Runtime.class,
                        ProcessBuilder.class,
                        ServiceLoader.class)
                .check(classes);
    }

    @Test
    void plainDataIsRead() {
        byte[] pickle = PickleWriter.protocol(2).op('}', 'q', 0, '(').text("a").op('K', 255, 'N').op('M', 1, 2).text("f").ascii("G")
                .op(0x3f, 0xf8, 0, 0, 0, 0, 0, 0)
                .text("n").op('J', 0xff, 0xff, 0xff, 0xff).text("l").op(']', '(', 0x88, 0x89, 'e', 'N', 'a').text("t").op('K', 1, 'K', 2, 0x86)
                .text("self").op('h', 0).text("big").op(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).text("zero").op(0x8a, 0).op('u').stop();
        Map<Object, Object> items = ((Pickle.Dict) read(pickle)).items();
        assertEquals(255L, items.get("a"));
        assertEquals(513L, items.get(Pickle.None.NONE));
        assertEquals(1.5, items.get("f"));
        assertEquals(-1L, items.get("n"));
        assertEquals(Arrays.asList(true, false, Pickle.None.NONE), items.get("l"));
        assertEquals(new Pickle.Tuple(List.of(1L, 2L)), items.get("t"));
        assertSame(items, ((Pickle.Dict) Objects.requireNonNull(items.get("self"))).items());
        assertEquals(BigInteger.ONE.shiftLeft(64), items.get("big"));
        assertEquals(0L, items.get("zero"));
    }

    @Test
    void tensorsAreRecordsOfWhereTheirNumbersAre() {
        byte[] plain = PickleWriter.protocol(2).tensor("HalfStorage", "7", 10, 1, new long[]{2, 3}, new long[]{3, 1}).stop();
        var expected = new Pickle.Tensor(new Pickle.Storage(TorchType.FLOAT16, "7", 10), TorchType.FLOAT16, 1, List.of(2L, 3L),
                List.of(3L, 1L), "");
        assertEquals(expected, read(plain));
        byte[] parameter = PickleWriter.protocol(2).global("torch._utils", "_rebuild_parameter").op('(')
                .tensor("HalfStorage", "7", 10, 1, new long[]{2, 3}, new long[]{3, 1}).op(0x88).emptyDict().op('t', 'R').stop();
        assertEquals(expected, read(parameter));
    }

    @Test
    void aStateDictsVersionsAndACountersCountsAreTolerated() {
        assertTrue(read(PickleWriter.protocol(2).emptyDict().op('}').text("_metadata").emptyDict().op('s', 'b')
                .stop()) instanceof Pickle.Dict);
        assertTrue(read(PickleWriter.protocol(2).global("collections", "Counter").op('}', 0x85, 'R').stop()) instanceof Pickle.Dict);
        assertEquals(new Pickle.Tuple(List.of(3L)), read(PickleWriter.protocol(2).global("torch", "Size").numbers(3).op(0x85, 'R').stop()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void hostileOnesAreRefusedWithASentence(String what, byte[] pickle) {
        long cost = Allocation.of(() -> {
            var e = assertThrows(FormatException.class, () -> read(pickle), what);
            assertTrue(e.getMessage().startsWith("test is not a checkpoint that can be read: ") && e.getMessage().length() < 500, e.getMessage());
            assertEquals(-1, e.getMessage().indexOf('\n'));
        });
        assertTrue(cost < 16 << 20, what + " allocated " + cost);
    }

    static Stream<Arguments> hostile() {
        return Stream.of(instructions(), newInstructions(), objects(), broken(), limits()).flatMap(s -> s);
    }

    private static PickleWriter p() {
        return PickleWriter.protocol(2);
    }

    private static Arguments row(String what, byte[] pickle) {
        return Arguments.of(what, pickle);
    }

    /// Names that would run something in Python.
    private static Stream<Arguments> calls() {
        return Stream.of("os system", "posix system", "nt system", "subprocess Popen", "subprocess check_output", "builtins eval",
                "builtins exec",
                "builtins getattr", "builtins __import__", "__builtin__ eval", "builtins compile", "builtins open", "builtins setattr",
                "builtins apply",
                "sys exit", "sys modules", "socket socket", "shutil rmtree", "pickle loads", "_pickle loads", "marshal loads",
                "types CodeType",
                "types FunctionType", "importlib import_module", "runpy run_path", "pty spawn", "pip main", "pip._internal main",
                "webbrowser open",
                "ctypes CDLL", "operator attrgetter", "operator methodcaller", "functools partial", "torch.serialization load",
                "torch load",
                "torch.jit load", "torch.hub load", "torch.utils.cpp_extension load", "torch._utils _rebuild_tensor_v2.__globals__",
                "collections OrderedDict.__init__", "collections namedtuple", "_codecs encode", "numpy.core.multiarray _reconstruct",
                "java.lang Runtime",
                "dev.samovar.convert Converter", "torch._utils\u0000 _rebuild_tensor_v2", "Torch FloatStorage", "torch FloatStorage ",
                " torch FloatStorage")
                .map(name -> Arguments.of(name.replaceFirst("(?<=.) ", "\n")));
    }

    /// A call of any name, with any arguments and state, leaves only a mark with the name; the tensors beside it are read.
    @ParameterizedTest(name = "{0}")
    @MethodSource("calls")
    void aNameThatMeansNothingHereIsOnlyAMark(String name) {
        String python = name.replace('\n', '.');
        String[] parts = name.split("\n", -1);
        for (PickleWriter mark : List.of(p().ascii("c" + name + "\n"), p().ascii("c" + name + "\n").text("id").op(0x85, 'R'),
                p().ascii("c" + name + "\n").text("id").op(0x85, 0x81), p().ascii("c" + name + "\n").text("id").op(0x85, '}', 0x92),
                p().text(parts[0]).text(parts[1]).op(0x93).text("id").op(0x85, 'R'),
                p().ascii("c" + name + "\n").op(')', 'R', '}').text("__setstate__").op('N', 's', 'b'),
                p().ascii("c" + name + "\n").op(')', 'R', 'N', 'a', 'N', 'N', 's'))) {
            Object value = read(mark.stop());
            assertTrue(value instanceof Pickle.Opaque opaque && opaque.python.equals(python), python);
        }
        PickleWriter beside = p().op('}').text("x").ascii("c" + name + "\n").text("id").op(0x85, 'R', 's').text("w")
                .tensor("HalfStorage", "7", 1, 0, new long[]{1}, new long[]{1}).op('s');
        assertTrue(((Pickle.Dict) read(beside.stop())).items().get("w") instanceof Pickle.Tensor);
    }

    /// Instructions that build objects, or belong to other protocols.
    private static Stream<Arguments> instructions() {
        return Stream.of(row("INST", p().op('(').ascii("ios\nsystem\n").stop()), row("OBJ", p().op('(').emptyDict().text("x").op('o').stop()),
                row("NEWOBJ", p().global("collections", "OrderedDict").op(')', 0x81).stop()),
                row("NEWOBJ_EX", p().global("collections", "OrderedDict").op(')', '}', 0x92).stop()), row("EXT1", p().op(0x82, 1).stop()),
                row("EXT2", p().op(0x83, 1, 0).stop()), row("EXT4", p().op(0x84, 1, 0, 0, 0).stop()), row("PERSID", p().ascii("Pstorage\n").stop()),
                row("NEXT_BUFFER", p().op(0x97).stop()), row("READONLY_BUFFER", p().op(0x98).stop()), row("LONG4", p().op(0x8b, 0xff, 0xff,
                        0xff,
                        0x7f).stop()),
                row("STRING", p().ascii("S'a'\n").stop()), row("BINSTRING", p().op('T', 0, 0, 0, 0).stop()), row("INT", p().ascii("I1\n").stop()),
                row("LONG", p().ascii("L1L\n").stop()), row("FLOAT", p().ascii("F1\n").stop()), row("UNICODE", p().ascii("Va\n").stop()),
                row("GET", p().op('}').ascii("g0\n").stop()), row("PUT", p().op('}').ascii("p0\n").stop()), row("POP", p().op('}', '}', '0').stop()),
                row("POP_MARK", p().op('}', '(', '1').stop()), row("DUP", p().op('}', '2').stop()), row("DICT", p().op('(', 'd').stop()),
                row("LIST", p().op('(', 'l').stop()), row("second PROTO", p().op(0x80, 2, '}').stop()),
                row("protocol 0", new PickleWriter().ascii("cos\nsystem\n(S'id'\ntR").stop()), row("protocol 1", new PickleWriter().op('}').stop()),
                row("protocol 6", PickleWriter.protocol(6).op('}').stop()), row("protocol 255", PickleWriter.protocol(255).op('}').stop()));
    }

    /// Instructions of protocols 3 to 5, cut off or combined wrongly.
    private static Stream<Arguments> newInstructions() {
        int[] endless = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, negative = {0, 0, 0, 0, 0, 0, 0, 0x80};
        return Stream.of(row("STACK_GLOBAL of numbers", p().op('K', 1, 'K', 2, 0x93).stop()),
                row("STACK_GLOBAL of one text", p().text("os").op(0x93).stop()),
                row("STACK_GLOBAL of a long name", p().text("os").text("x".repeat(201)).op(0x93).stop()),
                row("NEWOBJ of a text", p().text("os").op(')', 0x81).stop()),
                row("NEWOBJ without a tuple", p().global("os", "x").op(']', 0x81).stop()),
                row("NEWOBJ_EX without a tuple", p().global("os", "x").op('}', '}', 0x92).stop()),
                row("BINUNICODE8 without an end", p().op(0x8d).op(endless).stop()),
                row("BINUNICODE8 of less than nothing", p().op(0x8d).op(negative).stop()),
                row("BINBYTES8 without an end", p().op(0x8e).op(endless).stop()), row("BYTEARRAY8 without an end", p().op(0x96).op(endless).stop()),
                row("BINBYTES of 2 GB", p().op('B', 0xff, 0xff, 0xff, 0x7f).stop()),
                row("BINBYTES of 4 GB", p().op('B', 0xff, 0xff, 0xff, 0xff).stop()),
                row("cut SHORT_BINBYTES", p().op('C', 5, 0).unfinished()), row("cut SHORT_BINUNICODE", p().op(0x8c, 5, 'a').unfinished()),
                row("SHORT_BINUNICODE not UTF-8", p().op(0x8c, 1, 0xff).stop()), row("FRAME beyond the end", p().op(0x95).op(endless).op('}').stop()),
                row("FRAME of less than nothing", p().op(0x95).op(negative).op('}').stop()), row("MEMOIZE of nothing", p().op(0x94).stop()),
                row("FROZENSET without a bracket", p().op(0x91).stop()), row("ADDITEMS without a bracket", p().op(0x8f, 0x90).stop()),
                row("ADDITEMS to a tuple", p().op(')', '(', 0x90).stop()),
                row("typed tensor of a text", typed().text("float32").op('t', 'R').stop()),
                row("typed tensor of a storage", typed().global("torch", "FloatStorage").op('t', 'R').stop()),
                row("typed tensor without a type", typed().op('t', 'R').stop()),
                row("tensor of a type of a type", p().global("torch._tensor", "_rebuild_from_type_v2").global("torch._tensor",
                        "_rebuild_from_type_v2").global("torch", "Tensor").op(')', 'N', '(', 't', 'R').stop()),
                row("parameter with three arguments and a state", p().global("torch._utils", "_rebuild_parameter_with_state").op(')', 'R').stop()));
    }

    /// A typed tensor, without its last argument and its call.
    private static PickleWriter typed() {
        return p().global("torch._utils", "_rebuild_tensor_v3").op('(').storage("UntypedStorage", "0", 4).number(0).numbers(1).numbers(1).op(0x89)
                .emptyDict();
    }

    @Test
    void whatNewerProtocolsWriteIsRead() {
        for (int protocol = 2; protocol <= 5; protocol++) {
            PickleWriter p = PickleWriter.protocol(protocol).op(0x95, 0, 0, 0, 0, 0, 0, 0, 0).op('}', 0x94, '(');
            p.op(0x8c, 1, 'a').op(0x94, 'C', 2, 1, 2).op(0x8d, 1, 0, 0, 0, 0, 0, 0, 0, 'b').op(0x8f, '(', 'K', 1, 0x90).op(0x8c, 1, 'c',
                    '(', 'N', 0x91);
            p.op(0x8c, 1, 'd').op(0x96, 1, 0, 0, 0, 0, 0, 0, 0, 7).op(0x8c, 1, 'e', 'h', 1, ')', 'N', 'u');
            Map<Object, Object> items = ((Pickle.Dict) read(p.stop())).items();
            assertTrue(items.get("a") instanceof Pickle.Opaque bytes && bytes.python.equals("bytes"));
            assertEquals(List.of(1L), items.get("b"));
            assertEquals(new Pickle.Tuple(List.of(Pickle.None.NONE)), items.get("c"));
            assertTrue(items.get("d") instanceof Pickle.Opaque bytes && bytes.python.equals("bytearray"));
            assertEquals("a", items.get("e"));
            assertTrue(items.containsKey("(key 5, which is no text)"), items.toString());
        }
    }

    @Test
    void aTensorMayHaveATypeOfItsOwnAndBeOfAnotherClass() {
        var expected = new Pickle.Tensor(new Pickle.Storage(TorchType.UNTYPED, "0", 4), TorchType.UINT16, 0, List.of(1L), List.of(1L), "");
        assertEquals(expected, read(typed().global("torch", "uint16").op('t', 'R').stop()));
        assertTrue(read(typed().global("torch", "int3").op('t', 'R').stop()) instanceof Pickle.Opaque);
        PickleWriter buffer = p().global("torch._tensor", "_rebuild_from_type_v2").op('(').global("torch._utils", "_rebuild_tensor_v2")
                .global("torch.nn.parameter", "Buffer").op('(').storage("HalfStorage", "0", 4).number(0).numbers(4).numbers(1).op(0x89)
                .emptyDict().op('t', '}',
                        't', 'R');
        assertTrue(read(buffer.stop()) instanceof Pickle.Tensor);
    }

    /// Allowed instructions and names, combined as PyTorch never does.
    private static Stream<Arguments> objects() {
        long[] one = {1};
        return Stream.of(row("BUILD of a list", p().op(']', '}', 'b').stop()), row("BUILD of a plain dict", p().op('}', '}', 'b').stop()),
                row("BUILD of a tensor", p().tensor("FloatStorage", "0", 1, 0, one, one).op('}', 'b').stop()),
                row("BUILD of a name", p().global("collections", "OrderedDict").op('}', 'b').stop()),
                row("BUILD with __setstate__", p().emptyDict().op('}').text("__setstate__").op('N', 's', 'b').stop()),
                row("BUILD with __class__", p().emptyDict().op('}').text("__class__").op('N', 's', 'b').stop()),
                row("BUILD with _metadata and more", p().emptyDict().op('}').text("_metadata").op('N', 's').text("x").op('N', 's', 'b').stop()),
                row("BUILD with a tuple", p().emptyDict().op('N', '}', 0x86, 'b').stop()),
                row("BUILD with a name", p().emptyDict().global("torch", "Size").op('b').stop()),
                row("REDUCE of a text", p().text("os.system").op(')', 'R').stop()), row("REDUCE of a dict", p().op('}', ')', 'R').stop()),
                row("REDUCE of a result", p().emptyDict().op(')', 'R').stop()), row("REDUCE of a storage type", p().global("torch",
                        "FloatStorage").op(')', 'R').stop()),
                row("REDUCE with a list", p().global("collections", "OrderedDict").op(']', 'R').stop()),
                row("REDUCE in REDUCE", p().global("collections", "OrderedDict").global("os", "system").text("id").op(0x85, 'R', 0x85, 'R').stop()),
                row("OrderedDict of pairs", p().global("collections", "OrderedDict").op(']', 0x85, 'R').stop()),
                row("Counter of a text", p().global("collections", "Counter").text("aab").op(0x85, 'R').stop()),
                row("Size of a list", p().global("torch", "Size").op(']', 0x85, 'R').stop()),
                row("tensor without arguments", p().global("torch._utils", "_rebuild_tensor_v2").op(')', 'R').stop()),
                row("tensor of a dict",
                        p().global("torch._utils", "_rebuild_tensor_v2").op('(', '}').number(0).numbers(1).numbers(1).op(0x89).emptyDict()
                                .op('t', 'R').stop()),
                row("tensor with hooks", p().global("torch._utils", "_rebuild_tensor_v2").op('(').storage("FloatStorage", "0", 1).number(0).numbers(1)
                        .numbers(1).op(0x89, '}').text("hook").global("torch", "Size").op('s', 't', 'R').stop()),
                row("parameter with hooks",
                        p().global("torch._utils", "_rebuild_parameter").op('(').tensor("FloatStorage", "0", 1, 0, one, one).op(0x88)
                                .text("hook").op('t', 'R').stop()),
                row("parameter of a storage",
                        p().global("torch._utils", "_rebuild_parameter").op('(').storage("FloatStorage", "0", 1).op(0x88).emptyDict()
                                .op('t', 'R').stop()),
                row("negative size", p().tensor("FloatStorage", "0", 1, 0, new long[]{-1}, one).stop()),
                row("negative stride", p().tensor("FloatStorage", "0", 1, 0, one, new long[]{-1}).stop()),
                row("negative offset", p().tensor("FloatStorage", "0", 1, -1, one, one).stop()),
                row("negative storage", p().storage("FloatStorage", "0", -1).stop()),
                row("more sizes than strides", p().tensor("FloatStorage", "0", 1, 0, new long[]{1, 1}, one).stop()),
                row("storage of another kind", p().op('(').text("module").global("torch", "FloatStorage").text("0").text("cpu").number(1)
                        .op('t', 'Q').stop()),
                row("storage of no type", p().op('(').text("storage").global("torch", "Size").text("0").text("cpu").number(1).op('t', 'Q').stop()),
                row("storage with a view", p().op('(').text("storage").global("torch", "FloatStorage").text("0").text("cpu").number(1)
                        .numbers(1).op('t', 'Q').stop()),
                row("storage given as a text", p().text("storage").op('Q').stop()),
                row("storage of two types", p().op('(').storage("FloatStorage", "0", 1)
                        .storage("HalfStorage", "0", 1).op('t').stop()),
                row("storage of two lengths", p().op('(').storage("FloatStorage", "0", 1).storage("FloatStorage", "0", 2).op('t').stop()),
                row("key that is a dict", p().op('}', '}', 'N', 's').stop()),
                row("key twice", p().op('}').text("a").op('N', 's').text("a").op('N', 's').stop()), row("append to a dict", p().op('}', 'N',
                        'a').stop()),
                row("append to a tuple", p().op(')', 'N', 'a').stop()), row("item of a list", p().op(']', 'N', 'N', 's').stop()),
                row("key without a value", p().op('}', '(', 'N', 'u').stop()));
    }

    /// Pickles that are cut off or out of order.
    private static Stream<Arguments> broken() {
        return Stream.of(row("nothing", new byte[0]), row("one byte", new byte[]{(byte) 0x80}), row("no STOP", p().op('}').unfinished()),
                row("STOP first", p().stop()),
                row("two values", p().op('}', '}').stop()), row("open bracket", p().op('(', '}').stop()), row("closed bracket", p().op('t').stop()),
                row("SETITEMS without MARK", p().op('}', 'N', 'N', 'u').stop()), row("reach below a bracket", p().op('}', '(', 'N', 'N',
                        's').stop()),
                row("TUPLE3 of two", p().op('N', 'N', 0x87).stop()), row("REDUCE of nothing", p().op('R').stop()), row("PUT of nothing", p()
                        .op('q', 0).stop()),
                row("GET of nothing", p().op('h', 0).stop()), row("LONG_BINGET of nothing", p().op('j', 0xff, 0xff, 0xff, 0xff).stop()),
                row("cut text", p().op('X', 5, 0, 0, 0, 'a').unfinished()), row("text of 4 GB", p().op('X', 0xff, 0xff, 0xff, 0xff, 'a').stop()),
                row("text of 2 GB", p().op('X', 0xff, 0xff, 0xff, 0x7f, 'a').stop()), row("text not UTF-8", p().op('X', 1, 0, 0, 0, 0xff).stop()),
                row("text overlong", p().op('X', 2, 0, 0, 0, 0xc0, 0x80).stop()), row("text a lone surrogate", p().op('X', 3, 0, 0, 0, 0xed,
                        0xa0, 0x80).stop()),
                row("cut number", p().op('J', 1, 2).unfinished()), row("cut LONG1", p().op(0x8a, 255, 1).unfinished()), row("cut BINFLOAT",
                        p().op('G', 1).unfinished()),
                row("cut GLOBAL", p().ascii("ctorch\nFloat").unfinished()), row("name without an end", p().ascii("c" + "a".repeat(100_000)).stop()));
    }

    private static Stream<Arguments> limits() {
        return Stream.of(row("65 brackets", p().ascii("(".repeat(65)).op('N').ascii("t".repeat(65)).stop()),
                row("a million brackets", p().ascii("(".repeat(1_000_000)).stop()),
                row("memo beyond a million", p().op('}', 'r', 0x40, 0x42, 0x0f, 0).stop()),
                row("memo at four billion", p().op('}', 'r', 0xff, 0xff, 0xff, 0xff).stop()),
                row("ten million instructions", p().op('}').ascii("q\0".repeat(10_000_000)).stop()));
    }

    @Test
    void sixtyFourBracketsAreAllowed() {
        assertTrue(read(p().ascii("(".repeat(64)).op('N').ascii("t".repeat(64)).stop()) instanceof Pickle.Tuple);
    }

    @Test
    void thereAreMoreThanAHundredHostileOnes() {
        assertTrue(calls().count() + newInstructions().count() + instructions().count() + objects().count() + broken().count() >= 100);
    }

    private static Object read(byte[] pickle) {
        return Pickle.read(little(pickle), "test").value();
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
