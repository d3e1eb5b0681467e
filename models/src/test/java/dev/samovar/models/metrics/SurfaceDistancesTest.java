package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SurfaceDistancesTest {
    private static final Json GOLDEN = golden();                            // by medpy

    private static Json golden() {
        try (var in = SurfaceDistancesTest.class.getResourceAsStream("metrics.json")) {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "metrics.json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void picturesScoreAsInTheReference() {
        for (Json golden : GOLDEN.at("cases2d").list()) {
            LabelVolume prediction = picture(golden.at("pred").string(), 1, 1), truth = picture(golden.at("gt").string(), 1, 1);
            assertScores(golden, "", prediction, truth);
            SurfaceDistances surfaces = SurfaceDistances.of(prediction, truth, 1, 2);
            double toTruth = golden.at("asd_pred_to_gt").number(), toPrediction = golden.at("asd_gt_to_pred").number();
            assertEquals(toTruth, surfaces.toTruth(), 1e-7);
            assertEquals(toPrediction, surfaces.toPrediction(), 1e-7);
            assertDistances(golden, "_spacing_2_1", picture(golden.at("pred").string(), 1, 2), picture(golden.at("gt").string(), 1, 2));
        }
    }

    @Test
    void volumesScoreAsInTheReference() {
        Json golden = GOLDEN.at("case3d");
        for (int dz : new int[]{1, 3}) {
            Geometry grid = Geometry.of(22, 20, 6, 1, 1, dz);
            LabelVolume p = new LabelVolume(grid, new byte[grid.voxels()]), t = new LabelVolume(grid, new byte[grid.voxels()]);
            for (int i = 0; i < grid.voxels(); i++) {
                int x = i % 22, y = i / 22 % 20, z = i / 440;
                p.classes()[i] = (byte) ((y - 9) * (y - 9) + (x - 10) * (x - 10) + 3 * (z - 2) * (z - 2) < 36 ? 1 : 0);
                t.classes()[i] = (byte) ((y - 10) * (y - 10) + (x - 12) * (x - 12) + 3 * (z - 3) * (z - 3) < 42 ? 1 : 0);
            }
            if (dz == 1) assertScores(golden, "", p, t);
            assertDistances(golden, dz == 1 ? "" : "_spacing_3_1_1", p, t);
            assertEquals(golden.at(dz == 1 ? "hd" : "hd_spacing_3_1_1").number(), SurfaceDistances.of(p, t, 1, 2).hd(), 1e-6);
        }
    }

    private static void assertScores(Json golden, String suffix, LabelVolume prediction, LabelVolume truth) {
        CaseScores scores = CaseScores.of("golden", prediction, truth);
        assertEquals(golden.at("dice").number(), scores.score(Metric.DICE, 1), 1e-8);
        assertEquals(golden.at("jaccard").number(), scores.score(Metric.IOU, 1), 1e-8);
        assertEquals(golden.at("hd").number(), scores.of(1).surfaces().hd(), 1e-6);
        assertDistances(golden, suffix, prediction, truth);
    }

    private static void assertDistances(Json golden, String suffix, LabelVolume prediction, LabelVolume truth) {
        CaseScores scores = CaseScores.of("golden", prediction, truth);
        assertEquals(golden.at("hd95" + suffix).number(), scores.score(Metric.HD95, 1), 1e-6);
        assertEquals(golden.at("assd" + suffix).number(), scores.score(Metric.ASSD, 1), 1e-7);
    }

    private static LabelVolume picture(String rows, double dx, double dy) {
        int width = rows.indexOf('/');
        byte[] classes = rows.replace("/", "").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (classes[i] - '0');
        return new LabelVolume(Geometry.of(width, classes.length / width, 1, dx, dy, 5), classes);
    }

    @Test
    void distancesEqualThoseOfAllPairsOfVoxels() {
        int defined = 0;
        for (int seed = 0; seed < 2000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Geometry grid = Geometry.of(side(random), side(random), side(random), spacing(random), spacing(random), spacing(random));
            LabelVolume p = mask(grid, random), t = mask(grid, random);
            double tolerance = 3 * random.nextDouble();
            List<double[]> ps = surface(p), ts = surface(t);
            SurfaceDistances found = SurfaceDistances.of(p, t, 1, tolerance);
            if (ps.isEmpty() || ts.isEmpty()) {
                assertEquals(SurfaceDistances.NONE, found, "seed " + seed);
                continue;
            }
            defined++;
            double[] toTruth = distances(ps, ts), toPrediction = distances(ts, ps);
            double[] all = DoubleStream.concat(Arrays.stream(toTruth), Arrays.stream(toPrediction)).sorted().toArray();
            double place = 0.95 * (all.length - 1), low = all[(int) Math.floor(place)], high = all[(int) Math.ceil(place)];
            String where = "seed " + seed + ", " + grid;
            assertEquals(all[all.length - 1], found.hd(), 1e-9, where);
            assertEquals(low + (place - Math.floor(place)) * (high - low), found.hd95(), 1e-9, where);
            assertEquals(Arrays.stream(all).average().orElseThrow(), found.assd(), 1e-9, where);
            assertEquals(Arrays.stream(toTruth).average().orElseThrow(), found.toTruth(), 1e-9, where);
            assertEquals(Arrays.stream(toPrediction).average().orElseThrow(), found.toPrediction(), 1e-9, where);
            assertEquals(Arrays.stream(all).filter(d -> d <= tolerance).count() / (double) all.length, found.nsd(), where);
        }
        assertTrue(defined >= 1000, defined + " of them have two surfaces");
    }

    private static int side(SplittableRandom random) {
        return random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(9);
    }

    private static double spacing(SplittableRandom random) {
        return random.nextInt(3) == 0 ? 1 : 0.1 + 5 * random.nextDouble();
    }

    /// Class 1 is empty, one voxel, everything, a box, or sparse or dense noise; class 2 is beside it.
    private static LabelVolume mask(Geometry grid, SplittableRandom random) {
        byte[] classes = new byte[grid.voxels()];
        int kind = random.nextInt(8), x0 = random.nextInt(grid.nx()), y0 = random.nextInt(grid.ny()), z0 = random.nextInt(grid.nz());
        double density = random.nextDouble();
        for (int i = 0; i < classes.length; i++) {
            int x = i % grid.nx(), y = i / grid.nx() % grid.ny(), z = i / grid.nx() / grid.ny();
            boolean in = switch (kind) {
                case 0 -> false;
                case 1 -> x == x0 && y == y0 && z == z0;
                case 2 -> true;
                case 3, 4 -> x >= x0 && x < x0 + 5 && y >= y0 && y < y0 + 5 && z >= z0 && z < z0 + 5;
                default -> random.nextDouble() < density;
            };
            classes[i] = (byte) (in ? 1 : random.nextInt(2) * 2);
        }
        return new LabelVolume(grid, classes);
    }

    /// The positions of the voxels of class 1 with a neighbour that is not, along an axis of more than one voxel.
    private static List<double[]> surface(LabelVolume labels) {
        Geometry grid = labels.geometry();
        List<double[]> surface = new ArrayList<>();
        for (int i = 0; i < grid.voxels(); i++) {
            int[] at = {i % grid.nx(), i / grid.nx() % grid.ny(), i / grid.nx() / grid.ny()};
            boolean border = grid.voxels() == 1;
            for (int axis = 0; axis < 3; axis++) for (int step = -1; step <= 1; step += 2) {
                int[] next = at.clone();
                next[axis] += step;
                boolean out = next[axis] < 0 || next[axis] >= grid.dim(axis);
                if (grid.dim(axis) > 1 && (out || labels.at(next[0], next[1], next[2]) != 1)) border = true;
            }
            if (border && labels.at(at[0], at[1], at[2]) == 1)
                surface.add(new double[]{at[0] * grid.spacing(0), at[1] * grid.spacing(1), at[2] * grid.spacing(2)});
        }
        return surface;
    }

    private static double[] distances(List<double[]> from, List<double[]> to) {
        return from.stream().mapToDouble(a -> to.stream().mapToDouble(b -> Math.sqrt(Math.pow(a[0] - b[0], 2) + Math.pow(a[1] - b[1], 2)
                + Math.pow(a[2] - b[2], 2))).min().orElseThrow()).toArray();
    }

    @Test
    void anObliqueVolumeIsMeasuredAlongItsAxes() {
        double c = Math.cos(0.5), s = Math.sin(0.5);
        Geometry oblique = Geometry.of(9, 8, 7, new double[][]{{c, -2 * s, 0, 10}, {s, 2 * c, 0, -20}, {0, 0, 3, 30}});
        SplittableRandom random = new SplittableRandom(6);
        LabelVolume p = mask(Geometry.of(9, 8, 7, 1, 2, 3), random), t = mask(p.geometry(), random);
        SurfaceDistances straight = SurfaceDistances.of(p, t, 1, 2);
        SurfaceDistances turned = SurfaceDistances.of(new LabelVolume(oblique, p.classes()), new LabelVolume(oblique, t.classes()), 1, 2);
        assertTrue(straight.hd95() > 0, straight.toString());
        assertEquals(straight.hd95(), turned.hd95(), 1e-6);
        assertEquals(straight.assd(), turned.assd(), 1e-6);
        assertEquals(straight.nsd(), turned.nsd());
    }

    @Test
    void aSurfaceAtTheToleranceIsWithinItHoweverItsSpacingIsRounded() {
        for (double spacing : new double[]{0.1, 0.7, 1, 1.1, 2}) {
            LabelVolume p = line(spacing, 1), t = line(spacing, 3);
            assertEquals(1, SurfaceDistances.of(p, t, 1, 2 * spacing).nsd(), "two voxels of " + spacing);
            assertEquals(0, SurfaceDistances.of(p, t, 1, 1.999 * spacing).nsd(), "two voxels of " + spacing);
        }
        assertEquals(1, SurfaceDistances.of(line(1, 3), line(1, 3), 1, 0).nsd());
    }

    private static LabelVolume line(double spacing, int at) {
        byte[] classes = new byte[8];
        classes[at] = 1;
        return new LabelVolume(Geometry.of(8, 1, 1, spacing, 1, 1), classes);
    }

    @Test
    void aSmallStructureInALargeVolumeTakesNoMemoryToSpeakOf() {
        Geometry grid = Geometry.of(200, 200, 200, 1, 1, 1);
        LabelVolume p = new LabelVolume(grid, new byte[grid.voxels()]), t = new LabelVolume(grid, new byte[grid.voxels()]);
        for (int z = 180; z < 200; z++) for (int i = 0; i < 400; i++) {
            p.classes()[(z * 200 + 30 + i / 20) * 200 + 50 + i % 20] = 1;
            t.classes()[(z * 200 + 31 + i / 20) * 200 + 50 + i % 20] = 1;
        }
        CaseScores.of("once", p, t);
        long bytes = Allocation.of(() -> assertEquals(1, CaseScores.of("large", p, t).score(Metric.HD95, 1)));
        assertTrue(bytes < 500_000, bytes + " bytes");
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        LabelVolume one = line(1, 1), other = line(2, 1);
        assertThrows(FormatException.class, () -> SurfaceDistances.of(one, other, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> SurfaceDistances.of(one, one, 0, 2));
        assertThrows(IllegalArgumentException.class, () -> SurfaceDistances.of(one, one, 256, 2));
        assertEquals(SurfaceDistances.NONE, SurfaceDistances.of(one, one, 255, 2));
    }
}
