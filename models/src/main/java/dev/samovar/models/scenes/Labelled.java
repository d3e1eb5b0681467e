package dev.samovar.models.scenes;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Labels;
import dev.samovar.imaging.Brightness;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Numbers;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelResize;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Sample;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.ResizeLongestSide;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Pictures with masks from a folder, laid out as any [Dataset] is: the classes of a picture, or of one slice of a volume, are its things.
///
/// One in ten patients, chosen by name, is held out for evaluation: at least one, and not all.
public final class Labelled implements SceneSource {
    private final Path folder;
    private final Dataset dataset;
    private final List<Case> cases;

    /// Looks at a folder.
    ///
    /// @param reading how its files are read
    /// @param patients those who are held out; empty to choose them now
    /// @param heldOut whether the cases are those of patients who are held out, or all others
    /// @throws FormatException if it is not a dataset, has labels of only one patient or of none to learn from, or a patient who is held out is not there
    public Labelled(Path folder, Reading reading, Collection<String> patients, boolean heldOut) {
        this.folder = folder;
        dataset = Dataset.open(folder, reading, LabelRule.NONE);
        SortedSet<String> all = patients(folder, dataset);
        Set<String> unseen = patients.isEmpty() ? OneInTen.of(all) : new TreeSet<>(patients);
        for (String patient : unseen)
            if (!all.contains(patient))
                throw new FormatException(folder + ": patient " + FormatException.shown(patient)
                        + ", held out for the test when the run was begun, is no longer there; bring the pictures and labels back, or begin another run");
        if (unseen.containsAll(all))
            throw new FormatException(folder + ": the patients to learn from are no longer there; bring them back, or begin another run");
        cases = dataset.cases().stream().filter(c -> unseen.contains(c.patient()) == heldOut).toList();
    }

    /// The patients of a folder, as it is now, who are held out.
    ///
    /// @throws FormatException if it is not a dataset, or has labels of only one patient
    public static List<String> heldOut(Path folder) {
        return List.copyOf(OneInTen.of(patients(folder, Dataset.open(folder))));
    }

    private static SortedSet<String> patients(Path folder, Dataset dataset) {
        SortedSet<String> patients = dataset.cases().stream().map(Case::patient).collect(Collectors.toCollection(TreeSet::new));
        if (patients.size() < 2)
            throw new FormatException(folder
                    + ": it needs labels of two patients; one in ten, and at least one, is held out from learning");
        return patients;
    }

    /// The SHA-256 digest, in hexadecimal, of the names and contents of the files that it draws from.
    public String digest() {
        SortedMap<String, Path> files = new TreeMap<>();
        for (Case c : cases) {
            for (int i = 0; i < c.images().size(); i++) files.put(c.name() + " channel " + i, c.images().get(i));
            files.put(c.name() + " label", c.label());
        }
        return Contents.digest(files.entrySet());
    }

    @Override
    public String describe() {
        return "masks of " + folder.getFileName() + " (" + cases.size() + " cases)";
    }

    @Override
    public Scene draw(Random random, int side) {
        Sample sample = dataset.load(cases.get(random.below(cases.size())));
        Slices slices = Slices.of(sample.image().geometry());
        int slice = random.below(slices.count()), h = slices.height(), w = slices.width();
        Picture picture = new ResizeLongestSide(side).apply(bright(slices.cut(sample.image(), slice)));
        byte[] classes = LabelResize.apply(slices.cut(sample.label(), slice), h, w, picture.height(), picture.width());
        List<Mask> things = new ArrayList<>();
        for (int c = 1; c < dataset.classNames().size(); c++) {
            Mask mask = Mask.of(c, picture.height(), picture.width(), classes);
            if (mask.area() > 0) things.add(mask);
        }
        Mask ignored = Mask.of(Labels.IGNORED, picture.height(), picture.width(), classes);
        return new Scene(picture, things, ignored.area() > 0 ? ignored : null);
    }

    /// Red, green and blue from 0 to 255, brightness as `segment` makes it.
    private static Picture bright(Picture slice) {
        Brightness brightness = new Intensity.Auto().brightness(Numbers.of(slice.pixels()));
        int n = slice.height() * slice.width();
        float[] pixels = new float[3 * n];
        for (int i = 0; i < pixels.length; i++) {
            float v = slice.pixels()[slice.channels() < 3 ? i % n : i];
            pixels[i] = brightness.isSame() ? v : brightness.of(v);
        }
        return new Picture(3, slice.height(), slice.width(), pixels);
    }
}
