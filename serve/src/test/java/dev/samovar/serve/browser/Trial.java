package dev.samovar.serve.browser;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Resources;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.serve.Engine;
import dev.samovar.serve.SamovarServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Fixtures for tests in a browser: models, a server, and a volume drawn for it.
final class Trial {
    private Trial() {}

    /// The small model, slightly trained, so that it answers clicks. Its input has 64 × 64 pixels.
    static Engine engine(Path folder) {
        Path file = Resources.copy("sam-tiny/sam-tiny-trained.safetensors", folder);
        var tensors = Safetensors.open(file);
        Device device = Device.cpu(2);
        return new Engine(device, Sam.load(tensors, device), new SamWeights(file, Sha256.of(file), tensors));
    }

    /// The built-in model, for screenshots.
    static Engine mini() {
        var tensors = BuiltInSam.open();
        Device device = Device.cpu(2);
        return new Engine(device, Sam.load(tensors, device), new SamWeights(Path.of(BuiltInSam.NAME), BuiltInSam.sha256(), tensors));
    }

    static SamovarServer server(@Nullable Path opened, Path out, @Nullable Engine engine) {
        return SamovarServer.start(new SamovarServer.Settings(opened, out, null, 0, null, "test"), engine, _ -> {});
    }

    /// A bright ball on a dark background. Slices are three times as thick as pixels are wide, and the axes run to the patient's left, to the back and upwards, as in DICOM.
    ///
    /// @param where the centre of the ball, in voxels
    static void ball(Path file, int nx, int ny, int nz, double[] where, double radius) {
        Geometry grid = Geometry.of(nx, ny, nz, new double[][]{{-1, 0, 0, nx / 2.0}, {0, -1, 0, ny / 2.0}, {0, 0, 3, -1.5 * nz}});
        float[] voxels = new float[nx * ny * nz];
        for (int v = 0; v < voxels.length; v++) {
            int i = v % nx, j = v / nx % ny, k = v / nx / ny;
            double r = Math.hypot(Math.hypot(i - where[0], j - where[1]), 3 * (k - where[2]));
            voxels[v] = (r < radius ? 230 : 20) + (i * 7 + j * 3 + k) % 5;
        }
        Nifti.write(file, new Volume(grid, voxels));
    }
}
