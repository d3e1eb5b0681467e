package dev.samovar.cli;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Three labelled volumes of 12 × 10 × 2 voxels, `case0` to `case2`. Each has a bright box, which is the only class.
final class SmallDataset {
    private SmallDataset() {}

    /// Creates the folder and writes them into it.
    static void write(Path data) throws IOException {
        Path images = Files.createDirectories(data.resolve("imagesTr")), labels = Files.createDirectories(data.resolve("labelsTr"));
        Geometry grid = Geometry.of(12, 10, 2, 1, 1, 4);
        for (int n = 0; n < 3; n++) {
            float[] voxels = new float[240];
            byte[] classes = new byte[240];
            for (int i = 0; i < 240; i++) {
                classes[i] = (byte) (i % 12 > 2 + n && i % 12 < 9 && i / 12 % 10 > 3 ? 1 : 0);
                voxels[i] = 100 * classes[i] + i % 7;
            }
            Nifti.write(images.resolve("case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
    }
}
