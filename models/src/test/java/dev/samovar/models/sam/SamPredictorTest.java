package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.PictureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class SamPredictorTest {
    private static final Safetensors GOLDEN = Golden.open("sam-tiny/predictor.safetensors");
    private static final Sam SAM = Sam.load(Golden.open("sam-tiny/sam-tiny.safetensors"), Device.cpu());
    private static final Picture PICTURE = picture();
    private static final SamPredictor PREDICTOR = new SamPredictor(SAM);
    private static final EmbeddedImage IMAGE = PREDICTOR.embed(PICTURE);

    @TempDir
    Path folder;

    static Picture picture() {
        Volume volume = PictureFile.volume(Golden.path("sam-tiny/picture.png"));
        return new Slices(volume.geometry(), 2).cut(volume, 0);
    }

    @AfterAll
    static void free() {
        SAM.close();
        GOLDEN.close();
    }

    @Test
    void everyPixelOfTheResizedPictureEqualsTheReferences() {
        Picture resized = new ResizeLongestSide(128).apply(PICTURE);
        var bytes = GOLDEN.bytes("resized_uint8");
        int n = resized.height() * resized.width();
        assertArrayEquals(GOLDEN.shape("resized_uint8").dims(), new int[]{resized.height(), resized.width(), 3});
        for (int i = 0; i < 3 * n; i++)
            assertEquals(bytes.get() & 0xFF, resized.pixels()[i % 3 * n + i / 3], "channel " + i % 3 + " of pixel " + i / 3);
    }

    @Test
    void theEmbeddingEqualsTheReferences() {
        try (var _ = Scope.open()) {
            Golden.assertClose("embedding", GOLDEN.floats("embedding"), IMAGE.tensor(SAM.device()).toArray(), 1e-5);
        }
    }

    @Test
    void anEmbeddingKnowsItsWeightsAfterTheModelIsClosed() {
        EmbeddedImage image;
        try (Sam sam = Sam.load(Golden.open("sam-tiny/sam-tiny.safetensors"), Device.cpu())) {
            image = new SamPredictor(sam).embed(PICTURE);
        }
        assertEquals(SAM.fingerprint(), image.weights());
        PREDICTOR.check(image);
    }

    @Test
    void twoPointsGiveTheReferencesThreeMasks() {
        assertGolden("points", PREDICTOR.predict(IMAGE, points(2), true));
    }

    @Test
    void aBoxGivesTheReferencesOneMask() {
        float[] box = GOLDEN.floats("box");
        assertGolden("box", PREDICTOR.predict(IMAGE, Prompt.box(box[0], box[1], box[2], box[3]), false));
    }

    @Test
    void theFirstMasksLogitsRefineTheNextPrediction() {
        var first = PREDICTOR.predict(IMAGE, points(2), true).getFirst();
        var refined = PREDICTOR.predict(IMAGE, points(1).and(first.lowRes()), false);
        assertClose("refine", refined);
        float[] logits = PREDICTOR.logits(IMAGE, refined.getFirst().lowRes());
        Golden.assertClose("refine.logits", GOLDEN.floats("refine.logits"), logits, 1e-4);
        for (int i = 0; i < logits.length; i++) assertEquals(logits[i] > 0, refined.getFirst().mask().pixels()[i]);
    }

    private static Prompt points(int n) {
        float[] xy = GOLDEN.floats("points"), labels = GOLDEN.floats("labels");
        List<Prompt.Point> points = new ArrayList<>();
        for (int i = 0; i < n; i++) points.add(new Prompt.Point(xy[2 * i], xy[2 * i + 1], (int) labels[i]));
        return new Prompt.Points(points);
    }

    private static void assertGolden(String name, List<Candidate> candidates) {
        assertClose(name, candidates);
        var masks = GOLDEN.bytes(name + ".masks");
        for (Candidate candidate : candidates) {
            int wrong = 0;
            for (boolean pixel : candidate.mask().pixels()) if (pixel != (masks.get() != 0)) wrong++;
            assertTrue(wrong <= 2, name + ": " + wrong + " pixels of a mask differ");
        }
        assertEquals(0, masks.remaining(), name);
    }

    private static void assertClose(String name, List<Candidate> candidates) {
        float[] scores = GOLDEN.floats(name + ".scores"), lowRes = GOLDEN.floats(name + ".low_res");
        assertEquals(scores.length, candidates.size(), name);
        float[] found = new float[scores.length], logits = new float[lowRes.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = candidates.get(i).iou();
            System.arraycopy(candidates.get(i).lowRes().logits(), 0, logits, i * 32 * 32, 32 * 32);
        }
        Golden.assertClose(name + ".scores", scores, found, 1e-4);
        Golden.assertClose(name + ".low_res", lowRes, logits, 1e-4);
    }

    @Test
    void manyThreadsGetTheAnswersThatOneGets() throws InterruptedException, ExecutionException {
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < 24; i++) prompts.add(Prompt.click(10 + 10 * i, 5 + 7 * i));
        List<List<Candidate>> alone = prompts.stream().map(p -> PREDICTOR.predict(IMAGE, p, true)).toList();
        assertEquals(alone, PREDICTOR.predict(IMAGE, prompts, true), "all in one batch");
        var shared = new SamPredictor(SAM);
        shared.setImage(IMAGE);
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<List<Candidate>>> answers = threads
                    .invokeAll(prompts.stream().<Callable<List<Candidate>>>map(p -> () -> shared.predict(p, true)).toList());
            for (int i = 0; i < answers.size(); i++) assertEquals(alone.get(i), answers.get(i).get(), "click " + i);
        }
    }

    @Test
    void anEmbeddingIsSavedAndLoadedAndAnswersAlike() throws IOException {
        Path file = folder.resolve("image.safetensors");
        assertThrows(IllegalArgumentException.class, () -> IMAGE.withPicture(new Picture(1, 2, 3, new float[6])));
        IMAGE.save(file, PICTURE);
        var loaded = EmbeddedImage.load(file);
        var predictor = new SamPredictor(SAM);
        predictor.setImage(loaded);
        assertEquals(PREDICTOR.predict(IMAGE, points(2), true), predictor.predict(points(2), true));
        assertEquals(SamPredictor.digest(PICTURE), loaded.picture());
        float[] changed = PICTURE.pixels().clone();
        changed[0] = 255 - changed[0];
        assertTrue(loaded.isOf(PICTURE) && !loaded.isOf(new Picture(3, PICTURE.height(), PICTURE.width(), changed)) && !IMAGE.isOf(PICTURE)
                && IMAGE.withPicture(PICTURE).isOf(PICTURE));

        try (Sam other = Sam.load(Golden.open("sam-tiny/sam-tiny-trained.safetensors"), Device.cpu())) {
            assertSays("other weights", assertThrows(FormatException.class, () -> new SamPredictor(other).setImage(loaded)));
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertSays("seal", assertThrows(FormatException.class, () -> EmbeddedImage.load(file)));
        String why = assertThrows(FormatException.class, () -> EmbeddedImage.load(Golden.path("sam-tiny/encoder.safetensors"))).getMessage();
        assertTrue(why.contains("encoder.safetensors"), why);
    }

    @Test
    void aGreyPictureIsOneOfThreeEqualColours() {
        int n = PICTURE.height() * PICTURE.width();
        float[] grey = new float[n], three = new float[3 * n], opaque = new float[2 * n];
        System.arraycopy(PICTURE.pixels(), 0, grey, 0, n);
        for (int c = 0; c < 3; c++) System.arraycopy(grey, 0, three, c * n, n);
        var of1 = PREDICTOR.embed(new Picture(1, PICTURE.height(), PICTURE.width(), grey));
        var of3 = PREDICTOR.embed(new Picture(3, PICTURE.height(), PICTURE.width(), three));
        assertEquals(PREDICTOR.predict(of3, points(2), true), PREDICTOR.predict(of1, points(2), true));
        System.arraycopy(grey, 0, opaque, 0, n);
        var of2 = PREDICTOR.embed(new Picture(2, PICTURE.height(), PICTURE.width(), opaque));
        assertEquals(PREDICTOR.predict(of3, points(2), true), PREDICTOR.predict(of2, points(2), true), "opacity does not matter");
    }

    @Test
    void promptsOfNothingAreAnsweredAlike() {
        Prompt nothing = new Prompt.Combination(null, null, null);
        List<List<Candidate>> answers = PREDICTOR.predict(IMAGE, List.of(nothing, nothing), true);
        assertEquals(List.of(answers.getFirst(), answers.getFirst()), answers);
        assertEquals(3, answers.getFirst().size());
        assertEquals(List.of(), PREDICTOR.predict(IMAGE, List.of(), true));
    }

    @Test
    void picturesOfEqualPixelsInAnotherShapeAreOthers() {
        assertNotEquals(SamPredictor.digest(new Picture(1, 2, 3, new float[6])), SamPredictor.digest(new Picture(1, 3, 2, new float[6])));
    }

    @Test
    void whatMeansNothingIsRefusedInASentence() {
        refused("lies outside of the picture, which is 267 wide and 178 high", () -> PREDICTOR.predict(IMAGE, Prompt.click(267.5, 3), true));
        refused("lies outside", () -> PREDICTOR.predict(IMAGE, Prompt.box(-1, 0, 5, 5), true));
        refused("lies outside", () -> PREDICTOR.predict(IMAGE, Prompt.click(Double.NaN, 3), true));
        refused("ends before it begins", () -> Prompt.box(10, 0, 9, 5));
        refused("1 says that it is on the thing, 0 that it is not", () -> new Prompt.Point(1, 1, 2));
        refused("no point", () -> Prompt.points());
        refused("one box", () -> Prompt.box(0, 0, 1, 1).and(Prompt.box(0, 0, 2, 2)));
        refused("where this model takes 32 × 32", () -> PREDICTOR.predict(IMAGE, new Prompt.LowRes(16, new float[256]), true));
        refused("must be alike", () -> PREDICTOR.predict(IMAGE, List.of(points(1), points(2)), true));
        refused("must be alike", () -> PREDICTOR.predict(IMAGE, List.of(points(1), points(1).and(Prompt.box(0, 0, 9, 9))), true));
        refused("must be alike", () -> PREDICTOR.predict(IMAGE, List.of(points(1), points(1).and(new Prompt.LowRes(32, new float[1024]))), true));
        assertThrows(IllegalStateException.class, () -> new SamPredictor(SAM).predict(points(1), true));
        assertThrows(IllegalArgumentException.class, () -> PREDICTOR.embed(new Picture(1, 1, 1, new float[]{256})));
    }

    private static void refused(String saying, Executable what) {
        assertSays(saying, assertThrows(PromptException.class, what));
    }

    private static void assertSays(String what, Exception e) {
        assertTrue(String.valueOf(e.getMessage()).contains(what), e.getMessage());
    }
}
