package dev.samovar.convert;

import static dev.samovar.core.io.FormatException.shown;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A file that `torch.save` wrote: the zip archive of PyTorch 1.6 and newer, or the stream of pickles before that.
///
/// Tensors may be in dicts, lists and objects at any depth. A tensor's name consists of the keys that lead to it, joined by dots, without the
/// `_modules`, `_parameters` and `_buffers` of a whole module. Anything else, an optimizer's settings for instance, is only listed ([#others()]), and
/// so is a tensor that cannot be read ([#unread()]). A view with gaps or permuted axes is read as if it were contiguous. Numbers stay in the mapped
/// file until asked for.
public final class TorchCheckpoint implements TensorFile {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;
    private static final long MOST_BYTES = Integer.MAX_VALUE - 8;       // in one buffer
    private static final List<String> NESTS = List.of("model", "state_dict", "model_state_dict");
    private static final Set<String> MODULE = Set.of("_modules", "_parameters", "_buffers");
    private static final int MAX_SHARING = 4, MAX_DEPTH = 64, MAX_TENSORS = 100_000, MAX_LETTERS = 50_000_000;

    /// What both formats provide: the pickled value, the place of each storage in the file, and a check of a storage, by key.
    private record Content(String format, Object value, Map<String, Long> starts, Consumer<String> check) {}

    private final MappedFile file;
    private final Content content;
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Pickle.Tensor> tensors = new HashMap<>();
    private final SequencedMap<String, String> unread = new LinkedHashMap<>();
    private final List<String> others = new ArrayList<>();
    private final List<String> dicts = new ArrayList<>();                          // the paths of those that hold tensors, each with a dot behind it
    private long letters;
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    /// Opens a checkpoint of either format. It reads the description, but no tensor.
    ///
    /// @throws FormatException if it is neither, or damaged, or contains anything but data
    public static TorchCheckpoint open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            return new TorchCheckpoint(file, isZip(file) ? zip(file) : legacy(file));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private TorchCheckpoint(MappedFile file, Content content) {
        this.file = file;
        this.content = content;
        boolean any = add("", content.value, 0);
        seen.clear();
        if (!any || dicts.isEmpty()) throw bad(file, "it holds no dict of tensors");
        if (entries.isEmpty()) {
            String first = unread.firstEntry().getKey();
            throw bad(file, "it holds no tensor that can be read; of " + shown(first) + ", " + unread.get(first));
        }
        long total = entries.values().stream().mapToLong(e -> (long) e.shape().size() * e.dtype().bytes()).sum();
        if (total / MAX_SHARING > file.length())
            throw bad(file, "its tensors share their numbers over and over, " + total + " bytes in all");
    }

    static boolean isZip(MappedFile file) {
        return file.length() >= 4 && file.view(0, 4).getInt() == 0x04034b50;
    }

    // The two formats ----------------------------------------------------------------------------------------------------

    private static Content zip(MappedFile file) {
        StoredZip zip = new StoredZip(file);
        List<String> pickles = zip.names().stream().filter(name -> name.endsWith("/data.pkl") && name.indexOf('/') == name.lastIndexOf('/')).toList();
        if (pickles.size() != 1) throw bad(file, "its zip archive has no data.pkl; it was not written by torch.save");
        String root = pickles.getFirst().substring(0, pickles.getFirst().indexOf('/') + 1);
        if (zip.names().contains(root + "constants.pkl"))
            throw bad(file, "it is a TorchScript program; save its state dict with torch.save instead");
        StoredZip.Entry order = zip.find(root + "byteorder");
        if (order != null && !text(file, order).equals("little"))
            throw bad(file, "its numbers are big-endian; save it on a little-endian machine");
        StoredZip.Entry entry = zip.verified(pickles.getFirst());
        if (entry.size() > MOST_BYTES) throw bad(file, "its data.pkl is too long");
        ByteBuffer in = file.view(entry.from(), entry.size());
        Pickle.Result pickle = Pickle.read(in, file.path().toString());
        if (in.hasRemaining()) throw bad(file, "something follows its pickle");
        Map<String, Long> starts = new HashMap<>();
        for (Pickle.Storage storage : pickle.storages().values()) {
            StoredZip.Entry data = zip.find(root + "data/" + storage.key());
            if (data == null) throw bad(file, "its storage " + shown(storage.key()) + " is missing");
            if (data.size() != bytes(file, storage))
                throw bad(file, "its storage " + shown(storage.key()) + " is longer or shorter than told");
            starts.put(storage.key(), data.from());
        }
        return new Content("PyTorch (zip)", pickle.value(), starts, key -> zip.verified(root + "data/" + key));
    }

    private static String text(MappedFile file, StoredZip.Entry entry) {
        return new String(file.copy(entry.from(), Math.min(entry.size(), 16)), StandardCharsets.US_ASCII);
    }

