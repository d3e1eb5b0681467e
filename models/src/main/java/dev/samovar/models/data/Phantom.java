package dev.samovar.models.data;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Made-up hearts: short-axis volumes as in magnetic resonance imaging, drawn by formulas, with the labels of ACDC
/// (1 right ventricle, 2 myocardium, 3 left ventricle).
///
/// They are for experiments without real volumes, and for tests. A patient has two frames, the heart filled and contracted, which must stay on one
/// side of a split; size, thickness, position, rotation and contraction vary from patient to patient. There is fat, lung, liver, stomach and chest
/// wall around the heart, blood without a label above it, and the brightness of a coil and noise over everything. A model that learns from these
/// hearts has learnt formulas, and nothing about people.
///
/// The same seed gives the same volumes on every machine.
public final class Phantom {
    private Phantom() {}

    /// A patient's two frames, at the end of filling and of contraction: about 140² pixels of 1.3 to 1.8 mm in 8 to 12 slices of 8 to 10 mm, in the
    /// canonical [Orientation]; in a file the base comes first. Names are as in ACDC, `patient001_frame01`; values are whole numbers from 0.
    ///
    /// @param number the patient's number, from 1
    public static List<Sample> patient(long seed, int number) {
        if (number < 1) throw new IllegalArgumentException("patients are numbered from 1, not " + number);
        Random random = new Random(seed, "patient " + number);
        PhantomHeart heart = new PhantomHeart(random);
        double spacing = 1.3 + 0.5 * random.uniform(), thickness = 8 + random.below(3), before = thickness * (0.6 + 0.8 * random.uniform());
        int side = 8 * Math.clamp(Math.round((190 + 40 * random.uniform()) / spacing / 8), 15, 20), end = 8 + random.below(6);
        int slices = (int) ((before + heart.length()) / thickness) + 1 + random.below(2);
        double[][] affine = {{-spacing, 0, 0, side * spacing / 2}, {0, -spacing, 0, side * spacing / 2}, {0, 0, -thickness, 0}};
        Geometry geometry = Geometry.of(side, side, slices, affine);
        return List.of(frame(heart, 0, geometry, before, name(number, 1), random), frame(heart, 1, geometry, before, name(number, end), random));
    }

    /// Draws a patient and writes both frames into a folder that a [Dataset] opens: `patient001/patient001_frame01.nii.gz` and `…_gt.nii.gz`, and so
    /// on.
    ///
    /// @param number the patient's number, from 1
    /// @throws UncheckedIOException if they cannot be written
    public static void write(Path folder, long seed, int number) {
        for (Sample sample : patient(seed, number)) {
            Path patient = folder.resolve(Case.patient(sample.name()));
            AtomicFile.makeFolder(patient);
            Nifti.write(patient.resolve(sample.name() + ".nii.gz"), sample.orientation().toOriginal(sample.image()));
            Nifti.write(patient.resolve(sample.name() + "_gt.nii.gz"), sample.orientation().toOriginal(sample.label()));
        }
    }

    private static String name(int number, int frame) {
        return String.format(Locale.ROOT, "patient%03d_frame%02d", number, frame);
    }

    private static Sample frame(PhantomHeart heart, double contraction, Geometry geometry, double before, String name, Random random) {
        int n = geometry.nx();
        double spacing = geometry.spacing(0);
        float[] voxels = new float[geometry.voxels()];
        byte[] classes = new byte[voxels.length];
        for (int k = 0, at = 0; k < geometry.nz(); k++) {
            PhantomSlice slice = new PhantomSlice(heart, contraction, (k + 0.5) * geometry.spacing(2) - before, spacing);
            for (int j = 0; j < n; j++) for (int i = 0; i < n; i++, at++) {
                double x = (i - n / 2.0) * spacing, y = (j - n / 2.0) * spacing, signal = slice.look(x, y);
                double real = signal + heart.noise * random.normal(), imaginary = heart.noise * random.normal();
                voxels[at] = (float) Math.rint(heart.gain * Math.sqrt(real * real + imaginary * imaginary));
                classes[at] = (byte) slice.label;
            }
        }
        return Sample.of(name, new Volume(geometry, voxels), new LabelVolume(geometry, classes));
    }
}
