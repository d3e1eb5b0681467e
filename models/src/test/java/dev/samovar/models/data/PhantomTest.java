package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.format.Nifti;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhantomTest {
    private static final int RIGHT = 1, MYOCARDIUM = 2, LEFT = 3;

    @TempDir
    private Path folder;

    @Test
    void theSameSeedDrawsTheSameHeartsForEver() {
        List<Sample> patient = Phantom.patient(1, 1);
        Sample last = patient.getLast();
        assertEquals(List.of("patient001_frame01", "patient001_frame11"), patient.stream().map(Sample::name).toList());
        assertEquals("eede5deb7a50e304c6b82a39fc40ccd9d02850b0713011db425c4269d1e7ddde",
                Sha256.of(last.orientation().toOriginal(last.image()).voxels()));
        assertEquals(last.label(), Phantom.patient(1, 1).getLast().label());
        Set<String> different = new HashSet<>();
        for (int number = 1; number <= 2; number++)
            for (long seed = 1; seed <= 2; seed++)
                for (Sample frame : Phantom.patient(seed, number))
                    different.add(Sha256.of(frame.image().voxels()));
        assertEquals(8, different.size());
        assertThrows(IllegalArgumentException.class, () -> Phantom.patient(1, 0));
    }

    @Test
    void aFolderOfPhantomsIsASoundDataset() {
        for (int number = 1; number <= 2; number++) Phantom.write(folder, 5, number);
        Inspection inspection = Inspection.of(Dataset.open(folder), one -> {});
        assertEquals(List.of(), inspection.faults());
        assertEquals(List.of(), inspection.remarks());
        assertEquals(List.of(4, 2), List.of(inspection.cases(), inspection.patients()));
        assertEquals(List.of("background", "RV", "Myo", "LV"), inspection.classes().stream().map(Inspection.Content::name).toList());
        Sample drawn = Phantom.patient(5, 2).getLast();
        Path patient = folder.resolve("patient002");
        assertEquals(Sha256.of(drawn.image().voxels()),
                Sha256.of(drawn.orientation().toCanonical(Nifti.read(patient.resolve(drawn.name() + ".nii.gz"))).voxels()));
        LabelVolume written = Nifti.readLabels(patient.resolve(drawn.name() + "_gt.nii.gz"));
        assertEquals("LPI", written.geometry().orientation());
        assertEquals(drawn.label(), drawn.orientation().toCanonical(written));
    }

    /// Six phantoms behave like hearts, with values in the human range.
    @Test
    void aHeartContractsItsMuscleStaysAndItsCavityIsClosed() {
        for (int number = 1; number <= 6; number++) {
            List<Sample> frames = Phantom.patient(20261121, number);
            Geometry geometry = frames.getFirst().image().geometry();
            String who = "patient " + number + ", " + geometry;
            assertTrue(geometry.spacing(0) >= 1.3 && geometry.spacing(0) <= 1.8 && geometry.spacing(2) >= 8 && geometry.spacing(2) <= 10, who);
            assertTrue(geometry.nx() >= 120 && geometry.nx() <= 160 && geometry.nz() >= 7 && geometry.nz() <= 13, who);
            assertEquals(2, geometry.sliceAxis());
            assertTrue(geometry.difference(frames.getLast().label().geometry()).isEmpty());
            double[] filled = millilitres(frames.getFirst()), contracted = millilitres(frames.getLast());
            double ejected = 1 - contracted[LEFT] / filled[LEFT], muscle = contracted[MYOCARDIUM] / filled[MYOCARDIUM];
            assertTrue(filled[LEFT] > 40 && filled[LEFT] < 200, who + ": " + filled[LEFT] + " ml");
            assertTrue(ejected > 0.25 && ejected < 0.85, who + ": " + ejected + " ejected");
            assertTrue(muscle > 0.75 && muscle < 1.3, who + ": " + muscle + " of the muscle");
            assertTrue(contracted[RIGHT] < 0.9 * filled[RIGHT], who + ": " + contracted[RIGHT] + " of " + filled[RIGHT]
                    + " ml on the right");
            for (Sample frame : frames) {
                assertClosed(frame.label(), who);
                assertTrue(mean(frame, LEFT) > 1.7 * mean(frame, MYOCARDIUM), who);
                assertTrue(isEmpty(frame.label(), geometry.nz() - 1), who + ": the base is above the heart");
            }
        }
    }

    private static double[] millilitres(Sample sample) {
        Geometry g = sample.image().geometry();
        double[] volumes = new double[4];
        for (byte c : sample.label().classes()) volumes[c] += g.spacing(0) * g.spacing(1) * g.spacing(2) / 1000;
        return volumes;
    }

    private static double mean(Sample sample, int label) {
        float[] voxels = sample.image().voxels();
        byte[] classes = sample.label().classes();
        double sum = 0;
        int n = 0;
        for (int i = 0; i < classes.length; i++) if (classes[i] == label) {
            sum += voxels[i];
            n++;
        }
        return sum / n;
    }

    private static void assertClosed(LabelVolume label, String who) {
        Geometry g = label.geometry();
        for (int k = 0; k < g.nz(); k++)
            for (int j = 1; j < g.ny() - 1; j++)
                for (int i = 1; i < g.nx() - 1; i++)
                    if (label.at(i, j, k) == LEFT)
                        for (int n = 0; n < 4; n++) {
                            int c = label.at(i + (n - 1) % 2, j + (n - 2) % 2, k);
                            assertTrue(c == LEFT || c == MYOCARDIUM, () -> who + ": the left ventricle touches class " + c);
                        }
    }

    private static boolean isEmpty(LabelVolume label, int slice) {
        for (byte c : new Slices(label.geometry(), 2).cut(label, slice)) if (c != 0) return false;
        return true;
    }
}