    /// Five pickles (a magic number, a version, what machine it was, the value, the storages' keys), then each storage after its length.
    private static Content legacy(MappedFile file) {
        String name = file.path().toString();
        ByteBuffer in = file.view(0, Math.min(file.length(), MOST_BYTES));
        if (!Pickle.read(in, name).value().equals(MAGIC) || !Pickle.read(in, name).value().equals(PROTOCOL))
            throw bad(file, "it was not written by torch.save");
        if (!(Pickle.read(in, name).value() instanceof Pickle.Dict system) || !Boolean.TRUE.equals(system.items().get("little_endian")))
            throw bad(file, "its numbers are big-endian; save it on a little-endian machine");
        Pickle.Result pickle = Pickle.read(in, name);
        if (!(Pickle.read(in, name).value() instanceof List<?> keys) || keys.size() != pickle.storages().size())
            throw bad(file, "its list of storages is not that of its tensors");
        Map<String, Long> starts = new HashMap<>();
        long at = in.position();
        for (Object key : keys) {
            Pickle.Storage storage = key instanceof String text ? pickle.storages().get(text) : null;
            if (storage == null || starts.put(storage.key(), at + Long.BYTES) != null)
                throw bad(file, "its list of storages is not that of its tensors");
            if (file.length() - at < Long.BYTES || file.view(at, Long.BYTES).getLong() != storage.elements()
                    || file.length() - at - Long.BYTES < bytes(file, storage))
                throw bad(file, "its storage " + shown(storage.key()) + " is cut off, or longer or shorter than told");
            at += Long.BYTES + bytes(file, storage);
        }
        if (at != file.length()) throw bad(file, "something follows its last storage");
        return new Content("PyTorch (before 1.6)", pickle.value(), starts, _ -> {});
    }

    private static long bytes(MappedFile file, Pickle.Storage storage) {
        if (storage.elements() > file.length()) throw bad(file, "its storage " + shown(storage.key()) + " would be longer than the file");
        return storage.elements() * storage.type().bytes;
    }

    // What is in it ------------------------------------------------------------------------------------------------------

    /// Adds what is under a path. Returns whether there was a tensor.
    private boolean add(String path, Object value, int depth) {
        if (value instanceof Pickle.Tensor tensor) {
            add(path, tensor);
            return true;
        }
        int before = others.size();
        boolean[] any = {false};
        if (depth < MAX_DEPTH && isContainer(value) && seen.add(value)) {
            forEachChild(value, (key, child) -> {
                boolean ofModule = MODULE.contains(key) && isModule(value);
                boolean found = add(ofModule ? path : named(path, key), child, depth + 1);
                if (ofModule && !found && !path.isEmpty()) others.removeLast();
                any[0] |= found;
                if (child instanceof Pickle.Tensor && value instanceof Pickle.Dict) addDict(path);
            });
        }
        if (any[0]) return true;
        others.subList(before, others.size()).clear();                             // listed as one
        if (!path.isEmpty()) others.add(value instanceof Pickle.Opaque unknown ? path + " (" + unknown.python + ")" : path);
        return false;
    }

    /// The name of a value under a key. A limit keeps a file from making huge names by repeating a long key.
    private String named(String path, String key) {
        String name = path.isEmpty() ? key : path + "." + key;
        letters += name.length();
        if (letters > MAX_LETTERS) throw bad(file, "the names in it are longer than " + MAX_LETTERS + " letters in all");
        return name;
    }

    private void addDict(String path) {
        String start = path.isEmpty() ? "" : path + ".";
        if (dicts.isEmpty() || !dicts.getLast().equals(start)) dicts.add(start);
    }

    private static boolean isContainer(Object value) {
        return value instanceof Pickle.Dict || value instanceof List || value instanceof Pickle.Tuple || isModule(value)
                || (value instanceof Pickle.Opaque unknown && unknown.state != null);
    }

    private static boolean isModule(Object value) {
        return value instanceof Pickle.Opaque unknown && unknown.state != null && unknown.state.items().keySet().containsAll(MODULE);
    }

    private static void forEachChild(Object value, BiConsumer<String, Object> action) {
        switch (value) {
            case Pickle.Dict dict -> dict.items().forEach((key, child) -> action.accept(key.toString(), child));
            case Pickle.Tuple tuple -> forEachItem(tuple.items(), action);
            case List<?> list -> forEachItem(list, action);
            case Pickle.Opaque unknown when unknown.state != null && isModule(value) -> {
                for (String key : List.of("_parameters", "_buffers", "_modules"))                    // in the order of a state dict
                    action.accept(key, Objects.requireNonNull(unknown.state.items().get(key)));
            }
            case Pickle.Opaque unknown when unknown.state != null -> forEachChild(unknown.state, action);
            default -> {}
        }
    }

    /// Plain values in a list are not listed one by one.
    private static void forEachItem(List<?> list, BiConsumer<String, Object> action) {
        for (int i = 0; i < list.size(); i++) {
            Object item = list.get(i);
            if (item instanceof Pickle.Tensor || isContainer(item)) action.accept(Integer.toString(i), item);
        }
    }

