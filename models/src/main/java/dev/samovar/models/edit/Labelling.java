package dev.samovar.models.edit;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Prompt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The labels of one image while they are edited: objects, edits, and undo.
///
/// Every voxel belongs to one object or to none. Each *author*, a person or a browser tab, has a separate undo history, which takes back this
/// author's edits, except where another author has changed something since. A prompt stays open for its author until the author does something else;
/// while it is open, the next answer replaces the last one.
///
/// It may be shared by threads: each edit is complete before the next one begins. The labels are on the grid on which the image is edited, with the
/// voxel `(i, j, k)` at index `i + nx · (j + ny · k)`. The class is long because all edits share one lock and one history.
public final class Labelling {
    /// The limits of an author's undo history: the number of edits, and of the runs of voxels that they changed, of ten bytes each.
    private static final int MOST_EDITS = 200, MOST_RUNS = 4_000_000;

    /// The number of most recent authors that have an undo history; each browser tab is an author.
    private static final int MOST_AUTHORS = 16;

    private final Geometry grid;
    private final byte[] labels;
    private final SortedMap<Integer, LabelledObject> objects = new TreeMap<>();
    private final Map<String, Author> authors = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Author> eldest) {
            return size() > MOST_AUTHORS;
        }
    };
    private final int[] count = new int[LabelledObject.MOST + 1];       // of the voxels of each number
    private final BitSet used = new BitSet();                           // the numbers that objects have had
    private long revision;

    /// An open prompt, and its change.
    record Open(Asked asked, Change change) {}

    /// An object before and after an edit; null if there was none.
    private record Renamed(int number, @Nullable LabelledObject before, @Nullable LabelledObject after) {}

    private record Edit(Change change, List<Renamed> objects, @Nullable Open before, @Nullable Open after) {
        int runs() {
            return change.runs() + (after == null ? 0 : after.change.runs());
        }
    }

    private static final class Author {
        private final Deque<Edit> done = new ArrayDeque<>(), undone = new ArrayDeque<>();
        private @Nullable Open open;
        private long runs;

        void did(Edit edit) {
            undone.clear();
            done.push(edit);
            runs += edit.runs();
            while (done.size() > 1 && (done.size() > MOST_EDITS || runs > MOST_RUNS)) runs -= done.removeLast().runs();
        }
    }

    /// The state of the labels for one author.
    ///
    /// @param revision grows with every edit by any author
    /// @param undo whether the author can undo something
    /// @param redo whether the author can redo something
    /// @param open the author's open prompt
    /// @param changed the box that the last edit changed, null if it changed no voxel
    public record State(long revision, boolean undo, boolean redo, @Nullable Asked open, @Nullable VoxelBox changed) {}

    /// Starts without labels, and with one object.
    public Labelling(Geometry grid) {
        this(grid, new byte[grid.voxels()], List.of(LabelledObject.unnamed(1)));
    }

    /// Starts from existing labels; numbers without an object get one.
    ///
    /// @param labels not copied
    public Labelling(Geometry grid, byte[] labels, List<LabelledObject> known) {
        if (labels.length != grid.voxels()) throw new IllegalArgumentException(labels.length + " labels for " + grid);
        this.grid = grid;
        this.labels = labels;
        known.forEach(this::put);
        for (byte label : labels) count[label & 0xFF]++;
        for (int n = 1; n < count.length; n++) if (count[n] > 0 && !objects.containsKey(n)) put(LabelledObject.unnamed(n));
    }

    // ---- the state

    /// The grid of the voxels.
    public Geometry grid() {
        return grid;
    }

    /// The objects by number.
    public synchronized List<LabelledObject> objects() {
        return List.copyOf(objects.values());
    }

    /// The state for an author.
    public synchronized State state(String author) {
        return state(author(author), null);
    }

    private State state(Author one, @Nullable VoxelBox changed) {
        return new State(revision, !one.done.isEmpty(), !one.undone.isEmpty(), one.open == null ? null : one.open.asked, changed);
    }

    /// A copy of all labels.
    public synchronized LabelVolume labels() {
        return new LabelVolume(grid, labels.clone());
    }

    /// The labels of a box, x fastest.
    public synchronized byte[] labels(VoxelBox box) {
        byte[] part = new byte[box.voxels()];
        box.rows(grid, (at, to) -> System.arraycopy(labels, at, part, to, box.nx()));
        return part;
    }

    /// The labels of a slice, row by row.
    public synchronized byte[] slice(int axis, int index) {
        return labels(box(axis, index));               // in both, the faster of the two other axes runs along the rows
    }

    /// The pixels of an object in a slice.
    public Mask mask(int object, int axis, int index) {
        Slices slices = slices(axis, index);
        return Mask.of(object, slices.height(), slices.width(), slice(axis, index));
    }

    /// The number of voxels with each value; 0 is background.
    public synchronized int[] voxels() {
        return count.clone();
    }

    /// The slices that contain each object, by its number.
    public synchronized SortedMap<Integer, List<Integer>> slicesOf(int axis) {
        SortedMap<Integer, List<Integer>> where = new TreeMap<>();
        Slices slices = slices(axis, 0);
        for (int s = 0; s < slices.count(); s++) {
            boolean[] there = new boolean[LabelledObject.MOST + 1];
            for (byte label : slice(axis, s)) there[label & 0xFF] = true;
            for (int n = 1; n < there.length; n++) if (there[n]) where.computeIfAbsent(n, _ -> new ArrayList<>()).add(s);
        }
        return where;
    }

    // ---- objects

    /// Adds an object with the lowest free number.
    ///
    /// @param name null for a name made from its number
    /// @param rgb null for the palette's colour
    /// @throws FormatException if there are already 255 objects, or the name is not allowed
    public synchronized State add(String author, @Nullable String name, @Nullable Integer rgb) {
        LabelledObject plain = LabelledObject.unnamed(free(author(author)));
        return rename(author, new LabelledObject(plain.number(), name == null ? plain.name() : name, rgb == null ? plain.rgb() : rgb));
    }

    /// The lowest free number. If other authors could undo something, it is one that no object has had, because their edits may hold its voxels.
    private int free(Author one) {
        boolean shared = authors.values().stream().anyMatch(other -> other != one && !(other.done.isEmpty() && other.undone.isEmpty()));
        int number = 1;
        while (objects.containsKey(number) || (shared && used.get(number))) number++;
        if (number > LabelledObject.MOST) for (number = 1; objects.containsKey(number);) number++;
        if (number > LabelledObject.MOST) throw new FormatException("there are 255 objects already, and labels tell no more apart");
        return number;
    }

    private void put(LabelledObject one) {
        objects.put(one.number(), one);
        used.set(one.number());
    }

    /// Gives an object another name or colour.
    ///
    /// @throws FormatException if there is no such object
    public synchronized State change(String author, LabelledObject to) {
        require(to.number());
        return rename(author, to);
    }

    private State rename(String author, LabelledObject to) {
        LabelledObject before = objects.get(to.number());
        put(to);
        return did(author(author), Change.NONE, List.of(new Renamed(to.number(), before, to)), null);
    }

    /// Removes an object: its voxels become background.
    ///
    /// @throws FormatException if there is no such object
    public synchronized State remove(String author, int object) {
        LabelledObject before = require(object);
        VoxelBox all = VoxelBox.of(grid);
        byte[] next = labels.clone();
        for (int v = 0; v < next.length; v++) if ((next[v] & 0xFF) == object) next[v] = 0;
        objects.remove(object);
        return did(author(author), Change.of(grid, all, labels, next), List.of(new Renamed(object, before, null)), null);
    }

    private LabelledObject require(int object) {
        LabelledObject one = objects.get(object);
        if (one == null) throw new FormatException("there is no object " + object + "; add it first");
        return one;
    }

    // ---- prompts

    /// Gives the answer to a prompt to the object, in its slice. If the prompt is open, the answer replaces the last one; otherwise it is added to
    /// the object's pixels there.
    ///
    /// @throws FormatException if there is no such object or slice
    public synchronized State prompt(String author, Asked asked, Mask mask) {
        require(asked.object());
        VoxelBox box = box(asked.axis(), asked.index());
        check(mask, asked.axis(), asked.index());
        Author one = author(author);
        byte[] now = labels(box);
        byte[] base = one.open != null && one.open.asked.isAt(asked) ? one.open.change.without(grid, box, now) : now;
        byte[] next = base.clone();
        for (int i = 0; i < next.length; i++) if (mask.pixels()[i]) next[i] = (byte) asked.object();
        return did(one, Change.of(grid, box, now, next), List.of(), new Open(asked, Change.of(grid, box, base, next)));
    }

    /// A prompt for an object in a slice: the author's prompt if it is open there, otherwise the tight box around the object's pixels.
    ///
    /// @throws FormatException if there is no such object or slice, or the object is not in it
    public synchronized Prompt asks(String author, int object, int axis, int index) {
        LabelledObject one = require(object);
        Asked open = state(author).open();
        if (open != null && open.object() == object && open.axis() == axis && open.index() == index) return open.prompt();
        Mask mask = mask(object, axis, index);
        if (mask.area() == 0) throw new FormatException(one.name() + " is not in slice " + index);
        return Prompt.Box.around(mask);
    }

    /// Closes an author's prompt; its answer stays.
    public synchronized State accept(String author) {
        Author one = author(author);
        one.open = null;
        return state(one, null);
    }

    /// Closes an author's prompt and removes its answer.
    ///
    /// @throws FormatException if none is open
    public synchronized State discard(String author) {
        Author one = author(author);
        if (one.open == null) throw new FormatException("there is no prompt to take away");
        VoxelBox box = box(one.open.asked.axis(), one.open.asked.index());
        byte[] now = labels(box);
        return did(one, Change.of(grid, box, now, one.open.change.without(grid, box, now)), List.of(), null);
    }

    /// Makes sure that a mask is one of a slice.
    private void check(Mask mask, int axis, int index) {
        Slices slices = slices(axis, index);
        if (mask.height() != slices.height() || mask.width() != slices.width())
            throw new IllegalArgumentException("a " + mask + " for a slice of " + slices.height() + " × " + slices.width());
    }

    // ---- edits

    /// Paints or erases in a slice.
    ///
    /// @param object the object to paint or to erase; 0 erases any object
    /// @param stroke the pixels under the brush
    /// @param over whether other objects are painted over
    /// @throws FormatException if there is no such object or slice
    public synchronized State brush(String author, int object, int axis, int index, Mask stroke, boolean erase, boolean over) {
        if (!(erase && object == 0)) require(object);
        check(stroke, axis, index);
        return edit(author, box(axis, index), (_, next) -> {
            for (int i = 0; i < next.length; i++) {
                int label = next[i] & 0xFF;
                if (!stroke.pixels()[i]) continue;
                if (erase && (object == 0 || label == object)) next[i] = 0;
                else if (!erase && (over || label == 0)) next[i] = (byte) object;
            }
            return next;
        });
    }

    /// Ways to tidy an object up.
    public enum Tidy {
        /// Only its largest connected part stays.
        LARGEST,
        /// Background that it encloses becomes part of it.
        HOLES,
        /// Each voxel becomes what most of the voxels around it are; other objects stay as they are.
        SMOOTH,
        /// All of it is removed.
        CLEAR
    }

    /// Tidies an object up in a slice.
    ///
    /// @throws FormatException if there is no such object or slice
    public synchronized State tidy(String author, Tidy how, int object, int axis, int index) {
        return tidy(author, how, object, box(axis, index));
    }

    /// Tidies an object up in the whole volume: in three dimensions, or, if all of it is in one slice, in that slice.
    ///
    /// @throws FormatException if there is no such object
    public synchronized State tidy(String author, Tidy how, int object) {
        require(object);
        return tidy(author, how, object, around(object));
    }

    /// The box around an object with one more voxel on each side, within the grid: tidying changes nothing outside it. If the object is one voxel
    /// thick, so is the box, because among the empty slices around it no voxel would have a majority.
    private VoxelBox around(int object) {
        var around = new VoxelBox.Around();
        int v = 0;
        for (int k = 0; k < grid.nz(); k++)
            for (int j = 0; j < grid.ny(); j++) for (int i = 0; i < grid.nx(); i++, v++) if ((labels[v] & 0xFF) == object) around.add(i, j, k);
        VoxelBox box = around.box();
        if (box == null) return new VoxelBox(0, 0, 0, 0, 0, 0);
        int z = box.nz() > 1 ? 1 : 0, y = z == 0 || box.ny() > 1 ? 1 : 0, x = z == 0 || y == 0 || box.nx() > 1 ? 1 : 0;     // one axis at most
        return new VoxelBox(Math.max(0, box.i0() - x), Math.max(0, box.j0() - y), Math.max(0, box.k0() - z), Math.min(grid.nx() - 1, box.i1() + x),
                Math.min(grid.ny() - 1, box.j1() + y), Math.min(grid.nz() - 1, box.k1() + z));
    }

    private State tidy(String author, Tidy how, int object, VoxelBox box) {
        require(object);
        return edit(author, box, (all, next) -> {
            boolean[] mask = new boolean[next.length];
            for (int i = 0; i < mask.length; i++) mask[i] = (next[i] & 0xFF) == object;
            Cleaning cleaning = new Cleaning(all);
            boolean[] tidied = switch (how) {
                case LARGEST -> cleaning.largest(mask);
                case HOLES -> cleaning.filled(mask);
                case SMOOTH -> cleaning.smoothed(mask);
                case CLEAR -> new boolean[mask.length];
            };
            return with(next, object, tidied);
        });
    }

    /// Labels in which an object has this mask: voxels that it loses become background, and it only gains background.
    private static byte[] with(byte[] next, int object, boolean[] mask) {
        for (int i = 0; i < next.length; i++) {
            int label = next[i] & 0xFF;
            if (label == object && !mask[i]) next[i] = 0;
            else if (label == 0 && mask[i]) next[i] = (byte) object;
        }
        return next;
    }

    /// Fills the slices between two slices that contain an object by [shape-based interpolation][Between], and replaces the object's pixels there.
    ///
    /// @throws FormatException if it is not in both, or there is no slice between them
    public synchronized State between(String author, int object, int axis, int from, int to) {
        require(object);
        int first = Math.min(from, to), last = Math.max(from, to);
        if (last - first < 2) throw new FormatException("there is no slice between " + from + " and " + to);
        Mask start = mask(object, axis, first), end = mask(object, axis, last);
        if (start.area() == 0 || end.area() == 0)
            throw new FormatException(require(object).name() + " is not in slice " + (start.area() == 0 ? first : last)
                    + "; label it there first");
        Slices slices = new Slices(grid, axis);
        List<Mask> masks = Between.masks(start, end, last - first - 1, grid.spacing(slices.columns()), grid.spacing(slices.rows()));
        SortedMap<Integer, Mask> found = new TreeMap<>();
        for (int n = 0; n < masks.size(); n++) found.put(first + 1 + n, masks.get(n));
        return put(author, object, axis, found);
    }

    /// Gives an object these masks in these slices, in place of its pixels there; other objects stay as they are.
    ///
    /// @throws FormatException if there is no such object or slice
    public synchronized State put(String author, int object, int axis, Map<Integer, Mask> masks) {
        require(object);
        if (masks.isEmpty()) return edit(author, VoxelBox.of(grid), (_, next) -> next);
        masks.forEach((s, mask) -> check(mask, axis, s));
        SortedMap<Integer, Mask> sorted = new TreeMap<>(masks);
        VoxelBox first = box(axis, sorted.firstKey()), last = box(axis, sorted.lastKey());
        VoxelBox box = new VoxelBox(first.i0(), first.j0(), first.k0(), last.i1(), last.j1(), last.k1());
        return edit(author, box, (all, next) -> {
            Geometry part = Geometry.of(all.nx(), all.ny(), all.nz(), 1, 1, 1);
            Slices slices = new Slices(part, axis);
            sorted.forEach((s, mask) -> {
                for (int i = 0; i < mask.pixels().length; i++) {
                    int v = slices.index(s - sorted.firstKey(), i), label = next[v] & 0xFF;
                    if (label == object && !mask.pixels()[i]) next[v] = 0;
                    else if (label == 0 && mask.pixels()[i]) next[v] = (byte) object;
                }
            });
            return next;
        });
    }

    /// Turns masks of a slice into new objects, the smaller ones in front.
    ///
    /// @throws FormatException if there are too many
    public synchronized State adopt(String author, int axis, int index, List<Mask> masks) {
        for (Mask mask : masks) check(mask, axis, index);
        Author adopting = author(author);
        List<Renamed> added = new ArrayList<>();
        VoxelBox box = box(axis, index);
        byte[] now = labels(box), next = now.clone();
        if (objects.size() + masks.size() > LabelledObject.MOST)
            throw new FormatException("labels tell 255 objects apart, and these would be " + (objects.size() + masks.size())
                    + "; take fewer masks");
        for (Mask mask : masks.stream().sorted((a, b) -> b.area() - a.area()).toList()) {
            LabelledObject one = LabelledObject.unnamed(free(adopting));
            put(one);
            added.add(new Renamed(one.number(), null, one));
            for (int i = 0; i < next.length; i++) if (mask.pixels()[i]) next[i] = (byte) one.number();
        }
        return did(adopting, Change.of(grid, box, now, next), added, null);
    }

    /// Replaces all labels: class `c` becomes the object with its name, which is added if it does not exist.
    ///
    /// @param names of the classes, background first
    /// @throws FormatException if the labels are on another grid, or there are too many objects
    public synchronized State replace(String author, LabelVolume made, List<String> names) {
        grid.difference(made.geometry()).ifPresent(difference -> {
            throw new FormatException("these labels lie on another grid: " + difference);
        });
        List<Renamed> added = new ArrayList<>();
        byte[] number = new byte[LabelledObject.MOST + 1];
        for (int c = 1; c < names.size(); c++) number[c] = (byte) named(author(author), names.get(c), added);
        byte[] from = made.classes(), next = new byte[from.length];
        for (int v = 0; v < next.length; v++) next[v] = number[from[v] & 0xFF];
        return did(author(author), Change.of(grid, VoxelBox.of(grid), labels, next), added, null);
    }

    private int named(Author author, String name, List<Renamed> added) {
        for (LabelledObject one : objects.values()) if (one.name().equals(name.strip())) return one.number();
        LabelledObject plain = LabelledObject.unnamed(free(author)), one = new LabelledObject(plain.number(), name, plain.rgb());
        put(one);
        added.add(new Renamed(one.number(), null, one));
        return one.number();
    }

    /// @param how changes the contents of a box, in the same array
    private State edit(String author, VoxelBox box, BiFunction<VoxelBox, byte[], byte[]> how) {
        byte[] now = labels(box);
        return did(author(author), Change.of(grid, box, now, how.apply(box, now.clone())), List.of(), null);
    }

    private State did(Author one, Change change, List<Renamed> renamed, @Nullable Open open) {
        change.apply(labels, count, objects.keySet());
        one.did(new Edit(change, renamed, one.open, open));
        one.open = open;
        revision++;
        return state(one, change.box(grid));
    }

    // ---- undo and redo

    /// Undoes an author's last edit.
    ///
    /// @throws FormatException if there is nothing
    public synchronized State undo(String author) {
        Author one = author(author);
        Edit edit = one.done.poll();
        if (edit == null) throw new FormatException("there is nothing to undo");
        one.runs -= edit.runs();
        one.undone.push(edit);
        for (Renamed r : edit.objects) if (r.before != null) rename(r.number, r.after, r.before);
        edit.change.revert(labels, count, objects.keySet());
        for (Renamed r : edit.objects) if (r.before == null) rename(r.number, r.after, null);
        one.open = edit.before;
        revision++;
        return state(one, edit.change.box(grid));
    }

    /// Redoes what an author undid last.
    ///
    /// @throws FormatException if there is nothing
    public synchronized State redo(String author) {
        Author one = author(author);
        Edit edit = one.undone.poll();
        if (edit == null) throw new FormatException("there is nothing to redo");
        one.runs += edit.runs();
        one.done.push(edit);
        for (Renamed r : edit.objects) if (r.after != null) rename(r.number, r.before, r.after);
        edit.change.apply(labels, count, objects.keySet());
        for (Renamed r : edit.objects) if (r.after == null) rename(r.number, r.before, null);
        one.open = edit.after;
        revision++;
        return state(one, edit.change.box(grid));
    }

    /// Changes, removes or brings back an object, unless another author has changed it meanwhile. One that has voxels is not removed.
    private void rename(int number, @Nullable LabelledObject from, @Nullable LabelledObject to) {
        if (!Objects.equals(objects.get(number), from)) return;
        if (to != null) objects.put(number, to);
        else if (count[number] == 0) objects.remove(number);
    }

    // ---- saving and loading

    /// Everything that is saved, at one moment.
    record Snapshot(long revision, LabelVolume labels, List<LabelledObject> objects, Map<String, Open> open) {}

    /// The current state, as copies.
    synchronized Snapshot snapshot() {
        Map<String, Open> all = new TreeMap<>();
        authors.forEach((name, one) -> {
            if (one.open != null) all.put(name, one.open);
        });
        return new Snapshot(revision, labels(), objects(), all);
    }

    /// Continues from a saved state.
    synchronized void resume(long from, Map<String, Open> open) {
        revision = from;
        open.forEach((author, its) -> author(author).open = its);
    }

    private Author author(String name) {
        return authors.computeIfAbsent(name, _ -> new Author());
    }

    private VoxelBox box(int axis, int index) {
        slices(axis, index);
        return VoxelBox.slice(grid, axis, index);
    }

    /// @throws FormatException if there is no such slice
    private Slices slices(int axis, int index) {
        if (axis < 0 || axis > 2) throw new FormatException("an image has the axes 0, 1 and 2, not " + axis);
        Slices slices = new Slices(grid, axis);
        if (index < 0 || index >= slices.count())
            throw new FormatException("there is no slice " + index + ", there are slices 0 to " + (slices.count() - 1));
        return slices;
    }
}
