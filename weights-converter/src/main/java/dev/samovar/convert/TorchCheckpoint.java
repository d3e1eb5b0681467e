package dev.samovar.convert;

import static dev.samovar.core.io.FormatException.shown;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Consumer;

/// What `torch.save` wrote: the zip archive of PyTorch 1.6 and newer, or the stream of pickles before that.
///
/// The tensors are those of the state dict: the outermost dict, or the one under `model`, `state_dict` or `model_state_dict`, whichever holds tensors first;
/// a `module.` before every name (from parallel training) is dropped. Anything else, an optimizer's state for instance, is only listed
/// ([#skipped()]). A view with gaps or permuted axes is read as if it were contiguous. Numbers stay in the mapped file until asked for.
public final class TorchCheckpoint implements TensorFile {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;
    private static final List<String> NESTS = List.of("model", "state_dict", "model_state_dict");
    private static final String PARALLEL = "module.";
    private static final int MAX_SHARING = 4;

    /// What both formats come down to: the pickled value, where each storage begins in the file, and a check of one, by key.
    private record Content(String format, Object value, Map<String, Long> starts, Consumer<String> check) {}

    private final MappedFile file;
    private final Content content;
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Pickle.Tensor> tensors = new HashMap<>();
    private final List<String> skipped = new ArrayList<>();

    /// Opens a checkpoint of either format, reading what describes it but no tensor.
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
        addAll(stateDict(content.value));
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
        List<String> pickles = zip.names().stream().filter(name -> name.endsWith("/data.pkl") && name.indexOf('/') == name.lastIndexOf('/'))
                .toList();
        if (pickles.size() != 1) throw bad(file, "its zip archive has no data.pkl; it was not written by torch.save");
        String root = pickles.getFirst().substring(0, pickles.getFirst().indexOf('/') + 1);
        if (zip.names().contains(root + "constants.pkl"))
            throw bad(file, "it is a TorchScript program; save its state dict with torch.save instead");
        StoredZip.Entry order = zip.find(root + "byteorder");
        if (order != null && !text(file, order).equals("little"))
            throw bad(file, "its numbers are big-endian; save it on a little-endian machine");
        StoredZip.Entry entry = zip.verified(pickles.getFirst());
        if (entry.size() > Integer.MAX_VALUE) throw bad(file, "its data.pkl is too long");
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
        ByteBuffer in = file.view(0, Math.min(file.length(), Integer.MAX_VALUE));
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
        return storage.elements() * storage.dtype().bytes();
    }

    // The state dict -----------------------------------------------------------------------------------------------------

    private Pickle.Dict stateDict(Object root) {
        if (!(root instanceof Pickle.Dict outer)) throw bad(file, "it holds no dict of tensors");
        for (String nest : NESTS) {
            if (outer.items().get(nest) instanceof Pickle.Dict inner && holdsTensors(inner)) {
                outer.items().keySet().stream().filter(key -> !key.equals(nest)).forEach(key -> skipped.add(key.toString()));
                return inner;
            }
        }
        if (!holdsTensors(outer)) throw bad(file, "it holds no dict of tensors, neither by itself nor under " + NESTS);
        return outer;
    }

    private static boolean holdsTensors(Pickle.Dict dict) {
        return dict.items().values().stream().anyMatch(Pickle.Tensor.class::isInstance);
    }

    private void addAll(Pickle.Dict dict) {
        boolean parallel = dict.items().entrySet().stream().filter(e -> e.getValue() instanceof Pickle.Tensor)
                .allMatch(e -> e.getKey() instanceof String key && key.startsWith(PARALLEL));
        dict.items().forEach((key, value) -> {
            if (key instanceof String name && value instanceof Pickle.Tensor tensor)
                add(parallel ? name.substring(PARALLEL.length()) : name, tensor);
            else
                skipped.add(key.toString());
        });
    }

    private void add(String name, Pickle.Tensor tensor) {
        Pickle.Storage storage = tensor.storage();
        try {
            Shape shape = Shape.of(tensor.sizes().stream().mapToInt(Math::toIntExact).toArray());
            if (shape.size() > storage.elements())
                throw bad(file, "its tensor " + shown(name) + " repeats numbers; save a contiguous copy of it");
            long bytes = Math.multiplyExact(span(tensor), (long) storage.dtype().bytes());
            if (Math.addExact(tensor.offset(), span(tensor)) > storage.elements())
                throw bad(file, "its tensor " + shown(name) + " reaches out of its storage");
            if (bytes > Integer.MAX_VALUE)
                throw bad(file, "its tensor " + shown(name) + " has " + bytes + " bytes, more than can be read at once");
            entries.put(name, new Entry(storage.dtype(), shape));
            tensors.put(name, tensor);
        } catch (ArithmeticException | ShapeException _) {
            throw bad(file, "the shape of its tensor " + shown(name) + " is impossible");
        }
    }

    /// From a tensor's first element to behind its last, in elements of its storage.
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

    /// The names of what is in the file besides the tensors.
    public List<String> skipped() {
        return Collections.unmodifiableList(skipped);
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