    private void add(String name, Pickle.Tensor tensor) {
        Pickle.Storage storage = tensor.storage();
        DType dtype = tensor.type().dtype;
        if (entries.containsKey(name) || unread.containsKey(name)) throw bad(file, "it has two tensors called " + shown(name));
        if (entries.size() + unread.size() == MAX_TENSORS) throw bad(file, "it has more than " + MAX_TENSORS + " tensors");
        if (dtype == null || !tensor.remark().isEmpty()) {
            unread.put(name, dtype == null ? "it is stored as " + tensor.type() + ", which is not read here" : tensor.remark());
            return;
        }
        try {
            Shape shape = Shape.of(tensor.sizes().stream().mapToInt(Math::toIntExact).toArray());
            long offset = Math.multiplyExact(tensor.offset(), (long) dtype.bytes()), bytes = Math.multiplyExact(span(tensor), (long) dtype.bytes());
            if (Math.addExact(offset, bytes) > storage.elements() * storage.type().bytes)
                throw bad(file, "its tensor " + shown(name) + " reaches out of its storage");
            if (bytes > MOST_BYTES) {
                unread.put(name, "it has " + bytes + " bytes, more than can be read at once");
                return;
            }
            if ((long) shape.size() * dtype.bytes() > storage.elements() * storage.type().bytes) {
                unread.put(name, "it repeats numbers; save a contiguous copy of it");
                return;
            }
            entries.put(name, new Entry(dtype, shape));
            tensors.put(name, tensor);
        } catch (ArithmeticException | ShapeException _) {
            throw bad(file, "the shape of its tensor " + shown(name) + " is impossible");
        }
    }

    /// The range from a tensor's first element to just after its last, in elements of its storage.
    private static long span(Pickle.Tensor tensor) {
        long last = 0;
        for (int i = 0; i < tensor.sizes().size(); i++) {
            if (tensor.sizes().get(i) == 0) return 0;
            last = Math.addExact(last, Math.multiplyExact(tensor.sizes().get(i) - 1, tensor.strides().get(i)));
        }
        return last + 1;
    }

    // As a file of tensors -------------------------------------------------------------------------------------------------

    /// Which of PyTorch's formats this is.
    public String format() {
        return content.format;
    }

    /// The other values in the file, by their keys, with their Python names unless they are plain values.
    public List<String> others() {
        return Collections.unmodifiableList(others);
    }

    /// The beginning of the names in the dict that a network is loaded from: the one under `model`, `state_dict` or `model_state_dict`, the outermost
    /// one, or the first that holds tensors.
    String main() {
        return Stream.concat(NESTS.stream().map(nest -> nest + "."), Stream.of("")).filter(dicts::contains).findFirst().orElse(dicts.getFirst());
    }

    @Override
    public SequencedMap<String, String> unread() {
        return Collections.unmodifiableSequencedMap(unread);
    }

    @Override
    public SequencedMap<String, Entry> entries() {
        return Collections.unmodifiableSequencedMap(entries);
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return Collections.emptyNavigableMap();
    }

    /// {@inheritDoc}
    ///
    /// @throws FormatException if the checksum of its storage is wrong
    @Override
    public ByteBuffer bytes(String name) {
        Pickle.Tensor tensor = tensors.get(name);
        Entry entry = entries.get(name);
        if (tensor == null || entry == null) throw new IllegalArgumentException("there is no tensor " + shown(name) + " in " + file.path());
        String key = tensor.storage().key();
        content.check.accept(key);
        int width = entry.dtype().bytes();
        ByteBuffer stored = file.view(Objects.requireNonNull(content.starts.get(key)) + tensor.offset() * width, span(tensor) * width);
        return isContiguous(tensor) ? stored : gathered(stored, tensor, entry);
    }

    private static boolean isContiguous(Pickle.Tensor tensor) {
        long stride = 1;
        for (int i = tensor.sizes().size() - 1; i >= 0; i--) {
            if (tensor.sizes().get(i) != 1 && tensor.strides().get(i) != stride) return tensor.sizes().contains(0L);
            stride *= tensor.sizes().get(i);
        }
        return true;
    }

    /// Copies element by element, the last index fastest, as an odometer counts.
    private static ByteBuffer gathered(ByteBuffer stored, Pickle.Tensor tensor, Entry entry) {
        int width = entry.dtype().bytes(), rank = entry.shape().rank(), from = 0;
        int[] sizes = entry.shape().dims(), index = new int[rank];
        ByteBuffer out = ByteBuffer.allocate(entry.shape().size() * width).order(ByteOrder.LITTLE_ENDIAN);
        while (out.hasRemaining()) {
            for (int b = 0; b < width; b++) out.put(stored.get(from * width + b));
            for (int axis = rank - 1; axis >= 0; axis--) {
                int stride = (int) (long) tensor.strides().get(axis);            // where it is used, it is within the span
                from += stride;
                if (++index[axis] < sizes[axis]) break;
                from -= stride * sizes[axis];
                index[axis] = 0;
            }
        }
        return out.flip();
    }

    @Override
    public void close() {
        file.close();
    }

    private static FormatException bad(MappedFile file, String what) {
        return new FormatException(file.path() + " is not a checkpoint that can be read: " + what);
    }

    @Override
    public String toString() {
        return file.path().toString();
    }
}
