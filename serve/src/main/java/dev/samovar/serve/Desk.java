package dev.samovar.serve;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.edit.LabelledObject;
import dev.samovar.models.edit.LabellingStore;
import dev.samovar.models.edit.OpenedImage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The open cases, and the thread that saves them: an edit is on disk a moment after it was made.
final class Desk implements AutoCloseable {
    private static final int MOST_OPEN = 8, THUMBNAIL = 160;
    private static final long AGAIN = 5_000_000_000L;                   // nanoseconds until what could not be written is tried again
    private static final long PATIENCE = 20_000_000_000L;               // nanoseconds to wait for a slow disk

    private final Opened opened;
    private final @Nullable LabellingStore store;
    private final Events events;
    private final Map<String, OpenCase> open = new LinkedHashMap<>(16, 0.75f, true);
    private final SequencedSet<OpenCase> unsaved = new LinkedHashSet<>();
    private final Object reading = new Object(), drawing = new Object();
    private final SequencedSet<OpenCase> failed = new LinkedHashSet<>(); // of the saver's alone: tried again after a while, they hold up no other case
    private final Consumer<String> warn;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();
    private final Thread saver;
    private List<LabelledObject> usual;                                 // the objects that the last edited case has
    private boolean closed;

    /// @param store where labels are kept; null if nothing was opened
    /// @param warn receives what the pages may not live to tell: that labels cannot be saved, or a file cannot be read
    Desk(Opened opened, @Nullable LabellingStore store, Events events, Consumer<String> warn) {
        this.opened = opened;
        this.store = store;
        this.events = events;
        this.warn = warn;
        usual = store == null ? List.of() : store.lastObjects();
        saver = Thread.ofPlatform().name("saving labels").start(this::save);
    }

    Opened opened() {
        return opened;
    }

    /// @throws Refusal if nothing was opened
    LabellingStore store() {
        if (store == null) throw Refusal.notNow("nothing was opened: start samovar open with an image or a folder");
        return store;
    }

    /// What is read from a file in the work folder for a list; if it is broken, it is left out of the list, which is said in the terminal once.
    <T> @Nullable T readable(Supplier<@Nullable T> read) {
        try {
            return read.get();
        } catch (FormatException | UncheckedIOException e) {
            String why = Refusal.of(e).sentence();
            if (warned.add(why)) warn.accept("left out is what cannot be read: " + why);
            return null;
        }
    }

    /// A case in use. It stays open until this object is closed.
    final class Lease implements AutoCloseable {
        private final OpenCase one;

        private Lease(OpenCase one) {
            this.one = one;
        }

        OpenCase it() {
            return one;
        }

        @Override
        public void close() {
            synchronized (open) {
                one.use(-1);
            }
        }
    }

    /// The files of a case.
    ///
    /// @throws Refusal if there is no such case
    List<Path> files(String id) {
        List<Path> files = opened.images().get(id);
        if (files == null) throw Refusal.absent("there is no case " + FormatException.shown(id));
        return files;
    }

    /// Opens a case, unless it is open already.
    ///
    /// @throws Refusal if there is no such case, or it cannot be read
    Lease use(String id) {
        List<Path> files = files(id);
        Lease there = held(id);
        if (there != null) return there;
        synchronized (reading) {                                        // one at a time, to hold only one image more in memory
            there = held(id);
            if (there != null) return there;
            try {
                OpenedImage image = OpenedImage.open(id, files, opened.reading(id));
                OpenCase one = new OpenCase(image, store().load(image, usual()), store().proposed(image));
                synchronized (open) {
                    open.put(id, one);
                    one.use(1);
                    closeSome();
                }
                return new Lease(one);
            } catch (FormatException e) {
                throw Refusal.notNow(String.valueOf(e.getMessage()));
            }
        }
    }

    private @Nullable Lease held(String id) {
        synchronized (open) {
            OpenCase one = open.get(id);
            if (one == null) return null;
            one.use(1);
            return new Lease(one);
        }
    }

    /// Closes cases that are saved and not in use, the least recently used first.
    private void closeSome() {
        open.values().removeIf(one -> open.size() > MOST_OPEN && !one.isUsed() && one.isSaved());
    }

    private synchronized List<LabelledObject> usual() {
        return usual;
    }

    // ---- saving

    /// Has a case saved that was just edited.
    void edited(OpenCase one) {
        synchronized (this) {
            usual = one.labelling().objects();
        }
        synchronized (unsaved) {
            unsaved.add(one);
            unsaved.notifyAll();
        }
    }

