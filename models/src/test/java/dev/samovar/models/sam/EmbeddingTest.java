package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Watch;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Outline;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.medsam.VolumePrompt;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a program needs that embeds SAM: pictures and masks in memory, progress and cancellation of work, and a clear error after closing.
class EmbeddingTest {
    private static final Picture PICTURE = PictureFile.read(Golden.path("sam-tiny/picture.png"));
    private static final int W = PICTURE.width(), H = PICTURE.height(), N = W * H;
    private static final Sam SAM = load();
    private static final SamPredictor PREDICTOR = new SamPredictor(SAM);

    @TempDir
    private Path folder;

    private static Sam load() {
        try (var file = Safetensors.open(Golden.path("sam-tiny/sam-tiny-trained.safetensors"))) {
            return Sam.load(file, Device.cpu());
        }
    }

    @AfterAll
    static void free() {
        SAM.close();
    }

    private static Mask mask(Picture picture) {
        return PREDICTOR.best(PREDICTOR.embed(picture), Prompt.click(172, 47)).mask();
    }

    @Test
    void aPictureMayComeFromAnywhereInMemory() {
        Mask bar = mask(PICTURE);
        assertTrue(bar.at(47, 172) && !bar.at(120, 30), "the green bar, and nothing far from it");
        var colour = new BufferedImage(W, H, BufferedImage.TYPE_INT_RGB);
        var grey = new BufferedImage(W, H, BufferedImage.TYPE_BYTE_GRAY);
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * N + 7).position(7);
        short[] shorts = new short[N];
        float[] green = Arrays.copyOfRange(PICTURE.pixels(), N, 2 * N);
        for (int i = 0; i < N; i++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                int v = (int) PICTURE.pixels()[c * N + i];
                rgb = rgb << 8 | v;
                bytes.put(7 + 4 * i + c, (byte) v);
            }
            bytes.put(7 + 4 * i + 3, (byte) 99);
            colour.setRGB(i % W, i / W, rgb);
            grey.getRaster().setSample(i % W, i / W, 0, green[i]);
            shorts[i] = (short) (250 * green[i]);                                  // beyond 32767: unsigned
        }
        assertArrayEquals(PICTURE.pixels(), Picture.of(colour).pixels());
        assertEquals(bar, mask(Picture.of(H, W, 4, bytes)));
        assertEquals(7, bytes.position());
        assertArrayEquals(green, Picture.of(grey).pixels());
        assertEquals(mask(new Picture(1, H, W, green)), mask(Picture.of(grey)));
        Picture deep = Picture.of(H, W, shorts);
        for (int i = 0; i < N; i++) assertEquals(250 * green[i], deep.pixels()[i]);
        float[] shown = Intensity.of("range").apply(deep).pixels();
        for (float v : shown) assertTrue(v >= 0 && v <= 255);
        assertThrows(IllegalArgumentException.class, () -> Picture.of(H, W, 3, bytes));
    }

    @Test
    void greyOfSixteenBitsKeepsItsNumbers() {
        var grey = new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY);
        for (int i = 0; i < 6; i++) grey.getRaster().setSample(i % 3, i / 3, 0, 11_000 * i);
        assertArrayEquals(new float[]{0, 11_000, 22_000, 33_000, 44_000, 55_000}, Picture.of(grey).pixels());
    }

    @Test
    void aMaskIsPixelsPolygonsAndRuns() {
        Mask mask = mask(PICTURE);
        boolean[] pixels = mask.pixels();
        assertEquals(N, pixels.length);
        assertTrue(pixels[47 * W + 172]);
        long twice = 0;
        for (Outline.Polygon polygon : Outline.of(mask).polygons()) {
            List<Outline.Ring> rings = new ArrayList<>(polygon.holes());
            rings.add(polygon.outer());
            for (Outline.Ring ring : rings)
                for (int i = 0, n = ring.length(); i < n; i++)
                    twice += (long) ring.x()[i] * ring.y()[(i + 1) % n] - (long) ring.x()[(i + 1) % n] * ring.y()[i];
        }
        assertEquals(mask.area(), twice / 2);
        assertEquals(mask, Rle.of(mask).mask());
    }

    @Test
    void anEmbeddingTellsEachOfItsBlocks() {
        List<String> told = new ArrayList<>();
        new Watch((stage, done, all) -> told.add(stage + " " + done + "/" + all)).run(() -> PREDICTOR.embed(PICTURE));
        assertEquals(List.of("embedding 0/4", "embedding 1/4", "embedding 2/4", "embedding 3/4", "embedding 4/4"), told);
    }

    @Test
    void longWorkEndsAtItsNextStepOnceItIsCancelled() {
        assertEndsAfter("embedding: cancelled after 3 of 4", "embedding", 2, () -> PREDICTOR.embed(PICTURE));
        var generator = new AutomaticMaskGenerator(PREDICTOR, AutomaticMaskGenerator.Settings.defaults().withPoints(16));
        assertEndsAfter("prompts: cancelled after 0 of 64", "clicking", 128, () -> generator.generate(PICTURE));
        Volume volume = new Volume(Geometry.of(W, H, 5, 1, 1, 1), new float[N * 5]);
        var slices = new VolumePredictor(PREDICTOR, volume, Slices.of(volume.geometry()));
        var thing = new VolumePrompt(Prompt.box(28, 18, 72, 46), 0, 4);
        assertEndsAfter("embedding: cancelled after 0 of 4", "slices", 3, () -> slices.segment(List.of(thing), _ -> {}));
        mask(PICTURE);                                                             // the predictor still works
    }

    @Test
    void aWatchAroundAnotherEndsItsWork() {
        Watch outer = new Watch(), inner = new Watch((_, done, _) -> {
            if (done == 2) outer.cancel();
        });
        var ended = assertThrows(CancellationException.class, () -> outer.run(() -> inner.run(() -> PREDICTOR.embed(PICTURE))));
        assertEquals("embedding: cancelled after 3 of 4", ended.getMessage());
    }

    /// Cancels work once it has reported `steps` steps of a stage.
    private static void assertEndsAfter(String words, String stage, int steps, Runnable work) {
        Watch[] watch = new Watch[1];
        watch[0] = new Watch((at, done, _) -> {
            if (at.equals(stage) && done == steps) watch[0].cancel();
        });
        CancellationException ended = assertThrows(CancellationException.class, () -> watch[0].run(work));
        assertEquals(words, ended.getMessage());
        assertTrue(watch[0].isCancelled());
    }

    @Test
    void anInterruptedThreadEndsItsWorkAndStaysInterrupted() throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        boolean[] stays = new boolean[1];
        Thread worker = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            try {
                PREDICTOR.embed(PICTURE);
            } catch (CancellationException e) {
                thrown[0] = e;
                stays[0] = Thread.currentThread().isInterrupted();
            }
        });
        worker.join();
        assertEquals("embedding: interrupted after 0 of 4", thrown[0].getMessage());
        assertTrue(stays[0]);
    }

    /// Java's channels report an interrupt as a failure to read.
    @Test
    void anInterruptWhileAFileIsReadOrWrittenIsNoFault() throws InterruptedException {
        var image = PREDICTOR.embed(PICTURE);
        List<String> thrown = new ArrayList<>();
        Path picture = Golden.path("sam-tiny/picture.png"), target = folder.resolve("image.safetensors");
        Thread worker = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            for (Runnable work : List.<Runnable>of(() -> PictureFile.read(picture), () -> image.save(target, PICTURE)))
                thrown.add(assertThrows(CancellationException.class, work::run).getMessage());
        });
        worker.join();
        assertEquals(List.of(picture + ": interrupted before it was read", target + ": interrupted before it was written"), thrown);
        assertFalse(Files.exists(target));
    }

    @Test
    void aPictureHasEightBits() {
        float[] unit = PICTURE.pixels().clone();
        for (int i = 0; i < unit.length; i++) unit[i] /= 255;
        float[] sixteen = unit.clone();
        sixteen[0] = 40_000;
        assertEquals("a picture with the value 40000.0, where 8 bits hold 0 to 255; Intensity makes brightness of other numbers",
                assertThrows(IllegalArgumentException.class, () -> PREDICTOR.embed(new Picture(PICTURE.channels(), H, W, sixteen))).getMessage());
        assertEquals("a picture of numbers from 0 to 1, where 8 bits hold 0 to 255; Intensity stretches it",
                assertThrows(IllegalArgumentException.class, () -> PREDICTOR.embed(new Picture(PICTURE.channels(), H, W, unit))).getMessage());
    }

    @Test
    void anEmbeddingIsItsOwn() {
        float[] numbers;
        try (var _ = Scope.open()) {
            numbers = PREDICTOR.embed(PICTURE).tensor(SAM.device()).toArray();
        }
        var image = PREDICTOR.embedded(numbers, H, W);
        Mask before = PREDICTOR.best(image, Prompt.click(172, 47)).mask();
        Arrays.fill(numbers, 0);
        assertArrayEquals(before.pixels(), PREDICTOR.best(image, Prompt.click(172, 47)).mask().pixels());
        numbers[3] = Float.NaN;
        for (Runnable wrong : List.<Runnable>of(() -> PREDICTOR.embedded(numbers, H, W), () -> PREDICTOR.embedded(new float[numbers.length], 0, W),
                () -> PREDICTOR.embedded(new float[numbers.length], H, -5)))
            assertThrows(IllegalArgumentException.class, wrong::run);
    }

    @Test
    void aClickAfterTheEndSaysWhatHappened() {
        Sam sam = load();
        var predictor = new SamPredictor(sam);
        var image = predictor.embed(PICTURE);
        sam.close();
        for (Runnable late : List.<Runnable>of(() -> predictor.best(image, Prompt.click(40, 30)), () -> predictor.embed(PICTURE),
                () -> new SamPredictor(sam)))
            assertEquals("this Sam was closed, and its weights are freed: load it again, or close it when all predictions are made",
                    assertThrows(IllegalStateException.class, late::run).getMessage());
    }
}
