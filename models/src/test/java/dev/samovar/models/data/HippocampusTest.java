package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real scans: 39 cases of the Medical Segmentation Decathlon's Task04, which are not part of the project.
class HippocampusTest {
    private final Path folder = Path.of(System.getProperty("samovar.shared", "../shared"), "data", "hippocampus");

    @TempDir
    private Path out;

    @BeforeEach
    void theScansAreThere() {
        assumeTrue(Files.isDirectory(folder), "skipped: the hippocampus scans are not at " + folder);
    }

    @Test
    void allCasesLoadAndEachLabelFitsItsImage() {
        Dataset dataset = Dataset.open(folder);
        assertEquals(39, dataset.cases().size());
        assertEquals(List.of("background", "class 1", "class 2"), dataset.classNames());
        for (Case one : dataset.cases()) {
            Sample sample = dataset.load(one);
            assertEquals(2, sample.label().max(), one.name());
            assertEquals(2, sample.image().geometry().sliceAxis());
            assertEquals("RAS", sample.image().geometry().orientation());
        }
    }

    @Test
    void labelsThatAreCutStackedAndWrittenOpenOnTheirImage() throws IOException {
        Dataset dataset = Dataset.open(folder);
        for (Case one : dataset.cases().subList(0, 5)) {
            Sample sample = dataset.load(one);
            Slices slices = Slices.of(sample.image().geometry());
            List<byte[]> cut = new ArrayList<>();
            for (int s = 0; s < slices.count(); s++) cut.add(slices.cut(sample.label(), s));
            Path file = out.resolve(one.name() + ".nii.gz");
            Nifti.write(file, slices.stack(cut));

            LabelVolume written = Nifti.readLabels(file);
            assertEquals(sample.label(), written);
            for (int i = 0; i < 12; i++)
                assertEquals(sample.image().geometry().affine(i / 4, i % 4), written.geometry().affine(i / 4, i % 4));
            assertTrue(Files.size(file) < 20_000);
        }
        Evaluation evaluation = Evaluation.folders(out, folder.resolve("labelsTr"), List.of());
        assertEquals(1, evaluation.mean(Metric.DICE));
        assertEquals(34, evaluation.missing().size());
    }
}