    private void save() {
        try {
            for (OpenCase next = next(); next != null; next = next()) save(next);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        for (OpenCase one : List.copyOf(failed))
            if (!save(one)) warn.accept("the last edits of " + one.id() + " are lost, because they could not be saved");
    }

    /// The next case to save; null if the desk is closing and none is left but those that could not be saved.
    private @Nullable OpenCase next() throws InterruptedException {
        synchronized (unsaved) {
            long again = System.nanoTime() + AGAIN;
            while (unsaved.isEmpty() && !closed) {
                long left = failed.isEmpty() ? AGAIN : again - System.nanoTime();
                if (left <= 0) return failed.getFirst();
                TimeUnit.NANOSECONDS.timedWait(unsaved, left);
            }
            return unsaved.isEmpty() ? null : unsaved.removeFirst();
        }
    }

    /// Waits until all that was edited before is on disk.
    ///
    /// @throws Refusal if it cannot be written
    void settle() {
        List<OpenCase> all;
        synchronized (open) {
            all = List.copyOf(open.values());
        }
        long until = System.nanoTime() + PATIENCE;
        for (OpenCase one : all) {
            long revision = one.labelling().state("").revision();
            while (one.saved() < revision) {
                if (System.nanoTime() > until) throw Refusal.notNow("the labels could not be saved yet; see the message about that");
                try {
                    Thread.sleep(5);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    throw Refusal.notNow("the server is ending");
                }
            }
        }
    }

    private boolean save(OpenCase one) {
        try {
            one.saved(store().save(one.image(), one.labelling(), one.proposal()));
            events.tell("saved", Json.object().with("case", one.id()).with("revision", one.saved()));
            if (failed.remove(one)) warn.accept("the labels of " + one.id() + " are saved now");
            return true;
        } catch (RuntimeException | OutOfMemoryError e) {               // the thread must live: there are other cases
            String why = Refusal.of(e).sentence();
            events.tell("saved", Json.object().with("case", one.id()).with("error", why));
            if (!failed.contains(one)) warn.accept("the labels of " + one.id() + " cannot be saved yet, which is tried again: " + why);
            failed.addLast(one);                                        // behind the others that are tried again
            return false;
        }
    }

    /// Ends as if it were killed: edits that are not saved yet are lost.
    void abandon() {
        synchronized (unsaved) {
            unsaved.clear();
        }
        close();
    }

    /// Saves all edits that are not on disk yet.
    @Override
    public void close() {
        synchronized (unsaved) {
            closed = true;
            unsaved.notifyAll();
        }
        try {
            saver.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (store != null) store.close();
    }

    // ---- pictures of cases

    /// The middle slice of a case, small, as a PNG. It is kept, because the whole image is read for it, and drawn anew if the image's files have another size or time.
    byte[] thumbnail(String id) {
        List<Path> files = files(id);
        Path folder = store().folder().resolve("thumbnails");
        synchronized (drawing) {
            Path file = folder.resolve(id + ".png");
            try {
                StringBuilder state = new StringBuilder(id);
                for (Path image : files) state.append(' ').append(Files.size(image)).append(' ').append(Files.getLastModifiedTime(image));
                file = folder.resolve(Sha256.of(ByteBuffer.wrap(state.toString().getBytes(StandardCharsets.UTF_8))) + ".png");
                if (Files.exists(file)) return Files.readAllBytes(file);
                byte[] png = Pictures.png(small(OpenedImage.open(id, files, opened.reading(id))));
                AtomicFile.makeFolder(folder);
                AtomicFile.write(file, out -> out.write(png));
                return png;
            } catch (FormatException e) {
                throw Refusal.notNow(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot draw " + file + ": " + Sentence.reason(e), e);
            }
        }
    }

    /// Turns a slice of a volume as a radiologist sees it: the head or the front at the top, the patient's right on the left.
    private static BufferedImage small(OpenedImage image) {
        Slices slices = image.isPicture() ? image.slices(2) : Slices.of(image.grid());
        Picture picture = image.seen(slices.axis(), slices.count() / 2);
        BufferedImage drawn = Pictures.drawable(picture, 1);
        double across = image.grid().spacing(slices.columns()), down = image.grid().spacing(slices.rows());
        double scale = THUMBNAIL / Math.max(across * drawn.getWidth(), down * drawn.getHeight());
        int width = Math.clamp(Math.round(scale * across * drawn.getWidth()), 1, THUMBNAIL);
        int height = Math.clamp(Math.round(scale * down * drawn.getHeight()), 1, THUMBNAIL);
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = small.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        if (image.isPicture()) g.drawImage(drawn, 0, 0, width, height, null);
        else g.drawImage(drawn, width, height, -width, -height, null);
        g.dispose();
        return small;
    }
}
