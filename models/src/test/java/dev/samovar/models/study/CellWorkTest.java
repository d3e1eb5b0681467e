package dev.samovar.models.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Decoder;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellWorkTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");

    @TempDir
    private Path folder;

    @Test
    void whatIsSharedIsMadeBeforeTheCellsAndNotAgain() throws IOException {
        Path images = Files.createDirectories(folder.resolve("imagesTr")), labels = Files.createDirectories(folder.resolve("labelsTr"));
        Geometry grid = Geometry.of(10, 8, 2, 1, 1, 4);
        for (int n = 0; n < 3; n++) {
            float[] voxels = new float[grid.voxels()];
            byte[] classes = new byte[voxels.length];
            for (int i = 0; i < voxels.length; i++) {
                classes[i] = (byte) (i % 10 > 2 + n && i % 10 < 8 ? 1 : 0);
                voxels[i] = 50 * classes[i] + i % 7;
            }
            Nifti.write(images.resolve("case" + n + ".nii"), new Volume(grid, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii"), new LabelVolume(grid, classes));
        }
        Dataset dataset = Dataset.open(folder);
        List<String> told = new ArrayList<>();
        Progress progress = new Progress() {
            @Override
            public void done(int steps, String note) {
                if (note.contains("slice")) told.add(note);
            }
        };
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var origin = new RunConfig.Origin(folder, Reading.PLAIN, SAM, false, weights.sha256(), "", folder.resolve("cache"));
            var trained = new MethodPlan.Trained(new Decoder(), new Preparation(Preprocessing.SAM, 64, false, new Augment.None()),
                    seed -> new RunConfig.Schedule(1, 1e-4, 2, seed, 1), RunConfig.Beginning.NONE);
            var plan = new MethodPlan(List.of(trained), List.of(), List.of(1), List.of(1L), List.of(new Split(List.of("case0"), List.of("case1"),
                    List.of("case2"))), dataset.classNames(), origin, 64);
            MethodStudy study = MethodStudy.create(folder.resolve("study"), plan.cells(dataset.cases()));
            var work = new CellWork(study, dataset, weights, origin.cache(), Recompute.AUTO, Device.cpu(1), progress);
            work.share();
            assertEquals(6, told.stream().filter(note -> note.startsWith("case")).count(), told.toString());
            assertEquals(1, study.missing().size());
            told.clear();
            assertTrue(work.run());
            assertEquals(List.of(), told.stream().filter(note -> note.startsWith("case")).toList());
        }
    }
}
