package dev.samovar.models.pretrain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Reading;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.scenes.Mixture;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainingTest {
    private static final SamConfig TINY = new SamConfig(new VitConfig(16, 2, 2, 3, List.of(1), 32, 8, 32), 16, 32, 16);

    @TempDir
    Path folder;

    private PretrainRun create(String name, int steps) {
        return create(name, steps, TINY);
    }

    private PretrainRun create(String name, int steps, SamConfig sam) {
        Recipe recipe = new Recipe(4, steps, 2, 2, 2, 1, 2e-3, 2, 2, 0.1, 0.05, 0.8, 1);
        return PretrainRun.create(folder.resolve(name), new PretrainConfig(sam, recipe, Sources.of(true, null, null, Reading.PLAIN), 2,
                "vector"), null);
    }

    private static void train(PretrainRun run, int threads, Progress progress) {
        try (var pretraining = new Pretraining(run, Device.cpu(threads), progress)) {
            pretraining.run();
        }
    }

    private static List<String> digests(PretrainRun run) {
        return Stream.of(run.checkpoint(), run.sam(), run.log()).map(file -> file.equals(run.checkpoint())
                ? tensors(file)
                : Sha256.of(file)).toList();
    }

    /// The digests of a checkpoint's tensors; the whole files differ by the times in them.
    private static String tensors(Path file) {
        try (Safetensors checkpoint = Safetensors.openSealed(file)) {
            StringBuilder all = new StringBuilder();
            checkpoint.entries().keySet().stream().filter(name -> !name.startsWith("seal"))
                    .forEach(name -> all.append(Sha256.of(checkpoint.floats(name)), 0, 8));
            return all.toString();
        }
    }

    @Test
    void aRunThatIsCutShortEndsAsTheUninterruptedOneAtAnyNumberOfThreads() {
        PretrainRun whole = create("whole", 5), cut = create("cut", 5);
        train(whole, 2, Progress.silent());
        assertThrows(IllegalStateException.class, () -> train(cut, 1, new Progress() {
            @Override
            public void done(int steps, String note) {
                if (steps == 3) throw new IllegalStateException("power cut");
            }
        }));
        PretrainRun again = PretrainRun.open(cut.folder());
        assertEquals(cut.config(), again.config());
        try (var pretraining = new Pretraining(again, Device.cpu(1), Progress.silent())) {
            assertEquals(2, pretraining.step());
            pretraining.run();
        }
        assertEquals(digests(whole), digests(again));
        assertThrows(FormatException.class, () -> create("whole", 5));
    }

    @Test
    void aRunMayBeginWithTheNumbersOfAnotherAlsoIfItIsCutShortBeforeItsFirstCheckpoint() {
        PretrainRun first = create("first", 2), fresh = create("fresh", 2);
        train(first, 1, Progress.silent());
        train(fresh, 1, Progress.silent());
        PretrainRun whole = from(first, "whole"), cut = from(first, "cut");
        train(whole, 2, Progress.silent());
        assertThrows(IllegalStateException.class, () -> train(cut, 1, new Progress() {
            @Override
            public void done(int steps, String note) {
                throw new IllegalStateException("power cut");
            }
        }));
        train(PretrainRun.open(cut.folder()), 1, Progress.silent());
        assertEquals(digests(whole), digests(cut));
        assertNotEquals(digests(fresh), digests(whole), "the same recipe from other numbers");
        try (Safetensors start = Safetensors.open(whole.start()); Safetensors numbers = Safetensors.open(first.sam())) {
            for (String name : numbers.entries().keySet()) assertArrayEquals(numbers.floats(name), start.floats(name), name);
        }
    }

    private PretrainRun from(PretrainRun other, String name) {
        try (Safetensors numbers = Safetensors.open(other.sam())) {
            return PretrainRun.create(folder.resolve(name), other.config(), numbers);
        }
    }

    @Test
    void aRunThatAnotherProcessTrainsIsNotExtended() {
        PretrainRun run = create("run", 1);
        try (var _ = run.lock()) {
            assertTrue(assertThrows(FormatException.class, () -> run.extended(2)).getMessage().contains("another process"));
        }
        assertEquals(run.config(), PretrainRun.open(run.folder()).config());
        assertEquals(2, run.extended(2).config().recipe().steps());
    }

    @Test
    void whatComesOutIsACheckpointAsAnyOther() {
        PretrainRun run = create("run", 2);
        train(run, 1, Progress.silent());
        try (Safetensors file = Safetensors.open(run.sam()); Sam sam = Sam.load(file, Device.cpu(1))) {
            assertEquals(TINY, sam.config());
            var heldOut = HeldOut.of(new SamPredictor(sam), Mixture.drawn(), 2, 48, Progress.silent());
            assertTrue(heldOut.things() >= 2 && heldOut.bestOfThree() >= heldOut.chosen() && heldOut.corrected().size() == 5);
        }
    }

    /// No shape shows how many heads the decoder has: the run and its result say it.
    @Test
    void anotherNumberOfHeadsInTheDecoderIsKept() {
        var sam = new SamConfig(TINY.encoder(), TINY.promptWidth(), TINY.decoderMlp(), TINY.iouHidden(), 4);
        PretrainRun run = create("heads", 1, sam);
        train(run, 1, Progress.silent());
        assertEquals(sam, PretrainRun.open(run.folder()).config().sam());
        try (Safetensors file = Safetensors.open(run.sam())) {
            assertEquals(sam, SamConfig.of(file));
        }
    }

    @Test
    void impossibleSizesAreRefused() {
        var recipe = new Recipe(4, 1, 2, 2, 2, 1, 2e-3, 2, 2, 0.1, 0.05, 0.8, 1);
        Sources sources = Sources.of(true, null, null, Reading.PLAIN);
        var odd = new SamConfig(new VitConfig(16, 2, 2, 3, List.of(1), 30, 6, 32), 16, 32, 16);
        assertTrue(assertThrows(FormatException.class, () -> new PretrainConfig(odd, recipe, sources, 2, "vector")).getMessage()
                .contains("patches of 6"));
        assertThrows(FormatException.class, () -> new Recipe(4, 1, 2, 2, 0, 1, 2e-3, 2, 2, 0.1, 0.05, 0.8, 1));
    }

    @Test
    void clicksGoWhereMostIsWrong() {
        boolean[] region = new boolean[8 * 9];
        for (int y = 1; y < 6; y++) for (int x = 2; x < 7; x++) region[y * 9 + x] = true;
        int[] deepest = Deepest.of(region, 8, 9);
        assertNotNull(deepest);
        assertArrayEquals(new int[]{4, 3, 9}, deepest);
        assertNull(Deepest.of(new boolean[6], 2, 3));
    }

    @Test
    void aThingIsWhatTheNetworkSeesOfIt() {
        boolean[] pixels = new boolean[16 * 12];
        for (int y = 4; y < 12; y++) for (int x = 3; x < 9; x++) pixels[y * 12 + x] = true;
        Mask mask = new Mask(16, 12, pixels);
        var scene = new dev.samovar.models.scenes.Scene(new dev.samovar.imaging.Picture(3, 16, 12, new float[3 * 16 * 12]), List.of(mask));
        Thing thing = Thing.of(scene, 3, 8, 2, new Random(1)).getFirst();
        int cells = 0;
        for (float t : thing.target()) cells += (int) t;
        assertEquals(4 * 4, cells, "a cell that is half covered counts, as on both sides here");
        float[] logits = new float[64];
        for (int i = 0; i < 64; i++) logits[i] = thing.target()[i] > 0 ? 1 : -1;
        assertEquals(1, thing.iou(logits, 0));
        assertNull(thing.correction(logits, 0, new Random(1)));
        logits[7] = 1;
        assertArrayEquals(new float[]{14.5f, 0.5f, 0}, thing.correction(logits, 0, new Random(1)), "the mask is too large there");
        for (int i = 0; i < 50; i++) {
            float[] point = thing.point(new Random(i)), box = thing.box(new Random(i));
            assertTrue(mask.at((int) point[1], (int) point[0]));
            assertTrue(Math.abs(box[0] - 3) <= 0.32 && Math.abs(box[3] - 11) <= 0.32, "a jitter of at most 20 pixels of 1024");
        }
    }
}
