package dev.samovar.models.edit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.imaging.testkit.DicomFiles;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever images are called and wherever they lie, what the page labels can be learnt.
class GatheringTest {
    private static final byte[] VOXELS = {7, 6, 5, 4};

    @TempDir
    private Path folder;

    private final List<Learning.Example> examples = new ArrayList<>();

    /// Labels an image as the page does.
    private void label(String name, Path image, LabelledObject... objects) {
        OpenedImage opened = OpenedImage.open(name, List.of(image), Reading.PLAIN);
        byte[] all = new byte[opened.grid().voxels()];
        all[1] = 1;
        Path labels = Volumes.labels(folder.resolve("labels"), name, image);
        AtomicFile.makeFolder(folder.resolve("labels"));
        Volumes.write(labels, LabellingStore.asInFile(opened, new LabelVolume(opened.grid(), all)));
        examples.add(new Learning.Example(name, List.of(image), labels, List.of(objects)));
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    @Test
    void everyLayoutIsGathered() throws IOException {
        for (int n = 1; n <= 2; n++) {
            Path patient = folder("p" + n);
            Png.writeGrey(patient.resolve("slice.png"), 2, 2, VOXELS);
            Files.write(patient.resolve("x.raw"), VOXELS);
            Files.writeString(patient.resolve("meta.mhd"),
                    "NDims = 3\nDimSize = 2 2 1\nElementType = MET_UCHAR\nElementDataFile = x.raw\n");
            Files.writeString(patient.resolve("nrrd.nhdr"),
                    "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 1\nencoding: raw\ndata file: ./x.raw\n");
            Nifti.write(patient.resolve("one.nii"), new Volume(Geometry.of(2, 2, 1, 1, 1, 1), new float[]{7, 6, 5, 4}));
            byte[] whole = Files.readAllBytes(patient.resolve("one.nii")), header = Arrays.copyOf(whole, 348);
            header[345] = 'i';
            Arrays.fill(header, 108, 112, (byte) 0);
            Files.write(patient.resolve("two.hdr"), header);
            Files.write(patient.resolve("two.img"), Arrays.copyOfRange(whole, 352, whole.length));
            Path study = folder("study" + n);
            DicomFiles.series(study.resolve("series"), 1, 2, 2, 3, (i, j, k) -> i + 10 * j + 100 * k);
            label("study" + n, study, LabelledObject.unnamed(1));
            for (String file : List.of("slice.png", "meta.mhd", "nrrd.nhdr", "one.nii", "two.hdr"))
                label("p" + n + "_" + Volumes.stem(file), patient.resolve(file), LabelledObject.unnamed(1));
        }
        Gathering gathering = Gathering.of(folder.resolve("data"), examples);
        gathering.make();
        Dataset dataset = Dataset.open(gathering.folder());
        assertEquals(examples.stream().map(Learning.Example::name).sorted().toList(), dataset.cases().stream().map(Case::name).toList());
        assertEquals(List.of("background", "object 1"), dataset.classNames());
        for (Learning.Example example : examples) {
            Case one = dataset.cases(List.of(example.name())).getFirst();
            Volume found = dataset.image(one), expected = Dataset.image(example.name(), example.images(), Reading.PLAIN);
            for (int v = 0; v < 4; v++) assertEquals(expected.at(v % 2, v / 2, 0), found.at(v % 2, v / 2, 0), example.name());
            assertArrayEquals(Volumes.readLabels(example.labels()).classes(), dataset.label(one).classes(), example.name());
        }
        gathering.discard();
        assertFalse(Files.exists(gathering.folder()));
        assertTrue(Files.exists(folder.resolve("p1/x.raw")), "what was linked to is still there");
    }

    /// As when it is opened: a header may have changed since.
    @Test
    void aHeaderLeadsToNoFileElsewhere() throws IOException {
        Path image = folder("one").resolve("meta.mhd");
        Files.write(image.resolveSibling("x.raw"), VOXELS);
        String header = "NDims = 3\nDimSize = 2 2 1\nElementType = MET_UCHAR\nElementDataFile = ";
        Files.writeString(image, header + "x.raw\n");
        label("one", image, LabelledObject.unnamed(1));
        Files.write(folder.resolve("y.raw"), VOXELS);
        Files.writeString(image, header + "../y.raw\n");
        Gathering gathering = Gathering.of(folder.resolve("data"), examples);
        String refused = String.valueOf(assertThrows(FormatException.class, gathering::make).getMessage());
        assertEquals(image + ": its voxels are in \"../y.raw\", and only a single file beside it is read", refused);
    }

    @Test
    void thereCanBeTooManyNames() throws IOException {
        Path image = folder("one").resolve("slice.png");
        Png.writeGrey(image, 2, 2, VOXELS);
        LabelledObject[] all = new LabelledObject[LabelledObject.MOST];
        for (int n = 1; n <= all.length; n++) all[n - 1] = LabelledObject.unnamed(n);
        label("one", image, Arrays.copyOf(all, 254));
        assertEquals(255, Gathering.of(folder.resolve("data"), examples).names().size());
        label("two", image, all);
        assertThrows(FormatException.class, () -> Gathering.of(folder.resolve("data"), examples));
    }

    @Test
    void anObjectMayBeCalledByANumber() throws IOException {
        Path image = folder("one").resolve("slice.png");
        Png.writeGrey(image, 2, 2, VOXELS);
        label("one", image, new LabelledObject(1, "7", 0), new LabelledObject(2, "#ff0000", 0));
        Gathering.of(folder.resolve("data"), examples).make();
        assertEquals(List.of("background", "7", "#ff0000"), Dataset.open(folder.resolve("data")).classNames());
    }
}
