package dev.samovar.models.train;

import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A dataset for a training of one second: three small volumes with two boxes in noise, one of each class.
final class TwoBoxes {
    private TwoBoxes() {}

    /// Writes it in the Decathlon's layout, unless it exists.
    static Path write(Path data, int slices) throws IOException {
        if (Files.exists(data)) return data;
        Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        Geometry g = Geometry.of(14, 11, slices, 1, 1, 4);
        for (int n = 0; n < 3; n++) {
            var random = new Random(3, "case" + n);
            float[] voxels = new float[g.voxels()];
            byte[] classes = new byte[g.voxels()];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 14, y = i / 14 % 11;
                classes[i] = (byte) (x > 2 && x < 7 && y > 2 && y < 8 ? 1 : x > 8 && x < 13 && y > 4 ? 2 : 0);
                voxels[i] = (float) (50 * classes[i] + 9 * random.normal());
            }
            Nifti.write(data.resolve("imagesTr/case" + n + ".nii"), new Volume(g, voxels));
            Nifti.write(data.resolve("labelsTr/case" + n + ".nii"), new LabelVolume(g, classes));
        }
        return data;
    }
}
