package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Reading;
import dev.samovar.models.edit.OpenedImage;
import dev.samovar.models.edit.Runs;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A volume over HTTP: its three planes, and masks that are followed through slices.
@Order(1)
class VolumeTest {
    private static final String CASE = "/api/cases/scan";
    private static final int NX = 40, NY = 32, NZ = 8;

    @TempDir
    private Path folder;

    private Path file;
    private Engine engine;
    private OpenedImage image;
    private Browser browser;

    /// A bright ball in a volume whose axes run to the left, to the back and upwards.
    @BeforeEach
    void open() throws IOException, InterruptedException {
        Geometry grid = Geometry.of(NX, NY, NZ, new double[][]{{-1, 0, 0, 20}, {0, -1, 0, 10}, {0, 0, 3, -5}});
        float[] voxels = new float[grid.voxels()];
        for (int v = 0; v < voxels.length; v++) {
            int i = v % NX, j = v / NX % NY, k = v / NX / NY;
            double r = Math.hypot(Math.hypot(i - 20, j - 15), 3 * (k - 4));
            voxels[v] = (r < 9 ? 900 : 100) + (i * 7 + j * 3 + k) % 13 - 200;
        }
        file = folder.resolve("scan.nii.gz");
        Nifti.write(file, new Volume(grid, voxels));
        engine = Browser.engine(folder);
        browser = Browser.on(file, folder.resolve("work"), engine);
        image = OpenedImage.open("scan", List.of(file), Reading.PLAIN);
    }

    @AfterEach
    void close() {
        browser.close();
        engine.sam().close();
    }

    private byte[] slice(int axis, int index) {
        Slices slices = image.slices(axis);
        return Runs.values(browser.get(CASE + "/labels/" + axis + "/" + index).at("runs").integers(), slices.height() * slices.width());
    }

    @Test
    void threePlanesShowTheNumbersOfTheFile() {
        Json shown = browser.get(CASE);
        assertEquals("volume", shown.at("kind").string());
        Volume stored = Volumes.read(file);
        double offset = shown.at("stored").at("offset").number(), scale = shown.at("stored").at("scale").number();
        List<Json> planes = shown.at("planes").list();
        assertEquals(List.of("axial", "coronal", "sagittal"), planes.stream().map(plane -> plane.at("name").string()).toList());
        for (Json plane : planes) {
            int axis = plane.at("axis").integer(), w = plane.at("width").integer(), h = plane.at("height").integer();
            int index = plane.at("count").integer() / 3;
            var numbers = ByteBuffer.wrap(browser.bytes(CASE + "/slice/" + axis + "/" + index)).order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer();
            assertEquals(w * h, numbers.remaining());
            for (int row = 0; row < h; row++) for (int column = 0; column < w; column++) {
                int x = axis == 0 ? index : column, y = axis == 1 ? index : axis == 0 ? column : row, z = axis == 2 ? index : row;
                float there = stored.at(NX - 1 - x, NY - 1 - y, z);                 // x runs to the right in the canonical volume and to the left in the file
                assertEquals(there, offset + scale * (numbers.get(row * w + column) & 0xFFFF));
            }
        }
        assertEquals("{\"left\":\"L\",\"right\":\"R\",\"top\":\"P\",\"bottom\":\"A\"}", planes.getFirst().at("letters").toString());
        double[] world = image.grid().world(3, 4, 5);
        for (int r = 0; r < 3; r++) {
            double[] row = shown.at("affine").list().get(r).numbers();
            assertEquals(world[r], 3 * row[0] + 4 * row[1] + 5 * row[2] + row[3], 1e-6);
        }
        byte[] all = browser.bytes(CASE + "/voxels?from=2&to=3"), second = browser.bytes(CASE + "/slice/2/3");
        assertEquals(2 * second.length, all.length);
        for (int i = 0; i < second.length; i++) assertEquals(second[i], all[second.length + i]);
    }

