package dev.samovar.models.edit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.data.Reading;
import dev.samovar.models.edit.SliceEmbeddings.Place;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Embeddings are those of the predictor, whether they come from memory or from a file, or were computed ahead.
class SliceEmbeddingsTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsKeptIsWhatThePredictorGives() throws IOException, InterruptedException {
        Geometry grid = Geometry.of(20, 16, 4, 1, 1, 3);
        float[] voxels = new float[grid.voxels()];
        for (int v = 0; v < voxels.length; v++) voxels[v] = v * 31 % 997;
        Nifti.write(folder.resolve("scan.nii"), new Volume(grid, voxels));
        OpenedImage image = OpenedImage.open("scan", List.of(folder.resolve("scan.nii")), Reading.PLAIN);
        Path cache = folder.resolve("cache");
        BlockingQueue<Place> ahead = new LinkedBlockingQueue<>();
        try (var weights = Safetensors.open(Golden.path("sam-tiny/sam-tiny.safetensors")); Sam sam = Sam.load(weights, Device.cpu(2))) {
            SamPredictor predictor = new SamPredictor(sam);
            Place place = new Place(image, 2, 1);
            float[] expected = logits(predictor, predictor.embed(image.seen(2, 1)));
            try (var embeddings = new SliceEmbeddings(predictor, Place::bright, sam.fingerprint(), cache, 2, ahead::add)) {
                assertFalse(embeddings.has(place));
                EmbeddedImage made = embeddings.of(place);
                assertArrayEquals(expected, logits(predictor, made));
                assertSame(made, embeddings.of(place), "it is held");
                embeddings.ahead(List.of(new Place(image, 2, 2), new Place(image, 0, 3)));
                assertEquals(new Place(image, 2, 2), ahead.poll(60, TimeUnit.SECONDS));
                assertEquals(new Place(image, 0, 3), ahead.poll(60, TimeUnit.SECONDS));
                assertTrue(embeddings.has(new Place(image, 0, 3)));
                assertFalse(embeddings.has(place), "at most two are held");
            }
            try (Stream<Path> files = Files.list(cache)) {
                assertEquals(3, files.count());
            }
            try (var again = new SliceEmbeddings(predictor, Place::bright, sam.fingerprint(), cache, 2, _ -> {})) {
                assertArrayEquals(expected, logits(predictor, again.of(place)));
            }
            damage(cache);
            try (var again = new SliceEmbeddings(predictor, Place::bright, sam.fingerprint(), cache, 2, _ -> {})) {
                assertArrayEquals(expected, logits(predictor, again.of(place)), "damaged files are computed again");
            }
        }
    }

    private static float[] logits(SamPredictor predictor, EmbeddedImage image) {
        return predictor.best(image, Prompt.click(8, 7)).lowRes().logits();
    }

    private static void damage(Path cache) throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            for (Path file : files.toList()) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length - 5] ^= 1;
                Files.write(file, bytes);
            }
        }
    }
}