    @Test
    void aMaskGoesUpAndDownAsByTheLibrary() throws InterruptedException {
        SamPredictor predictor = new SamPredictor(engine.sam());
        for (int axis : new int[]{2, 1}) {
            Slices slices = image.slices(axis);
            int start = slices.count() / 2;
            var through = new VolumePredictor(predictor, image.bright(), slices);
            browser.post(CASE + "/edit", "{'action':'add-object'}");
            int object = browser.get(CASE).at("objects").list().size();
            browser.post(CASE + "/prompt", "{'object':" + object + ",'axis':" + axis + ",'index':" + start + ",'box':[8,2,30,7]}");
            Mask mask = through.masks(start, List.of(Prompt.box(8, 2, 30, 7))).getFirst();
            LabelVolume expected = through.propagate(start, List.of(mask), new VolumePredictor.Stop(0.2, 1), start - 2, slices.count() - 1,
                    _ -> {});
            assertEquals("done", browser.work(CASE + "/propagate", "{'object':" + object + ",'axis':" + axis + ",'index':" + start
                    + ",'stop':0.2,'first':" + (start - 2) + "}"));
            int found = 0;
            for (int s = 0; s < slices.count(); s++) {
                byte[] shown = slice(axis, s), labels = slices.cut(expected, s);
                for (int i = 0; i < shown.length; i++) {
                    boolean mine = shown[i] == object, free = shown[i] == 0 || mine;
                    if (free) assertEquals(labels[i] == 1, mine, "slice " + s + ", pixel " + i);
                }
                if (Mask.of(1, slices.height(), slices.width(), labels).area() > 0) found++;
            }
            assertTrue(found > 1, "the test needs a mask that continues in other slices");
            browser.post(CASE + "/edit", "{'action':'undo'}");
            assertEquals(0, Mask.of(object, slices.height(), slices.width(), slice(axis, start + 1)).area());
        }
    }

    @Test
    void aBoxInThreeDimensionsAndWhatLiesBetweenSlices() throws InterruptedException {
        Slices slices = image.slices(2);
        var through = new VolumePredictor(new SamPredictor(engine.sam()), image.bright(), slices);
        LabelVolume expected = through.segment(List.of(new VolumePrompt(Prompt.box(8, 6, 30, 27), 2, 5)), _ -> {});
        assertEquals("done", browser.work(CASE + "/box", "{'object':1,'axis':2,'from':5,'to':2,'box':[8,6,30,27]}"));
        for (int s = 0; s < NZ; s++) assertArrayEquals(slices.cut(expected, s), slice(2, s), "slice " + s);
        browser.post(CASE + "/edit", "{'action':'clear','object':1}");
        for (int s : new int[]{1, 5})
            browser.post(CASE + "/edit", "{'action':'brush','object':1,'axis':2,'index':" + s + ",'radius':" + (s + 4)
                    + ",'path':[[15,15]]}");
        browser.post(CASE + "/edit", "{'action':'between','object':1,'axis':2,'from':1,'to':5}");
        assertEquals("{\"1\":[1,2,3,4,5]}", browser.get(CASE + "/slices/2").at("objects").toString());
        assertEquals(7 * 7 * Math.PI, Mask.of(1, NY, NX, slice(2, 3)).area(), 8);
        browser.saved("scan");
        LabelVolume kept = Volumes.readLabels(folder.resolve("work/labels/scan.nii.gz"));
        assertEquals(1, kept.at(NX - 1 - 15, NY - 1 - 15, 3), "on the grid of the file");
    }

    /// What is not a finite number is left out of the range.
    @Test
    void holesInAnImageAreShown() throws IOException, InterruptedException {
        float[] voxels = new float[NX * NY * NZ];
        for (int v = 0; v < voxels.length; v++) voxels[v] = v % 100;
        voxels[3] = Float.NaN;
        voxels[4] = Float.POSITIVE_INFINITY;
        Pixels pixels = new Pixels(new Volume(Geometry.of(NX, NY, NZ, 1, 1, 1), voxels));
        assertEquals(List.of(0f, 99f, 1.0), List.of(pixels.min(), pixels.max(), pixels.scale()));
        assertEquals(99, pixels.slice(2, 0)[2 * 4]);
        Path holes = folder.resolve("holes.nii");
        Nifti.write(holes, new Volume(Geometry.of(NX, NY, NZ, 1, 1, 1), voxels));
        try (Browser shown = Browser.on(holes, folder.resolve("other"), null)) {
            assertEquals(99, shown.get("/api/cases/holes").at("range").numbers()[1]);
        }
    }

    @Test
    void workCanBeStopped() throws InterruptedException {
        browser.post(CASE + "/prompt", "{'object':1,'axis':1,'index':16,'box':[8,2,30,7]}");
        String job = browser.post(202, CASE + "/propagate", Browser.json("{'object':1,'axis':1,'index':16,'stop':0}")).at("job").string();
        browser.post("/api/jobs/" + job + "/stop", "{}");
        String end = browser.end(job);
        assertTrue(end.equals("stopped") || end.equals("done"), end);
        assertEquals(404, browser.status("/api/jobs/nothing"));
    }

    @Test
    void neighboursAreComputedAhead() throws InterruptedException {
        assertEquals(false, browser.post(202, CASE + "/ahead", Browser.json("{'axis':2,'index':4}")).at("ready").truth());
        for (int n = 0; n < 1000; n++) {
            if (browser.post(202, CASE + "/ahead", Browser.json("{'axis':2,'index':5}")).at("ready").truth()) return;
            Thread.sleep(5);
        }
        throw new AssertionError("the embedding was never ready");
    }
}
